"""Read-only answers about supervision orders: the fields of 监察业务库, and each hand that an order went through."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Connection, RowMapping, exists, select

from hub.central.seen import Seen, by_owner
from hub.central.tables.business import order_hand, supervision_order
from hub.central.tables.rules import work_calendar
from hub.clock import iso
from hub.masking import scrubbed
from hub.supervision.calendar import past
from hub.supervision.hands import OPEN_STATES, PASSINGS
from hub.supervision.regions import scope_in_sql, scope_of, scopes

_ORDER = supervision_order


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which orders; what is None is no restriction. `overdue_on`: the hand that has it now is past its last day."""

    state: str | None = None
    organization: str | None = None  # USCC
    system: str | None = None
    card_id: int | None = None
    overdue_on: date | None = None
    open_only: bool = False
    seen: Seen | None = None  # by whom

    def conditions(self, connection: Connection) -> list[ColumnElement[bool]]:
        """As conditions of a query."""
        pairs = (
            (_ORDER.c.state, self.state),
            (_ORDER.c.org_uscc, self.organization),
            (_ORDER.c.system, self.system),
            (_ORDER.c.card_id, self.card_id),
        )
        found: list[ColumnElement[bool]] = [column == value for column, value in pairs if value is not None]
        found += by_owner(_ORDER, self.seen)
        if self.open_only or self.overdue_on is not None:
            found.append(_ORDER.c.state.in_(OPEN_STATES))
        if self.overdue_on is not None:
            scope = scope_in_sql(_ORDER.c.region_code, scopes(connection))
            at_hand = (order_hand.c.order_id == _ORDER.c.order_id) & order_hand.c.done_at.is_(None)
            found.append(exists().where(at_hand, past(order_hand.c.due_on, self.overdue_on, scope)))
        return found


EVERY = Wanted()


def list_orders(
    connection: Connection,
    wanted: Wanted = EVERY,
    *,
    newest: bool = False,
    limit: int | None = None,
    offset: int = 0,
) -> Iterator[dict[str, Any]]:
    """The orders wanted, oldest first or `newest` first, a page of them with `limit` and `offset`: order_id, card_id, level, supervisor (监察部门), org_uscc, org_name (被督办单位),
    item_name, item_code, system, case_no, monitor (监察监控人员), started_at, ended_at, state, result, due_on (of the hand
    that has it), version."""
    due = (
        select(order_hand.c.due_on)
        .where(order_hand.c.order_id == _ORDER.c.order_id, order_hand.c.done_at.is_(None))
        .scalar_subquery()
    )
    query = (
        select(_ORDER, due.label("hand_due_on"))
        .where(*wanted.conditions(connection))
        .order_by(_ORDER.c.order_id.desc() if newest else _ORDER.c.order_id)
        .limit(limit)
        .offset(offset or None)
    )
    for row in connection.execution_options(yield_per=1000).execute(query).mappings():
        yield _listed(row)


def show_order(connection: Connection, order_id: int) -> dict[str, Any] | None:
    """One order with its reason, basis, hands and what is possible now; None where there is none."""
    query = select(_ORDER).where(_ORDER.c.order_id == order_id)
    row = connection.execute(query).mappings().one_or_none()
    if row is None:
        return None
    hands = connection.execute(
        select(order_hand).where(order_hand.c.order_id == order_id).order_by(order_hand.c.number)
    ).mappings()
    rows = list(hands)
    numbers = _workdays(connection, rows, scope_of(row["region_code"], scopes(connection)))
    shown = [_hand(hand, numbers) for hand in rows]
    now = next((hand["due_on"] for hand in shown if hand["done_at"] is None), None)
    return {
        **_listed(row),
        "due_on": now,
        "reason": scrubbed(row["reason"]),
        "basis": row["basis"],
        "hands": shown,
        "possible": [
            each.action for each in PASSINGS if each.state == row["state"] and each.action != "withdraw"
        ],
    }


def _listed(row: RowMapping) -> dict[str, Any]:
    due = row.get("hand_due_on")
    return {
        "order_id": row["order_id"],
        "card_id": row["card_id"],
        "level": row["level"],
        "supervisor": row["supervisor"],
        "org_uscc": row["org_uscc"],
        "org_name": row["org_name"],
        "item_name": row["item_name"],
        "item_code": row["item_code"],
        "system": row["system"],
        "case_no": row["case_no"],
        "monitor": row["monitor"],
        "started_at": iso(row["started_at"]),
        "ended_at": iso(row["ended_at"]),
        "state": row["state"],
        "result": None if row["result"] is None else scrubbed(row["result"]),
        "due_on": None if due is None else due.isoformat(),
        "version": row["version"],
    }


def _workdays(connection: Connection, hands: Sequence[RowMapping], scope: str) -> dict[date | None, int]:
    """The running working-day numbers of the days on which hands were due and done."""
    days = {hand[name] for hand in hands for name in ("due_on", "done_on")} - {None}
    calendar = work_calendar.c
    rows = connection.execute(
        select(calendar.day, calendar.workday_number).where(calendar.scope == scope, calendar.day.in_(days))
    )
    return {row.day: row.workday_number for row in rows}


def _hand(row: RowMapping, numbers: Mapping[date | None, int]) -> dict[str, Any]:
    due, done = numbers.get(row["due_on"]), numbers.get(row["done_on"])
    return {
        "number": row["number"],
        "hand": row["hand"],
        "role": row["role"],
        "opened_at": iso(row["opened_at"]),
        "due_on": None if row["due_on"] is None else row["due_on"].isoformat(),
        "done_at": iso(row["done_at"]),
        "late": due is not None and done is not None and done > due,
        "action": row["action"],
        "by": row["actor"],
        "opinion": None if row["opinion"] is None else scrubbed(row["opinion"]),
        "attachments": [] if row["attachments"] is None else json.loads(row["attachments"]),
    }
