"""The periodic run report (运行服务报告) per county, department or town: use, volume, faults, answers, satisfaction, complaints."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select

from hub.central.tables.items import region
from hub.errors import Place, StopError
from hub.scores.library import REGIONS, find, indicators
from hub.scores.measuring import measure, measure_by
from hub.scores.report import BLUE, RED, Chart, Document, Section, value_text
from hub.scores.working import Working

CODES = (
    "accepted", "finished", "complete_reporting", "timely_reporting", "incidents", "incidents_closed", "incidents_in_time", "incident_response",
    "satisfaction", "complaints", "complaint_rate", "response_time",
)  # fmt: skip
"""What the report tells of each: every figure is an indicator, so `suphub score list` has the list behind it."""
DIMENSIONS = ("organization", "region", *REGIONS)
_NAMES = {
    "organization": "部门",
    "region": "区划",
    "province": "省",
    "city": "市",
    "county": "县区",
    "town": "乡镇",
}

Row = dict[str, Any]


def service_report(working: Working, dimension: str) -> list[Row]:
    """One row per county, department …, and one of the whole (key None, first): key, name, figures by indicator.

    Rows whose data name no region or organisation are under the key "". Raises StopError SCORE_DIMENSION.
    """
    if dimension not in DIMENSIONS:
        raise StopError(
            "SCORE_DIMENSION",
            zh=f"服务报告不能按 {dimension} 分列；可以按 {'、'.join(DIMENSIONS)}",
            en=f"A service report cannot be told apart by {dimension}; it can by {', '.join(DIMENSIONS)}",
            remedy_zh="县区用 county，部门用 organization，乡镇用 town",
            remedy_en="county for counties, organization for departments, town for towns",
            place=Place(field="by"),
        )
    whole: Row = {"key": None, "name": None, "figures": {}}
    found: dict[str, Row] = {}
    for code in CODES:
        whole["figures"][code] = measure(working, find(code)).as_dict()
        for each in measure_by(working, find(code), dimension):
            row = found.setdefault(each.key or "", {"key": each.key or "", "name": None, "figures": {}})
            row["name"] = row["name"] or each.name
            row["figures"][code] = each.as_dict()
    if dimension != "organization":
        _name_regions(working, found)
    return [whole, *(found[key] for key in sorted(found))]


def _name_regions(working: Working, rows: Mapping[str, Row]) -> None:
    """What the catalogue calls the regions; a county is written with its six digits, or with zeros behind them."""
    listed = working.connection.execute(
        select(region.c.region_code, region.c.name).order_by(region.c.region_code, region.c.version)
    )
    names = {each.region_code.rstrip("0"): each.name for each in listed}
    for key, row in rows.items():
        row["name"] = names.get(key.rstrip("0")) if key else None


def service_document(period: str, as_of: str, dimension: str, rows: Sequence[Mapping[str, Any]]) -> Document:
    """The report as a document: one table, and charts of volume and complaints."""
    names = indicators()
    header = (_NAMES[dimension], "名称", *(names[code].zh for code in CODES))
    table = [(_key(row), row["name"], *(_text(row, code) for code in CODES)) for row in rows]
    apart = rows[1:]
    charts = [
        Section(
            f"{names[code].zh}",
            chart=Chart(
                [_label(row) for row in told], [(names[code].zh, values, colour)], unit, upright=True
            ),
        )
        for code, colour, unit in (
            ("finished", BLUE, "件"),
            ("incidents", RED, "起"),
            ("complaints", RED, "件"),
        )
        for told in [[row for row in apart if _value(row, code)]]
        for values in [[_value(row, code) for row in told]]
        if told
    ]
    lines = [f"期间 {period}，数据截至 {as_of}，按{_NAMES[dimension]}分列"]
    half = 2 + len(CODES) // 2
    sections = [
        Section("运行与故障", header[:half], [row[:half] for row in table]),
        Section("服务", (*header[:2], *header[half:]), [(*row[:2], *row[half:]) for row in table]),
        *charts,
    ]
    return Document(f"电子监察运行服务报告（{period}）", lines, sections)


def _key(row: Mapping[str, Any]) -> str:
    return "合计" if row["key"] is None else row["key"] or "未报送"


def _label(row: Mapping[str, Any]) -> str:
    return str(row["name"] or _key(row))


def _text(row: Mapping[str, Any], code: str) -> str | None:
    return value_text(row["figures"][code]) if code in row["figures"] else None


def _value(row: Mapping[str, Any], code: str) -> float | None:
    value = row["figures"].get(code, {}).get("value")
    return None if value is None else float(value)
