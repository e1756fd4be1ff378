"""`suphub order …`: supervision orders (督办), the hands that they go through, and what each hand does."""

from __future__ import annotations

from pathlib import Path
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
from hub.cli.cards_print import hand_out
from hub.cli.options import Json, who
from hub.cli.output import print_json, print_table, say, say_fields

order = typer.Typer(
    help="督办 · supervision orders: start, review, sign for, answer, finish", no_args_is_help=True
)
Id = Annotated[int, typer.Argument(metavar="ID", help="督办单编号 · number of the order")]
Opinion = Annotated[str, typer.Option("--opinion", help="意见 · what is said")]


def add_to(app: typer.Typer) -> None:
    """Add the family to the command tree."""
    app.add_typer(order, name="order")


@order.command("list")
def list_all(
    state: Annotated[str | None, typer.Option(help="状态 · state, e.g. 待反馈")] = None,
    organization: Uscc = None,
    system: System = None,
    card: Annotated[int | None, typer.Option(help="牌的编号 · number of the card")] = None,
    open_only: OpenOnly = False,
    overdue: Annotated[
        bool,
        typer.Option("--overdue", help="只列当前环节逾期的 · only those past the deadline of their hand"),
    ] = False,
    today: Today = None,
    as_json: Json = False,
) -> None:
    """列出督办单 · list orders, oldest first."""
    from hub import wiring
    from hub.central.engine import reading
    from hub.supervision.hands import STATES
    from hub.supervision.order_listing import Wanted, list_orders

    day = listed_as_of(state, STATES, overdue, today)
    with reading(wiring.engine()) as connection:
        found = list(list_orders(connection, Wanted(state, organization, system, card, day, open_only)))
    if as_json:
        print_json(found)
        return
    columns = ("督办单 order", "牌 card", "级别 level", "被督办单位 organisation", "事项 item", "办件 case", "状态 state",
               "期限 due", "发起 started", "结束 ended")  # fmt: skip
    rows = [
        (o["order_id"], o["card_id"], LEVELS[o["level"]], o["org_name"], o["item_name"],
         f"{o['system'] or ''}/{o['case_no']}" if o["case_no"] else None, o["state"], o["due_on"],
         o["started_at"][:10], (o["ended_at"] or "")[:10])
        for o in found
    ]  # fmt: skip
    print_table(f"{len(found)} 张督办单 · orders", columns, rows)


@order.command("show")
def show(order_id: Id, as_json: Json = False) -> None:
    """一张督办单的全部内容和各环节 · one order, and each hand that it went through."""
    from hub import wiring
    from hub.central.engine import reading
    from hub.supervision.order_listing import show_order
    from hub.supervision.orders import unknown

    with reading(wiring.engine()) as connection:
        found = show_order(connection, order_id)
    if found is None:
        raise unknown(order_id)
    if as_json:
        print_json(found)
        return
    _print(found)


@order.command("start")
def start(
    reason: Why,
    card: Annotated[
        int | None, typer.Option("--card", help="由此牌转督办 · turn this card into an order")
    ] = None,
    supervisor: Annotated[
        str, typer.Option("--supervisor", help="监察部门 · the supervising department")
    ] = "监察机关",
    monitor: Annotated[
        str | None, typer.Option("--monitor", help="监察监控人员 · who watches over it")
    ] = None,
    organization: Annotated[str | None, typer.Option(help="被督办单位代码 · USCC (without a card)")] = None,
    name: Annotated[str | None, typer.Option(help="被督办单位名称 · its name (without a card)")] = None,
    level: Annotated[int, typer.Option(help="级别(无牌时) · level (without a card)")] = 2,
    item_code: Annotated[str | None, typer.Option(help="事项编码 · code of the item")] = None,
    item_name: Annotated[str | None, typer.Option(help="事项名称 · name of the item")] = None,
    system: System = None,
    case_no: Annotated[str | None, typer.Option("--case", help="办件号 · number of the case")] = None,
    basis: Annotated[str | None, typer.Option(help="依据 · basis in law")] = None,
    by: By = "",
    role: Role = "supervisor",
    if_state: IfState = None,
    if_version: IfVersion = None,
    as_json: Json = False,
) -> None:
    """发起督办：由牌，或人工 · begin an order, from a card or by hand."""
    from hub.supervision import ordering

    given: dict[str, Any] = {
        "supervisor": supervisor,
        "reason": reason,
        "by": who(by),
        "role": role,
        "monitor": monitor,
    }
    if card is not None:
        known = seen(if_state, if_version)
        order_id = done(lambda c, more: ordering.start_from_card(c, card, seen=known, **given, **more))
    else:
        matter = ordering.Matter(
            organization or "", name or "", level, item_code, item_name, system, case_no, basis
        )
        order_id = done(lambda c, more: ordering.start_by_hand(c, matter, **given, **more))
    _report({"order_id": order_id, "state": "待审核", "version": 1}, as_json)


def _hand(action: str, told: str, role_of: str = "supervisor") -> None:
    """A command of the hand that has the order."""

    @order.command(action, help=told)
    def command(
        order_id: Id, opinion: Opinion, attach: Attach = None, by: By = "", role: Role = role_of,
        if_state: IfState = None, if_version: IfVersion = None, as_json: Json = False,
    ) -> None:  # fmt: skip
        _act(action, order_id, opinion, attach, by, role, if_state, if_version, as_json)


_hand("submit", "重新提交被退回的督办单 · submit an order again that was returned to its beginning.")
_hand("approve", "审核通过，交部门签收 · approve; the department is to sign for it.")


@order.command("sign")
def sign(
    order_id: Id, opinion: Opinion = "签收", attach: Attach = None, by: By = "", role: Role = "department",
    if_state: IfState = None, if_version: IfVersion = None, as_json: Json = False,
) -> None:  # fmt: skip
    """部门签收 · the department signs for it."""
    _act("sign", order_id, opinion, attach, by, role, if_state, if_version, as_json)


_hand("feedback", "部门反馈办理情况 · the department answers.", "department")
_hand("finish", "办结；意见即督办结果 · finish it; the opinion is its result. Its card is closed.")


@order.command("return")
def give_back(
    order_id: Id, opinion: Opinion, attach: Attach = None, by: By = "",
    role: Annotated[str, typer.Option("--role", help="由持有该单的一方 · the side that has the order: supervisor, department, ops")] = "supervisor",
    if_state: IfState = None, if_version: IfVersion = None, as_json: Json = False,
) -> None:  # fmt: skip
    """退回上一环节 · return it to the hand before."""
    _act("return", order_id, opinion, attach, by, role, if_state, if_version, as_json)


_hand(
    "recall",
    "撤回尚未签收的督办单 · recall an order that the department has not signed for; its card is as before.",
)


@order.command("attachment")
def attachment(
    order_id: Id,
    number: Which = None,
    out: Out = None,
    as_json: Json = False,
) -> None:
    """列出附件，或取出一个 · list the attachments of an order, or write one into a file."""
    from hub import wiring
    from hub.central.engine import reading
    from hub.supervision.attachments import of_order

    with reading(wiring.engine()) as connection:
        found = of_order(connection, order_id)
    hand_out(found, number, out, as_json)


def _act(
    action: str,
    order_id: int,
    opinion: str,
    attach: list[Path] | None,
    by: str,
    role: str,
    if_state: str | None,
    if_version: int | None,
    as_json: bool,
) -> None:
    from hub.supervision import ordering

    kept, known = files(attach), seen(if_state, if_version)
    found = done(
        lambda connection, more: ordering.act(
            connection, order_id, action, by=who(by), role=role, opinion=opinion, attachments=kept, seen=known, **more
        )
    )  # fmt: skip
    _report(found, as_json)


def _report(found: dict[str, Any], as_json: bool) -> None:
    if as_json:
        print_json(found)
        return
    number = found["order_id"]
    say(
        f"督办单 {number}：{found['state']}，第 {found['version']} 版 · order {number} is in version {found['version']}"
    )


def _print(found: dict[str, Any]) -> None:
    state = (
        f"{LEVELS[found['level']]}  {found['state']}  (第 {found['version']} 版 · version {found['version']})"
    )
    lines = (
        ("督办单 · order", f"{found['order_id']}  {state}"),
        ("监察部门 · supervisor", found["supervisor"]),
        ("被督办单位 · of", f"{found['org_name'] or '-'}  {found['org_uscc'] or ''}"),
        ("事项 · item", f"{found['item_name'] or '-'}  {found['item_code'] or ''}"),
        ("办件 · case", f"{found['system'] or ''}/{found['case_no']}" if found["case_no"] else "-"),
        ("监察监控人员 · monitor", found["monitor"]),
        ("发起、结束 · from, to", f"{found['started_at']}  {found['ended_at'] or '-'}"),
        ("牌 · card", found["card_id"] or "-"),
        ("事由 · reason", found["reason"]),
        ("结果 · result", found["result"] or "-"),
    )
    say_fields(lines)
    for hand in found["hands"]:
        late = "  逾期 late" if hand["late"] else ""
        done_by = (
            f"{hand['done_at']}  {hand['by']}  {hand['action']}  {hand['opinion']}"
            if hand["done_at"]
            else "…"
        )
        say(
            f"  {hand['number']} {hand['hand']} ({hand['role']})  期限 due {hand['due_on'] or '-'}{late}  {done_by}"
        )
        for each in hand["attachments"]:
            say(f"      附件 · attachment  {each['name']}  {each['size']} B  {each['digest'][:12]}…")
    say(f"现在可以 · possible now  {', '.join(found['possible']) or '-'}")
