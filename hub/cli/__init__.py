"""The command line `suphub`: one module per family of commands, each adding itself."""

from __future__ import annotations

import importlib
import logging
import os
import sys
from collections.abc import Callable
from functools import cache
from io import TextIOWrapper

import typer
from typer.main import get_command

from hub.cli.files import failed
from hub.cli.help_text import fold_help
from hub.cli.output import fail
from hub.cli.values import check_values
from hub.errors import HubError

FAMILIES: dict[str, tuple[str, ...]] = {
    "demo": ("demo", "airflow"),
    "systems": ("system",),
    "probe": ("probe", "alert"),
    "validate": ("validate",),
    "exchange": ("exchange",),
    "packages": ("package",),
    "cases": ("case",),
    "log": ("log",),
    "supervise": ("supervise",),
    "cards": ("card",),
    "orders": ("order",),
    "rules": ("rule",),
    "fabrication": ("fabrication",),
    "scores": ("score",),
    "incidents": ("incident",),
    "letters": ("letter",),
    "handover": ("handover",),
    "messages": ("message",),
    "items": ("item",),
    "staff": ("staff",),
    "organizations": ("organization",),
    "node": ("node",),
    "inbox": ("inbox",),
    "calendar": ("calendar",),
    "complaints": ("complaint",),
    "simulate": ("simulate",),
    "measure": ("measure",),
    "db": ("db",),
    "bench": ("bench",),
}
"""Modules of this room, and the commands each adds to `suphub`."""


def build(command: str | None = None) -> typer.Typer:
    """The command tree; only the family of one command, if there is such a command.

    All families together take more than a second to load, which each command would wait for.
    """
    app = typer.Typer(
        name="suphub",
        help="监察数据交换枢纽 · Supervision Hub",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
    )
    app.callback()(_nothing)  # without it, a family of one command would become the program itself
    for family in [name for name, commands in FAMILIES.items() if command in commands] or FAMILIES:
        importlib.import_module(f"hub.cli.{family}").add_to(app)
    return app


def _nothing() -> None:
    pass


@cache
def _tree(command: str | None) -> Callable[[], object]:
    """What `build` says, put together: many calls in one process need that once."""
    return get_command(build(command))


def main() -> None:
    """Entry point of the console script; a hub error becomes a text with a remedy and exit code 3.

    So does a fault of the hub itself, with its traceback: 1 is what commands that check say of what they found.
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            # A terminal in GBK has no 𠮷, and still gets its answer.
            stream.reconfigure(errors="backslashreplace")
    fold_help()
    check_values()
    try:
        _tree(sys.argv[1] if len(sys.argv) > 1 else None)()
    except HubError as error:
        fail(error)
        sys.exit(3)
    except OSError as error:
        logging.getLogger(__name__).debug("the operating system refused", exc_info=error)
        _unread()
        fail(failed(error))
        sys.exit(3)
    except Exception:
        # Nothing is swallowed: the log has the traceback, the exit code says that the command could not run.
        logging.getLogger(__name__).exception("枢纽内部错误,请报告 · a fault of the hub, please report it")
        sys.exit(3)


def _unread() -> None:
    """What waits to be written to a standard output that takes nothing would be tried again at the end, with a traceback."""
    try:
        sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
