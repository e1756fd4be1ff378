"""Messages that wait for an address which messages.yaml has no longer: they go to the one that stands in its place."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, select, update

from hub.central.sets import among
from hub.central.tables.watch import outbox
from hub.messages.shapes import Book, Waiting


def stale(rows: Sequence[Waiting], book: Book) -> list[Waiting]:
    """Rows whose recipient is there, but has another address by now."""
    return [
        row
        for row in rows
        if row.recipient in book.recipients and row.address not in book.recipients[row.recipient].addresses
    ]


def readdress(connection: Connection, rows: Sequence[Waiting], book: Book) -> int:
    """Give each `stale` row an address of its recipient that the same message was not written for; how many found one.

    The others are of somebody who has left: the message was written for all who are there now.
    """
    names, instants = {row.recipient for row in rows}, {row.created_at for row in rows}
    of_them = among(connection, outbox.c.recipient, names) & among(connection, outbox.c.created_at, instants)
    written: dict[Any, set[str]] = defaultdict(set)
    for each in connection.execute(select(outbox).where(of_them)):
        written[_message(each, json.loads(each.content))].add(each.address)
    found = 0
    for row in rows:
        there = written[_message(row, row.content)]
        free = [each for each in book.recipients[row.recipient].addresses if each not in there]
        if not free:
            continue
        mine = (outbox.c.id == row.id) & (outbox.c.state == "waiting") & (outbox.c.address == row.address)
        # A parcel of its own, under a name of its own: this address has never been sent anything of it.
        if connection.execute(update(outbox).where(mine).values(address=free[0], batch=None)).rowcount:
            there.add(free[0])
            found += 1
    return found


def _message(row: Any, content: Any) -> tuple[Any, ...]:
    return row.recipient, row.kind, row.created_at, json.dumps(dict(content), sort_keys=True)
