"""What is to be handed to departments: gathered from events, hands and letters, each once; taken down when it was delivered."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from datetime import date, timedelta
from functools import partial
from typing import Any

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    Connection,
    Select,
    SelectBase,
    Subquery,
    and_,
    exists,
    func,
    insert,
    literal,
    null,
    or_,
    select,
    union_all,
    update,
)

from hub.central.tables.business import card, card_event, order_hand, supervision_order
from hub.central.tables.letters import card_answer, handover, letter
from hub.clock import MICROSECOND, iso, start_of
from hub.masking import scrubbed
from hub.returning.documents import CARD, LETTER, ORDER, RECEIPT
from hub.returning.whose import TO_ORGANIZATIONS, theirs
from hub.supervision.cards import PENDING
from hub.supervision.hands import FINISHED, GONE
from hub.supervision.states import DEPARTMENT

WAITING, DELIVERED, FAILED = "waiting", "delivered", "failed"
STATES = (WAITING, DELIVERED, FAILED)
Whose = Callable[[Any], ColumnElement[bool]]
"""The condition that a row of a table is the department's."""
AT_ONCE = 200
MOST_ATTEMPTS = 40
"""About a day and a half with the pauses below; then somebody is told and must ask for it again."""
FIRST_PAUSE, LONGEST_PAUSE = timedelta(minutes=1), timedelta(hours=1)
REFUSALS = "refusals"
WHAT = {"cards": CARD, "orders": ORDER, "letters": LETTER, REFUSALS: RECEIPT}
"""What a registration may ask for (`cards.deliver`), and the kind of its rows; REFUSALS of answers that were rows, which have
no receipt beside them."""


def gather(
    connection: Connection,
    system: str,
    deliver: tuple[str, ...],
    since: date | None,
    at: int,
    organizations: Collection[str] = (),
) -> int:
    """Take down what a department is to have and has not been told of yet; how many. Again: nothing more.

    `organizations`: those whose cards, orders and letters without a system come along.

    A card that waits (待发) is no card for the department; what happened before the day `since` stays untold.
    """
    number = 0
    mine = partial(theirs, system=system, organizations=organizations)
    for what in deliver:
        kind = WHAT[what]
        after = 0 if since is None else start_of(since)
        if kind == RECEIPT:
            told: SelectBase = _refusals(system, after)
        else:
            told = {CARD: _cards, ORDER: _orders, LETTER: _letters}[kind](mine, after)
        while rows := _unknown(connection, system, kind, told.subquery()):
            connection.execute(insert(handover), [_row(system, kind, row, at) for row in rows])
            number += len(rows)
    return number


def add_letter(connection: Connection, letter_id: int, system: str, at: int) -> None:
    """Take a letter down for its department, in the transaction that writes it."""
    connection.execute(insert(handover).values(_row(system, LETTER, (letter_id, 0), at)))


def due(connection: Connection, system: str, now: int) -> list[dict[str, Any]]:
    """What waits and is due, oldest first; at most AT_ONCE."""
    wanted = (
        select(handover)
        .where(handover.c.system == system, handover.c.state == WAITING, handover.c.due_at <= now)
        .order_by(handover.c.handover_id)
        .limit(AT_ONCE)
    )
    return [dict(row) for row in connection.execute(wanted).mappings()]


def remember(connection: Connection, row: Mapping[str, Any], digest: str) -> None:
    """The document that will be delivered, however often that is tried."""
    mine = handover.c.handover_id == row["handover_id"]
    connection.execute(update(handover).where(mine, handover.c.document.is_(None)).values(document=digest))


def delivered(connection: Connection, row: Mapping[str, Any], digest: str, at: int) -> bool:
    """It lies at the department; False if another worker has noted that already."""
    mine = (handover.c.handover_id == row["handover_id"], handover.c.state != DELIVERED)
    values = {"state": DELIVERED, "document": digest, "delivered_at": at, "error": None}
    return int(connection.execute(update(handover).where(*mine).values(values)).rowcount) == 1


def put_off(connection: Connection, row: Mapping[str, Any], digest: str | None, error: str, at: int) -> bool:
    """It could not be delivered now; True if that was the last attempt and it has failed."""
    attempts = row["attempts"] + 1
    failed = bool(attempts >= MOST_ATTEMPTS)
    pause = min(FIRST_PAUSE * 2 ** min(attempts - 1, 10), LONGEST_PAUSE)
    values = {
        "attempts": attempts, "error": scrubbed(error)[:1000], "state": FAILED if failed else WAITING,
        "due_at": at + pause // MICROSECOND, "document": digest or row["document"],
    }  # fmt: skip
    connection.execute(update(handover).where(handover.c.handover_id == row["handover_id"]).values(values))
    return failed


def retry(connection: Connection, system: str | None, at: int) -> int:
    """Let everything that failed, or waits for a later attempt, be tried at once; how many."""
    chosen: list[ColumnElement[bool]] = [handover.c.state.in_((FAILED, WAITING))]
    if system is not None:
        chosen.append(handover.c.system == system)
    values = {"state": WAITING, "due_at": at, "attempts": 0}
    return int(connection.execute(update(handover).where(*chosen).values(values)).rowcount)


def troubled(connection: Connection, system: str) -> int:
    """How many handovers have been tried in vain and do not yet lie at the department."""
    mine = (handover.c.system == system, handover.c.state != DELIVERED, handover.c.error.is_not(None))
    return int(connection.execute(select(func.count()).where(*mine).select_from(handover)).scalar_one())


def ever_delivered(connection: Connection, system: str) -> bool:
    """Whether the department has been handed anything: before that it has nothing to answer, and no folder to do so."""
    mine = (handover.c.system == system, handover.c.state == DELIVERED)
    return connection.execute(select(literal(1)).where(*mine).limit(1)).first() is not None


def listed(connection: Connection, system: str | None, state: str | None, limit: int) -> list[dict[str, Any]]:
    """The newest handovers as plain data, oldest first."""
    statement = select(handover).order_by(handover.c.handover_id.desc()).limit(limit)
    for column, value in ((handover.c.system, system), (handover.c.state, state)):
        if value is not None:
            statement = statement.where(column == value)
    names = (
        "handover_id",
        "system",
        "name",
        "kind",
        "about",
        "part",
        "state",
        "attempts",
        "error",
        "document",
    )
    return [
        {**{name: row[name] for name in names}, **{at: iso(row[at]) for at in ("created_at", "due_at", "delivered_at")}}
        for row in connection.execute(statement).mappings()
    ][::-1]  # fmt: skip


def _row(system: str, kind: str, found: Any, at: int) -> dict[str, Any]:
    about, part = found
    name = f"{kind}-{about}" if kind in (LETTER, RECEIPT) else f"{kind}-{about}-{part}"
    return {
        "system": system, "name": name, "kind": kind, "about": about, "part": part, "state": WAITING, "created_at": at,
        "due_at": at,
    }  # fmt: skip


def _unknown(connection: Connection, system: str, kind: str, source: Subquery) -> list[Any]:
    """Number and part of what is not yet in the table, oldest first; at most AT_ONCE."""
    about, part = source.c.about, source.c.part
    known = and_(
        handover.c.system == system, handover.c.kind == kind, handover.c.about == about, handover.c.part == part
    )  # fmt: skip
    fresh = select(about, part).outerjoin(handover, known).where(handover.c.handover_id.is_(null()))
    return list(connection.execute(fresh.order_by(about, part).limit(AT_ONCE)))


def _cards(mine: Whose, since: int) -> Select[Any]:
    events = select(card_event.c.card_id.label("about"), card_event.c.number.label("part"))
    return events.join(card, card.c.card_id == card_event.c.card_id).where(
        mine(card), card_event.c.at >= since, card_event.c.to_state != PENDING
    )


def _orders(mine: Whose, since: int) -> CompoundSelect[Any]:
    """The department's hands; and, of an order that it was told of, that it is over: as if by one hand more."""
    order, hand = supervision_order, order_hand
    hands = select(hand.c.order_id.label("about"), hand.c.number.label("part"))
    at_them = and_(hand.c.role == DEPARTMENT, hand.c.opened_at >= since)
    told = hand.alias()
    ends = (
        select(order.c.order_id.label("about"), (func.max(hand.c.number) + 1).label("part"))
        .join(hand, hand.c.order_id == order.c.order_id)
        .where(
            mine(order),
            order.c.state.in_((FINISHED, GONE)),
            order.c.ended_at >= since,
            exists().where(told.c.order_id == order.c.order_id, told.c.role == DEPARTMENT),
        )
        .group_by(order.c.order_id)
    )
    return union_all(hands.join(order, order.c.order_id == hand.c.order_id).where(mine(order), at_them), ends)


def _letters(mine: Whose, since: int) -> Select[Any]:
    fit = or_(letter.c.system.is_not(None), letter.c.kind.in_(TO_ORGANIZATIONS))
    letters = select(letter.c.letter_id.label("about"), literal(0).label("part"))
    return letters.where(mine(letter), fit, letter.c.issued_at >= since)


def _refusals(system: str, since: int) -> Select[Any]:
    refused = (card_answer.c.system == system, card_answer.c.outcome == "refused")
    answers = select(card_answer.c.id.label("about"), literal(0).label("part"))
    return answers.where(*refused, card_answer.c.received_at >= since)


def counts(connection: Connection, system: str) -> dict[str, int]:
    """How many handovers of a system are in which state."""
    wanted = (
        select(handover.c.state, func.count()).where(handover.c.system == system).group_by(handover.c.state)
    )
    found = {str(state): int(number) for state, number in connection.execute(wanted)}
    return {state: found.get(state, 0) for state in STATES}
