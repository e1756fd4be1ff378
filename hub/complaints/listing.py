"""Read-only answers about complaints, the complainant masked, in the shapes that scripts rely on."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, or_, select

from hub.central.seen import Seen
from hub.central.sets import among
from hub.central.tables.business import card
from hub.central.tables.complaints import complaint, complaint_event, complaint_link, complaint_person
from hub.clock import iso
from hub.complaints import links
from hub.complaints.handling import unknown
from hub.complaints.people import FIELDS, hidden, masked, person_of
from hub.complaints.shapes import CHANNELS, LINKS, TOPICS, Person
from hub.complaints.states import ENDED, STATES, allowed, word
from hub.complaints.terms import RULES, Standing, standings
from hub.supervision.rules import current_rules

_LISTED = (
    "complaint_id", "version", "round", "state", "channel", "hotline", "hotline_no", "registered_at", "org_uscc", "org_name",
    "duty_uscc", "duty_name", "topic", "people", "is_group", "is_major", "reported_at",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which complaints a list shows; None: no restriction. `link` is (kind, target); `behind` a list of numbers."""

    state: str | None = None
    channel: str | None = None
    topic: str | None = None
    organization: str | None = None  # USCC or name: complained about, handling, or whose turn it is
    link: tuple[str, str] | None = None
    since: int | None = None  # registered at or after, µs
    until: int | None = None  # registered before, µs
    open: bool = False
    overdue: bool = False
    behind: Sequence[int] | None = None
    seen: Seen | None = None  # by whom: a department sees what it handles, never what is said about it


def list_complaints(
    connection: Connection,
    today: date,
    wanted: Wanted = Wanted(),
    *,
    limit: int | None = None,
    offset: int = 0,
    newest: bool = False,
) -> list[dict[str, Any]]:
    """Complaints by number, at most `limit` after `offset`, the newest first where asked: state, channel, title (masked), organisation, whose turn it is,
    the next term with its last day, and whether a term is past. Raises StopError COMPLAINT_WORD for an unknown word."""
    open_terms: dict[int, list[Standing]] = defaultdict(list)
    for standing in standings(connection, current_rules(connection), today):
        open_terms[standing.complaint].append(standing)
    conditions = _conditions(wanted)
    if wanted.overdue:
        late = [number for number, found in open_terms.items() if any(s.overdue for s in found)]
        conditions.append(among(connection, complaint.c.complaint_id, late))
    if wanted.behind is not None:
        conditions.append(among(connection, complaint.c.complaint_id, wanted.behind))
    columns = [complaint.c[name] for name in (*_LISTED, "title")] + [
        complaint_person.c[name] for name in FIELDS
    ]
    rows = connection.execute(
        select(*columns)
        .select_from(
            complaint.outerjoin(complaint_person, complaint_person.c.complaint_id == complaint.c.complaint_id)
        )
        .where(*conditions)
        .order_by(complaint.c.complaint_id.desc() if newest else complaint.c.complaint_id)
        .limit(limit)
        .offset(offset or None)
    )
    return [_listed(dict(row), open_terms.get(row["complaint_id"], [])) for row in rows.mappings()]


def show_complaint(connection: Connection, number: int, today: date) -> dict[str, Any]:
    """One complaint with everything but the complainant, who is masked: terms, events, links, cards, what may be done now.

    Raises StopError COMPLAINT_UNKNOWN.
    """
    row = (
        connection.execute(select(complaint).where(complaint.c.complaint_id == number))
        .mappings()
        .one_or_none()
    )
    if row is None:
        raise unknown(number)
    person = person_of(connection, number)
    terms = standings(connection, current_rules(connection), today, number)
    open_terms = [s for s in terms if s.ended_on is None]
    return {
        **_listed({**row, **{name: getattr(person, name) for name in FIELDS}}, open_terms),
        "region": row["region_code"],
        "content": hidden(row["content"], person),
        "host": {"uscc": row["host_uscc"], "name": row["host_name"]},
        "handling": {"uscc": row["handling_uscc"], "name": row["handling_name"]},
        "handler": row["handler"],
        "complainant": masked(person),
        "anonymous": not person.known,
        **{
            name: iso(row[name])
            for name in ("answered_at", "accepted_at", "decided_at", "feedback_at", "ended_at")
        },
        "terms": [s.as_dict() for s in terms],
        "links": links.of(connection, number),
        "cards": _cards(connection, number),
        "events": events(connection, number, person),
        "possible": allowed(row["state"]),
    }


def events(connection: Connection, number: int, person: Person) -> list[dict[str, Any]]:
    """What happened to a complaint, oldest first; texts without what they say of the complainant."""
    rows = connection.execute(
        select(complaint_event)
        .where(complaint_event.c.complaint_id == number)
        .order_by(complaint_event.c.number)
    ).mappings()
    return [
        {
            "number": row["number"],
            "round": row["round"],
            "at": iso(row["at"]),
            "recorded_at": iso(row["recorded_at"]),
            "action": row["action"],
            "from_state": row["from_state"],
            "to_state": row["to_state"],
            "by": row["actor"],
            "role": row["role"],
            "text": None if row["words"] is None else hidden(row["words"], person),
            "details": {} if row["details"] is None else json.loads(row["details"]),
        }
        for row in rows
    ]


def _cards(connection: Connection, number: int) -> list[dict[str, Any]]:
    """The cards for its terms, and those that are linked to it."""
    linked = [int(each["target"]) for each in links.of(connection, number) if each["kind"] == "card"]
    mine = and_(card.c.rule.in_(tuple(RULES.values())), card.c.unit_key == f"complaint {number}")
    rows = connection.execute(
        select(card.c.card_id, card.c.rule, card.c.level, card.c.state, card.c.raised_on)
        .where(or_(mine, among(connection, card.c.card_id, linked)))
        .order_by(card.c.card_id)
    ).mappings()
    return [{**row, "raised_on": row["raised_on"].isoformat()} for row in rows]


def _conditions(wanted: Wanted) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    for field, given, known in (
        ("state", wanted.state, STATES),
        ("channel", wanted.channel, CHANNELS),
        ("topic", wanted.topic, TOPICS),
    ):
        if given is not None:
            found.append(complaint.c[field] == word(field, given, tuple(known)))
    if wanted.organization is not None:
        columns = [f"{part}_{name}" for part in ("org", "handling", "duty") for name in ("uscc", "name")]
        found.append(or_(*(complaint.c[name] == wanted.organization for name in columns)))
    if wanted.link is not None:
        kind, target = word("link", wanted.link[0], LINKS), wanted.link[1]
        linked = select(complaint_link.c.complaint_id).where(
            complaint_link.c.kind == kind, complaint_link.c.target == target
        )
        found.append(complaint.c.complaint_id.in_(linked))
    if wanted.since is not None:
        found.append(complaint.c.registered_at >= wanted.since)
    if wanted.until is not None:
        found.append(complaint.c.registered_at < wanted.until)
    if wanted.seen is not None:
        found.append(complaint.c.handling_uscc.in_(sorted(wanted.seen.organizations)))
    if wanted.open:
        found.append(complaint.c.state.not_in(tuple(ENDED)))
    return found


def _listed(row: dict[str, Any], open_terms: Sequence[Standing]) -> dict[str, Any]:
    person = Person(**{name: row[name] for name in FIELDS})
    shown = {name: row[name] for name in _LISTED}
    due = sorted((s for s in open_terms if s.due_on is not None), key=lambda s: (s.due_on, s.kind))
    times = {name: iso(row[name]) for name in ("registered_at", "reported_at")}
    return {
        **shown,
        **times,
        "is_group": bool(row["is_group"]),
        "is_major": bool(row["is_major"]),
        "title": hidden(row["title"], person),
        "complainant_name": masked(person)["name"],
        "due_on": due[0].due_on.isoformat() if due and due[0].due_on else None,
        "due_term": due[0].kind if due else None,
        "provisional": bool(due and due[0].provisional),
        "overdue": any(s.overdue for s in open_terms),
    }
