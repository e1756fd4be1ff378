"""Boards and service reports as documents: titled sections of tables and charts, the same for every format."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from hub.scores.comparing import WHATS, side_text
from hub.scores.library import HOURS, PERCENT, indicators
from hub.scores.parameters import declared

Cell = str | int | float | None

BLUE, YELLOW, RED, GREEN = "#4a90d9", "#d9a400", "#c62828", "#3d8b5f"
KINDS = {"month": "月汇总", "quarter": "季通报", "year": "年度考核", "days": "统计"}
SUBJECTS = {"organization": "机构", "office": "科室", "post": "岗位", "person": "人员"}
PARTS = {
    "warnings": "连续预警",
    "yellow": "黄牌",
    "red": "红牌",
    "early": "提前办结",
    "unreported": "办结未报",
}
NOT_JUDGED = "未判"


@dataclass(frozen=True, slots=True)
class Chart:
    """Bars per category; several series lie on one another. A value of None is not judged and has no bar."""

    categories: Sequence[str]
    series: Sequence[tuple[str, Sequence[float | None], str]]  # name, values, colour
    unit: str = ""
    upright: bool = False  # columns (柱状图) instead of bars


@dataclass(frozen=True, slots=True)
class Section:
    """A table or a chart under a title, with paragraphs before it; `wide` sections (people, cards) are left out of what is printed on paper."""

    title: str
    header: Sequence[str] = ()
    rows: Sequence[Sequence[Cell]] = ()
    chart: Chart | None = None
    wide: bool = False
    text: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Document:
    """What is written: a title, lines under it, and the sections."""

    title: str
    lines: Sequence[str]
    sections: Sequence[Section] = field(default_factory=tuple)

    def texts(self) -> Iterator[str]:
        """Every text in it, for whoever must have type for all of them."""
        yield self.title
        yield from self.lines
        for section in self.sections:
            yield section.title
            yield from section.text
            yield from section.header
            yield from (str(cell) for row in section.rows for cell in row)
            if section.chart is not None:
                yield from section.chart.categories
                yield from (name for name, _, _ in section.chart.series)
                yield section.chart.unit


def board_document(board: Mapping[str, Any]) -> Document:
    """The document of a board, as `suphub score show --json` tells it."""
    published = board["published"]
    lines = [
        f"期间 {board['period']}，数据截至 {board['as_of']}，参数第 {board['parameters']['version']} 版",
        "未公布"
        if published is None
        else f"第 {published['version']} 版，{published['at']} 由 {published['by']} 公布",
    ]
    if published is not None:
        lines.append(f"摘要 SHA-256 {published['digest']}")
        if published["reason"]:
            lines.append(f"重新公布的理由：{published['reason']}")
        lines += [
            f"过期：{each['month']} 已重新公布为第 {each['newest']} 版，本期按第 {each['built_on']} 版计算"
            for each in published["stale"]
        ]
    sections = [
        _indicators(board["indicators"]),
        _shares(board["indicators"]),
        *_scores(board["scores"], "organization"),
        _points(board["scores"]["organization"]),
        _cards(board["scores"]["organization"]),
        *_apart(board["by_organization"]),
        *(
            section
            for kind in ("office", "post", "person")
            for section in _scores(board["scores"], kind, wide=kind != "office")
        ),
        *_changes(published),
        _parameters(board["parameters"]["values"]),
    ]
    kept = tuple(each for each in sections if each.rows or (each.chart is not None and each.chart.categories))
    return Document(f"行政审批电子监察绩效{KINDS[board['kind']]}（{board['period']}）", lines, kept)


def value_text(figure: Mapping[str, Any], hours: str = "小时") -> str:
    """A figure as people read it; `hours` is the reader's word for them."""
    value = figure["value"]
    if value is None:
        return NOT_JUDGED
    return {PERCENT: f"{value:.2f} %", HOURS: f"{value:.2f} {hours}"}.get(figure["unit"], f"{value:.0f}")


def bound(figure: Mapping[str, Any]) -> str:
    """How a target is meant: ≥, or ≤ of what there should be little of; what was published before it was told is ≥."""
    return "≤" if figure.get("at_most") else "≥"


def _indicators(found: Sequence[Mapping[str, Any]]) -> Section:
    names = indicators()
    rows = [
        (
            names[each["indicator"]].zh if each["indicator"] in names else each["indicator"],
            value_text(each),
            each["numerator"],
            each["denominator"],
            None
            if each["target"] is None
            else f"{bound(each)}{each['target']} {'达标' if each['reached'] else '未达标' if each['reached'] is False else NOT_JUDGED}",
            sum(each["not_judged"].values()),
        )
        for each in found
    ]
    return Section("指标", ("指标", "值", "分子", "分母", "目标", "未判"), rows)


def _shares(found: Sequence[Mapping[str, Any]]) -> Section:
    names = indicators()
    told = [each for each in found if each["unit"] == PERCENT and each["value"] is not None]
    chart = Chart(
        [names[each["indicator"]].zh for each in told],
        [("值", [each["value"] for each in told], BLUE)],
        "%",
    )
    return Section("指标图", chart=chart)


def _scores(
    scores: Mapping[str, Sequence[Mapping[str, Any]]], kind: str, *, wide: bool = False
) -> list[Section]:
    listed = sorted(scores.get(kind, ()), key=_best_first)
    header = ("对象", "名称", "得分", "等次", *PARTS.values())
    rows = [
        (
            each["subject"],
            each["name"],
            NOT_JUDGED if each["points"] is None else each["points"],
            each["band"],
            *(_line(each, part) for part in PARTS),
        )
        for each in listed
    ]
    cards = [
        (each["subject"], PARTS[line["part"]], card)
        for each in listed
        for line in each["lines"]
        for card in line["cards"]
    ]
    months = [
        (
            each["subject"],
            each["name"],
            month["month"],
            NOT_JUDGED if month["points"] is None else month["points"],
        )
        for each in listed
        for month in each["months"]
    ]
    zh = SUBJECTS[kind]
    return [
        Section(f"{zh}得分", header, rows, wide=wide),
        Section(f"{zh}得分所计的牌", ("对象", "项目", "牌号"), cards, wide=True),
        Section(f"{zh}各月得分", ("对象", "名称", "月份", "得分"), months, wide=wide),
    ]


def _points(scores: Sequence[Mapping[str, Any]]) -> Section:
    told = sorted((each for each in scores if each["points"] is not None), key=_best_first)
    chart = Chart(
        [_name(each) for each in told], [("得分", [float(each["points"]) for each in told], GREEN)], "分"
    )
    return Section("机构得分图", chart=chart)


def _cards(scores: Sequence[Mapping[str, Any]]) -> Section:
    """Cards by organisation; of warnings all of them, not only those in full rows."""
    told = [each for each in scores if any(_counted(each, part) for part in ("warnings", "yellow", "red"))]
    series = [
        (zh, [float(_counted(each, part)) for each in told], colour)
        for part, zh, colour in (("warnings", "预警", BLUE), ("yellow", "黄牌", YELLOW), ("red", "红牌", RED))
    ]
    return Section("机构发牌图", chart=Chart([_name(each) for each in told], series, "张"))


def _apart(found: Mapping[str, Sequence[Mapping[str, Any]]]) -> Iterator[Section]:
    """Figures by organisation: one table, the shares that people ask for as charts, and complaints as columns."""
    names = indicators()
    organizations = {
        figure["key"]: figure["name"] or figure["key"]
        for figures in found.values()
        for figure in figures
        if figure["key"] is not None
    }
    codes = [code for code in found if code in names]
    rows = [
        (key, name, *(_of(found[code], key) for code in codes)) for key, name in sorted(organizations.items())
    ]
    yield Section("各机构指标", ("机构", "名称", *(names[code].zh for code in codes)), rows, wide=True)
    for code in ("on_time", "early", "satisfaction"):
        told = _highest_first(found.get(code, ()))
        series = [(names[code].zh, [each["value"] for each in told], BLUE)]
        yield Section(f"各机构{names[code].zh}", chart=Chart([_key(each) for each in told], series, "%"))
    told = [each for each in _highest_first(found.get("complaints", ())) if each["value"]]
    series = [("投诉", [each["value"] for each in told], RED)]
    yield Section("各部门投诉柱状图", chart=Chart([_key(each) for each in told], series, "件", upright=True))


def _highest_first(found: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    told = [each for each in found if each["value"] is not None]
    return sorted(told, key=lambda each: -float(each["value"]))


def _changes(published: Mapping[str, Any] | None) -> Iterator[Section]:
    """What a re-publication changed."""
    rows = [
        (
            WHATS[each["what"]][0] if each["what"] in WHATS else each["what"],
            each["subject"],
            side_text(each["before"], PARTS),
            side_text(each["after"], PARTS),
        )
        for each in (published or {}).get("differences") or ()
    ]
    yield Section("与上一版的差异", ("类别", "对象", "原", "现"), rows)


def _parameters(values: Mapping[str, int]) -> Section:
    known = declared()
    meanings = {"report_hours": "规则 E1 的报送期限，小时"} | {
        name: each["zh"] for name, each in known.items()
    }
    rows = [(name, value, meanings.get(name, "")) for name, value in values.items()]
    return Section("计分参数", ("参数", "值", "含义"), rows)


def _best_first(score: Mapping[str, Any]) -> tuple[float, str]:
    return (-float("inf") if score["points"] is None else float(score["points"])) * -1, score["subject"]


def _name(score: Mapping[str, Any]) -> str:
    return str(score["name"] or score["subject"])


def _key(figure: Mapping[str, Any]) -> str:
    return str(figure["name"] or figure["key"] or "未报送")


def _of(figures: Sequence[Mapping[str, Any]], key: str) -> str | None:
    return next((value_text(each) for each in figures if each["key"] == key), None)


def _line(score: Mapping[str, Any], part: str) -> str | None:
    line = next((each for each in score["lines"] if each["part"] == part), None)
    if line is None:
        return None
    of = "" if line["of"] is None else f"/{line['of']}"
    return f"{line['count']}{of}（{line['points']:+}）"


def _counted(score: Mapping[str, Any], part: str) -> int:
    line = next((each for each in score["lines"] if each["part"] == part), None)
    if line is None:
        return 0
    return int(line["of"] if part == "warnings" else line["count"])
