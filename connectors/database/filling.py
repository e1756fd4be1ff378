"""Fills a package with the rows that wait, by whichever way the registration has it: sync flag or watermark."""

from __future__ import annotations

from sqlalchemy import Connection

from connectors.database import flags, watermark
from connectors.database.batch import Batch
from connectors.database.options import Options
from connectors.database.scan import Position
from connectors.database.tables import Source
from connectors.state import State


def fill(
    connection: Connection, batch: Batch, options: Options, sources: tuple[Source, ...], state: State
) -> None:
    """Read what waits, table by table in the registration's order, until the batch is full."""
    if options.late is None:
        flags.fill(connection, batch, options, sources)
        return
    mark = watermark.load(state, sources)
    for source in sources:

        def take(line: bytes, position: Position, table: str = source.name) -> bool:
            return batch.take(table, line, position)

        watermark.advance(connection, source, mark, state, options.late, take)
    batch.mark = mark
