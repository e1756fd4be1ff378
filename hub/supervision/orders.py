"""Supervision orders (督办单) as rows: begun, passed from hand to hand with a deadline for each, ended; nothing is deleted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from hub.central.tables.business import order_hand, supervision_order
from hub.clock import iso, local_day
from hub.errors import Place, StopError
from hub.masking import scrubbed
from hub.supervision.card_told import short
from hub.supervision.change import Actor, Change, Seen, written
from hub.supervision.hands import (
    ACTIONS,
    FINISHED,
    GONE,
    HANDS,
    OPEN_STATES,
    Hand,
    hand_of,
    pass_on,
    state_en,
)
from hub.supervision.regions import Deadlines
from hub.supervision.rules import current_rules
from hub.supervision.states import HUB


def begin(change: Change, values: Mapping[str, Any], by: Actor) -> dict[str, Any]:
    """Enter an order: its first hand is done by beginning it, the second has it. `values` are columns of the order."""
    day = local_day(change.at)
    row = {
        **values,
        "started_at": change.at,
        "started_on": day,
        "state": HANDS[1].state,
        "version": 1,
    }
    made = change.connection.execute(insert(supervision_order).values(row))
    [order_id] = made.inserted_primary_key or (None,)
    order = {**dict.fromkeys(supervision_order.c.keys()), **row, "order_id": order_id}
    done = {"action": "start", "actor": by.name, "actor_role": by.role, "opinion": row["reason"]}
    first = {"due_on": day, "done_at": change.at, "done_on": day, **done}
    change.connection.execute(insert(order_hand).values(_hand_row(order, 1, HANDS[0], change.at) | first))
    due = _open_hand(change, order, HANDS[1])
    change.entries.append(("order.started", log_body(order, "start", by, row["reason"], due)))
    return order


def find(change: Change, order_id: int, seen: Seen | None = None) -> dict[str, Any]:
    """An order as it is now, for this transaction alone. Raises StopError ORDER_UNKNOWN, ORDER_CHANGED."""
    row = (
        change.connection.execute(select(supervision_order).where(supervision_order.c.order_id == order_id))
        .mappings()
        .one_or_none()
    )
    if row is None:
        raise unknown(order_id)
    if seen is not None and (
        seen.version not in (None, row["version"]) or seen.state not in (None, row["state"])
    ):
        raise _changed(change.connection, dict(row), seen)
    return dict(row)


def of_card(connection: Connection, card_id: int) -> dict[str, Any] | None:
    """The open order of a card."""
    row = (
        connection.execute(
            select(supervision_order).where(
                supervision_order.c.card_id == card_id, supervision_order.c.state.in_(OPEN_STATES)
            )
        )
        .mappings()
        .one_or_none()
    )
    return None if row is None else dict(row)


def move(
    change: Change,
    order: Mapping[str, Any],
    action: str,
    by: Actor,
    opinion: str,
    attachments: Sequence[Mapping[str, Any]] = (),
) -> dict[str, Any]:
    """Close the hand that has the order by `action` and open the next; the order as it is then.

    Raises StopError ORDER_TRANSITION, ORDER_ROLE, ORDER_CHANGED.
    """
    number = order["order_id"]
    found = pass_on(
        order["state"], action, by.role, number, lambda: _deed(_newest(change.connection, number))
    )
    day = local_day(change.at)
    changed: dict[str, Any] = {"state": found.to, "version": order["version"] + 1}
    if found.to in (FINISHED, GONE):
        changed |= {"ended_at": change.at, "ended_on": day, "result": opinion}
    same = (supervision_order.c.order_id == order["order_id"]) & (
        supervision_order.c.version == order["version"]
    )
    if change.connection.execute(update(supervision_order).where(same).values(changed)).rowcount != 1:
        raise _changed(change.connection, order, Seen(order["state"], order["version"]))
    at_hand = (order_hand.c.order_id == order["order_id"]) & order_hand.c.done_at.is_(None)
    done = {
        "done_at": change.at,
        "done_on": day,
        "action": action,
        "actor": by.name,
        "actor_role": by.role,
        "opinion": opinion,
        "attachments": written([dict(each) for each in attachments]) if attachments else None,
    }
    change.connection.execute(update(order_hand).where(at_hand).values(done))
    new = {**order, **changed}
    onward = hand_of(found.to)
    due = None if onward is None else _open_hand(change, new, onward)
    body = log_body(new, action, by, opinion, due)
    if attachments:
        body["attachments"] = [each["digest"] for each in attachments]
    change.entries.append((ACTIONS[action][2], body))
    return new


def end_with_card(change: Change, card_id: int, by: Actor, reason: str) -> None:
    """已撤销: the card of the order was withdrawn."""
    order = of_card(change.connection, card_id)
    if order is not None:
        move(change, order, "withdraw", Actor(by.name, HUB), reason)


def unknown(order_id: int) -> StopError:
    """There is no such order."""
    return StopError(
        "ORDER_UNKNOWN",
        zh=f"没有编号为 {order_id} 的督办单",
        en=f"There is no order {order_id}",
        remedy_zh="用 suphub order list 查看现有的督办单",
        remedy_en="See the orders there are with: suphub order list",
        place=Place(field="ID"),
    )


def deadline(connection: Connection, hand: Hand, day: date, region: str | None) -> tuple[int, date | None]:
    """Working days and last day of a hand that gets the order on `day`, by rule T11's parameters; None beyond the calendar."""
    workdays = current_rules(connection)["T11"].value(hand.parameter)
    return workdays, Deadlines(connection).after(day, workdays, region)


def _open_hand(change: Change, order: Mapping[str, Any], hand: Hand) -> date | None:
    numbers = select(order_hand.c.number).where(order_hand.c.order_id == order["order_id"])
    number = max(change.connection.execute(numbers).scalars(), default=0) + 1
    workdays, due = deadline(change.connection, hand, local_day(change.at), order["region_code"])
    row = _hand_row(order, number, hand, change.at) | {"due_on": due, "workdays": workdays}
    change.connection.execute(insert(order_hand).values(row))
    return due


def _hand_row(order: Mapping[str, Any], number: int, hand: Hand, at: int) -> dict[str, Any]:
    return {
        "order_id": order["order_id"],
        "number": number,
        "hand": hand.name,
        "role": hand.role,
        "opened_at": at,
        "opened_on": local_day(at),
    }


def log_body(
    order: Mapping[str, Any], action: str, by: Actor, opinion: str, due: date | None
) -> dict[str, Any]:
    """What the log, and whoever tells people, learns of an order."""
    hand = hand_of(order["state"])
    return {
        "order": order["order_id"],
        "card": order["card_id"],
        "level": order["level"],
        "system": order["system"],
        "case_no": order["case_no"],
        "item_code": order["item_code"],
        "organization": order["org_uscc"],
        "state": order["state"],
        "action": action,
        "hand": None if hand is None else hand.name,
        "hand_role": None if hand is None else hand.role,
        "due_on": None if due is None else due.isoformat(),
        "reason": short(scrubbed(opinion)),
        "by": by.name,
        "role": by.role,
    }


def _newest(connection: Connection, order_id: int) -> Row[Any]:
    """The hand that was done last."""
    done = (order_hand.c.order_id == order_id, order_hand.c.done_at.is_not(None))
    return connection.execute(
        select(order_hand).where(*done).order_by(order_hand.c.number.desc()).limit(1)
    ).one()


def _deed(hand: Row[Any]) -> tuple[str, str]:
    zh, en, _ = ACTIONS[hand.action]
    who = f"{iso(hand.done_at)} {hand.actor}"
    return f"{who} {zh}", f"{who}: {en}"


def _changed(connection: Connection, order: Mapping[str, Any], seen: Seen) -> StopError:
    number = order["order_id"]
    deed_zh, deed_en = _deed(_newest(connection, number))
    return StopError(
        "ORDER_CHANGED",
        zh=f"督办单 {number} 已被他人改变：{deed_zh}；您所见为{seen.state or ''}"
        f"{'' if seen.version is None else f'第 {seen.version} 版'}",
        en=f"Order {number} was changed by somebody else: {deed_en}; you saw {seen.en(state_en(seen.state) if seen.state else None)}",
        remedy_zh=f"用 suphub order show {number} 查看，再决定是否仍要办理",
        remedy_en=f"Look at it with suphub order show {number}, then decide anew",
        place=Place(field=f"order {number}"),
    )
