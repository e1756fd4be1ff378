"""Which letters are due: with a card that was issued, and a correction where one was sent and its card is no longer so."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, String, and_, cast, exists, literal, or_, select

from hub.central.tables.business import card, card_event, supervision_order
from hub.central.tables.letters import letter
from hub.letters.fields import LEVELS, card_row, letter_row, of_card, of_former, of_order, order_row
from hub.letters.issue import Wanted, for_card
from hub.letters.kinds import ACCOUNTABILITY, BY_LEVEL, CORRECTION, INQUIRY, KINDS, SUPERVISION, kind_of

ABOUT_CARDS = (INQUIRY, ACCOUNTABILITY, CORRECTION)
VOID = 0
"""Level of the correction of a card that was withdrawn: nothing follows it."""
REFIGURED, RELEVELLED = "refigure", ("relevel", "escalate")
"""Actions on a card (hub.supervision.states) after which its letter is wrong: in its limit, in its level."""
COUNTED = ("limit", "used", "excess", "due_on")
"""Fields of a letter that tell of the limit."""
AT_ONCE = 200
"""Letters that are looked up together; each is written in a transaction of its own."""
ISSUED, WITHDRAWN, TO_BE_SIGNED, CALLED_OFF = "已发", "撤销", "待签收", "已撤销"


def cards_due(connection: Connection, after: int, automatic: tuple[str, ...]) -> list[tuple[int, str]]:
    """Issued, unanswered yellow and red cards beyond number `after` that have no letter of their level yet: card and kind.

    A card whose newest letter speaks of another level waits until that one is corrected.
    """
    newest, newer = _newest()
    stale = ~exists().where(newest.c.card_id == card.c.card_id, newest.c.level != card.c.level, newer)
    ways = [
        and_(
            card.c.level == level,
            ~exists().where(
                letter.c.card_id == card.c.card_id, letter.c.kind == kind, letter.c.level == level
            ),
        )
        for level, kind in BY_LEVEL.items()
        if kind in automatic
    ]
    if not ways:
        return []
    statement = (
        select(card.c.card_id, card.c.level)
        .where(
            card.c.state == ISSUED,
            card.c.card_id > after,
            or_(*ways),
            *([stale] if CORRECTION in automatic else []),
        )
        .order_by(card.c.card_id)
        .limit(AT_ONCE)
    )
    return [(row.card_id, BY_LEVEL[row.level]) for row in connection.execute(statement)]


def corrections_due(connection: Connection, after: int) -> list[int]:
    """The newest letters of cards that were withdrawn since, have another level, or were counted anew; beyond number `after`."""
    newest, newer = _newest()
    withdrawn = card.c.state == WITHDRAWN
    recounted = exists().where(
        card_event.c.card_id == newest.c.card_id,
        card_event.c.action == REFIGURED,
        card_event.c.at > newest.c.issued_at,
    )
    statement = (
        select(newest.c.letter_id)
        .join(card, card.c.card_id == newest.c.card_id)
        .where(
            newest.c.letter_id > after,
            or_(
                and_(withdrawn, newest.c.level != VOID),
                and_(~withdrawn, or_(card.c.level != newest.c.level, recounted)),
            ),
            newer,
        )
        .order_by(newest.c.letter_id)
        .limit(AT_ONCE)
    )
    return list(connection.scalars(statement))


def orders_due(connection: Connection, after: int) -> list[int]:
    """Orders beyond number `after` that have just come to their department (待签收) and have no letter yet."""
    statement = (
        select(supervision_order.c.order_id)
        .where(
            supervision_order.c.state == TO_BE_SIGNED,
            supervision_order.c.order_id > after,
            ~exists().where(letter.c.order_id == supervision_order.c.order_id, letter.c.kind == SUPERVISION),
        )
        .order_by(supervision_order.c.order_id)
        .limit(AT_ONCE)
    )
    return list(connection.scalars(statement))


def wanted_for_order(connection: Connection, order_id: int, by: str = "hub") -> Wanted | None:
    """The letter of an order; None while, or once, it is not the department's to sign for."""
    row = order_row(connection, order_id)
    if row["state"] != TO_BE_SIGNED and by == "hub":
        return None
    names = ("order_id", "card_id", "level", "system", "case_no", "org_uscc", "org_name")
    columns = {**{name: row[name] for name in names}, "answer_due_on": row["due_on"]}
    return Wanted(kind_of(SUPERVISION), f"order:{order_id}:{SUPERVISION}", of_order(row), by, columns)


def orders_called_off(connection: Connection, after: int) -> list[int]:
    """Letters of orders that were recalled, or withdrawn with their card, and not corrected yet; beyond number `after`."""
    sent, later = letter.alias(), letter.alias()
    key = literal("letter:") + cast(sent.c.letter_id, String(20)) + literal(":correction")
    statement = (
        select(sent.c.letter_id)
        .join(supervision_order, supervision_order.c.order_id == sent.c.order_id)
        .where(
            sent.c.letter_id > after,
            sent.c.kind == SUPERVISION,
            supervision_order.c.state == CALLED_OFF,
            ~exists().where(later.c.letter_key == key),
        )
        .order_by(sent.c.letter_id)
        .limit(AT_ONCE)
    )
    return list(connection.scalars(statement))


def _newest() -> tuple[Any, Any]:
    """Letters about cards, and the condition that no later one is about the same card. Corrections of orders aside."""
    one, later = letter.alias(), letter.alias()
    after_it = exists().where(
        later.c.card_id == one.c.card_id,
        later.c.letter_id > one.c.letter_id,
        later.c.kind.in_(ABOUT_CARDS),
        later.c.order_id.is_(None),
    )
    return one, and_(one.c.kind.in_(ABOUT_CARDS), one.c.order_id.is_(None), ~after_it)


def wanted_for_card(connection: Connection, card_id: int, kind: str) -> Wanted | None:
    """The letter of an issued card, looked at again within the writing transaction; None if it is not due any more."""
    wanted = for_card(connection, kind_of(kind), card_id)
    return wanted if wanted.sets_deadline else None


def correction(connection: Connection, letter_id: int, by: str = "hub") -> Wanted | None:
    """The correction of a letter; None if its card or order is as the letter says, or it is about neither."""
    former = letter_row(connection, letter_id)
    if former["kind"] == SUPERVISION:
        return _of_called_off(connection, former, by)
    if former["kind"] not in ABOUT_CARDS or former["order_id"] is not None:
        return None
    row = card_row(connection, former["card_id"])
    withdrawn = row["state"] == WITHDRAWN
    now, said = of_card(row), json.loads(former["fields"])
    if withdrawn:
        told = [] if former["level"] == VOID else [f"号{LEVELS[former['level']]}予以撤销，原文书同时作废"]
        actions: tuple[str, ...] = ()
    else:
        relevelled = former["level"] != row["level"]
        told = [f"号牌由{LEVELS[former['level']]}改为{LEVELS[row['level']]}"] if relevelled else []
        if counted := _recounted(said, now):
            told.append(f"{'' if told else '号牌的'}{'，'.join(counted)}")
        actions = RELEVELLED if relevelled else (REFIGURED,)
    if not told:
        return None
    fields = {
        **now, **of_former(former), "change": f"第{row['card_id']}{'，'.join(told)}",
        "reason": _reason(connection, row, actions), "answer_by": "",
    }  # fmt: skip
    if not fields["organization"]:  # the former letter was addressed by hand
        fields["organization"] = said.get("organization", "")
    columns = {name: row[name] for name in ("card_id", "level", "system", "case_no", "org_uscc", "org_name")}
    if withdrawn:
        columns["level"] = VOID
    return Wanted(
        kind_of(CORRECTION), f"letter:{letter_id}:correction", fields, by, {**columns, "follows": letter_id}
    )


def _of_called_off(connection: Connection, former: Mapping[str, Any], by: str) -> Wanted | None:
    row = order_row(connection, former["order_id"])
    if row["state"] != CALLED_OFF:
        return None
    fields = {
        **of_order(row), **of_former(former), "system": row["system"] or "", "card": str(row["card_id"] or ""),
        "change": f"第{row['order_id']}号督办单予以撤销，原文书同时作废",
        "reason": _chinese(row["result"]) or "复核后情况有变", "answer_by": "",
    }  # fmt: skip
    if not fields["organization"]:
        fields["organization"] = json.loads(former["fields"]).get("organization", "")
    names = ("order_id", "card_id", "system", "case_no", "org_uscc", "org_name")
    columns = {**{name: row[name] for name in names}, "level": VOID, "follows": former["letter_id"]}
    return Wanted(kind_of(CORRECTION), f"letter:{former['letter_id']}:correction", fields, by, columns)


def _recounted(said: Mapping[str, str], now: Mapping[str, str]) -> list[str]:
    """What of the limit a letter says otherwise than its card does now, in words."""
    return [
        f"{KINDS[CORRECTION].fields[name][0]}由{said.get(name) or '未定'}改为{now[name] or '未定'}"
        for name in COUNTED
        if said.get(name, "") != now[name]
    ]


def _reason(connection: Connection, row: Mapping[str, Any], actions: tuple[str, ...]) -> str:
    """What the card's last event by one of these actions says, or, without any, its withdrawal; the Chinese half."""
    which = card_event.c.action.in_(actions) if actions else card_event.c.to_state == WITHDRAWN
    wanted = select(card_event.c.reason).where(card_event.c.card_id == row["card_id"], which)
    found = connection.execute(wanted.order_by(card_event.c.number.desc()).limit(1)).scalar_one_or_none()
    return _chinese(found) or "复核后情况有变"


def _chinese(reason: str | None) -> str:
    return str(reason or "").partition(" · ")[0].rstrip("。")
