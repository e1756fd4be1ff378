"""Writes a letter as DOCX for those who have to edit or seal it in an office program; the same bytes each time.

Fonts are named, not embedded: 仿宋, 黑体 and 宋体 are on every office machine that writes official documents.
"""

from __future__ import annotations

import zipfile
from collections.abc import Sequence
from datetime import datetime
from io import BytesIO
from typing import Any

from hub.letters.document import Document

EPOCH = (1980, 1, 1, 0, 0, 0)
"""The time of every part of the archive: the earliest that a zip can tell."""
_NOT_IN_XML = frozenset({*map(chr, range(0xD800, 0xE000)), "\ufffe", "\uffff"})
SONG, HEI, FANG = "宋体", "黑体", "仿宋"


def docx(document: Document) -> bytes:
    """The letter as DOCX, A4, margins of GB/T 9704."""
    import docx as library
    from docx.shared import Mm

    sheet = library.Document()
    section = sheet.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.top_margin, section.bottom_margin = Mm(37), Mm(35)
    section.left_margin, section.right_margin = Mm(28), Mm(26)
    _write(sheet, document)
    properties = sheet.core_properties
    properties.title, properties.author = f"{document.title} {document.reference}", document.issuer
    properties.created = properties.modified = datetime(2000, 1, 1)
    properties.last_modified_by, properties.comments = "", ""
    out = BytesIO()
    sheet.save(out)
    return _without_clock(out.getvalue())


def _write(sheet: Any, document: Document) -> None:
    if document.mark:
        _line(sheet, document.mark, HEI, 14, align=2, red=True)
    if not document.form:
        _line(sheet, document.issuer, HEI, 30, align=1, red=True)
        _line(sheet, document.reference, FANG, 16, align=1)
    _line(sheet, document.title, SONG, 22, align=1, bold=True)
    if document.form:
        _line(sheet, document.reference, FANG, 14, align=2)
    if document.to:
        _line(sheet, document.to, FANG, 16)
    for text in document.body:
        _line(sheet, text, FANG, 16, indent=32)
    if document.facts:
        _table(sheet, document.facts)
    if document.close:
        _line(sheet, document.close, FANG, 16, indent=32)
    for text in (document.sign, document.date):
        if text:
            _line(sheet, text, FANG, 16, align=2)
    if document.copies:
        _line(sheet, f"抄送：{document.copies}", FANG, 14)


def _line(
    place: Any,
    text: str,
    font: str,
    size: int,
    *,
    align: int = 0,
    indent: int = 0,
    bold: bool = False,
    red: bool = False,
) -> None:
    from docx.shared import Pt

    paragraph = place.add_paragraph()
    paragraph.alignment = align
    paragraph.paragraph_format.space_after = Pt(0)
    paragraph.paragraph_format.line_spacing = Pt(max(28, size * 1.4))
    if indent:
        paragraph.paragraph_format.first_line_indent = Pt(indent)
    _run(paragraph, text, font, size, bold=bold, red=red)


def _run(paragraph: Any, text: str, font: str, size: int, *, bold: bool = False, red: bool = False) -> None:
    from docx.oxml.ns import qn
    from docx.shared import Pt, RGBColor

    run = paragraph.add_run(_allowed(text))
    run.font.name, run.font.size, run.font.bold = font, Pt(size), bold
    run._element.rPr.rFonts.set(qn("w:eastAsia"), font)
    if red:
        run.font.color.rgb = RGBColor(0xC0, 0, 0)


def _table(sheet: Any, facts: Sequence[tuple[str, str]]) -> None:
    from docx.shared import Mm

    table = sheet.add_table(rows=0, cols=2)
    table.style = "Table Grid"
    for label, value in facts:
        cells = table.add_row().cells
        for cell, text, font, width in ((cells[0], label, HEI, 38), (cells[1], value, FANG, 118)):
            cell.width = Mm(width)
            _run(cell.paragraphs[0], text, font, 14)


def _allowed(text: str) -> str:
    """XML holds no control characters, surrogates, U+FFFE and U+FFFF; a departmental text may."""
    return "".join(c if c in "\t\n" or (ord(c) >= 32 and c not in _NOT_IN_XML) else "�" for c in text)


def _without_clock(data: bytes) -> bytes:
    """The same archive with one fixed time for every part: the same letter, the same bytes."""
    out = BytesIO()
    with zipfile.ZipFile(BytesIO(data)) as source, zipfile.ZipFile(out, "w") as target:
        for entry in source.infolist():
            info = zipfile.ZipInfo(entry.filename, EPOCH)
            info.compress_type, info.create_system, info.external_attr = zipfile.ZIP_DEFLATED, 3, 0o600 << 16
            target.writestr(info, source.read(entry))
    return out.getvalue()
