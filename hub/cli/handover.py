"""`suphub handover run|list|retry|answers`: what departments are handed about cards, and what they answer."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from hub.cli.options import Json
from hub.cli.output import print_json, print_table, say

handover = typer.Typer(
    help="交付与答复 · cards, orders and letters handed to departments, and their answers",
    no_args_is_help=True,
)
System = Annotated[str | None, typer.Option(help="登记代码 · code of the registration")]
Limit = Annotated[int, typer.Option(min=1, help="最多几条 · at most so many")]


def add_to(app: typer.Typer) -> None:
    """Add the family to the command tree."""
    app.add_typer(handover, name="handover")


@handover.command("run")
def run(
    code: Annotated[
        str | None,
        typer.Argument(
            help="登记代码;不写则所有写有 cards 的系统 · all systems that have `cards` without it"
        ),
    ] = None,
    as_json: Json = False,
) -> None:
    """交付到期的牌、督办单、文书,取回答复(DAG returning 的工作)· hand over what is due and take answers, as the DAG does."""
    from hub.wiring.returning import run_each, systems

    done: dict[str, dict[str, Any]] = {}
    codes = [code] if code else systems()
    try:
        run_each(codes, done)
    finally:  # what was done is told also where another system failed
        _done(codes, done, as_json)


def _done(codes: list[str], done: dict[str, dict[str, Any]], as_json: bool) -> None:
    if as_json:
        print_json(done)
        return
    for system, told in done.items():
        say(f"{system}: " + "; ".join(f"{name}: {value}" for name, value in told.items()))
    if not codes:
        say("没有登记写有 cards · no registration has `cards`")


@handover.command("list")
def list_all(
    system: System = None,
    state: Annotated[str | None, typer.Option(help="waiting, delivered, failed")] = None,
    limit: Limit = 200,
    as_json: Json = False,
) -> None:
    """列出交付,新的在后 · list handovers, the newest last."""
    from hub import wiring
    from hub.central.engine import reading
    from hub.returning.outbox import STATES, listed

    if state is not None and state not in STATES:
        raise typer.BadParameter(f"{state!r}: {', '.join(STATES)}", param_hint="--state")
    with reading(wiring.engine()) as connection:
        found = listed(connection, system, state, limit)
    columns = {
        "system": "系统 system", "name": "名称 name", "state": "状态 state", "attempts": "次数 attempts", "due_at": "待交付 due",
        "delivered_at": "交付于 delivered", "error": "错误 error",
    }  # fmt: skip
    _show(found, columns, as_json, "件 · handovers")


@handover.command("retry")
def retry(system: System = None, as_json: Json = False) -> None:
    """把失败和等待的重新排队,下一次立即交付 · queue again what failed or waits; the next run tries it at once."""
    from hub import wiring
    from hub.central.engine import writing
    from hub.clock import now_us
    from hub.returning import outbox

    with writing(wiring.engine()) as connection:
        number = outbox.retry(connection, system, now_us())
    if as_json:
        print_json({"retried": number})
        return
    say(f"重新排队 · queued again: {number}")


@handover.command("answers")
def answers(system: System = None, limit: Limit = 200, as_json: Json = False) -> None:
    """列出部门的答复及处理结果 · list the departments' answers and what became of them."""
    from hub import wiring
    from hub.central.engine import reading
    from hub.returning.answers import listed

    with reading(wiring.engine()) as connection:
        found = listed(connection, system, limit)
    columns = {
        "system": "系统 system", "name": "名称 name", "kind": "种类 kind", "card_id": "牌 card", "order_id": "督办单 order",
        "outcome": "结果 outcome", "code": "代码 code", "received_at": "收到 received",
    }  # fmt: skip
    _show(found, columns, as_json, "份答复 · answers")


def _show(found: list[dict[str, Any]], columns: dict[str, str], as_json: bool, what: str) -> None:
    if as_json:
        print_json(found)
        return
    print_table(
        f"{len(found)} {what}", list(columns.values()), [[each[name] for name in columns] for each in found]
    )
