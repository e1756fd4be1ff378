"""Cards: raised, issued, closed and withdrawn, each change with its event and its entry in the log; nothing is deleted."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Protocol

from sqlalchemy import Connection, func, insert, select, text, update

from hub.central.tables.business import card, card_event
from hub.central.tables.rules import rule_version
from hub.supervision.figures import Figures
from hub.supervision.rules import Rule

PENDING, ISSUED, ANSWERED, APPEALED = "待发", "已发", "已反馈", "申诉中"
UPHELD, WITHDRAWN, ORDERED, CLOSED = "维持", "撤销", "督办", "办结"
STATES = (PENDING, ISSUED, ANSWERED, APPEALED, UPHELD, WITHDRAWN, ORDERED, CLOSED)


class Log(Protocol):
    """Writes one entry of the hub's own chain of the log, within the transaction of `connection`."""

    def __call__(self, connection: Connection, event: str, body: Mapping[str, Any], /) -> object: ...


@dataclass(slots=True)
class Change:
    """One transaction's worth of card changes; log entries wait here, since the log's chain is locked last."""

    connection: Connection
    at: int  # µs
    entries: list[tuple[str, dict[str, Any]]] = field(default_factory=list)

    def lock(self) -> None:
        """Let one writer of cards at a time pass: the rule library's first row stands for all cards."""
        if self.connection.dialect.name == "postgresql":
            # A plan made while the table of cards was still small is not kept: the first run fills it chunk by chunk.
            self.connection.execute(text("SET LOCAL plan_cache_mode = force_custom_plan"))
        self.connection.execute(
            select(rule_version.c.rule)
            .where(rule_version.c.rule == "T1", rule_version.c.version == 1)
            .with_for_update()
        ).all()

    def log(self, log: Log | None) -> None:
        """Hand over what happened; the last thing before the commit."""
        for event, body in self.entries:
            if log is not None:
                log(self.connection, event, body)
        self.entries.clear()


@dataclass(frozen=True, slots=True)
class NewCard:
    """What a new card says."""

    rule: Rule
    calendar_version: int
    case_id: int | None
    fact: Mapping[str, Any]
    handler: str | None
    provisional: bool
    raised_on: date
    judged_as_of: int
    figures: Figures
    snapshot: Mapping[str, Any]
    level: int
    feedback_due_on: date | None
    subject: str = ""
    step: str | None = None
    unit_key: str | None = None  # what is judged, where that is no case

    @property
    def open_key(self) -> str:
        """What at most one open card may have: rule, case, and the subject, empty where the case as a whole is meant."""
        return f"{self.rule.code}|{'' if self.case_id is None else self.case_id}|{self.subject}"


def raise_cards(change: Change, new: Sequence[NewCard]) -> list[NewCard]:
    """Enter cards and their first events; returns those entered, the others are open already."""
    keyed = {item.open_key: item for item in new}
    # Whoever raises cards holds the lock of `Change.lock`, so nobody enters one between this look and the insert.
    taken = set(_ids(change.connection, list(keyed)))
    entered = {key: item for key, item in keyed.items() if key not in taken}
    if not entered:
        return []
    rows = {key: _card_row(item, change.at) for key, item in entered.items()}
    change.connection.execute(insert(card), list(rows.values()))
    ids = _ids(change.connection, list(rows))
    events = []
    for key, item in entered.items():
        row, reason = rows[key], f"{item.rule.zh} · {item.rule.en}"
        after = {"state": row["state"], "provisional": item.provisional, **item.figures.as_dict()}
        events.append(_event_row(ids[key], 1, change.at, None, row["state"], reason, None, after))
        change.entries.append(("card.raised", _log_body(ids[key], row, reason)))
    change.connection.execute(insert(card_event), events)
    return list(entered.values())


def withdraw(change: Change, row: Mapping[str, Any], reason: str, after: Mapping[str, Any]) -> None:
    """撤销: judged with today's data as of its issue, the card would not have been raised."""
    _end(change, row, WITHDRAWN, "card.withdrawn", reason, after)


def close(change: Change, row: Mapping[str, Any], reason: str, after: Mapping[str, Any]) -> None:
    """办结: what the card warned of is decided; it still scores."""
    _end(change, row, CLOSED, "card.closed", reason, after)


def settle(
    change: Change,
    row: Mapping[str, Any],
    figures: Figures,
    calendar_version: int,
    day: date,
    due: date | None,
) -> bool:
    """A provisional card that is so no longer: 待发 becomes 已发 on `day`, answers due on `due`; True if it was 待发."""
    state = ISSUED if row["state"] == PENDING else row["state"]
    before = card_values(row)
    issue = {"issued_on": day, "feedback_due_on": due} if row["state"] == PENDING else {}
    after = {"state": state, "provisional": False, **figures.as_dict()}
    change.connection.execute(
        update(card)
        .where(card.c.card_id == row["card_id"])
        .values(
            state=state, provisional=0, calendar_version=calendar_version, **_figure_columns(figures), **issue
        )
    )
    reason = "所涉年度的工作日历已公布 · the calendar of the year concerned is published"
    _event(change, row["card_id"], row["state"], state, reason, before, after)
    change.entries.append(("card.settled", _log_body(row["card_id"], {**row, "state": state}, reason)))
    return bool(row["state"] == PENDING)


def card_values(row: Mapping[str, Any]) -> dict[str, Any]:
    """State and figures of a card row, as its events keep them."""
    due = row["due_on"]
    return {
        "state": row["state"],
        "provisional": bool(row["provisional"]),
        "unit": row["unit"],
        "used_days": row["used_days"],
        "limit_days": row["limit_days"],
        "excess_days": row["excess_days"],
        "due_on": None if due is None else due.isoformat(),
    }


def _end(
    change: Change, row: Mapping[str, Any], state: str, event: str, reason: str, after: Mapping[str, Any]
) -> None:
    change.connection.execute(
        update(card).where(card.c.card_id == row["card_id"]).values(state=state, open_key=None)
    )
    _event(change, row["card_id"], row["state"], state, reason, card_values(row), {"state": state, **after})
    change.entries.append((event, _log_body(row["card_id"], {**row, "state": state}, reason)))


def _ids(connection: Connection, keys: Sequence[str]) -> dict[str, int]:
    """Open cards by their key."""
    rows = connection.execute(select(card.c.open_key, card.c.card_id).where(card.c.open_key.in_(keys)))
    return {key: card_id for key, card_id in rows}


def _card_row(new: NewCard, at: int) -> dict[str, Any]:
    rule = new.rule
    # A yellow or red card that rests on presumed working days waits until the year is imported; a 预警 does not.
    state = PENDING if new.provisional and new.level >= 2 else ISSUED
    return {
        "system": new.fact["system"],
        "case_id": new.case_id,
        "case_no": new.fact["case_no"],
        "subject": new.subject or None,
        "rule": rule.code,
        "rule_version": rule.version,
        "calendar_version": new.calendar_version,
        "case_version": new.fact["version"],
        "level": new.level,
        "state": state,
        "provisional": int(new.provisional),
        "raised_on": new.raised_on,
        "judged_as_of": new.judged_as_of,
        **_figure_columns(new.figures),
        "org_uscc": new.fact["org_uscc"],
        "org_name": new.fact["org_name"],
        "handler": new.handler,
        "basis": rule.basis,
        "snapshot": _json(new.snapshot),
        "open_key": new.open_key,
        "raised_at": at,
        "step": new.step,
        "unit_key": new.unit_key,
        "issued_on": new.raised_on if state == ISSUED else None,
        "feedback_due_on": new.feedback_due_on,
        "answered_on": None,
    }


def _event(
    change: Change,
    card_id: int,
    from_state: str | None,
    to_state: str,
    reason: str,
    before: Mapping[str, Any],
    after: Mapping[str, Any],
) -> None:
    """The card's next event."""
    last = select(func.coalesce(func.max(card_event.c.number), 0)).where(card_event.c.card_id == card_id)
    number = change.connection.execute(last).scalar_one() + 1
    row = _event_row(card_id, number, change.at, from_state, to_state, reason, before, after)
    change.connection.execute(insert(card_event).values(row))


def _event_row(
    card_id: int,
    number: int,
    at: int,
    from_state: str | None,
    to_state: str,
    reason: str,
    before: Mapping[str, Any] | None,
    after: Mapping[str, Any],
) -> dict[str, Any]:
    return {
        "card_id": card_id,
        "number": number,
        "at": at,
        "from_state": from_state,
        "to_state": to_state,
        "reason": reason,
        "before": None if before is None else _json(before),
        "after": _json(after),
    }


def _figure_columns(figures: Figures) -> dict[str, Any]:
    return {
        "unit": figures.unit,
        "used_days": figures.used,
        "limit_days": figures.limit,
        "excess_days": figures.excess,
        "due_on": figures.due_on,
    }


def _log_body(card_id: int, row: Mapping[str, Any], reason: str) -> dict[str, Any]:
    due = row["due_on"]
    return {
        "card": card_id,
        "system": row["system"],
        "case_no": row["case_no"],
        "subject": row["subject"],
        "rule": row["rule"],
        "rule_version": row["rule_version"],
        "calendar_version": row["calendar_version"],
        "case_version": row["case_version"],
        "level": row["level"],
        "state": row["state"],
        "provisional": bool(row["provisional"]),
        "due_on": None if due is None else due.isoformat(),
        "reason": reason,
    }


def _json(data: Mapping[str, Any]) -> str:
    return json.dumps(data, ensure_ascii=False, sort_keys=True)
