"""Reads XLSX: a sheet per kind, named after it; streamed, and looked over before anything in it is unpacked."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

from hub.catalogue.cells import Codes
from hub.catalogue.columns import Kind
from hub.catalogue.csv_file import unknown_kind
from hub.catalogue.faults import CellError, Faults, Where
from hub.catalogue.staging import Staging
from hub.catalogue.tables import Sheet, kind_by_header, kind_named, stage_sheet

UNPACKED_AT_MOST = 2_000_000_000
_MEMBERS_AT_MOST = 2000
_HEAD = 4096
# openpyxl answers a broken workbook with whatever its parts raise; a broken XML is a SyntaxError.
_BROKEN = (
    SyntaxError,
    KeyError,
    ValueError,
    TypeError,
    AttributeError,
    IndexError,
    OSError,
    zipfile.BadZipFile,
    zlib.error,
)


def stage_xlsx(file: Path, staging: Staging, faults: Faults, codes: Codes | None, kind: Kind | None) -> None:
    """Stage every sheet that holds rows; empty ones, and those whose name begins with _ or 说明, are passed over."""
    from openpyxl import load_workbook  # takes a third of a second, and most imports are CSV

    bad = _looked_over(file)
    if bad is not None:
        faults.add(bad, Where(file.name))
        return
    try:
        book = load_workbook(file, read_only=True, data_only=True)
    except _BROKEN as error:
        faults.add(_broken(error), Where(file.name))
        return
    try:
        sheets = [sheet for sheet in book.worksheets if not sheet.title.startswith(("_", "说明"))]
        for sheet in sheets:
            sheet.reset_dimensions()
            rows = _rows(file.name, sheet, faults)
            header_row, header = next(rows, (1, []))
            if not header:
                continue
            told = kind_named(sheet.title) or kind or kind_by_header(header)
            if told is None:
                faults.add(unknown_kind(sheet.title), Where(file.name, header_row, sheet.title))
                continue
            stage_sheet(Sheet(file.name, sheet.title, header, rows, header_row), told, staging, faults, codes)
    except _BROKEN as error:
        faults.add(_broken(error), Where(file.name))
    finally:
        book.close()


def _looked_over(file: Path) -> CellError | None:
    """A reason not to open the file: no archive, too large unpacked, or a document type definition inside."""
    try:
        with zipfile.ZipFile(file) as archive:
            members = archive.infolist()
            if len(members) > _MEMBERS_AT_MOST or sum(m.file_size for m in members) > UNPACKED_AT_MOST:
                return _too_large()
            for member in members:
                if member.filename.endswith((".xml", ".rels")):
                    with archive.open(member) as inside:
                        if b"<!DOCTYPE" in inside.read(_HEAD).replace(b"\0", b""):
                            return _with_doctype(member.filename)
    except (zipfile.BadZipFile, RuntimeError, NotImplementedError, OSError, EOFError) as error:
        return _broken(error)
    return None


def _rows(file: str, sheet: Any, faults: Faults) -> Iterator[tuple[int, Sequence[str]]]:
    """Rows that are not empty, with their numbers; cells without anything behind them are cut off."""
    for number, cells in enumerate(sheet.iter_rows(values_only=True), 1):
        texts = []
        for value in cells:
            try:
                texts.append(_text(value))
            except CellError as error:
                faults.add(error, Where(file, number, sheet.title), None, value)
                texts.append("")
        while texts and not texts[-1].strip():
            texts.pop()
        if texts:
            yield number, texts


def _text(value: Any) -> str:
    """A cell as text. Numbers lose nothing here; what the spreadsheet itself has rounded is refused."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(int(value))
    if isinstance(value, float):
        if abs(value) >= 1e15:
            raise _rounded()
        return str(int(value)) if value.is_integer() else repr(value)
    if isinstance(value, int):
        if abs(value) >= 10**15:
            raise _rounded()
        return str(value)
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time().isoformat() == "00:00:00" else value.isoformat()
    if isinstance(value, date):
        return value.isoformat()
    return str(value)


def _rounded() -> CellError:
    return CellError(
        "ROUNDED",
        "长编码存成了数字，已丢失末尾各位",
        "a long code is stored as a number and has lost its last digits",
        "在 Excel 中把该列设为文本格式后重新填写",
        "Make the column text in the spreadsheet and enter the code again",
    )


def _too_large() -> CellError:
    return CellError(
        "TOO_LARGE",
        f"解压后超过 {UNPACKED_AT_MOST} 字节，或部件过多",
        f"it exceeds {UNPACKED_AT_MOST} bytes unpacked, or has too many parts",
        "拆成几个文件，或改用 CSV",
        "Split it, or use CSV",
    )


def _with_doctype(name: str) -> CellError:
    return CellError(
        "DOCTYPE",
        f"部件 {name} 含有 DOCTYPE，不予打开",
        f"its part {name} holds a DOCTYPE, so it is not opened",
        "用表格软件另存为新的 xlsx",
        "Save it anew with a spreadsheet program",
    )


def _broken(error: Exception) -> CellError:
    return CellError(
        "XLSX",
        f"不能作为 xlsx 打开：{error}",
        f"it cannot be opened as xlsx: {error}",
        "用表格软件另存为 xlsx（旧的 xls 也要另存），或改用 CSV",
        "Save it as xlsx (old xls too), or use CSV",
    )
