"""`suphub supervise run|try`: judge cases by the rule library and act on the cards, as the DAG does; or only try a change."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from hub.cli.options import Json
from hub.cli.output import print_json, print_table, say
from hub.supervision.reasons import REASONS

supervise = typer.Typer(help="监察判定 · judge limits and raise cards", no_args_is_help=True)


def add_to(app: typer.Typer) -> None:
    """Add the family to the command tree."""
    app.add_typer(supervise, name="supervise")


@supervise.callback()
def family() -> None:
    """监察判定 · judge limits and raise cards."""


@supervise.command("run")
def run(
    today: Annotated[
        datetime | None,
        typer.Option(
            formats=["%Y-%m-%d"],
            help="以该日 24:00 判定,缺省为 SUPHUB_TODAY,再缺省为现在 · as of the end of this day; default: SUPHUB_TODAY, else now",
        ),
    ] = None,
    everything: Annotated[
        bool,
        typer.Option(
            "--all",
            help="判定全部办件，而不只是可能有变化的 · all cases, not only those that could have changed",
        ),
    ] = False,
    as_json: Json = False,
) -> None:
    """按规则库判定，发牌、结牌、撤牌 · judge by the rule library; raise, issue, close and withdraw cards."""
    from hub import wiring

    found = wiring.supervise(_day(today), everything=everything)
    if as_json:
        print_json(found)
        return
    _print(found)


@supervise.command("try")
def try_out(
    rule: Annotated[
        list[str] | None, typer.Option("--rule", metavar="RULE", help="规则，可多次 · repeatable")
    ] = None,
    values: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="NAME=VALUE", help="改后的参数 · another value of a parameter"),
    ] = None,
    level: Annotated[
        list[str] | None, typer.Option("--level", metavar="PROFILE=LEVEL", help="改后的级别 · another level")
    ] = None,
    proposal: Annotated[
        int | None, typer.Option(help="已提出的改动 · a change proposed by suphub rule set")
    ] = None,
    profile: Annotated[str | None, typer.Option(help="另一级别方案 · another profile")] = None,
    calendar: Annotated[Path | None, typer.Option(help="日历 CSV · a calendar to import")] = None,
    items: Annotated[
        list[Path] | None, typer.Option(help="事项文件，可多次 · catalogue files to import")
    ] = None,
    first: Annotated[
        datetime | None, typer.Option("--from", formats=["%Y-%m-%d"], help="首日 · first day")
    ] = None,
    last: Annotated[
        datetime | None, typer.Option("--to", formats=["%Y-%m-%d"], help="末日 · last day")
    ] = None,
    as_json: Json = False,
) -> None:
    """试判：改动后会多发、少发哪些牌，不写入任何内容 · try a change: which cards it would raise or not; writes nothing.

    以今天的数据按期间内每一天判定，与现有的牌对照。Today's data are judged as of each day of the period (the last 31 days,
    at most 92) and held against the cards that are there.
    """
    from hub.cli.rules import pairs
    from hub.wiring.trying import Wish
    from hub.wiring.trying import try_out as try_wish

    wish = Wish(
        tuple(rule or ()),
        pairs(values or []),
        pairs(level or []),
        proposal,
        profile,
        calendar,
        tuple(items or ()),
    )
    found = try_wish(wish, None if first is None else first.date(), None if last is None else last.date())
    if as_json:
        print_json(found)
        return
    _print_trial(found)


CHANGES = {
    "raised": "会发 would be raised",
    "not_raised": "不会发 would not",
    "level": "级别不同 other level",
    "order": "即行督办 an order begins",
}


def _day(asked: datetime | None) -> date | None:
    """The day that is judged, as the DAG takes it; None is now."""
    from hub import wiring

    if asked is not None:
        return asked.date()
    rehearsed = wiring.settings().today
    return date.fromisoformat(rehearsed) if rehearsed else None


def _print_trial(found: dict[str, Any]) -> None:
    for code, told in found["tried"].items():
        changed = [
            f"{name} {told['before'][name]} → {value}" for name, value in told["after"].items()
            if told["before"][name] != value
        ]  # fmt: skip
        if told["level_before"] != told["level_after"]:
            changed.append(f"级别 level {told['level_before']} → {told['level_after']}")
        if told["active_before"] != told["active_after"]:
            changed.append("启用 on" if told["active_after"] else "停用 off")
        if changed:
            say(f"{code}: {'，'.join(changed)}")
    columns = (
        "规则 rule", "现有 there", "相同 same", "会发 raised", "不会发 not raised", "级别不同 level", "督办 order",
    )  # fmt: skip
    rows = [
        (code, *(counts[name] for name in ("there", "same", "raised", "not_raised", "level", "order")))
        for code, counts in found["rules"].items()
    ]
    print_table(f"试判 · trial {found['from']} – {found['to']}", columns, rows)
    if found["changes"]:
        print_table(
            "逐件 · one by one",
            (
                "",
                "规则 rule",
                "办件 case",
                "对象 subject",
                "牌 card",
                "日期 day",
                "用时/时限 used/limit",
                "期限 due",
            ),
            [
                (
                    CHANGES[c["change"]],
                    c["rule"],
                    f"{c['system']}/{c['case_no']}" if c["case_no"] else c["system"],
                    c["subject"],
                    c["card_id"],
                    c["day"],
                    "" if c["used"] is None else f"{c['used']:g}/{c['limit'] or 0:g} {c['unit'] or ''}",
                    c["due_on"],
                )
                for c in found["changes"]
            ],
        )
    say("没有写入任何内容 · nothing was written. 启用改动 · to change: suphub rule set, suphub rule activate")


def _print(found: dict[str, Any]) -> None:
    keys = ("judged", "raised", "issued", "closed", "withdrawn")
    columns = ("规则 rule", "判定 judged", "发牌 raised", "转已发 issued", "办结 closed", "撤销 withdrawn")
    print_table(
        f"判定截止 · as of {found['as_of']}，日历版本 · calendar version {found['calendar_version']}",
        columns,
        [(rule, *(found[key][rule] for key in keys)) for rule in found["judged"]],
    )
    for rule, reasons in found["not_judged"].items():
        for reason, cases in reasons.items():
            say(f"{rule} 未判定 · not judged: {cases}  {REASONS.get(reason, reason)}")
    for each in found["waiting"]:
        say(
            f"{each['system']}: {each['pending']} 件待补齐，其中 {each['incomplete']} 件超过 7 天 · cases wait for other pieces, "
            f"{each['incomplete']} of them for more than 7 days: suphub case list --system {each['system']} --state pending"
        )
