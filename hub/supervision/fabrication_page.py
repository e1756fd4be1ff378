"""The report 数据真实性分析报告 as one HTML page with its charts drawn in it; nothing is loaded from elsewhere."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from html import escape
from typing import Any

from hub.supervision.reasons import REASONS

MISFITS: Mapping[str, tuple[str, str]] = {
    "X1": ("受理、审查、办结记为同一时刻，与逐步办理的过程不一致",
           "acceptance, examination and completion bear one instant, unlike work that is done step by step"),
    "X2": ("经办人与人员名册不一致", "people who acted are not on the staff list"),
    "X3": ("所有环节记为同一姓名，与分环节办理不一致", "every step bears one name, unlike work that passes from hand to hand"),
    "X4": ("办件类型恒定，与事项目录不一致", "one case type throughout, unlike the items of the catalogue"),
    "X5": ("申请全部来自网上，与设有办事窗口不一致", "all applications came online, though there are windows"),
    "X6": ("业务时间与写入时间总是相同，与先办理后写入不一致", "business time is always write time, unlike work that is written down after it is done"),
    "X7": ("证件类型恒定，与申请人类型不一致", "one type of document throughout, unlike the kinds of applicants"),
    "X8": ("办结集中于数秒、夜间或休息日，与正常办公不一致", "completions within seconds, at night or on rest days, unlike office work"),
    "X9": ("特别程序的起止与时限的关系不寻常", "special procedures begin or end unusually against their limits"),
    "X10": ("收件时间与录入时间不一致", "receipts are dated earlier than they were entered"),
    "X11": ("办件区划与本单位区划不一致", "regions of cases are not those of the organisation"),
    "X12": ("退回、不予受理或补正的比例与同类系统不一致", "shares of refusals, non-acceptances or corrections are unlike those of the peers"),
}  # fmt: skip
"""Rule → what does not fit, in words that accuse nobody."""
_STYLE = """body{font:15px/1.6 "Noto Sans SC","Source Han Sans SC","Microsoft YaHei",sans-serif;max-width:60em;margin:2em auto;padding:0 1em;color:#222}
h1{font-size:1.5em;text-align:center}h2{font-size:1.15em;border-bottom:1px solid #ccc;margin-top:2em}small,.en{color:#666}
table{border-collapse:collapse;width:100%;margin:.6em 0}td,th{border:1px solid #ccc;padding:.2em .5em;text-align:left;font-weight:normal}
th{background:#f4f4f4}.look{background:#fff7e0}td.n{text-align:right}svg{width:100%;height:auto}details{margin:.4em 0}"""


def page(report: Mapping[str, Any]) -> str:
    """The whole page of a report (`hub.wiring.fabrication.report`)."""
    return (
        '<!DOCTYPE html>\n<html lang="zh"><head><meta charset="utf-8">'
        f"<title>数据真实性分析报告 {escape(report['system'])} {escape(report['month'])}</title>"
        f"<style>{_STYLE}</style></head><body>\n" + "\n".join(_body(report)) + "\n</body></html>\n"
    )


def _body(report: Mapping[str, Any]) -> Iterator[str]:
    yield "<h1>数据真实性分析报告<br><small>Analysis of how data fit</small></h1>"
    yield (
        f"<p>{escape(report['name'])}（{escape(report['system'])}），{escape(report['month'])}"
        f"{'' if report['ended'] else '，本月尚未结束 · the month has not ended'}；生成于 · made at {escape(report['made_at'])}</p>"
    )
    yield (
        "<p>本报告列出数据之间、数据与目录之间不一致之处，供核实。不一致可以有多种正当原因，不构成对任何单位或个人的认定。"
        "<br><span class=en>This report lists where data do not fit each other or the catalogue, so that it can be verified. "
        "There may be good reasons for each; nothing here is a judgement of any organisation or person.</span></p>"
    )
    yield from _overview(report["rules"])
    for rule in report["rules"]:
        for group in rule["findings"]:
            if group["found"]:
                yield from _finding(rule, group)
    yield from _drawings(report["charts"])


def _overview(rules: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    yield "<h2>概览 · Overview</h2><table><tr><th>规则<th>内容<th>占比 / 阈值<th>件数 / 样本<th>同类 · peers<th>结果</tr>"
    for rule in rules:
        told = f"<td>{rule['rule']}<td>{escape(rule['zh'])}<br><small>{escape(rule['en'])}</small>"
        for group in rule["findings"] if rule["judged"] else ():
            found = group["found"]
            kind = group["subject"].split(" ", 2)[2:]
            yield (
                f"<tr{' class=look' if found else ''}>{told}{''.join(f'<br>{escape(each)}' for each in kind)}"
                f"<td class=n>{group['share_percent']} % / {threshold(rule, group)}<td class=n>{group['hits']} / {group['sample']}"
                f"<td class=n>{peers(group)}<td>{'建议核实 · please verify' if found else '未见不一致 · fits'}</tr>"
            )
        if not rule["judged"]:
            why = escape(REASONS.get(rule["reason"], rule["reason"]))
            yield f"<tr>{told}<td><td><td><td>不判定 · not judged: {why}</tr>"
    yield "</table>"


def peers(group: Mapping[str, Any]) -> str:
    """How many other systems the share stands beside, and the mean of theirs; - where there is none."""
    mean = group.get("peer_share_percent")
    return "-" if mean is None or not group.get("peers") else f"{group['peers']}: {mean:.1f} %"


def threshold(rule: Mapping[str, Any], group: Mapping[str, Any]) -> str:
    """Above which share a rule speaks, as reports write it; of X12 the distance from the peers."""
    if rule["rule"] == "X12":
        mean = group.get("peer_share_percent")
        return f"±{group['threshold_percent']}" + ("" if mean is None else f"（同类 peers {mean:.1f} %）")
    return "-" if rule["rule"] == "X9" else f"{group['threshold_percent']} %"


def _finding(rule: Mapping[str, Any], group: Mapping[str, Any]) -> Iterator[str]:
    zh, en = MISFITS[rule["rule"]]
    yield f"<h2>{rule['rule']} {escape(rule['zh'])}</h2>"
    yield (
        f"<p>{escape(zh)}：{escape(group['subject'])}，样本 {group['sample']} 件，其中 {group['hits']} 件（{group['share_percent']} %）"
        f"，阈值 {threshold(rule, group)}。<b>建议核实。</b><br><span class=en>{escape(en.capitalize())}: {group['hits']} of {group['sample']}"
        " cases. Please verify.</span></p>"
    )
    shown = group["cases"]
    yield f"<details open><summary>办件 · cases ({len(shown)} / {group['hits']})</summary><table>"
    yield "<tr><th>办件编号<th>申请<th>受理<th>办结</tr>"
    for case in shown:
        times = "".join(
            f"<td>{escape(str(case.get(name) or '-'))}" for name in ("applied", "handled", "completed")
        )
        yield f"<tr><td>{escape(case['case_no'])}{times}</tr>"
    yield "</table></details>"


def _drawings(charts: Mapping[str, Any]) -> Iterator[str]:
    yield "<h2>分布 · Distributions</h2>"
    yield bars("办结的钟点 · hours of completion", [(f"{h}", n) for h, n in enumerate(charts["hours"])])
    if charts["seconds"]:
        pairs = [(each["at"][5:19].replace("T", " "), each["cases"]) for each in charts["seconds"]]
        yield bars("同一秒内的办结 · completions within one second", pairs)
    if charts["names"]:
        yield bars(
            "各环节经办人 · names in the steps", [(each["name"], each["steps"]) for each in charts["names"]]
        )
    for name, title in (
        ("entered", "申请至录入 · from application to entry"),
        ("written", "申请至写入 · from application to writing"),
    ):
        if any(charts["delays"].get(name, {}).values()):
            yield bars(title, list(charts["delays"][name].items()))


def bars(title: str, values: Sequence[tuple[str, int]]) -> str:
    """A bar chart as SVG: one bar per value with its number above and its label below."""
    width, height, foot = 900, 220, 40
    step = width / max(len(values), 1)
    most = max((value for _, value in values), default=0) or 1
    small = 9 if len(values) > 10 else 12
    drawn = []
    for place, (label, value) in enumerate(values):
        tall = (height - foot - 40) * value / most
        x, y = place * step + step * 0.15, height - foot - tall
        middle = place * step + step / 2
        drawn.append(
            f'<rect x="{x:.1f}" y="{y:.1f}" width="{step * 0.7:.1f}" height="{tall:.1f}" fill="#4a7db5"/>'
            f'<text x="{middle:.1f}" y="{y - 4:.1f}" text-anchor="middle" font-size="{small}">{value or ""}</text>'
            f'<text x="{middle:.1f}" y="{height - foot + 16}" text-anchor="middle" font-size="{small}">{escape(label)}</text>'
        )
    return (
        f'<svg viewBox="0 0 {width} {height}" role="img" aria-label="{escape(title)}"><text x="0" y="16" font-size="14">{escape(title)}</text>'
        + "".join(drawn)
        + f'<line x1="0" y1="{height - foot}" x2="{width}" y2="{height - foot}" stroke="#888"/></svg>'
    )
