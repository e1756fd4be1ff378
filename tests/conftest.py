"""What holds for all tests: properties are not timed, for machines are shared; a command line is put together once; nothing
waits for the disk in this process (the trials that kill programs run them as processes of their own); long tests begin.
"""

from __future__ import annotations

import sys
from functools import wraps
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

import pytest
import typer.testing
from hypothesis import HealthCheck, settings

# The checkout's root, so that the hub can be imported whatever way pytest was called.
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from hub.central import engine as central

LONG = (
    "tests/journey/",
    "tests/integration/bench/",
    "tests/integration/trials/",
    "tests/integration/hostile/",
)
"""Folders with tests of a minute and more."""
BUSY_MS = 300_000

settings.register_profile("shared machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("shared machine")


def _put_together_once() -> None:
    """Typer makes a tree of commands out of an app at each call, which takes longer than most commands in tests do."""
    make, made = typer.testing._get_command, WeakKeyDictionary()

    def once(app: typer.Typer) -> Any:
        if app not in made:
            made[app] = make(app)
        return made[app]

    typer.testing._get_command = once


def _do_not_sync() -> None:
    """SQLite's every commit would wait for the disk, and who waits for a writer gives up after half a minute, which is long
    everywhere but on a machine under load; that both are so outside of tests is a test of its own.
    """
    prepare = central._prepare_sqlite

    @wraps(prepare)
    def prepare_and_relax(connection: Any, record: Any) -> None:
        prepare(connection, record)
        connection.execute("PRAGMA synchronous = OFF")
        connection.execute(f"PRAGMA busy_timeout = {BUSY_MS}")

    central._prepare_sqlite = prepare_and_relax


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Long tests first: one that begins last would leave the other workers without work."""
    items.sort(key=lambda item: not item.nodeid.startswith(LONG))


_put_together_once()
_do_not_sync()
