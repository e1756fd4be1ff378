"""What the commands of all families share: the option for JSON, and who it is that acts."""

from __future__ import annotations

import getpass
from typing import Annotated

import typer

Json = Annotated[bool, typer.Option("--json", help="机器可读 · one JSON document")]


def os_user() -> str:
    """Who runs this program, as the operating system has it."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container may run under a number without a name
        return "unknown"


def who(by: str | None) -> str:
    """The name given, else the user of this machine."""
    return by or os_user()
