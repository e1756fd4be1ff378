"""Moves deadlines with the calendar: of open cards and of orders' hands, once another calendar counts their working days otherwise.

What a letter has printed stays; so do deadlines in days of zero. A second time over the same calendar moves nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection, Date, update

from hub.central.tables.business import order_hand
from hub.supervision import cards, orders
from hub.supervision.calendar import LAST_DAY
from hub.supervision.change import BY_ITSELF, Change, Log
from hub.supervision.hands import OPEN_STATES
from hub.supervision.judge import bound
from hub.supervision.scopes import regional

CHUNK = 500
Row = Mapping[str, Any]
# `a` is the card or the order: its region names the calendar. T10 and T11 look at what is over, too, while they are open.
_CARDS = """SELECT a.*, kd.day AS now_due FROM card a
  {regions}
  JOIN work_calendar ki ON ki.scope = {calendar} AND ki.day = a.issued_on
  LEFT JOIN work_calendar kd ON kd.scope = {calendar} AND kd.is_workday = 1
    AND kd.workday_number = ki.workday_number + a.feedback_workdays
  WHERE a.card_id > :after AND a.feedback_workdays > 0 AND a.state <> '撤销'
    AND (a.open_key IS NOT NULL OR EXISTS (SELECT 1 FROM card e WHERE e.rule = 'T10' AND e.open_key IS NOT NULL
      AND e.subject = 'card ' || a.card_id))
    AND COALESCE(kd.day, :never) <> COALESCE(a.feedback_due_on, :never)
  ORDER BY a.card_id LIMIT {chunk}"""
_HANDS = """SELECT a.*, h.number, h.hand, h.due_on, kd.day AS now_due FROM supervision_order a
  JOIN order_hand h ON h.order_id = a.order_id
  {regions}
  JOIN work_calendar ki ON ki.scope = {calendar} AND ki.day = h.opened_on
  LEFT JOIN work_calendar kd ON kd.scope = {calendar} AND kd.is_workday = 1
    AND kd.workday_number = ki.workday_number + h.workdays
  WHERE (a.order_id > :after OR (a.order_id = :after AND h.number > :number)) AND h.workdays > 0 AND a.state <> '已撤销'
    AND (a.state IN ({open}) OR EXISTS (SELECT 1 FROM card e WHERE e.rule = 'T11' AND e.open_key IS NOT NULL
      AND e.subject = 'order ' || a.order_id || '/' || h.number))
    AND COALESCE(kd.day, :never) <> COALESCE(h.due_on, :never)
  ORDER BY a.order_id, h.number LIMIT {chunk}"""


@dataclass(frozen=True, slots=True)
class Moved:
    """How many deadlines were moved: for the answers to cards, and of the hands of orders."""

    cards: int = 0
    hands: int = 0


def move_deadlines(connection: Connection, at: int, log: Log | None) -> Moved:
    """Count every deadline anew by the calendar as it is; each change is in the log (`card.moved`, `order.moved`).

    In short transactions of its own, one writer of cards at a time.
    """
    return Moved(_move_cards(connection, at, log), _move_hands(connection, at, log))


def _move_cards(connection: Connection, at: int, log: Log | None) -> int:
    number = after = 0
    while True:
        with connection.begin():
            change = Change(connection, at)
            change.lock()
            rows = _rows(connection, _CARDS, after=after)
            for row in rows:
                before, due = row["feedback_due_on"], row["now_due"]
                reason = f"工作日历改变，反馈期限由 {before or '-'} 改为 {due or '-'} · the working calendar changed: to be answered by"
                columns = {"feedback_due_on": due}
                cards.record(
                    change,
                    row,
                    "move",
                    BY_ITSELF,
                    f"{reason} {due or '-'}",
                    columns=columns,
                    told=_told(before),
                )
            change.log(log)
        if not rows:
            return number
        number, after = number + len(rows), rows[-1]["card_id"]


def _move_hands(connection: Connection, at: int, log: Log | None) -> int:
    number, last = 0, (0, 0)
    while True:
        with connection.begin():
            change = Change(connection, at)
            change.lock()
            rows = _rows(connection, _HANDS, after=last[0], number=last[1])
            for row in rows:
                _move_hand(change, row)
            change.log(log)
        if not rows:
            return number
        number, last = number + len(rows), (rows[-1]["order_id"], rows[-1]["number"])


def _move_hand(change: Change, row: Row) -> None:
    before, due = row["due_on"], row["now_due"]
    same = (order_hand.c.order_id == row["order_id"]) & (order_hand.c.number == row["number"])
    change.connection.execute(update(order_hand).where(same).values(due_on=due))
    reason = (
        f"工作日历改变，{row['hand']}期限由 {before or '-'} 改为 {due or '-'} · the working calendar changed"
    )
    body = orders.log_body(row, "move", BY_ITSELF, reason, due)
    change.entries.append(
        ("order.moved", {**body, "hand": row["hand"], "number": row["number"], **_told(before)})
    )


def _told(before: date | None) -> dict[str, Any]:
    return {"due_before": None if before is None else before.isoformat()}


def _rows(connection: Connection, sql: str, **given: Any) -> Sequence[dict[str, Any]]:
    regions, calendar = regional(connection)
    states = ", ".join(f"'{state}'" for state in OPEN_STATES)
    query = sql.format(regions=regions, calendar=calendar, open=states, chunk=CHUNK)
    # SQLite hands days out as text unless it is told which columns are days.
    days = ("feedback_due_on", "issued_on", "due_on", "now_due")
    statement = bound(query, {**given, "never": LAST_DAY}).columns(**{name: Date() for name in days})
    return [dict(row) for row in connection.execute(statement).mappings()]
