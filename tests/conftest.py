"""What holds for all tests: properties are not timed, for machines are shared; a command line is put together once."""

from __future__ import annotations

from typing import Any
from weakref import WeakKeyDictionary

import typer.testing
from hypothesis import HealthCheck, settings

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


_put_together_once()
