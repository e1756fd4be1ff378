"""`suphub supervise run`: judge cases by the rule library and act on the cards, as the DAG does."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

import typer

from hub.cli.output import print_json, print_table, say

supervise = typer.Typer(help="监察判定 · judge limits and raise cards", no_args_is_help=True)
Json = Annotated[bool, typer.Option("--json", help="机器可读 · one JSON document")]

REASONS = {
    "no_limit": "没有时限 · no limit known",
    "hours_day_precise": "按小时计而只有日期 · limit in hours, times are days",
    "outside_calendar": "超出工作日历 · outside the calendar",
    "system_on_trial": "系统试运行 · system on trial",
    "not_reported": "系统不报送所需数据 · the system does not deliver what the rule needs",
    "item_unknown": "事项目录中没有该事项 · the item is not in the catalogue",
    "before_supervise_from": "受理早于监察起始日 · accepted before supervise_from",
}


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
            formats=["%Y-%m-%d"], help="以该日 24:00 判定 · as of the end of this day; default: now"
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

    found = wiring.supervise(None if today is None else today.date(), everything=everything)
    if as_json:
        print_json(found)
        return
    _print(found)


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
