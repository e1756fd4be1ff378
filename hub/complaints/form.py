"""The fields of the registration form (效能投诉受理登记表), the one paper that names the complainant."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, select

from hub.central.tables.complaints import complaint, complaint_event
from hub.clock import from_us
from hub.complaints.handling import unknown
from hub.complaints.people import unmasked
from hub.complaints.shapes import Desk

FIELDS = (
    "number", "registered_on", "channel", "hotline_no", "name", "id_no", "phone", "email", "address", "people", "about", "topic",
    "title", "content", "host", "accepted_on", "handler", "handling", "opinion", "decision", "decided_on", "feedback", "feedback_on",
    "state",
)  # fmt: skip
"""Every field that the form has, in its order; all are texts, empty where nothing is known."""


def form_fields(
    desk: Desk, connection: Connection, number: int, *, by: str, role: str, why: str
) -> dict[str, str]:
    """What the form says of one complaint, field → text, the complainant in full: so who printed it and why is logged.

    Days are written 2026年11月5日. Raises StopError COMPLAINT_UNKNOWN, COMPLAINT_UNMASK.
    """
    row = (
        connection.execute(select(complaint).where(complaint.c.complaint_id == number))
        .mappings()
        .one_or_none()
    )
    if row is None:
        raise unknown(number)
    said = _said(connection, number, row["round"])
    person = unmasked(desk, connection, number, by=by, role=role, why=why)
    found: dict[str, Any] = {
        "number": number,
        "registered_on": _day(row["registered_at"]),
        **person,
        **{
            name: row[name]
            for name in ("channel", "hotline_no", "people", "topic", "title", "content", "handler", "state")
        },
        "about": row["org_name"] or row["org_uscc"],
        "host": row["host_name"] or row["host_uscc"],
        "handling": row["handling_name"] or row["handling_uscc"],
        "accepted_on": _day(row["accepted_at"]),
        "decided_on": _day(row["decided_at"]),
        "feedback_on": _day(row["feedback_at"]),
        "opinion": said.get("opinion"),
        "decision": said.get("decide") or said.get("refuse"),
        "feedback": said.get("feedback"),
    }
    return {name: "" if found[name] is None else str(found[name]) for name in FIELDS}


def _said(connection: Connection, number: int, round_: int) -> dict[str, str]:
    """action → the newest text that came with it in this round."""
    rows = connection.execute(
        select(complaint_event.c.action, complaint_event.c.words)
        .where(complaint_event.c.complaint_id == number, complaint_event.c.round == round_)
        .order_by(complaint_event.c.number)
    )
    return {row.action: row.words for row in rows if row.words}


def _day(at: int | None) -> str:
    if at is None:
        return ""
    day = from_us(at).date()
    return f"{day.year}年{day.month}月{day.day}日"
