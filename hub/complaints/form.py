"""The fields of the registration form (效能投诉受理登记表), the one paper that names the complainant."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import Connection, select

from hub.central.tables.complaints import complaint, complaint_event
from hub.clock import local_day
from hub.complaints import links
from hub.complaints.handling import unknown
from hub.complaints.people import unmasked
from hub.complaints.shapes import Desk
from hub.complaints.terms import Standing, standings
from hub.supervision.rules import current_rules

FIELDS = (
    "complaint", "channel", "received_on", "complainant", "contact", "against", "matter", "content", "case_no", "accepted_on",
    "due_on", "opinion", "handler", "result",
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
    terms = [
        s for s in standings(connection, current_rules(connection), local_day(desk.now), number) if s.due_on
    ]
    person = unmasked(desk, connection, number, by=by, role=role, why=why)
    hotline = f"{row['channel']} {row['hotline']} {row['hotline_no']}" if row["hotline"] else row["channel"]
    people = f"，共 {row['people']} 人" if row["people"] > 1 else ""
    found: dict[str, Any] = {
        "complaint": number,
        "channel": hotline,
        "received_on": written_day(row["registered_at"]),
        "complainant": f"{person['name'] or '匿名'}{people}",
        "contact": "，".join(filter(None, (person["phone"], person["email"], person["address"]))),
        "against": row["org_name"] or row["org_uscc"],
        "matter": f"{row['topic']}：{row['title']}",
        "content": row["content"],
        "case_no": "，".join(
            each["target"] for each in links.of(connection, number) if each["kind"] == "case"
        ),
        "accepted_on": written_day(row["accepted_at"]),
        "due_on": _due(terms),
        "opinion": said.get("opinion") or _handling(dict(row)),
        "handler": row["handler"],
        "result": said.get("feedback") or said.get("decide") or said.get("refuse"),
    }
    return {name: "" if found[name] is None else str(found[name]) for name in FIELDS}


def _handling(row: Mapping[str, Any]) -> str:
    """Who is to handle it, where no opinion has come yet."""
    to = row["handling_name"] or row["handling_uscc"]
    return f"转{to}办理" if to else ""


def _due(terms: Sequence[Standing]) -> str:
    """The last day for the decision once it is accepted."""
    own = [s for s in terms if s.kind in ("own", "transfer")]
    return "" if not own or own[-1].due_on is None else _written(own[-1].due_on)


def _said(connection: Connection, number: int, round_: int) -> dict[str, str]:
    """action → the newest text that came with it in this round."""
    rows = connection.execute(
        select(complaint_event.c.action, complaint_event.c.words)
        .where(complaint_event.c.complaint_id == number, complaint_event.c.round == round_)
        .order_by(complaint_event.c.number)
    )
    return {row.action: row.words for row in rows if row.words}


def written_day(at: int | None) -> str:
    """The day of an instant as letters write it: 2026年11月5日; empty without one."""
    return "" if at is None else _written(local_day(at))


def _written(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"
