"""What is to be handed to departments: gathered from events, hands and letters, each once; taken down when it was delivered."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, func, insert, literal, null, select, update

from hub.central.tables.business import card, card_event, order_hand, supervision_order
from hub.central.tables.letters import handover, letter
from hub.clock import MICROSECOND, iso, start_of
from hub.masking import scrubbed
from hub.returning.documents import CARD, LETTER, ORDER
from hub.supervision.cards import PENDING

WAITING, DELIVERED, FAILED = "waiting", "delivered", "failed"
STATES = (WAITING, DELIVERED, FAILED)
AT_ONCE = 200
MOST_ATTEMPTS = 40
"""About a day and a half with the pauses below; then somebody is told and must ask for it again."""
FIRST_PAUSE, LONGEST_PAUSE = timedelta(minutes=1), timedelta(hours=1)
WHAT = {"cards": CARD, "orders": ORDER, "letters": LETTER}
"""What a registration may ask for (`cards.deliver`), and the kind of its rows."""


def gather(connection: Connection, system: str, deliver: tuple[str, ...], since: date | None, at: int) -> int:
    """Take down what a department is to have and has not been told of yet; how many. Again: nothing more.

    A card that waits (待发) is no card for the department; what happened before the day `since` stays untold.
    """
    number = 0
    for what in deliver:
        kind = WHAT[what]
        while rows := _unknown(connection, system, kind, 0 if since is None else start_of(since)):
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
    name = f"{kind}-{about}" if kind == LETTER else f"{kind}-{about}-{part}"
    return {
        "system": system, "name": name, "kind": kind, "about": about, "part": part, "state": WAITING, "created_at": at,
        "due_at": at,
    }  # fmt: skip


def _unknown(connection: Connection, system: str, kind: str, since: int) -> list[Any]:
    """Number and part of what is not yet in the table, oldest first; at most AT_ONCE."""
    source: Select[Any]
    if kind == CARD:
        about, part = card_event.c.card_id, card_event.c.number
        source = select(about, part).join(card, card.c.card_id == about)
        source = source.where(
            card.c.system == system, card_event.c.at >= since, card_event.c.to_state != PENDING
        )
    elif kind == ORDER:
        about, part = order_hand.c.order_id, order_hand.c.number
        source = select(about, part).join(supervision_order, supervision_order.c.order_id == about)
        theirs = (order_hand.c.role == "department", order_hand.c.opened_at >= since)
        source = source.where(supervision_order.c.system == system, *theirs)
    else:
        about, part = letter.c.letter_id, literal(0).label("part")  # type: ignore[assignment]
        source = select(about, part).where(letter.c.system == system, letter.c.issued_at >= since)
    known = and_(
        handover.c.system == system, handover.c.kind == kind, handover.c.about == about,
        handover.c.part == (0 if kind == LETTER else part),
    )  # fmt: skip
    source = source.outerjoin(handover, known).where(handover.c.handover_id.is_(null()))
    return list(connection.execute(source.order_by(about, part).limit(AT_ONCE)))


def counts(connection: Connection, system: str) -> dict[str, int]:
    """How many handovers of a system are in which state."""
    wanted = (
        select(handover.c.state, func.count()).where(handover.c.system == system).group_by(handover.c.state)
    )
    found = {str(state): int(number) for state, number in connection.execute(wanted)}
    return {state: found.get(state, 0) for state in STATES}
