"""The command line `suphub`: one module per family of commands, each adding itself."""

from __future__ import annotations

import importlib
import logging
import sys
from io import TextIOWrapper

import typer

from hub.cli.output import fail
from hub.errors import HubError

FAMILIES = (
    "demo",
    "systems",
    "probe",
    "validate",
    "exchange",
    "packages",
    "cases",
    "log",
    "supervise",
    "cards",
    "orders",
    "rules",
    "fabrication",
    "scores",
    "incidents",
    "letters",
    "handover",
    "messages",
    "items",
    "staff",
    "organizations",
    "node",
    "calendar",
    "complaints",
    "simulate",
    "db",
    "bench",
)


def build() -> typer.Typer:
    """The whole command tree."""
    app = typer.Typer(
        name="suphub",
        help="监察数据交换枢纽 · Supervision Hub",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
    )
    for family in FAMILIES:
        importlib.import_module(f"hub.cli.{family}").add_to(app)
    return app


def main() -> None:
    """Entry point of the console script; a hub error becomes a text with a remedy and exit code 3.

    So does a fault of the hub itself, with its traceback: 1 is what commands that check say of what they found.
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            # A terminal in GBK has no 𠮷, and still gets its answer.
            stream.reconfigure(errors="backslashreplace")
    try:
        build()()
    except HubError as error:
        fail(error)
        sys.exit(3)
    except Exception:
        logging.getLogger(__name__).exception("枢纽内部错误,请报告 · a fault of the hub, please report it")
        sys.exit(3)
