"""One alert when something begins and one when it is over: whoever changes the row writes log and message in the same transaction."""

from __future__ import annotations

import json
from collections.abc import Collection
from datetime import timedelta
from typing import Any

from sqlalchemy import Connection, insert, select, update
from sqlalchemy.exc import IntegrityError

from hub.central.tables.watch import alert
from hub.clock import from_us, iso
from hub.ledger import chain
from hub.messages import outbox
from hub.messages.shapes import Book, Message
from hub.watch.conditions import CONDITIONS, HUB, Trouble

ROLES = ("ops",)


def begin(connection: Connection, book: Book, trouble: Trouble, at: int) -> bool:
    """Something is wrong: open its alert, or note that it still is so. True if this call opened it.

    One transaction for each alert: the log's end is locked last.
    """
    key = _key(trouble.system, trouble.condition.name)
    again = update(alert).where(alert.c.open_key == key).values(seen_at=at, times=alert.c.times + 1)
    if connection.execute(again).rowcount:
        return False
    detail = {
        "name": trouble.name,
        "organizations": trouble.organizations,
        "zh": trouble.body_zh,
        "en": trouble.body_en,
        "code": trouble.code,
    }
    row = {
        "system": trouble.system,
        "condition": trouble.condition.name,
        "open_key": key,
        "state": "open",
        "level": trouble.condition.level,
        "detail": json.dumps(detail, ensure_ascii=False),
        "opened_at": at,
        "seen_at": at,
        "times": 1,
    }
    try:
        with connection.begin_nested():
            connection.execute(insert(alert).values(row))
    except IntegrityError:
        return False  # another worker found it at the same moment
    zh, en = trouble.condition.zh, trouble.condition.en
    message = Message(
        "alert.raised", trouble.condition.level, f"[告警] {trouble.name}:{zh}", f"[Alert] {trouble.name}: {en}",
        f"自 {_time(at)} 起\n{trouble.body_zh}", f"Since {_time(at)}\n{trouble.body_en}",
        trouble.system, trouble.organizations, ROLES,
    )  # fmt: skip
    outbox.post(connection, book, message, at)
    body: dict[str, Any] = {
        "system": trouble.system,
        "condition": trouble.condition.name,
        "level": trouble.condition.level,
    }
    if trouble.code is not None:
        body["code"] = trouble.code
    chain.append(connection, "hub", "alert.raised", body, at)
    return True


def over(connection: Connection, book: Book, system: str, condition: str, at: int) -> bool:
    """It is no longer so: close its alert. True if this call closed it, False where none was open."""
    key = _key(system, condition)
    row = connection.execute(select(alert).where(alert.c.open_key == key)).one_or_none()
    if row is None:
        return False
    closing = update(alert).where(alert.c.id == row.id, alert.c.open_key == key)
    if not connection.execute(closing.values(state="closed", open_key=None, closed_at=at)).rowcount:
        return False  # another worker was first
    detail: dict[str, Any] = json.loads(row.detail)
    known = CONDITIONS.get(condition)
    zh, en = (known.zh, known.en) if known else (condition, condition)
    lasted = timedelta(microseconds=at - row.opened_at)
    span = f"{lasted // timedelta(hours=1)} h {lasted // timedelta(minutes=1) % 60} min"
    message = Message(
        "alert.recovered", row.level, f"[恢复] {detail['name']}:{zh}", f"[Recovered] {detail['name']}: {en}",
        f"{_time(row.opened_at)} 至 {_time(at)},共 {span}", f"From {_time(row.opened_at)} to {_time(at)}, {span}",
        system, tuple(detail["organizations"]), ROLES,
    )  # fmt: skip
    outbox.post(connection, book, message, at)
    body = {"system": system, "condition": condition, "level": row.level, "since": iso(row.opened_at)}
    chain.append(connection, "hub", "alert.recovered", body, at)
    return True


def open_ones(connection: Connection) -> list[tuple[str, str]]:
    """(system, condition) of all open alerts."""
    rows = connection.execute(select(alert.c.system, alert.c.condition).where(alert.c.state == "open"))
    return [(row.system, row.condition) for row in rows]


def gone(connection: Connection, codes: Collection[str]) -> list[tuple[str, str]]:
    """Open alerts of systems that are no longer among these: nobody will ever say that they are over."""
    return [each for each in open_ones(connection) if each[0] != HUB and each[0] not in codes]


def listed(
    connection: Connection, system: str | None = None, *, all_of_them: bool = False, limit: int = 200
) -> list[dict[str, Any]]:
    """Open alerts, or the newest of all, as plain data."""
    statement = select(alert).order_by(alert.c.id.desc()).limit(limit)
    if not all_of_them:
        statement = statement.where(alert.c.state == "open")
    if system is not None:
        statement = statement.where(alert.c.system == system)
    found = []
    for row in connection.execute(statement):
        detail = json.loads(row.detail)
        found.append(
            {
                "id": row.id,
                "system": row.system,
                "condition": row.condition,
                "level": row.level,
                "state": row.state,
                "opened_at": iso(row.opened_at),
                "seen_at": iso(row.seen_at),
                "closed_at": iso(row.closed_at),
                "times": row.times,
                "code": detail.get("code"),  # alerts of earlier versions have none
                "detail_zh": detail["zh"],
                "detail_en": detail["en"],
            }
        )
    return found


def _key(system: str, condition: str) -> str:
    return f"{system}/{condition}"


def _time(at: int) -> str:
    return f"{from_us(at):%Y-%m-%d %H:%M}"
