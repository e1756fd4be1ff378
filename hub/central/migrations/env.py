"""Runs the revisions on the connection that hub.central.upgrade (or a developer's alembic command) hands over."""

from __future__ import annotations

from alembic import context
from sqlalchemy import Connection

from hub.central.engine import create_engine, writing
from hub.central.tables import metadata
from hub.central.upgrade import VERSION_TABLE
from hub.settings import load_settings


def run(connection: Connection) -> None:
    """One transaction for all revisions, which is the caller's."""
    context.configure(connection=connection, target_metadata=metadata, version_table=VERSION_TABLE)
    with context.begin_transaction():
        context.run_migrations()


handed_over = context.config.attributes.get("connection")
if handed_over is not None:
    run(handed_over)
else:
    with writing(create_engine(load_settings().database_url)) as own:
        run(own)
