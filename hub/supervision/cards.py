"""Cards: raised, issued, closed and withdrawn, each change with its event and its entry in the log; nothing is deleted.

Every change of a card, by the hub or by people, is written by `record`, as the table of states (`states`) has it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection, insert, select, update

from hub.central.tables.business import card, card_event
from hub.supervision import orders
from hub.supervision.card_told import allowed, card_values, changed, log_body, short, unknown
from hub.supervision.change import BY_ITSELF, Actor, Change, Log, Seen, written
from hub.supervision.figures import Figures
from hub.supervision.rules import Rule
from hub.supervision.states import (
    ACTIONS,
    ANSWERED,
    APPEALED,
    CLOSED,
    ENDED,
    HUB,
    ISSUED,
    ORDERED,
    PENDING,
    STATES,
    UPHELD,
    WITHDRAWN,
    step,
)

__all__ = [
    "ANSWERED", "APPEALED", "CLOSED", "ISSUED", "ORDERED", "PENDING", "STATES", "UPHELD", "WITHDRAWN",
    "Change", "Log", "NewCard", "close", "find", "raise_cards", "record", "refigure", "relevel", "settle", "unknown", "withdraw",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Ground:
    """What stands in for a rule where people issue a card: a code, names, the basis in law."""

    code: str
    version: int
    zh: str
    en: str
    basis: str


@dataclass(frozen=True, slots=True)
class NewCard:
    """What a new card says."""

    rule: Rule | Ground
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
    feedback_workdays: int | None  # from the issue to it
    region_code: str | None  # whose working days
    subject: str = ""
    step: str | None = None
    unit_key: str | None = None  # what is judged, where that is no case
    by_hand: bool = False
    ordered: str | None = None  # why an order begins with it, if one does

    @property
    def state(self) -> str:
        """待发 of a yellow or red card that rests on presumed working days, until the year is imported; else 已发."""
        return PENDING if self.provisional and self.level >= 2 else ISSUED

    @property
    def open_key(self) -> str:
        """What at most one open card may have: rule, case, and the subject, empty where the case as a whole is meant."""
        return f"{self.rule.code}|{'' if self.case_id is None else self.case_id}|{self.subject}"


def find(change: Change, card_id: int, seen: Seen | None = None) -> dict[str, Any]:
    """A card as it is now, for this transaction alone (`change` holds the lock of cards).

    Raises StopError CARD_UNKNOWN, CARD_CHANGED (it is not as `seen`: what happened since is told).
    """
    row = change.connection.execute(select(card).where(card.c.card_id == card_id)).mappings().one_or_none()
    if row is None:
        raise unknown(card_id)
    if seen is not None and (
        seen.version not in (None, row["version"]) or seen.state not in (None, row["state"])
    ):
        raise changed(change.connection, dict(row), seen)
    return dict(row)


def raise_cards(
    change: Change, new: Sequence[NewCard], by: Actor = BY_ITSELF, reason: str | None = None
) -> list[NewCard]:
    """Enter cards and their first events; returns those entered, the others are open already.

    `reason` is why, of a card that is issued by hand; else the rule's name is.
    """
    keyed = {item.open_key: item for item in new}
    # Whoever raises cards holds the lock of `Change.lock`, so nobody enters one between this look and the insert.
    taken = set(open_ids(change.connection, list(keyed)))
    entered = {key: item for key, item in keyed.items() if key not in taken}
    if not entered:
        return []
    rows = {key: _card_row(item, change.at) for key, item in entered.items()}
    change.connection.execute(insert(card), list(rows.values()))
    ids = open_ids(change.connection, list(rows))
    events = []
    for key, item in entered.items():
        row, why = rows[key], reason or f"{item.rule.zh} · {item.rule.en}"
        step(None, "raise", by.role)
        after = {"state": row["state"], "level": row["level"], "provisional": item.provisional}
        event = {
            "number": 1,
            "from_state": None,
            "to_state": row["state"],
            "reason": short(why),
            "before": None,
        }
        event |= {"after": written({**after, **item.figures.as_dict()}), "text": reason, "attachments": None}
        events.append({"card_id": ids[key], "at": change.at, **event, **_who("raise", by)})
        change.entries.append(("card.raised", log_body(ids[key], row, why, by)))
    change.connection.execute(insert(card_event), events)
    return list(entered.values())


def record(
    change: Change,
    row: Mapping[str, Any],
    action: str,
    by: Actor,
    reason: str,
    *,
    to: str | None = None,
    columns: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
    text: str | None = None,
    attachments: Sequence[Mapping[str, Any]] = (),
    told: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Do `action` with a card: its row, its next event, its entry in the log; the card as it is then.

    `to` is the state that it leads to, where the table leaves several; `columns` are other columns that change, `after` is
    what the event keeps beside the card's values, `told` what the log's entry tells beside them. An open order of a card
    that is withdrawn is withdrawn with it. Raises StopError CARD_TRANSITION, CARD_ROLE, CARD_CHANGED.
    """
    found = allowed(change.connection, row, action, by)
    state = found.to[0] if to is None else to
    assert state in found.to, (action, state)
    new = {**row, **(columns or {}), "state": state, "version": row["version"] + 1}
    values = {name: new[name] for name in ("state", "version", *(columns or {}))}
    if state in ENDED:
        values["open_key"] = new["open_key"] = None
    if state == WITHDRAWN and by.role == HUB:
        values["standing"] = new["standing"] = 0  # what people withdraw is not raised again over their heads
    done = change.connection.execute(
        update(card).where(card.c.card_id == row["card_id"], card.c.version == row["version"]).values(values)
    )
    if done.rowcount != 1:  # somebody wrote it without the lock of cards
        raise changed(change.connection, row, Seen(row["state"], row["version"]))
    event = {
        "card_id": row["card_id"],
        "number": new["version"],
        "at": change.at,
        "from_state": row["state"],
        "to_state": state,
        "reason": short(reason),
        "before": written(card_values(row)),
        "after": written({**card_values(new), **(after or {})}),
        "text": text,
        "attachments": written([dict(each) for each in attachments]) if attachments else None,
    }
    change.connection.execute(insert(card_event).values({**event, **_who(action, by)}))
    body = {**log_body(row["card_id"], new, reason, by), "from": row["state"]}
    if attachments:
        body["attachments"] = [each["digest"] for each in attachments]
    change.entries.append((ACTIONS[action].event, {**body, **(told or {})}))
    if state == WITHDRAWN and row["state"] == ORDERED:
        orders.end_with_card(change, row["card_id"], by, reason)
    return new


def withdraw(change: Change, row: Mapping[str, Any], reason: str, after: Mapping[str, Any]) -> None:
    """撤销: judged with today's data as of its issue, the card would not have been raised."""
    record(change, row, "withdraw", BY_ITSELF, reason, after=after)


def close(change: Change, row: Mapping[str, Any], reason: str, after: Mapping[str, Any]) -> None:
    """办结: what the card warned of is decided; it still scores."""
    record(change, row, "close", BY_ITSELF, reason, after=after)


def relevel(change: Change, row: Mapping[str, Any], level: int, rule: Rule) -> None:
    """调级: by the rule as it is now the card has another level; what people added to it stays."""
    columns = {
        "level": min(3, level + row["escalated"]),
        "judged_level": level,
        "rule_version": rule.version,
    }
    reason = f"规则 {rule.code} 的级别已改变(第 {rule.version} 版，方案 {rule.profile}) · the rule has another level"
    told = {"level_before": row["level"]}
    record(change, row, "relevel", BY_ITSELF, reason, columns=columns, told=told)


def settle(
    change: Change,
    row: Mapping[str, Any],
    figures: Figures,
    calendar_version: int,
    day: date,
    due: tuple[int, date | None],
) -> bool:
    """A provisional card that is so no longer: 待发 becomes 已发 on `day`; True if it was. `due`: working days, and last
    day, for the answer."""
    issued = bool(row["state"] == PENDING)
    issue = {"issued_on": day, "feedback_workdays": due[0], "feedback_due_on": due[1]} if issued else {}
    columns = {
        "provisional": 0, "calendar_version": calendar_version, **_figure_columns(figures), **issue,
    }  # fmt: skip
    reason = "所涉年度的工作日历已公布 · the calendar of the year concerned is published"
    told = {"issued": True} if issued else {}
    record(change, row, "settle", BY_ITSELF, reason, columns=columns, after=figures.as_dict(), told=told)
    return issued


def refigure(
    change: Change, row: Mapping[str, Any], figures: Figures, provisional: bool, calendar_version: int
) -> None:
    """重算: judged with today's data as of its issue, the card stands with another last day."""
    columns = {
        "calendar_version": calendar_version, "provisional": int(provisional), **_figure_columns(figures),
    }  # fmt: skip
    reason = "按现有数据和日历重算期限 · counted anew with today's data and calendar"
    record(change, row, "refigure", BY_ITSELF, reason, columns=columns, after=figures.as_dict())


def open_ids(connection: Connection, keys: Sequence[str]) -> dict[str, int]:
    """Open cards by their key."""
    rows = connection.execute(select(card.c.open_key, card.c.card_id).where(card.c.open_key.in_(keys)))
    return {key: card_id for key, card_id in rows}


def _card_row(new: NewCard, at: int) -> dict[str, Any]:
    rule, state = new.rule, new.state
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
        "judged_level": None if new.by_hand else new.level,
        "state": state,
        "provisional": int(new.provisional),
        "raised_on": new.raised_on,
        "judged_as_of": new.judged_as_of,
        **_figure_columns(new.figures),
        "org_uscc": new.fact["org_uscc"],
        "org_name": new.fact["org_name"],
        "handler": new.handler,
        "basis": rule.basis,
        "snapshot": written(new.snapshot),
        "open_key": new.open_key,
        "raised_at": at,
        "step": new.step,
        "unit_key": new.unit_key,
        "issued_on": new.raised_on if state == ISSUED else None,
        "feedback_due_on": new.feedback_due_on,
        "feedback_workdays": new.feedback_workdays,
        "region_code": new.region_code,
        "answered_on": None,
    }


def _who(action: str, by: Actor) -> dict[str, Any]:
    return {"action": action, "actor": by.name, "role": by.role}


def _figure_columns(figures: Figures) -> dict[str, Any]:
    return {
        "unit": figures.unit,
        "used_days": figures.used,
        "limit_days": figures.limit,
        "excess_days": figures.excess,
        "due_on": figures.due_on,
    }
