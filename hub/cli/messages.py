"""`suphub message list|retry|send|check`: what was told to whom, what waits, and why something did not leave."""

from __future__ import annotations

from typing import Annotated

import typer

from hub.cli.options import Json
from hub.cli.output import print_json, print_table, say

message = typer.Typer(help="消息 · messages to people", no_args_is_help=True)


def add_to(app: typer.Typer) -> None:
    """Add the family to the command tree."""
    app.add_typer(message, name="message")


@message.command("list")
def list_messages(
    state: Annotated[str | None, typer.Option(help="waiting, sending, sent, failed")] = None,
    system: Annotated[str | None, typer.Option(help="登记代码 · code of the registration")] = None,
    limit: Annotated[int, typer.Option(min=1, help="最多几条 · at most so many")] = 200,
    as_json: Json = False,
) -> None:
    """列出消息,新的在前;地址已遮盖 · list messages, the newest first; addresses are masked."""
    from hub import wiring
    from hub.central.engine import reading
    from hub.messages.outbox import STATES, listed

    if state is not None and state not in STATES:
        raise typer.BadParameter(f"{state!r}: {', '.join(STATES)}", param_hint="--state")
    with reading(wiring.engine()) as connection:
        found = listed(connection, state, system, limit)
    if as_json:
        print_json(found)
        return
    rows = [
        (m["id"], m["state"], m["level"], m["recipient"], m["subject_zh"], m["created_at"], m["sent_at"] or m["due_at"],
         m["attempts"], (m["error"] or "").split(":")[0])
        for m in found
    ]  # fmt: skip
    columns = ("id", "状态 state", "级 level", "收件人 recipient", "主题 subject", "写于 written",
               "发于、待发 sent, due", "次数 attempts", "原因 error")  # fmt: skip
    print_table(f"{len(rows)} 条消息 · messages", columns, rows)


@message.command("retry")
def retry(
    ids: Annotated[
        list[int] | None, typer.Argument(help="编号;不写则全部失败的 · ids; all failed ones without")
    ] = None,
    as_json: Json = False,
) -> None:
    """再发失败或等待的消息 · try messages again that failed or wait, and send what is due."""
    from hub import wiring
    from hub.central.engine import writing
    from hub.clock import now_us
    from hub.messages import outbox

    with writing(wiring.engine()) as connection:
        number = outbox.retry(connection, ids or [], now_us())
    done = wiring.watcher().send().as_dict()
    if as_json:
        print_json({"retried": number, **done})
        return
    say(f"重新排队 queued again: {number};" + "; ".join(f"{name}: {value}" for name, value in done.items()))


@message.command("send")
def send(as_json: Json = False) -> None:
    """发出到期的消息(DAG messages 的工作)· send what is due, as the DAG `messages` does."""
    from hub import wiring

    done = wiring.watcher().send().as_dict()
    if as_json:
        print_json(done)
        return
    say("; ".join(f"{name}: {value}" for name, value in done.items()))


@message.command("check")
def check(
    test: Annotated[
        str | None,
        typer.Option("--to", help="给这个收件人发一条试消息 · send a trial message to this recipient"),
    ] = None,
    as_json: Json = False,
) -> None:
    """检查 messages.yaml:谁按哪个通道收什么;--to 发一条试消息 · read messages.yaml, and try one recipient out."""
    from hub import wiring
    from hub.messages.book import load_book
    from hub.messages.send import trial

    book = load_book(wiring.settings().messages)
    if test is not None:
        if test not in book.recipients:
            raise typer.BadParameter(f"{test!r}: {', '.join(book.recipients) or '-'}", param_hint="--to")
        trial(book, wiring.access, book.recipients[test])
    rows = [
        (r.name, r.channel, book.channels[r.channel].kind, len(r.addresses), r.level, ", ".join(r.kinds) or "*",
         ", ".join((*r.roles, *r.systems, *r.organizations)) or "*", "✓" if r.name == test else "")
        for r in book.recipients.values()
    ]  # fmt: skip
    if as_json:
        names = ("name", "channel", "kind", "addresses", "level", "kinds", "about", "tried")
        print_json([dict(zip(names, row, strict=True)) for row in rows])
        return
    columns = ("收件人 recipient", "通道 channel", "类型 kind", "地址数 addresses", "级 level", "类别 kinds", "关于 about",
               "试发 tried")  # fmt: skip
    print_table(str(wiring.settings().messages), columns, rows)
