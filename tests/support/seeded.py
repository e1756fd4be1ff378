"""A central database on SQLite with calendar and rules: made once, and copied for each test that wants one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Engine

from hub.central.engine import create_engine, writing
from hub.central.tables import metadata
from hub.supervision.seed import ensure_seeded


def seeded(folder: Path) -> Path:
    """Make one; its file."""
    file = folder / "hub.db"
    engine = create_engine(f"sqlite:///{file}")
    with writing(engine) as connection:
        metadata.create_all(connection)
        ensure_seeded(connection)
    engine.dispose()
    return file


def changed(file: Path, folder: Path, change: Callable[[Engine], object]) -> Path:
    """A copy in which something was done; its file."""
    with copied(file, folder) as engine:
        change(engine)
    return folder / "hub.db"


@contextmanager
def copied(file: Path, folder: Path, name: str = "hub.db") -> Iterator[Engine]:
    """A copy of it, for one test."""
    own = folder / name
    own.write_bytes(file.read_bytes())
    made = create_engine(f"sqlite:///{own}")
    yield made
    made.dispose()
