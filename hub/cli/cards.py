"""`suphub card list|show`: the yellow and red cards, and all that is known about one of them."""

from __future__ import annotations

import json
from typing import Annotated, Any

import typer

from hub.cli.output import print_json, print_table, say
from hub.errors import Place, StopError

card = typer.Typer(help="监察牌 · cards: list, show", no_args_is_help=True)
Json = Annotated[bool, typer.Option("--json", help="机器可读 · one JSON document")]

LEVELS = {1: "预警", 2: "黄牌", 3: "红牌"}
UNITS = {"W": "工作日", "D": "自然日", "H": "小时", "M": "月"}


def add_to(app: typer.Typer) -> None:
    """Add the family to the command tree."""
    app.add_typer(card, name="card")


@card.command("list")
def list_all(as_json: Json = False) -> None:
    """列出所有牌 · list all cards, oldest first."""
    from hub import wiring
    from hub.central.engine import reading
    from hub.supervision.listing import list_cards

    with reading(wiring.engine()) as connection:
        found = list(list_cards(connection))
    if as_json:
        print_json(found)
        return
    columns = (
        "牌 card",
        "办件 case",
        "规则 rule",
        "级别 level",
        "状态 state",
        "发牌 raised",
        "期限 due",
        "用时/时限 used/limit",
    )
    print_table(
        f"{len(found)} 张牌 · cards",
        columns,
        [
            (
                c["card_id"],
                f"{c['system']}/{c['case_no']}",
                c["rule"],
                LEVELS[c["level"]],
                _state(c),
                c["raised_on"],
                c["due_on"],
                f"{c['used_days']}/{c['limit_days']} {UNITS.get(c['unit'], '')}",
            )
            for c in found
        ],
    )


@card.command("show")
def show(card_id: Annotated[int, typer.Argument(metavar="ID")], as_json: Json = False) -> None:
    """一张牌的全部内容和经过 · one card: what it stores, what it was judged by, what happened to it."""
    from hub import wiring
    from hub.central.engine import reading
    from hub.supervision.listing import show_card

    with reading(wiring.engine()) as connection:
        found = show_card(connection, card_id)
    if found is None:
        raise StopError(
            "CARD_UNKNOWN",
            zh=f"没有编号为 {card_id} 的牌",
            en=f"There is no card {card_id}",
            remedy_zh="用 suphub card list 查看现有的牌",
            remedy_en="See the cards there are with: suphub card list",
            place=Place(field="ID"),
        )
    if as_json:
        print_json(found)
        return
    _print(found)


def _state(found: dict[str, Any]) -> str:
    return f"{found['state']}{' (暂定 provisional)' if found['provisional'] else ''}"


def _print(found: dict[str, Any]) -> None:
    say(f"牌 · card       {found['card_id']}  {LEVELS[found['level']]}  {_state(found)}")
    say(f"办件 · case     {found['system']}/{found['case_no']} (第 {found['case_version']} 版)")
    say(
        f"规则 · rule     {found['rule']} 第 {found['rule_version']} 版，日历第 {found['calendar_version']} 版"
    )
    say(f"依据 · basis    {found['basis']}")
    say(f"责任 · answers  {found['org_name'] or '-'}  {found['handler'] or '-'}")
    say(
        f"时限 · limit    {found['used_days']} / {found['limit_days']} {UNITS.get(found['unit'], '')}，"
        f"超 {found['excess_days']}，最后一日 {found['due_on'] or '-'}"
    )
    for event in found["events"]:
        say(f"  {event['at']}  {event['from_state'] or '-'} → {event['to_state']}  {event['reason']}")
    say("判定所据 · judged by:")
    say(json.dumps(found["snapshot"], ensure_ascii=False, indent=2))
