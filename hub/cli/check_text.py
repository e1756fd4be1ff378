"""How `suphub system check` reads on a terminal: the checks, the sample case by case, and the coverage of the elements."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from hub.cli.output import print_marked, say
from hub.cli.validate import violation_text
from hub.pipeline.sample import Sample, SampleCase, told
from hub.pipeline.system_check import Check

CASES_SHOWN = 15
REASONS_SHOWN = 8
SHOWN = 60
NAMES = {
    "registration": "登记 registration",
    "organization": "机构 organization",
    "schema": "报文版本 schema",
    "dialect": "方言 dialect",
    "codes": "代码对照 codes",
    "serial": "序号 serial",
    "connector": "报送方式 connector",
    "connection": "连接 connection",
    "envelope": "信封 envelope",
    "sample": "样本 sample",
}
OUTCOMES = {"accepted": "接收 accepted", "pending": "待补齐 pending", "rejected": "拒收 rejected"}
ORDER = ("rejected", "pending", "accepted")


def print_checks(checks: Sequence[Check]) -> None:
    """A line for each check, its notes dim below."""
    print_marked(
        (
            "✗" if not each.ok else "!" if each.warning else "✓",
            NAMES.get(each.name, each.name),
            each.detail,
            each.notes,
        )
        for each in checks
    )


def print_sample(sample: Sample) -> None:
    """The sample's cases, bad ones first, then every reason once with its place and remedy."""
    if not sample.cases:
        return
    cases = sorted(sample.cases, key=lambda case: ORDER.index(case.outcome))
    rest = len(cases) - CASES_SHOWN
    more = f"，余 {rest} 件见 --json · {rest} more with --json" if rest > 0 else ""
    table = Table(
        title=f"\n样本 · sample{more}", title_justify="left", header_style="bold", box=None, pad_edge=False
    )
    table.add_column("办件 case", no_wrap=True)
    for column in ("结果 outcome", "行 line", "片段 pieces", "说明 what"):
        table.add_column(column, overflow="fold")
    for case in cases[:CASES_SHOWN]:
        cells = (case.case_no or "-", OUTCOMES[case.outcome], case.line, case.pieces, _said(case))
        table.add_row(*(Text(str(cell)) for cell in cells))
    Console().print(table)
    print_reasons(sample.cases)


def _said(case: SampleCase) -> str:
    parts = [*sorted({violation.code for violation in case.violations})]
    if case.missing:
        parts.append(f"缺 lacks {', '.join(case.missing)}")
    if case.waiting:
        parts.append(f"等待 waits {', '.join(f'{kind} {key}'.strip() for kind, key in case.waiting)}")
    return "; ".join(parts)


def print_reasons(cases: Iterable[SampleCase]) -> None:
    """Every code once, errors first: how often, and one example."""
    found: dict[str, list[dict[str, Any]]] = {}
    for case in cases:
        for violation in case.violations:
            found.setdefault(violation.code, []).append(told(violation, case.case_no))
    listed = sorted(found.values(), key=lambda each: (each[0]["severity"] != "error", -len(each)))
    for examples in listed[:REASONS_SHOWN]:
        count = f"\n  × {len(examples)},例如 for example:" if len(examples) > 1 else ""
        say(f"{count}{violation_text(_short(examples[0]))}")


def _short(violation: dict[str, Any]) -> dict[str, Any]:
    """A value of any length is told by its beginning; the whole of it is in --json."""
    value = violation["value"]
    return violation if value is None or len(value) <= SHOWN else {**violation, "value": value[:SHOWN] + "…"}


def print_coverage(covered: Sequence[Mapping[str, Any]]) -> None:
    """A line for each of the 14 elements: what the dialect delivers, what the sample has, what the hub adds, what is lacking."""
    if not covered:
        return
    table = Table(
        title="\n14 个要素 · coverage", title_justify="left", header_style="bold", box=None, pad_edge=False
    )
    table.add_column("")
    table.add_column("要素 element", no_wrap=True)
    table.add_column("送出\nsent", no_wrap=True)
    table.add_column("样本\nsample", no_wrap=True)
    table.add_column("字段 fields", overflow="fold")
    for each in covered:
        table.add_row(*_row(each))
    Console().print(table)
    silent = [each for each in covered if not each["delivered"]]
    if silent:
        names = "、".join(f"{each['zh']} {each['element']}" for each in silent)
        say(
            f"\n不送的要素 · not delivered: {names}\n"
            "  需要它们的监察规则不判定本系统的办件,计为“未送达,不判”\n"
            "  Rules that need them do not judge this system's cases; they count as “not judged: not delivered”"
        )


def _row(each: Mapping[str, Any]) -> tuple[str | Text, ...]:
    fields = each["fields"]
    sent = [f for f in fields if f["status"] == "delivered"]
    share = f"{100 * each['present'] // each['of']}%" if each["of"] else "-"
    return (
        str(each["number"]),
        Text(each["zh"]).append(f"\n{each['element']}", style="dim"),
        f"{len(sent)}/{len(fields)}" if each["delivered"] else "不送 no",
        share,
        "\n".join(_about(each, fields)),
    )


def _about(each: Mapping[str, Any], fields: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """What is to be said of the fields, a line each: added by the hub, delivered and yet not in the sample, not delivered."""
    added = [f for f in fields if f["status"] == "derived" or f["derived"]]
    unseen = [f for f in fields if f["status"] == "delivered" and f["of"] and not f["present"] + f["derived"]]
    silent = [f for f in fields if f["status"] == "not delivered"]
    if added:
        yield f"枢纽可补 the hub may add: {_names(added)}"
    if unseen:
        yield f"样本中未见 never in the sample: {_names(unseen)}"
    if silent and each["delivered"]:
        yield f"不送 not delivered: {_names(silent)}"


def _names(fields: Sequence[Mapping[str, Any]]) -> str:
    """The fields that the contract marks by name; the optional ones are counted."""
    named = "、".join(field["zh"] for field in fields if field["marks"])
    optional = sum(not field["marks"] for field in fields)
    also = f"可选 {optional} 项 optional" if optional else ""
    return f"{named}；{also}" if named and also else named or also
