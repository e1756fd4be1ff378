"""What the commands that act on cards and orders share: who acts, what was seen, files, and the transaction."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from hub.supervision.attachments import Attachment
    from hub.supervision.change import Seen

Json = Annotated[bool, typer.Option("--json", help="机器可读 · one JSON document")]
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

T = TypeVar("T")
LEVELS = {1: "预警", 2: "黄牌", 3: "红牌"}


def who(by: str) -> str:
    """The name given, else the user of this machine."""
    from hub.cli.catalogue import os_user

    return by or os_user()


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
