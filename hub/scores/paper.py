"""Documents as PDF: tables and bar charts with embedded Chinese type; the same document gives the same bytes."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from typing import Any

from hub.fonts import HEI, Font, font_for, registered
from hub.scores.report import Chart, Document, Section

CATEGORIES_AT_ONCE = 24
"""Bars of one chart: more go on in another one."""
ROWS_AT_MOST = 1_000
"""Rows of a table on paper: more are in the spreadsheet."""
_LABEL = 16
"""Characters of a bar's name; a longer one is cut with an ellipsis."""


def pdf_bytes(document: Document) -> bytes:
    """The document on A4 pages with page numbers."""
    from reportlab.lib.pagesizes import A4
    from reportlab.lib.units import mm
    from reportlab.platypus import SimpleDocTemplate

    font = font_for([*document.texts(), "第页共未列…，其余见电子表格0123456789.%/-（）+"], HEI)
    with registered(font) as name:
        out = io.BytesIO()
        template = SimpleDocTemplate(
            out, pagesize=A4, leftMargin=16 * mm, rightMargin=16 * mm, topMargin=16 * mm, bottomMargin=18 * mm,
            title=document.title, author="监察数据交换枢纽", invariant=1,
        )  # fmt: skip

        def foot(canvas: Any, page: Any) -> None:
            canvas.setFont(name, 8)
            canvas.drawCentredString(A4[0] / 2, 10 * mm, f"第 {page.page} 页")

        template.build(
            list(_story(document, font, name, template.width)), onFirstPage=foot, onLaterPages=foot
        )
        return out.getvalue()


def _story(document: Document, font: Font, name: str, width: float) -> Iterator[Any]:
    from reportlab.lib.styles import ParagraphStyle
    from reportlab.platypus import KeepTogether, Paragraph, Spacer

    title = ParagraphStyle(
        "title", fontName=name, fontSize=16, leading=22, alignment=1, spaceAfter=6, wordWrap="CJK"
    )
    line = ParagraphStyle("line", fontName=name, fontSize=8.5, leading=12, alignment=1, wordWrap="CJK")
    head = ParagraphStyle(
        "head", fontName=name, fontSize=11.5, leading=16, spaceBefore=12, spaceAfter=4, wordWrap="CJK"
    )
    yield Paragraph(_escaped(font.text(document.title)), title)
    text = ParagraphStyle("text", fontName=name, fontSize=8.5, leading=12, spaceAfter=4, wordWrap="CJK")
    for each in document.lines:
        yield Paragraph(_escaped(font.text(each)), line)
    for section in document.sections:
        if section.wide:
            continue
        heading = Paragraph(_escaped(font.text(section.title)), head)
        told = [Paragraph(_escaped(font.text(each)), text) for each in section.text]
        if section.chart is not None:
            charts = list(_charts(section.chart, font, name, width))
            yield KeepTogether([heading, *told, charts[0]])
            yield from charts[1:]
        else:
            yield KeepTogether([heading, *told])
            if section.header:
                yield _table(section, font, name, width)
            if len(section.rows) > ROWS_AT_MOST:
                left = len(section.rows) - ROWS_AT_MOST
                yield Paragraph(f"未列 {left} 行，其余见电子表格", line)
        yield Spacer(1, 4)


def _table(section: Section, font: Font, name: str, width: float) -> Any:
    from reportlab.lib.colors import HexColor
    from reportlab.lib.styles import ParagraphStyle
    from reportlab.platypus import LongTable, Paragraph, TableStyle

    style = ParagraphStyle("cell", fontName=name, fontSize=7.5, leading=9.5, wordWrap="CJK")
    shown = section.rows[:ROWS_AT_MOST]

    def cell(value: object) -> Any:
        return Paragraph(_escaped(font.text("" if value is None else str(value))), style)

    lengths = [
        max(
            9,
            min(
                30,
                # A little more than half as wide as a Chinese character: codes of 18 characters stay on one line.
                1.15
                * max(
                    _wide(str(row[number]))
                    for row in (section.header, *shown[:200])
                    if row[number] is not None
                ),
            ),
        )
        for number in range(len(section.header))
    ]
    widths = [width * length / sum(lengths) for length in lengths]
    rows = [[cell(value) for value in row] for row in (section.header, *shown)]
    table = LongTable(rows, colWidths=widths, repeatRows=1)
    table.setStyle(
        TableStyle(
            [
                ("LINEBELOW", (0, 0), (-1, -1), 0.3, HexColor("#c8c8c8")),
                ("BACKGROUND", (0, 0), (-1, 0), HexColor("#eef2f6")),
                ("VALIGN", (0, 0), (-1, -1), "TOP"),
                ("LEFTPADDING", (0, 0), (-1, -1), 3),
                ("RIGHTPADDING", (0, 0), (-1, -1), 3),
            ]
        )
    )
    return table


def _charts(chart: Chart, font: Font, name: str, width: float) -> Iterator[Any]:
    for start in range(0, len(chart.categories), CATEGORIES_AT_ONCE):
        part = slice(start, start + CATEGORIES_AT_ONCE)
        yield _chart(
            [font.text(_cut(each)) for each in chart.categories[part]],
            [(font.text(title), list(values[part]), colour) for title, values, colour in chart.series],
            chart,
            name,
            width,
        )


def _chart(
    categories: Sequence[str],
    series: Sequence[tuple[str, list[float | None], str]],
    chart: Chart,
    name: str,
    width: float,
) -> Any:
    """Bars to the right with their names before them, or columns (柱状图) with their names below, slanted."""
    from reportlab.graphics.charts.barcharts import HorizontalBarChart, VerticalBarChart
    from reportlab.graphics.shapes import Drawing, Rect, String
    from reportlab.lib.colors import HexColor

    height = 190 if chart.upright else 26 + 17 * len(categories)
    drawing = Drawing(width, height + 20)
    bars = VerticalBarChart() if chart.upright else HorizontalBarChart()
    bars.x, bars.y = (40, 70) if chart.upright else (150, 18)
    bars.width, bars.height = width - bars.x - 45, height - bars.y - (8 if chart.upright else 2)
    # A horizontal chart draws its first category at the bottom: people read from the top.
    order = slice(None) if chart.upright else slice(None, None, -1)
    bars.data = [values[order] for _, values, _ in series]
    axis = bars.categoryAxis
    axis.categoryNames = list(categories[order])
    axis.style = "stacked"
    axis.labels.fontName = bars.valueAxis.labels.fontName = name
    axis.labels.fontSize = bars.valueAxis.labels.fontSize = 7.5
    axis.visibleTicks = False
    if chart.upright:
        axis.labels.angle, axis.labels.boxAnchor, axis.labels.dy = 35, "ne", -2
    else:
        axis.labels.boxAnchor, axis.labels.dx = "e", -4
    top = 100 if chart.unit == "%" and _highest(series) <= 100 else _top(series)
    bars.valueAxis.valueMin, bars.valueAxis.valueMax = min(0, _bottom(series)), top
    bars.valueAxis.valueStep = _step(top - bars.valueAxis.valueMin)
    bars.valueAxis.gridStrokeColor = HexColor("#dddddd")
    bars.valueAxis.visibleGrid = True
    bars.valueAxis.strokeColor = axis.strokeColor = HexColor("#888888")
    bars.barSpacing, bars.groupSpacing = 0, 6
    bars.strokeColor = None
    for number, (_, _, colour) in enumerate(series):
        bars.bars[number].fillColor = HexColor(colour)
        bars.bars[number].strokeColor = None
    if len(series) == 1:
        bars.barLabelFormat = lambda value: "" if value is None else f"{value:.4g}"
        bars.barLabels.fontName, bars.barLabels.fontSize = name, 7
        bars.barLabels.boxAnchor, bars.barLabels.nudge = ("s", 3) if chart.upright else ("w", 4)
    drawing.add(bars)
    left = bars.x
    for title, _, colour in series:
        told = f"{title}（{chart.unit}）" if chart.unit else title
        drawing.add(Rect(left, height + 6, 7, 7, fillColor=HexColor(colour), strokeColor=None))
        drawing.add(String(left + 10, height + 6.5, told, fontName=name, fontSize=7.5))
        left += 16 + 4.2 * _wide(told)
    return drawing


def _highest(series: Sequence[tuple[str, list[float | None], str]]) -> float:
    """The length of the longest bar, of all series together."""
    values = zip(*(values for _, values, _ in series), strict=True)
    return max([sum(max(0.0, each or 0) for each in part) for part in values], default=0)


def _top(series: Sequence[tuple[str, list[float | None], str]]) -> float:
    """A round number that every bar stays below."""
    highest = max(_highest(series), 1)
    step = _step(highest)
    return step * (int(highest / step) + 1)


def _bottom(series: Sequence[tuple[str, list[float | None], str]]) -> float:
    """0, or a round number below the lowest value."""
    lowest = min([0.0, *(value for _, values, _ in series for value in values if value is not None)])
    step = _step(abs(lowest)) if lowest < 0 else 1
    return 0 if lowest == 0 else -step * (int(-lowest / step) + 1)


def _step(span: float) -> float:
    """1, 2 or 5 times a power of ten, so that the axis has about five numbers; whole numbers are enough."""
    step = 1.0
    factors = (2, 2.5, 2)
    number = 0
    while span / step > 6:
        step *= factors[number % 3]
        number += 1
    return step


def _cut(text: str) -> str:
    return text if len(text) <= _LABEL else f"{text[: _LABEL - 1]}…"


def _wide(text: str) -> int:
    return sum(2 if ord(character) > 0x2E7F else 1 for character in text)


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
