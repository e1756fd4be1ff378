"""Read-only answers about cards and the calendar, in the shapes that scripts rely on."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Connection, func, select

from hub.central.seen import Seen, by_owner
from hub.central.tables.business import card, card_consequence, card_event, supervision_order
from hub.central.tables.rules import calendar_day, calendar_year, work_calendar
from hub.clock import iso
from hub.masking import scrubbed, scrubbed_within
from hub.supervision.calendar import past
from hub.supervision.calendar_file import region_prefix
from hub.supervision.figures import plain
from hub.supervision.library import declared
from hub.supervision.regions import scope_in_sql, scopes
from hub.supervision.states import ENDED, possible

_LISTED = (
    card.c.card_id,
    card.c.system,
    card.c.case_no,
    card.c.subject,
    card.c.rule,
    card.c.level,
    card.c.state,
    card.c.provisional,
    card.c.raised_on,
    card.c.due_on,
    card.c.used_days,
    card.c.limit_days,
    card.c.unit,
    card.c.org_uscc,
    card.c.org_name,
    card.c.feedback_due_on,
    card.c.answered_on,
    card.c.version,
)


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which cards; what is None is no restriction. `overdue_on`: open, and its deadline is past on this day, unanswered."""

    system: str | None = None
    state: str | None = None
    level: int | None = None
    organization: str | None = None  # USCC
    rule: str | None = None
    overdue_on: date | None = None
    open_only: bool = False
    subject: str | None = None  # exactly
    seen: Seen | None = None  # by whom

    def conditions(self, connection: Connection) -> list[ColumnElement[bool]]:
        """As conditions of a query."""
        pairs = (
            (card.c.subject, self.subject),
            (card.c.system, self.system),
            (card.c.state, self.state),
            (card.c.level, self.level),
            (card.c.org_uscc, self.organization),
            (card.c.rule, self.rule),
        )
        found: list[ColumnElement[bool]] = [column == value for column, value in pairs if value is not None]
        found += by_owner(card, self.seen)
        if self.open_only or self.overdue_on is not None:
            found.append(card.c.state.not_in(ENDED))
        if self.overdue_on is not None:
            scope = scope_in_sql(card.c.region_code, scopes(connection))
            found += [past(card.c.feedback_due_on, self.overdue_on, scope), card.c.answered_on.is_(None)]
        return found


EVERY = Wanted()


def list_cards(
    connection: Connection,
    wanted: Wanted = EVERY,
    *,
    newest: bool = False,
    limit: int | None = None,
    offset: int = 0,
) -> Iterator[dict[str, Any]]:
    """The cards wanted, oldest first or `newest` first, a page of them with `limit` and `offset`: card_id, system, case_no, subject, rule, level, state, provisional, raised_on, due_on,
    used_days, limit_days, unit, org_uscc, org_name, feedback_due_on, answered_on, version."""
    order = card.c.card_id.desc() if newest else card.c.card_id
    query = select(*_LISTED).where(*wanted.conditions(connection)).order_by(order)
    query = query.limit(limit).offset(offset or None)
    rows = connection.execution_options(yield_per=1000).execute(query)
    for row in rows.mappings():
        yield _listed(dict(row))


def show_card(connection: Connection, card_id: int) -> dict[str, Any] | None:
    """One card with all it stores and everything that happened to it; None where there is none."""
    row = connection.execute(select(card).where(card.c.card_id == card_id)).mappings().one_or_none()
    if row is None:
        return None
    events = connection.execute(
        select(card_event).where(card_event.c.card_id == card_id).order_by(card_event.c.number)
    ).mappings()
    return {
        **_listed(dict(row)),
        "excess_days": plain(row["excess_days"]),
        "rule_version": row["rule_version"],
        "calendar_version": row["calendar_version"],
        "case_version": row["case_version"],
        "raised_at": iso(row["raised_at"]),
        "judged_as_of": iso(row["judged_as_of"]),
        "issued_on": _day(row["issued_on"]),
        "step": row["step"],
        "handler": row["handler"],
        "basis": None if row["basis"] is None else scrubbed(row["basis"]),
        "snapshot": _snapshot(dict(row)),
        "events": [_event(dict(event)) for event in events],
        "consequences": _consequences(connection, card_id),
        "orders": list(
            connection.execute(
                select(supervision_order.c.order_id)
                .where(supervision_order.c.card_id == card_id)
                .order_by(supervision_order.c.order_id)
            ).scalars()
        ),
        "escalated_by": list(
            connection.execute(
                select(card.c.card_id)
                .where(card.c.rule == "T10", card.c.subject == f"card {card_id}")
                .order_by(card.c.card_id)
            ).scalars()
        ),
        "possible": possible(row["state"]),
    }


def _snapshot(row: Mapping[str, Any]) -> dict[str, Any]:
    """What the card was judged by; numbers of persons that people wrote into it are masked."""
    seen = json.loads(row["snapshot"])
    told: dict[str, Any] = scrubbed_within(seen)
    return {**told, "subject": _subject({**row, **seen})} if "subject" in seen else told


def _subject(row: Mapping[str, Any]) -> str | None:
    """Of a card by hand the words that follow its system or organisation are somebody's own."""
    text, whose = row["subject"], row["system"] or row["org_uscc"] or ""
    if not text or row["rule"] in declared():
        return None if text is None else str(text)
    if whose and (text == whose or text.startswith(f"{whose} ")):
        return whose + scrubbed(text.removeprefix(whose))
    return scrubbed(text)


def _consequences(connection: Connection, card_id: int) -> list[dict[str, Any]]:
    rows = connection.execute(
        select(card_consequence)
        .where(card_consequence.c.card_id == card_id)
        .order_by(card_consequence.c.consequence_id)
    )
    return [
        {
            "consequence_id": row.consequence_id,
            "kind": row.kind,
            "recorded_on": row.recorded_on.isoformat(),
            "due_on": _day(row.due_on),
            "person": row.person,
            "head": bool(row.head),
            "text": scrubbed(row.text),
        }
        for row in rows
    ]


def _day(day: date | None) -> str | None:
    return None if day is None else day.isoformat()


def show_calendar(connection: Connection, *, year: int | None = None, region: str = "") -> dict[str, Any]:
    """The calendar's version, its scopes and published years; with `year`, the days on which it departs from Mon-Fri.

    `region` picks the longest scope that is a prefix of it; '' is the whole country.
    """
    version = connection.execute(select(func.max(work_calendar.c.version))).scalar()
    scopes = sorted(connection.execute(select(work_calendar.c.scope).distinct()).scalars())
    wanted = region_prefix(region)
    scope = max((s for s in scopes if wanted.startswith(s)), key=len, default="")
    answer: dict[str, Any] = {
        "version": version,
        "scope": scope,
        "scopes": scopes,
        "published": sorted(connection.execute(select(calendar_year.c.year)).scalars()),
    }
    if year is not None:
        answer |= {"year": year, **_year(connection, year, scope)}
    return answer


def _year(connection: Connection, year: int, scope: str) -> dict[str, Any]:
    months = (year * 12, year * 12 + 11)
    rows = connection.execute(
        select(work_calendar.c.day, work_calendar.c.is_workday, work_calendar.c.published)
        .where(work_calendar.c.scope == scope, work_calendar.c.month_number.between(*months))
        .order_by(work_calendar.c.day)
    ).all()
    named = _sources(connection, year, scope)
    return {
        "days": len(rows),
        "workdays": sum(row.is_workday for row in rows),
        "presumed_days": sum(not row.published for row in rows),
        "departures": [
            {"date": row.day.isoformat(), "is_workday": bool(row.is_workday), **named.get(row.day, {})}
            for row in rows
            if bool(row.is_workday) != (row.day.weekday() < 5)
        ],
    }


def _sources(connection: Connection, year: int, scope: str) -> dict[Any, dict[str, Any]]:
    """Per day of the year the import that decides it: longest region last, later import last."""
    prefixes = [scope[:length] for length in range(len(scope) + 1)]
    rows = connection.execute(
        select(calendar_day)
        .where(calendar_day.c.region.in_(prefixes))
        .order_by(func.length(calendar_day.c.region), calendar_day.c.version, calendar_day.c.id)
    ).mappings()
    return {
        row["day"]: {"region": row["region"], "source": row["source"], "notice_no": row["notice_no"]}
        for row in rows
        if row["day"].year == year
    }


def _listed(row: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "card_id": row["card_id"],
        "system": row["system"],
        "case_no": row["case_no"],
        "subject": _subject(row),
        "rule": row["rule"],
        "level": row["level"],
        "state": row["state"],
        "provisional": bool(row["provisional"]),
        "raised_on": row["raised_on"].isoformat(),
        "due_on": None if row["due_on"] is None else row["due_on"].isoformat(),
        "used_days": plain(row["used_days"]),
        "limit_days": plain(row["limit_days"]),
        "unit": row["unit"],
        "org_uscc": row["org_uscc"],
        "org_name": row["org_name"],
        "feedback_due_on": _day(row["feedback_due_on"]),
        "answered_on": _day(row["answered_on"]),
        "version": row["version"],
    }


def _event(row: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "number": row["number"],
        "at": iso(row["at"]),
        "from_state": row["from_state"],
        "to_state": row["to_state"],
        "action": row["action"],
        "by": row["actor"],
        "role": row["role"],
        "reason": scrubbed(row["reason"]),
        "text": None if row["text"] is None else scrubbed(row["text"]),
        "attachments": [] if row["attachments"] is None else json.loads(row["attachments"]),
        "before": None if row["before"] is None else scrubbed_within(json.loads(row["before"])),
        "after": None if row["after"] is None else scrubbed_within(json.loads(row["after"])),
    }
