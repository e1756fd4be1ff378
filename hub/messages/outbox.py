"""The outbox: a message is stored in the transaction that caused it, and leaves afterwards, at least once."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import timedelta
from typing import Any

from sqlalchemy import Connection, delete, func, insert, or_, select, update

from hub.central.sets import among
from hub.central.tables.watch import outbox
from hub.clock import MICROSECOND, iso
from hub.masking import mask
from hub.messages.shapes import Book, Message, Waiting

AT_ONCE = 5_000
"""Rows that are looked at together; so many leave as one where they must."""
NOBODY = "*"
"""In place of a recipient: nobody could say who it is for, as messages.yaml was faulty; settled once it can be read."""
HELD = timedelta(minutes=10)
"""A worker that has not said within this time what became of its parcel is taken for dead."""
STATES = ("waiting", "sending", "sent", "failed")
_CONTENT = ("subject_zh", "subject_en", "body_zh", "body_en")


def post(connection: Connection, book: Book, message: Message, at: int) -> int:
    """Store a message for everybody whom the book names, within the caller's transaction; how many rows that were.

    While the book cannot be read (`unread`) it is one row for nobody yet, which `settle` turns into theirs.
    """
    if book.unread:
        connection.execute(insert(outbox).values(_for_nobody(message, at)))
        return 1
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


def _for_nobody(message: Message, at: int) -> dict[str, Any]:
    return {
        "recipient": NOBODY, "address": "-", "kind": message.kind, "level": message.level, "system": message.system,
        "content": json.dumps(asdict(message), ensure_ascii=False), "state": "waiting", "created_at": at, "due_at": at,
    }  # fmt: skip


def unsettled(connection: Connection) -> bool:
    """Whether there are messages for nobody yet."""
    waits = (outbox.c.recipient == NOBODY) & (outbox.c.state == "waiting")
    return connection.execute(select(outbox.c.id).where(waits).limit(1)).first() is not None


def settle(connection: Connection, book: Book) -> int:
    """Give messages that were written while the book could not be read to whom it names now; how many, at most AT_ONCE.

    In one transaction: another worker who does the same waits, and then finds nothing.
    """
    waits = (outbox.c.recipient == NOBODY) & (outbox.c.state == "waiting")
    rows = connection.execute(select(outbox).where(waits).order_by(outbox.c.id).limit(AT_ONCE)).all()
    done = 0
    for row in rows:
        if connection.execute(delete(outbox).where(outbox.c.id == row.id)).rowcount == 1:
            said = json.loads(row.content)
            lists = {name: tuple(said[name]) for name in ("organizations", "roles")}
            post(connection, book, Message(**{**said, **lists}), row.created_at)
            done += 1
    return done


def due(connection: Connection, now: int, gathering: Collection[str] = ()) -> list[Waiting]:
    """What waits and is due, in the order in which it was written, parcels of dead workers included.

    At most AT_ONCE rows, the gravest first, batches whole. Of recipients who gather (`gathering`) and have anything due, all
    that waits for the first time comes along, due or not: a digest is one.
    """
    ready = or_(
        (outbox.c.state == "waiting") & (outbox.c.due_at <= now),
        (outbox.c.state == "sending") & (outbox.c.held_until <= now),
    )
    wanted = select(outbox).where(outbox.c.recipient != NOBODY).order_by(outbox.c.level.desc(), outbox.c.id)
    rows = {row.id: row for row in connection.execute(wanted.where(ready).limit(AT_ONCE))}
    cut = {row.batch for row in rows.values() if row.batch} if len(rows) == AT_ONCE else set()
    if cut:
        rows |= {
            row.id: row
            for row in connection.execute(wanted.where(ready, among(connection, outbox.c.batch, cut)))
        }
    names = {row.recipient for row in rows.values() if row.batch is None} & set(gathering)
    if names:
        with_them = among(connection, outbox.c.recipient, names) & outbox.c.batch.is_(None)
        waits = (outbox.c.state == "waiting") & (outbox.c.due_at > now)
        rows |= {row.id: row for row in connection.execute(wanted.where(waits, with_them).limit(AT_ONCE))}
    return [_waiting(rows[number]) for number in sorted(rows)]


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


def hold(connection: Connection, later: Mapping[int, int]) -> int:
    """Look at rows again at an instant each (hours of rest, digests): no attempt, no error. How many that changed."""
    by_instant: dict[int, list[int]] = defaultdict(list)
    for row, at in later.items():
        by_instant[at].append(row)
    changed = 0
    for at, rows in by_instant.items():
        free = among(connection, outbox.c.id, rows) & (outbox.c.state == "waiting") & (outbox.c.due_at != at)
        changed += connection.execute(update(outbox).where(free).values(due_at=at)).rowcount
    return changed


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
            **{name: said[name] for name in _CONTENT},
            "created_at": iso(row.created_at),
            "due_at": iso(row.due_at) if row.state == "waiting" else None,
            "sent_at": iso(row.sent_at),
            "attempts": row.attempts,
            "error": row.error,
        }
        for row, said in ((row, json.loads(row.content)) for row in connection.execute(statement))
    ]


def _waiting(row: Any) -> Waiting:
    return Waiting(
        row.id, row.recipient, row.address, row.kind, row.level, row.system, json.loads(row.content), row.created_at,
        row.attempts, row.batch,
    )  # fmt: skip
