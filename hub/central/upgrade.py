"""Brings the central database to the tables of this program, and tells where it stands."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import Connection, Engine

from hub.central.engine import writing
from hub.central.tables import metadata


def upgrade(engine: Engine, after: Callable[[Connection], None] | None = None) -> list[str]:
    """Stand-in until the revisions exist."""
    with writing(engine) as connection:
        metadata.create_all(connection)
        if after is not None:
            after(connection)
    return []
