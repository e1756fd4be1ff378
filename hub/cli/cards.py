"""`suphub card …`: the yellow and red cards, all that is known about one of them, and what people do with it."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Annotated, Any

import typer

from hub.cli.acting import (
    LEVELS,
    Attach,
    By,
    IfState,
    IfVersion,
    OpenOnly,
    Out,
    Role,
    System,
    Today,
    Uscc,
    Which,
    Why,
    done,
    files,
    listed_as_of,
    seen,
)
from hub.cli.cards_print import card_figures, card_state, hand_out, print_card, report_card
from hub.cli.options import Json, who
from hub.cli.output import print_json, print_table, say

card = typer.Typer(help="监察牌 · cards: list, show, issue, answer, appeal, decide", no_args_is_help=True)
Id = Annotated[int, typer.Argument(metavar="ID", help="牌的编号 · number of the card")]
Text = Annotated[str, typer.Option("--text", help="内容 · what is said")]


def add_to(app: typer.Typer) -> None:
    """Add the family to the command tree."""
    app.add_typer(card, name="card")


@card.command("list")
def list_all(
    system: System = None,
    state: Annotated[str | None, typer.Option(help="状态 · state, e.g. 已发")] = None,
    level: Annotated[int | None, typer.Option(min=1, max=3, help="1 预警 2 黄牌 3 红牌")] = None,
    organization: Uscc = None,
    rule: Annotated[str | None, typer.Option(help="规则 · rule, e.g. T2")] = None,
    open_only: OpenOnly = False,
    overdue: Annotated[
        bool, typer.Option("--overdue", help="只列逾期未反馈的 · only those not answered in time")
    ] = False,
    today: Today = None,
    as_json: Json = False,
) -> None:
    """列出牌 · list cards, oldest first."""
    from hub import wiring
    from hub.central.engine import reading
    from hub.supervision.listing import Wanted, list_cards
    from hub.supervision.states import STATES

    day = listed_as_of(state, STATES, overdue, today)
    wanted = Wanted(system, state, level, organization, rule, day, open_only)
    with reading(wiring.engine()) as connection:
        found = list(list_cards(connection, wanted))
    if as_json:
        print_json(found)
        return
    columns = ("牌 card", "办件 case", "规则 rule", "级别 level", "状态 state", "发牌 raised", "期限 due",
               "用时/时限 used/limit", "反馈期限 answer by")  # fmt: skip
    rows = [
        (
            c["card_id"],
            f"{c['system']}/{c['case_no']}" if c["case_no"] else c["subject"],
            c["rule"],
            LEVELS[c["level"]],
            card_state(c),
            c["raised_on"],
            c["due_on"],
            card_figures(c),
            (c["answered_on"] and f"✓ {c['answered_on']}") or c["feedback_due_on"],
        )
        for c in found
    ]
    print_table(f"{len(found)} 张牌 · cards", columns, rows)


@card.command("show")
def show(card_id: Id, as_json: Json = False) -> None:
    """一张牌的全部内容和经过 · one card: what it stores, what it was judged by, what happened to it."""
    from hub import wiring
    from hub.central.engine import reading
    from hub.supervision.cards import unknown
    from hub.supervision.listing import show_card

    with reading(wiring.engine()) as connection:
        found = show_card(connection, card_id)
    if found is None:
        raise unknown(card_id)
    if as_json:
        print_json(found)
        return
    print_card(found)


@card.command("cases")
def cases(
    card_id: Id,
    as_csv: Annotated[bool, typer.Option("--csv", help="以 CSV 输出 · print as CSV")] = False,
    as_json: Json = False,
) -> None:
    """一张牌背后的全部办件(按月判定的规则、事项的牌)· all cases behind a card: of a month, of an item.

    Today's data, as known when the card was judged, by the rules in force; the card itself names ten.
    """
    import sys

    from hub.wiring import card_cases

    found = card_cases.card_cases(card_id)
    if as_json:
        print_json(found)
    elif as_csv:
        sys.stdout.buffer.write(card_cases.as_csv(found["cases"]))
    else:
        rows = [
            (f"{c['system']}/{c['case_no']}", c["applied"], c["handled"], c["completed"])
            for c in found["cases"]
        ]
        columns = ("办件 case", "申请 applied", "受理 handled", "办结 completed")
        print_table(
            f"{found['rule']} {found['subject'] or ''}: {len(rows)} 件 · cases behind card {card_id}",
            columns,
            rows,
        )


@card.command("issue")
def issue(
    about: Annotated[
        str,
        typer.Argument(
            metavar="ABOUT", help="系统/办件号、系统代码，或机构代码 · SYSTEM/CASE_NO, SYSTEM or USCC"
        ),
    ],
    level: Annotated[int, typer.Option("--level", help="1 预警 2 黄牌 3 红牌 · warning, yellow, red")],
    reason: Why,
    basis: Annotated[str, typer.Option("--basis", help="监察依据 · basis in law")],
    subject: Annotated[
        str, typer.Option("--subject", help="同一办件的另一事由 · another matter of the same case")
    ] = "",
    organization: Annotated[
        str | None, typer.Option(help="责任单位代码 · USCC of who answers for it")
    ] = None,
    name: Annotated[str | None, typer.Option(help="责任单位名称 · its name")] = None,
    step: Annotated[str | None, typer.Option(help="责任环节 · the step")] = None,
    handler: Annotated[str | None, typer.Option(help="责任人 · the person")] = None,
    by: By = "",
    role: Role = "supervisor",
    as_json: Json = False,
) -> None:
    """人工发牌 · issue a card by hand, about a case, a system or an organisation."""
    from hub.supervision import by_hand

    code, _, case_no = about.partition("/")
    uscc = code if not case_no and re.fullmatch("[0-9A-Z]{18}", code) else None
    meant = by_hand.About(
        "" if uscc else code, case_no or None, subject, organization or uscc, name, step, handler
    )
    card_id = done(
        lambda connection, more: by_hand.issue(
            connection, meant, level=level, reason=reason, basis=basis, by=who(by), role=role, **more
        )
    )
    report_card({"card_id": card_id, "state": "已发", "level": level, "version": 1}, as_json)


def _saying(action: str, told: str) -> None:
    """A command with which the department says something."""

    @card.command(action, help=told)
    def command(
        card_id: Id,
        text: Text,
        attach: Attach = None,
        by: By = "",
        role: Role = "department",
        if_state: IfState = None,
        if_version: IfVersion = None,
        as_json: Json = False,
    ) -> None:
        _act(action, card_id, by, role, if_state, if_version, as_json, text=text, attachments=files(attach))


def _deciding(action: str, told: str) -> None:
    """A command with which a supervisor decides, for a reason."""

    @card.command(action, help=told)
    def command(
        card_id: Id,
        reason: Why,
        by: By = "",
        role: Role = "supervisor",
        if_state: IfState = None,
        if_version: IfVersion = None,
        as_json: Json = False,
    ) -> None:
        _act(action, card_id, by, role, if_state, if_version, as_json, reason=reason)


_saying("answer", "部门反馈 · the department answers; --role ops enters what came on paper.")
_saying("appeal", "部门申诉 · the department appeals; a supervisor upholds or withdraws the card.")
_deciding("uphold", "维持 · turn an appeal down.")
_deciding("withdraw", "撤销 · withdraw a card; it stays, and scores no more.")
_deciding("escalate", "升级 · raise a card by one level.")
_deciding("close", "办结 · close a card that was answered or upheld.")


@card.command("consequence")
def consequence(
    card_id: Id,
    kind: Annotated[str, typer.Option("--kind", help="书面检查、限期整改、通报批评、约谈、诫勉谈话 · kind")],
    text: Text,
    due: Annotated[
        datetime | None,
        typer.Option("--due", formats=["%Y-%m-%d"], help="限期整改的期限 · the day of 限期整改"),
    ] = None,
    person: Annotated[str | None, typer.Option("--person", help="对何人 · whom")] = None,
    by: By = "",
    role: Role = "supervisor",
    if_state: IfState = None,
    if_version: IfVersion = None,
    as_json: Json = False,
) -> None:
    """处理 · record what follows; after three talks of an organisation the next one is with its head."""
    from hub.supervision import handling

    found = done(
        lambda connection, more: handling.consequence(
            connection, card_id, kind=kind, by=who(by), role=role, text=text, due_on=due.date() if due else None,
            person=person, seen=seen(if_state, if_version), **more,
        )
    )  # fmt: skip
    if as_json:
        print_json(found)
        return
    say(f"已记入牌 {card_id}：{kind} · recorded with card {card_id}")
    if found["head"]:
        say("此次约谈对象为单位主要负责人 · this talk is with the head of the organisation")
    elif found["next_is_head"]:
        say(
            "该单位已约谈三次，下次约谈其主要负责人 · three talks: the next one is with the head of the organisation"
        )


@card.command("attachment")
def attachment(
    card_id: Id,
    number: Which = None,
    out: Out = None,
    as_json: Json = False,
) -> None:
    """列出附件，或取出一个 · list the attachments of a card, or write one into a file."""
    from hub import wiring
    from hub.central.engine import reading
    from hub.supervision.attachments import of_card

    with reading(wiring.engine()) as connection:
        found = of_card(connection, card_id)
    hand_out(found, number, out, as_json)


def _act(
    action: str,
    card_id: int,
    by: str,
    role: str,
    if_state: str | None,
    if_version: int | None,
    as_json: bool,
    **given: Any,
) -> None:
    from hub.supervision import handling

    deed = getattr(handling, action)
    known = seen(if_state, if_version)
    found = done(
        lambda connection, more: deed(connection, card_id, by=who(by), role=role, seen=known, **given, **more)
    )
    report_card(found.as_dict(), as_json)
