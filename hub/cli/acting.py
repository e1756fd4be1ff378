"""What the commands that act on cards and orders share: who acts, what was seen, files, and the transaction."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from hub.supervision.attachments import Attachment
    from hub.supervision.change import Seen

By = Annotated[str, typer.Option("--by", help="何人，默认系统用户 · who; default: the user of this machine")]
Role = Annotated[str, typer.Option("--role", help="supervisor, department, ops")]
Why = Annotated[
    str, typer.Option("--reason", help="理由，记入牌和日志 · why; kept with the card and in the log")
]
IfState = Annotated[
    str | None,
    typer.Option("--if-state", help="只在处于此状态时办理 · only if it is in this state"),
]
IfVersion = Annotated[
    int | None,
    typer.Option(
        "--if-version", help="只在仍为所见版本时办理 · only if it is still the version that was seen"
    ),
]
Attach = Annotated[
    list[Path] | None,
    typer.Option(
        "--attach",
        exists=True,
        dir_okay=False,
        readable=True,
        help="附件，可重复 · a file that goes with it; may be repeated",
    ),
]
System = Annotated[str | None, typer.Option(help="登记代码 · code of the registration")]
Uscc = Annotated[str | None, typer.Option(help="统一社会信用代码 · USCC")]
OpenOnly = Annotated[bool, typer.Option("--open", help="只列未了结的 · only open ones")]
Today = Annotated[
    datetime | None, typer.Option(formats=["%Y-%m-%d"], help="逾期截止于此日 · overdue as of this day")
]
Which = Annotated[int | None, typer.Argument(metavar="[NUMBER]", help="第几个 · which one")]
Out = Annotated[Path | None, typer.Option("--out", help="写入此文件 · write it into this file")]

T = TypeVar("T")
LEVELS = {1: "预警", 2: "黄牌", 3: "红牌"}


def listed_as_of(
    state: str | None, states: Collection[str], overdue: bool, today: datetime | None
) -> date | None:
    """The day as of which what is overdue is listed; None lists everything. Raises typer.BadParameter for an unknown state."""
    from hub.clock import local_day, now_us

    if state is not None and state not in states:
        raise typer.BadParameter(f"{state!r}: {', '.join(states)}", param_hint="--state")
    if not overdue:
        return None
    return today.date() if today else local_day(now_us())


def seen(state: str | None, version: int | None) -> Seen:
    """What the caller saw."""
    from hub.supervision.change import Seen

    return Seen(state, version)


def files(paths: list[Path] | None) -> list[Attachment]:
    """Files, kept in the raw store."""
    from hub.wiring.cards import stored

    return stored(paths or [])


def done(deed: Callable[[Connection, dict[str, Any]], T]) -> T:
    """Run a deed in one transaction; it gets what every deed is given, `at` and `log`."""
    from hub import wiring
    from hub.central.engine import writing
    from hub.clock import now_us
    from hub.wiring.cards import teller

    with writing(wiring.engine()) as connection:
        return deed(connection, {"at": now_us(), "log": teller()})
