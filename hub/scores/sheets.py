"""Documents and lists as CSV and XLSX: what comes from outside stays text, whatever it begins with."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence
from typing import Any

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.chart import BarChart, Reference
from openpyxl.styles import Alignment, Font

from hub.scores.report import Cell, Chart, Document

# Of Chinese input methods the wide forms too: spreadsheets of East Asian settings take them for the narrow ones.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
ROWS_OF_A_SHEET = 1_048_575
"""Beneath the header; a table that is longer goes on on another sheet."""
_SHEET = re.compile(r"[\[\]:*?/\\]")
# What XML 1.0 cannot hold, openpyxl refuses: it is written as its code.
_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


def csv_bytes(header: Sequence[str], rows: Iterable[Sequence[Cell]]) -> bytes:
    """One table as CSV in UTF-8 with a byte order mark, as spreadsheets want it.

    A text that a spreadsheet would take for a formula has an apostrophe before it.
    """
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(header)
    writer.writerows([_harmless(cell) for cell in row] for row in rows)
    return out.getvalue().encode("utf-8-sig", "backslashreplace")


def xlsx_bytes(document: Document) -> bytes:
    """Every table and every chart of the document as a sheet of its own; the first sheet says what it is."""
    book = Workbook(write_only=True)
    about = book.create_sheet("说明")
    about.column_dimensions["A"].width = 100
    for line in (document.title, *document.lines):
        about.append([_cell(about, line)])
    used: set[str] = {"说明"}
    for section in document.sections:
        if section.header:
            for start in range(0, max(1, len(section.rows)), ROWS_OF_A_SHEET):
                sheet = book.create_sheet(_sheet_name(section.title, used))
                _table(sheet, section.header, section.rows[start : start + ROWS_OF_A_SHEET])
        if section.chart is not None and section.chart.categories:
            _charted(book.create_sheet(_sheet_name(section.title, used)), section.title, section.chart)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _table(sheet: Any, header: Sequence[str], rows: Sequence[Sequence[Cell]]) -> None:
    sheet.freeze_panes = "A2"
    for number, title in enumerate(header):
        widest = max([_width(title), *(_width(row[number]) for row in rows[:500])])
        sheet.column_dimensions[_column(number)].width = min(60, widest + 2)
    sheet.append([_cell(sheet, title, bold=True) for title in header])
    for row in rows:
        sheet.append([_cell(sheet, cell) for cell in row])


def _charted(sheet: Any, title: str, chart: Chart) -> None:
    """The chart's numbers as a table, and a bar chart beside it that rests on them; an empty cell has no bar."""
    names = [name for name, _, _ in chart.series]
    columns = [values for _, values, _ in chart.series]
    _table(
        sheet,
        [chart.unit, *names],
        [[label, *(values[row] for values in columns)] for row, label in enumerate(chart.categories)],
    )
    bars = BarChart()
    bars.type = "col" if chart.upright else "bar"
    bars.grouping, bars.overlap = "stacked", 100
    bars.title, bars.y_axis.title = title, chart.unit or None
    bars.x_axis.delete = bars.y_axis.delete = False  # or spreadsheets leave the axes out
    if not chart.upright:
        bars.x_axis.scaling.orientation = "maxMin"  # the first category on top, as people read
    last = 1 + len(chart.categories)
    bars.add_data(
        Reference(sheet, min_col=2, max_col=1 + len(names), min_row=1, max_row=last), titles_from_data=True
    )
    bars.set_categories(Reference(sheet, min_col=1, min_row=2, max_row=last))
    for series, (_, _, colour) in zip(bars.series, chart.series, strict=True):
        series.graphicalProperties.solidFill = colour.removeprefix("#")
    bars.width = 24.0  # cm
    bars.height = 9.0 if chart.upright else min(60.0, 4 + 0.7 * len(chart.categories))
    sheet.add_chart(bars, f"{_column(len(names) + 2)}2")


def _cell(sheet: Any, value: Cell, *, bold: bool = False) -> Any:
    text = (
        _UNPRINTABLE.sub(lambda found: f"\\x{ord(found[0]):02x}", value) if isinstance(value, str) else value
    )
    cell = WriteOnlyCell(sheet, value=text)
    if isinstance(text, str):
        cell.data_type = "s"  # never a formula
        cell.alignment = Alignment(wrap_text=len(text) > 60, vertical="top")
    if bold:
        cell.font = Font(bold=True)
    return cell


def _harmless(cell: Cell) -> Cell:
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_FORMULA) else cell


def _sheet_name(title: str, used: set[str]) -> str:
    """At most 31 characters, none that Excel forbids, each name once."""
    base = _SHEET.sub(" ", title)[:28]
    name = next(
        each for number in range(1, 1000) if (each := base if number == 1 else f"{base} {number}") not in used
    )
    used.add(name)
    return name


def _width(cell: Cell) -> int:
    """Chinese characters are twice as wide."""
    return sum(2 if ord(character) > 0x2E7F else 1 for character in str("" if cell is None else cell))


def _column(number: int) -> str:
    return (chr(64 + number // 26) if number >= 26 else "") + chr(65 + number % 26)
