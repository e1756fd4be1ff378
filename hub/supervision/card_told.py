"""What is told of a card: its values as events keep them, its entry in the log, and why somebody is refused."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, Row, select

from hub.central.tables.business import card_event
from hub.clock import iso
from hub.errors import Place, StopError
from hub.masking import scrubbed
from hub.supervision.change import Actor, Seen
from hub.supervision.states import ACTIONS, STATES_EN, Transition, step

SHOWN = 500
"""Characters of a reason that the event and the log keep; the whole text is in the event's `text`."""

_RUN = re.compile(r"[0-9A-Za-z*]+\Z")


def card_values(row: Mapping[str, Any]) -> dict[str, Any]:
    """State and figures of a card row, as its events keep them."""
    due, answer_by = row["due_on"], row["feedback_due_on"]
    return {
        "state": row["state"],
        "level": row["level"],
        "provisional": bool(row["provisional"]),
        "unit": row["unit"],
        "used_days": row["used_days"],
        "limit_days": row["limit_days"],
        "excess_days": row["excess_days"],
        "due_on": None if due is None else due.isoformat(),
        "feedback_due_on": None if answer_by is None else answer_by.isoformat(),
    }


def log_body(card_id: int, row: Mapping[str, Any], reason: str, by: Actor) -> dict[str, Any]:
    """What the log, and whoever tells people, learns of a card; free texts without identity and mobile numbers."""
    due, answer_by = row["due_on"], row["feedback_due_on"]
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
        "feedback_due_on": None if answer_by is None else answer_by.isoformat(),
        "organization": row["org_uscc"],
        "reason": short(scrubbed(reason)),
        "by": by.name,
        "role": by.role,
    }


def short(reason: str) -> str:
    """A reason as long as events and the log keep it; never half a number, which nothing would mask any more."""
    if len(reason) <= SHOWN:
        return reason
    kept = reason[: SHOWN - 1]
    return f"{_RUN.sub('', kept) if _RUN.match(reason[SHOWN - 1]) else kept}…"


def unknown(card_id: int) -> StopError:
    """There is no such card."""
    return StopError(
        "CARD_UNKNOWN",
        zh=f"没有编号为 {card_id} 的牌",
        en=f"There is no card {card_id}",
        remedy_zh="用 suphub card list 查看现有的牌",
        remedy_en="See the cards there are with: suphub card list",
        place=Place(field="ID"),
    )


def allowed(connection: Connection, row: Mapping[str, Any], action: str, by: Actor) -> Transition:
    """Where `action` leads from the card's state. Raises StopError CARD_TRANSITION (who did what last is told), CARD_ROLE."""
    number = row["card_id"]
    return step(
        row["state"], action, by.role, card_id=number, last=lambda: _deed(_newest(connection, number))
    )


def _newest(connection: Connection, card_id: int) -> Row[Any]:
    newest = select(card_event).where(card_event.c.card_id == card_id).order_by(card_event.c.number.desc())
    return connection.execute(newest.limit(1)).one()


def _deed(event: Row[Any]) -> tuple[str, str]:
    action = ACTIONS[event.action] if event.action else None
    what_zh, what_en = (action.zh, action.en) if action else (event.to_state, STATES_EN[event.to_state])
    who = f"{iso(event.at)} {event.actor or '-'}"
    return f"{who} {what_zh}", f"{who}: {what_en}"


def changed(connection: Connection, row: Mapping[str, Any], seen: Seen) -> StopError:
    """The card is not as somebody saw it: what happened since."""
    last = _newest(connection, row["card_id"])
    deed_zh, deed_en = _deed(last)
    return StopError(
        "CARD_CHANGED",
        zh=f"牌 {row['card_id']} 已被他人改变：{deed_zh}，现为“{last.to_state}”"
        f"(第 {last.number} 版；您所见为{seen.state or ''}{'' if seen.version is None else f'第 {seen.version} 版'})",
        en=f"Card {row['card_id']} was changed by somebody else: {deed_en}; it is now"
        f" {STATES_EN[last.to_state]} (version {last.number}; you saw {seen.en(STATES_EN.get(seen.state or ''))})",
        remedy_zh=f"用 suphub card show {row['card_id']} 查看，再决定是否仍要办理",
        remedy_en=f"Look at it with suphub card show {row['card_id']}, then decide anew",
        place=Place(field=f"card {row['card_id']}"),
    )
