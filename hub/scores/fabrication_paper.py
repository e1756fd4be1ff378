"""The report 数据真实性分析报告 as a document with tables and charts, for printing; its words are those of the page."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from hub.scores.report import BLUE, Chart, Document, Section
from hub.supervision.fabrication_page import MISFITS, peers, threshold
from hub.supervision.reasons import REASONS

FITS, VERIFY = "未见不一致 · fits", "建议核实 · please verify"
CAUTION = (
    "本报告列出数据之间、数据与目录之间不一致之处，供核实。不一致可以有多种正当原因，不构成对任何单位或个人的认定。",
    "This report lists where data do not fit each other or the catalogue, so that it can be verified.",
    "There may be good reasons for each; nothing here is a judgement of any organisation or person.",
)


def fabrication_document(report: Mapping[str, Any]) -> Document:
    """The document of a report (`hub.wiring.fabrication.report`)."""
    ended = "" if report["ended"] else "，本月尚未结束 · the month has not ended"
    lines = [
        f"{report['name']}（{report['system']}），{report['month']}{ended}",
        f"生成于 · made at {report['made_at']}",
        *CAUTION,
    ]
    sections = [
        _overview(report["rules"]),
        *(
            section
            for rule in report["rules"]
            for group in rule["findings"]
            if group["found"]
            for section in _finding(rule, group)
        ),
        *_charts(report["charts"]),
    ]
    return Document("数据真实性分析报告 · Analysis of how data fit", lines, sections)


def _overview(rules: Sequence[Mapping[str, Any]]) -> Section:
    header = (
        "规则 Rule",
        "内容 What",
        "占比 Share",
        "阈值 Threshold",
        "件数/样本 Cases",
        "同类 Peers",
        "结果 Result",
    )
    return Section("概览 · Overview", header, [row for rule in rules for row in _rows(rule)])


def _rows(rule: Mapping[str, Any]) -> Iterator[tuple[str, ...]]:
    what = f"{rule['zh']} {rule['en']}"
    if not rule["judged"]:
        why = REASONS.get(rule["reason"], rule["reason"])
        yield (rule["rule"], what, "", "", "", "", f"不判定 · not judged: {why}")
        return
    for group in rule["findings"]:
        kind = " ".join(group["subject"].split(" ", 2)[2:])
        yield (
            rule["rule"], f"{what} {kind}".strip(), f"{group['share_percent']} %", threshold(rule, group),
            f"{group['hits']} / {group['sample']}", peers(group), VERIFY if group["found"] else FITS,
        )  # fmt: skip


def _finding(rule: Mapping[str, Any], group: Mapping[str, Any]) -> Iterator[Section]:
    """What does not fit, in a sentence of both languages, and the cases that bear it out."""
    zh, en = MISFITS[rule["rule"]]
    text = (
        f"{zh}：{group['subject']}，样本 {group['sample']} 件，其中 {group['hits']} 件（{group['share_percent']} %），"
        f"阈值 {threshold(rule, group)}。建议核实。",
        f"{en[:1].upper()}{en[1:]}: {group['hits']} of {group['sample']} cases. Please verify.",
    )
    cases = [
        (case["case_no"], *(str(case.get(name) or "-") for name in ("applied", "handled", "completed")))
        for case in group["cases"]
    ]
    header = ("办件编号 Case", "申请 Applied", "受理 Accepted", "办结 Finished")
    shown = f"（{len(cases)} / {group['hits']} 件 cases）" if cases else ""
    yield Section(f"{rule['rule']} {rule['zh']}{shown}", header if cases else (), cases, text=text)


def _charts(charts: Mapping[str, Any]) -> Iterator[Section]:
    yield _bars(
        "办结的钟点 · Hours of completion",
        [(str(hour), n) for hour, n in enumerate(charts["hours"])],
        upright=True,
    )
    if charts["seconds"]:
        pairs = [(each["at"][5:19].replace("T", " "), each["cases"]) for each in charts["seconds"]]
        yield _bars("同一秒内的办结 · Completions within one second", pairs)
    if charts["names"]:
        yield _bars(
            "各环节经办人 · Names in the steps", [(each["name"], each["steps"]) for each in charts["names"]]
        )
    for name, title in (
        ("entered", "申请至录入 · From application to entry"),
        ("written", "申请至写入 · From application to writing"),
    ):
        delays = charts["delays"].get(name, {})
        if any(delays.values()):
            yield _bars(title, list(delays.items()))


def _bars(title: str, values: Sequence[tuple[str, int]], *, upright: bool = False) -> Section:
    series = [("件数 cases", [float(value) for _, value in values], BLUE)]
    return Section(title, chart=Chart([label for label, _ in values], series, upright=upright))
