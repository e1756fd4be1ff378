"""The outbox: a message is stored in the transaction that caused it, and leaves afterwards, at least once."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import timedelta
from typing import Any

from sqlalchemy import Connection, delete, func, insert, or_, select, update

from hub.central.sets import among
from hub.central.tables.watch import outbox
from hub.clock import MICROSECOND, iso
from hub.masking import mask
from hub.messages.shapes import Book, Message, Waiting

AT_ONCE = 500
"""Rows that one round looks at."""
HELD = timedelta(minutes=10)
"""A worker that has not said within this time what became of its parcel is taken for dead."""
STATES = ("waiting", "sending", "sent", "failed")
_CONTENT = ("subject_zh", "subject_en", "body_zh", "body_en")


def post(connection: Connection, book: Book, message: Message, at: int) -> int:
    """Store a message for everybody whom the book names, within the caller's transaction; how many rows that were."""
    content = json.dumps({name: asdict(message)[name] for name in _CONTENT}, ensure_ascii=False)
    rows = [
        {
            "recipient": recipient.name,
            "address": address,
            "kind": message.kind,
            "level": message.level,
            "system": message.system,
            "organization": message.organizations[0] if len(message.organizations) == 1 else None,
            "content": content,
            "state": "waiting",
            "created_at": at,
            "due_at": at,
        }
        for recipient in book.recipients.values()
        if recipient.wants(message)
        for address in recipient.addresses
    ]
    if rows:
        connection.execute(insert(outbox), rows)
    return len(rows)


def due(connection: Connection, now: int) -> list[Waiting]:
    """What waits and is due, oldest first, parcels of dead workers included; at most AT_ONCE rows, batches whole."""
    ready = or_(
        (outbox.c.state == "waiting") & (outbox.c.due_at <= now),
        (outbox.c.state == "sending") & (outbox.c.held_until <= now),
    )
    rows = list(connection.execute(select(outbox).where(ready).order_by(outbox.c.id).limit(AT_ONCE)))
    cut = {row.batch for row in rows if row.batch} if len(rows) == AT_ONCE else set()
    if cut:
        known = {row.id for row in rows}
        more = connection.execute(
            select(outbox).where(ready, outbox.c.batch.in_(sorted(cut))).order_by(outbox.c.id)
        )
        rows += [row for row in more if row.id not in known]
    return [_waiting(row) for row in rows]


def claim(connection: Connection, rows: Sequence[Waiting], batch: str, now: int) -> bool:
    """Take rows for this worker alone, under the name that they leave with; False, and none taken, if another has one."""
    ids = [row.id for row in rows]
    held = now + HELD // MICROSECOND
    free = or_(outbox.c.state == "waiting", (outbox.c.state == "sending") & (outbox.c.held_until <= now))
    values = {"state": "sending", "batch": batch, "held_until": held, "attempts": outbox.c.attempts + 1}
    with connection.begin_nested() as point:
        done = connection.execute(
            update(outbox).where(among(connection, outbox.c.id, ids), free).values(values)
        )
        if done.rowcount != len(ids):
            point.rollback()
            return False
    return True


def sent(connection: Connection, rows: Iterable[Waiting], now: int) -> None:
    """They have left."""
    _settle(connection, rows, {"state": "sent", "sent_at": now, "error": None})


def hold(connection: Connection, later: Mapping[int, int]) -> None:
    """Look at rows again at an instant each (hours of rest, digests): no attempt, no error."""
    by_instant: dict[int, list[int]] = defaultdict(list)
    for row, at in later.items():
        by_instant[at].append(row)
    for at, rows in by_instant.items():
        free = among(connection, outbox.c.id, rows) & (outbox.c.state == "waiting")
        connection.execute(update(outbox).where(free).values(due_at=at))


def postponed(connection: Connection, rows: Iterable[Waiting], due_at: int, error: str | None = None) -> None:
    """They stay for another attempt; `error` says why, None leaves what is known."""
    told = {} if error is None else {"error": error[:1000]}
    _settle(connection, rows, {"state": "waiting", "due_at": due_at, **told})


def failed(connection: Connection, rows: Iterable[Waiting], error: str) -> None:
    """They will not leave by themselves any more."""
    _settle(connection, rows, {"state": "failed", "error": error[:1000]})


def _settle(connection: Connection, rows: Iterable[Waiting], values: dict[str, Any]) -> None:
    ids = [row.id for row in rows]
    if ids:
        statement = update(outbox).where(among(connection, outbox.c.id, ids))
        connection.execute(statement.values(held_until=None, **values))


def retry(connection: Connection, ids: Sequence[int], now: int) -> int:
    """Let messages that failed, or wait for a later attempt, be tried at once; all failed ones without `ids`. How many."""
    chosen = (
        among(connection, outbox.c.id, ids) & outbox.c.state.in_(("failed", "waiting"))
        if ids
        else outbox.c.state == "failed"
    )
    again = {"state": "waiting", "due_at": now, "attempts": 0}
    return int(connection.execute(update(outbox).where(chosen).values(again)).rowcount)


def prune(connection: Connection, before: int) -> int:
    """Remove what was sent, or given up, and is older than an instant; how many rows."""
    old = outbox.c.state.in_(("sent", "failed")) & (outbox.c.created_at < before)
    return int(connection.execute(delete(outbox).where(old)).rowcount)


def counts(connection: Connection) -> dict[str, int]:
    """How many messages are in which state."""
    rows = connection.execute(select(outbox.c.state, func.count()).group_by(outbox.c.state))
    found = {state: int(number) for state, number in rows}
    return {state: found.get(state, 0) for state in STATES}


def listed(
    connection: Connection, state: str | None = None, system: str | None = None, limit: int = 200
) -> list[dict[str, Any]]:
    """The newest messages as plain data; addresses are masked."""
    statement = select(outbox).order_by(outbox.c.id.desc()).limit(limit)
    if state is not None:
        statement = statement.where(outbox.c.state == state)
    if system is not None:
        statement = statement.where(outbox.c.system == system)
    return [
        {
            "id": row.id,
            "state": row.state,
            "kind": row.kind,
            "level": row.level,
            "system": row.system,
            "recipient": row.recipient,
            "address": None if row.address == "-" else mask(row.address),
            **json.loads(row.content),
            "created_at": iso(row.created_at),
            "due_at": iso(row.due_at) if row.state == "waiting" else None,
            "sent_at": iso(row.sent_at),
            "attempts": row.attempts,
            "error": row.error,
        }
        for row in connection.execute(statement)
    ]


def _waiting(row: Any) -> Waiting:
    return Waiting(
        row.id, row.recipient, row.address, row.kind, row.level, row.system, json.loads(row.content), row.created_at,
        row.attempts, row.batch,
    )  # fmt: skip
