"""How `suphub score` prints figures, scores and the lists behind them for people."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import typer

from hub.cli.output import print_json, print_table, say
from hub.supervision.reasons import REASONS

UNITS = {"percent": "%", "hours": " h", "things": ""}
KINDS = {
    "organization": "机构 · organisations",
    "office": "科室 · offices",
    "post": "岗位 · posts",
    "person": "人员 · people",
}


def print_rows(title: str, found: Iterable[Mapping[str, Any]]) -> None:
    """The list behind a figure, one row a line, so that names can be copied whatever the terminal's width."""
    say(title)
    for each in found:
        told = [
            each.get("case_name"),
            each.get("organization_name") or each.get("organization"),
            each.get("item"),
            each.get("person_name") or each.get("person"),
            each.get("day"),
            None if "value" not in each else f"= {each['value']}",
            None if each.get("weight", 1) == 1 else f"x {each['weight']}",
            each.get("reason") if each.get("den") is None else None,
        ]
        say(f"  {each['subject']}  {'  '.join(str(part) for part in told if part is not None)}")


def print_published(found: dict[str, Any], *, as_json: bool) -> None:
    """What was published, and what is otherwise than in the version before."""
    from hub.scores.comparing import side_text
    from hub.scores.report import PARTS

    if as_json:
        print_json(found)
        return
    say(
        f"{found['period']} 第 {found['version']} 版已公布 · version {found['version']} is published  {found['digest']}"
    )
    for each in found["differences"] or ():
        before, after = (side_text(each[side], PARTS) for side in ("before", "after"))
        say(f"  {each['what']} {each['subject']}: {before} → {after}")
    for period in found["made_stale"]:
        say(
            f"已公布的 {period} 仍按本月的旧版计算，需重新公布 · {period} was published from an earlier version of this month:"
            " suphub score republish"
        )


def print_head(found: dict[str, Any]) -> None:
    told = found["published"]
    drafted = found.get("draft")
    state = (
        f"草稿，{drafted['at']} 计算，尚未公布 · draft, worked out at {drafted['at']}, not published"
        if drafted
        else f"已公布第 {told['version']} 版 · published, version {told['version']}, {told['at']}, {told['by']}"
        if told
        else f"未公布，数据截至 {found['as_of']} · not published, as of {found['as_of']}"
    )
    say(f"{found['period']}  {state}  (参数第 {found['parameters']['version']} 版 · parameters)")
    if told and told["reason"]:
        say(f"重新公布的理由 · published anew because: {told['reason']}")
    if told and told["version"] < told["newest"]:
        say(f"已有第 {told['newest']} 版 · there is a newer version: {told['newest']}")
    for each in told["stale"] if told else ():
        say(
            f"过期：{each['month']} 已重新公布为第 {each['newest']} 版，这里按第 {each['built_on']} 版"
            f" · stale: {each['month']} has been published anew (version {each['newest']}); this rests on {each['built_on']}"
        )


def target_of(figure: Mapping[str, Any]) -> str:
    """The target, and whether it is reached; of what was not judged the target alone."""
    if figure["target"] is None:
        return ""
    return f"{'≤' if figure.get('at_most') else '≥'}{figure['target']}" + {True: " ✓", False: " ✗"}.get(
        figure["reached"], ""
    )


def print_indicators(found: list[dict[str, Any]]) -> None:
    from hub.scores.library import indicators

    known = indicators()
    print_table(
        "指标 · indicators",
        ("指标 indicator", "名称 name", "值 value", "分子/分母 num./den.", "目标 target", "未判 not judged"),
        [
            (
                each["indicator"],
                f"{known[each['indicator']].zh} {known[each['indicator']].en}"
                if each["indicator"] in known
                else "",
                value_of(each),
                f"{'' if each['numerator'] is None else each['numerator']}/{each['denominator']}",
                target_of(each),
                reasons_of(each["not_judged"]),
            )
            for each in found
        ],
    )


def print_scores(found: dict[str, Any], of: str, subject: str | None) -> None:
    if of not in KINDS:
        raise typer.BadParameter(f"--of: {', '.join(KINDS)}")
    listed = [each for each in found["scores"][of] if subject in (None, each["subject"])]
    print_table(
        f"得分 · scores, {KINDS[of]}",
        (
            "对象 subject",
            "名称 name",
            "得分 points",
            "等次 band",
            "预警 warn.",
            "黄 yellow",
            "红 red",
            "提前 early",
            "未报 unrep.",
        ),
        [
            (
                each["subject"],
                each["name"],
                "未判 not judged" if each["points"] is None else each["points"],
                each["band"],
                *(f"{line['count']} ({line['points']:+})" for line in each["lines"]),
            )
            for each in listed
        ],
    )
    for each in listed if subject is not None else ():
        for line in each["lines"]:
            if line["cards"]:
                say(
                    f"  {line['part']}: 牌 · cards {', '.join(map(str, line['cards']))}  (suphub card show ID)"
                )
        for month in each["months"]:
            say(f"  {month['month']}: {'未判 not judged' if month['points'] is None else month['points']}")


def value_of(each: dict[str, Any]) -> str:
    if each["value"] is None:
        return "未判 not judged"
    number = each["value"]
    return f"{number:.0f}" if each["unit"] == "things" else f"{number:.2f}{UNITS[each['unit']]}"


def reasons_of(found: dict[str, int]) -> str:
    told = ((REASONS.get(reason, reason), count) for reason, count in found.items())
    return "; ".join(f"{words} {count}" if count else words for words, count in told)
