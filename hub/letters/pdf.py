"""Prints a letter as PDF in the form of an official document (GB/T 9704), with its Chinese font embedded; the same bytes each time."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from io import BytesIO
from typing import Any

from hub.fonts import HEI, SONG, Font, font_for, registered
from hub.letters.document import Document

BODY, LEADING = 16, 28  # 三号
TITLE = 22  # 二号
HEAD = 30
TABLE = 14  # 四号
FACTS = 12  # 小四
RED = "#c00000"


def pdf(document: Document) -> bytes:
    """The letter as PDF, A4. A character that no installed face has is spelled out as {U+2A6A5}."""
    song = font_for([*document.texts(), _FURNITURE], SONG)
    hei = font_for(
        [document.title, document.issuer, document.mark, *(label for label, _ in document.facts)], HEI
    )
    with registered(song), registered(hei):
        return _printed(document, song, hei)


_FURNITURE = "—0123456789印章签名抄送：〔〕号年月日　"


def _printed(document: Document, song: Font, hei: Font) -> bytes:
    from reportlab.lib.pagesizes import A4
    from reportlab.lib.units import mm
    from reportlab.platypus import SimpleDocTemplate

    out = BytesIO()
    sheet = SimpleDocTemplate(
        out, pagesize=A4, topMargin=(25 if document.form else 32) * mm, bottomMargin=28 * mm, leftMargin=28 * mm,
        rightMargin=26 * mm, title=f"{document.title} {document.reference}", author=document.issuer,
        creator="Supervision Hub", invariant=1,
    )  # fmt: skip

    def furniture(canvas: Any, _: Any) -> None:
        canvas.saveState()
        canvas.setFont(song.name, TABLE)
        canvas.drawCentredString(A4[0] / 2, 18 * mm, f"— {canvas.getPageNumber()} —")
        if document.mark:
            canvas.setFillColor(RED)
            canvas.setFont(hei.name, TABLE)
            canvas.drawRightString(A4[0] - 20 * mm, A4[1] - 15 * mm, hei.text(document.mark))
        canvas.restoreState()

    parts = _form(document, song, hei) if document.form else _official(document, song, hei)
    sheet.build(parts, onFirstPage=furniture, onLaterPages=furniture)
    return out.getvalue()


def _official(document: Document, song: Font, hei: Font) -> list[Any]:
    """红头、文号、红线、标题、主送、正文、附表、结语、落款、日期."""
    from reportlab.platypus import HRFlowable, Spacer

    parts = [
        _paragraph(document.issuer, hei, size=HEAD, align=1, color=RED, leading=HEAD * 1.4),
        Spacer(1, 8),
        _paragraph(document.reference, song, align=1),
        HRFlowable(width="100%", thickness=1.6, color=RED, spaceBefore=4, spaceAfter=22),
        _paragraph(document.title, hei, size=TITLE, align=1, leading=TITLE * 1.6),
        Spacer(1, 14),
    ]
    if document.to:
        parts.append(_paragraph(document.to, song))
    parts += [_paragraph(text, song, indent=2 * BODY) for text in document.body]
    if document.facts:
        parts += [Spacer(1, 8), _table(document.facts, song, hei), Spacer(1, 8)]
    if document.close:
        parts.append(_paragraph(document.close, song, indent=2 * BODY))
    return [*parts, *_signed(document, song)]


def _form(document: Document, song: Font, hei: Font) -> list[Any]:
    """标题、文号、表格、落款、日期."""
    from reportlab.platypus import Spacer

    return [
        _paragraph(document.title, hei, size=TITLE, align=1, leading=TITLE * 1.6),
        Spacer(1, 8),
        _paragraph(document.reference, song, size=TABLE, align=2),
        Spacer(1, 6),
        _table(document.facts, song, hei, form=True),
        *_signed(document, song),
    ]


def _signed(document: Document, song: Font) -> list[Any]:
    from reportlab.platypus import KeepTogether, Spacer

    lines: list[Any] = [Spacer(1, LEADING)]
    lines += [
        _paragraph(text, song, align=2, right=4 * BODY) for text in (document.sign, document.date) if text
    ]
    if document.copies:
        lines += [Spacer(1, LEADING), _paragraph(f"抄送：{document.copies}", song, size=TABLE)]
    return [KeepTogether(lines)]


def _table(facts: Sequence[tuple[str, str]], song: Font, hei: Font, *, form: bool = False) -> Any:
    from reportlab.lib import colors
    from reportlab.lib.units import mm
    from reportlab.platypus import Table

    size = TABLE if form else FACTS
    cells = [
        [
            _paragraph(label, hei, size=size, leading=size * 1.4),
            _paragraph(value, song, size=size, leading=size * 1.4),
        ]
        for label, value in facts
    ]
    # A row may be longer than a page: what somebody complains of, in their words.
    made = Table(cells, colWidths=[38 * mm, 118 * mm], splitInRow=1)
    made.setStyle(
        [
            ("GRID", (0, 0), (-1, -1), 0.6, colors.black),
            ("VALIGN", (0, 0), (-1, -1), "MIDDLE"),
            ("TOPPADDING", (0, 0), (-1, -1), 8 if form else 2),
            ("BOTTOMPADDING", (0, 0), (-1, -1), 10 if form else 4),
        ]
    )
    return made


def _paragraph(
    text: str,
    font: Font,
    *,
    size: int = BODY,
    leading: float | None = None,
    align: int = 0,
    indent: int = 0,
    right: int = 0,
    color: str = "#000000",
) -> Any:
    from reportlab.lib.styles import ParagraphStyle
    from reportlab.platypus import Paragraph

    style = ParagraphStyle(
        font.name, fontName=font.name, fontSize=size, leading=leading or LEADING, alignment=align, wordWrap="CJK",
        firstLineIndent=indent, rightIndent=right, textColor=color,
    )  # fmt: skip
    return Paragraph(escape(font.text(text), quote=False), style)
