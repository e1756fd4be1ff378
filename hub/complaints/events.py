"""What happens to a complaint, each step an event of its own: the row, the event, the message, the log, in this order."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, insert, update

from hub.central.seals import seals
from hub.central.tables.complaints import (
    complaint,
    complaint_event,
    complaint_link,
    complaint_person,
    complaint_term,
)
from hub.clock import iso, start_of
from hub.complaints.notices import notice
from hub.complaints.people import hidden, person_of
from hub.complaints.shapes import Desk, Given, Row
from hub.errors import Place, StopError
from hub.supervision.calendar import FIRST_DAY


def past(desk: Desk, at: int | None, since: int | None = None) -> int:
    """When something happened: now, or an instant before it, not before what happened last, nor before the working calendar
    begins, by which the terms are counted. Raises StopError COMPLAINT_TIME."""
    if at is None:
        return desk.now
    least = start_of(FIRST_DAY) if since is None else since
    if not least <= at <= desk.now:
        raise StopError(
            "COMPLAINT_TIME",
            zh=f"时间 {iso(at)} 不对：不能晚于现在 {iso(desk.now)}，也不能早于上一步或日历的首日 {iso(least)}",
            en=f"{iso(at)} cannot be: it is later than now, {iso(desk.now)}, or before the last step or the calendar's first day, {iso(least)}",
            remedy_zh="用 --at 写明实际发生的时间",
            remedy_en="Give with --at when it happened",
            place=Place(field="at"),
        )
    return at


def happened(
    desk: Desk,
    connection: Connection,
    row: Row,
    action: str,
    given: Given,
    to: str,
    details: Mapping[str, Any],
    changes: Mapping[str, Any] | None = None,
) -> None:
    """Enter one step: `row` is brought up to date in place, its version rises by one, which is the event's number.

    The caller holds the row. Raises StopError COMPLAINT_CHANGED where somebody was faster all the same.
    """
    before, version = row["state"], row["version"]
    row.update({**(changes or {}), "state": to, "version": version + 1})
    done = connection.execute(
        update(complaint)
        .where(complaint.c.complaint_id == row["complaint_id"], complaint.c.version == version)
        .values({**(changes or {}), "state": to, "version": version + 1})
    )
    if done.rowcount != 1:
        raise changed(row["complaint_id"], version, "")
    connection.execute(
        insert(complaint_event).values(
            complaint_id=row["complaint_id"],
            number=version + 1,
            round=row["round"],
            at=given.at,
            recorded_at=desk.now,
            action=action,
            from_state=None if action == "register" else before,
            to_state=to,
            actor=given.by,
            role=given.role,
            words=given.words,
            details=json.dumps(details, ensure_ascii=False, sort_keys=True) if details else None,
        )
    )
    title = hidden(row["title"], person_of(connection, row["complaint_id"]))
    told = notice(action, row, title)
    if told is not None:
        desk.tell(connection, told)
    body = _body(row, action, before, given, details)
    desk.log(connection, _EVENTS.get(action, "complaint.changed"), {**body, "seals": _seals(connection, row)})


_EVENTS = {"register": "complaint.registered", "report": "complaint.reported"}


def _body(row: Row, action: str, before: str, given: Given, details: Mapping[str, Any]) -> dict[str, Any]:
    """What the log keeps: who did what when. Texts may name people, so only their digest stands there."""
    words = given.words or ""
    return {
        "complaint": row["complaint_id"],
        "event": row["version"],
        "round": row["round"],
        "action": action,
        "from": None if action == "register" else before,
        "to": row["state"],
        "by": given.by,
        "role": given.role,
        "happened_at": iso(given.at),
        "words_sha256": hashlib.sha256(words.encode()).hexdigest() if words else None,
        "details": dict(details),
    }


def _seals(connection: Connection, row: Row) -> dict[str, dict[str, str]]:
    """Of the complaint's rows as they are now. A person's are salted: nobody finds who complained by trying."""
    number = row["complaint_id"]
    newest = (complaint_event.c.complaint_id == number) & (complaint_event.c.number == row["version"])
    found = {"complaint_event": seals(connection, complaint_event, newest)}
    for table in (complaint, complaint_person, complaint_term, complaint_link):
        salt = row["content_digest"] if table is complaint_person else ""
        found[table.name] = seals(connection, table, table.c.complaint_id == number, salt)
    return {name: rows for name, rows in found.items() if rows}


def changed(number: int, version: int, since: str) -> StopError:
    """Somebody else was faster."""
    return StopError(
        "COMPLAINT_CHANGED",
        zh=f"投诉 {number} 在您看过第 {version} 版之后已有变动：{since or '有人正在办理'}",
        en=f"Complaint {number} has changed since the version {version} that you saw: {since or 'somebody is at it'}",
        remedy_zh=f"用 suphub complaint show {number} 看过变动后再办",
        remedy_en=f"Look at what changed, with suphub complaint show {number}, and do it again",
        place=Place(case=str(number), field="version"),
    )
