"""Cards, orders and items at random, put into the database, and what the hub finds about them held to `standing_oracle`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from hypothesis import strategies as st
from sqlalchemy import Connection, delete, insert, text

from hub.central.tables.business import card, card_event, order_hand, supervision_order
from hub.supervision import units
from hub.supervision.calendar import day_of
from hub.supervision.judge import AsOf, all_cases, forget, judge, judge_units
from hub.supervision.regions import Deadlines
from tests.oracle import standing_oracle
from tests.oracle.lives import Life, Named, Today
from tests.oracle.loading import JUDGING, SYSTEM, clear, put
from tests.oracle.standing_oracle import Late, OldCard, OldHand

REGIONS = ("430100", "433101", "433101000", "110101", None)
PREFIX = "test_"
Standing = tuple[list[OldCard], list[OldHand], list[list[date]]]


@st.composite
def standing(draw: st.DrawFn, today: Today, lives: int) -> Standing:
    """Cards and hands around `today`, and for each life the days of its T2 cards."""

    def before(most: int, least: int = 0) -> date:
        return today.day - timedelta(days=draw(st.integers(least, most)))

    def maybe(most: int) -> date | None:
        return before(most) if draw(st.booleans()) else None

    cards = [
        OldCard(
            before(40), draw(st.integers(0, 20)), before(20, -3) if draw(st.integers(0, 3)) == 0 else None,
            draw(st.sampled_from(REGIONS)) or "", draw(st.integers(1, 3)), maybe(20),
            draw(st.sampled_from(("已发", "已反馈", "申诉中", "维持", "督办"))),
            tuple((before(30), draw(st.sampled_from(("待审核", "已撤销", "已办结")))) for _ in range(draw(st.sampled_from((0, 0, 1, 2))))),
        )
        for _ in range(6)
    ]  # fmt: skip
    hands = [
        OldHand(
            before(20), draw(st.integers(0, 8)), maybe(15), draw(st.sampled_from(REGIONS)) or "", draw(st.integers(1, 3)),
            draw(st.sampled_from(("待审核", "待反馈", "已办结", "已撤销"))),
        )
        for _ in range(6)
    ]  # fmt: skip
    issued = [[before(12, -1) for _ in range(draw(st.sampled_from((0, 1, 1, 2))))] for _ in range(lives)]
    return cards, hands, issued


def assert_standing_judged_as_written(
    connection: Connection, today: Today, lives: Sequence[Life], told: Standing, imports: Sequence[Named] = ()
) -> None:
    """T10 and T11 of cards and hands, T13 and T14 of the lives: exactly what the oracle walks out."""
    cards, hands, issued = told
    own = [replace(life, item=(), handling_item=()) for life in lives]  # each is the only case of its item
    for table in (order_hand, supervision_order, card_event, card):
        connection.execute(delete(table))
    clear(connection)
    put(connection, own)
    _put_cards(connection, cards)
    _put_hands(connection, hands)
    _put_t2(connection, issued)
    context = f"\n{today}\n{imports}\n"
    found = _units(connection, today, "card", "T10")
    for number, old in enumerate(cards, 1):
        got, expected = found.get(f"card {number}"), standing_oracle.card(old, today, imports)
        assert got == expected, f"{context}{old}\nexpected {expected}\nfound    {got}"
    found = _units(connection, today, "order", "T11")
    for number, each in enumerate(hands, 1):
        got, expected = found.get(f"order {1000 + number}/1"), standing_oracle.hand(each, today, imports)
        assert got == expected, f"{context}{each}\nexpected {expected}\nfound    {got}"
    after = _after_t2(connection, today)
    longer = set(_units(connection, today, "item_version", "T13"))
    for number, (life, days) in enumerate(zip(own, issued, strict=True), 1):
        got, expected = after.get(number), standing_oracle.still_open(life, days, today, imports)
        assert got == expected, f"{context}{life}\n{days}\nexpected {expected}\nfound    {got}"
        arises = standing_oracle.promise_is_longer(life, today, imports)
        assert (f"I{number}@0" in longer) is arises, f"{context}{life}\nexpected T13 {arises}"


def _card(number: int, day: date, **columns: Any) -> dict[str, Any]:
    return {
        "card_id": number, "system": SYSTEM, "rule": "C5", "rule_version": 1, "calendar_version": 1, "level": 2, "state": "已发",
        "provisional": 0, "raised_on": day, "issued_on": day, "judged_as_of": 0, "snapshot": "{}", "raised_at": 0,
        "open_key": f"x|{number}", **columns,
    }  # fmt: skip


def _put_cards(connection: Connection, cards: Sequence[OldCard]) -> None:
    deadlines = Deadlines(connection)
    for number, old in enumerate(cards, 1):
        last = old.printed or deadlines.after(old.issued, old.workdays, old.region)
        row = _card(
            number, old.issued, level=old.level, state=old.state, answered_on=old.answered, feedback_due_on=last,
            region_code=old.region or None,
        )  # fmt: skip
        connection.execute(insert(card), [row])
        for place, (begun, state) in enumerate(old.orders):
            connection.execute(
                insert(supervision_order), [_order(100 * number + place, begun, state, card_id=number)]
            )


def _put_hands(connection: Connection, hands: Sequence[OldHand]) -> None:
    deadlines = Deadlines(connection)
    for number, each in enumerate(hands, 1):
        told = {"level": each.level, "region_code": each.region or None}
        connection.execute(
            insert(supervision_order), [_order(1000 + number, each.opened, each.state, **told)]
        )
        row = {
            "order_id": 1000 + number, "number": 1, "hand": "审核", "role": "supervisor", "opened_at": 0,
            "opened_on": each.opened, "due_on": deadlines.after(each.opened, each.workdays, each.region),
            "done_on": each.done, "done_at": None if each.done is None else 0,
        }  # fmt: skip
        connection.execute(insert(order_hand), [row])


def _order(number: int, day: date, state: str, **columns: Any) -> dict[str, Any]:
    return {
        "order_id": number, "level": 2, "supervisor": "监察局", "monitor": "王", "reason": "因", "started_at": 0,
        "started_on": day, "state": state, "system": SYSTEM, **columns,
    }  # fmt: skip


def _put_t2(connection: Connection, issued: Sequence[Sequence[date]]) -> None:
    rows = [
        _card(
            10_000 + 10 * case + place, day, rule="T2", case_id=case, subject=None, open_key=f"T2|{case}|{place}",
            answered_on=day,  # in time, so that T10 leaves it alone
        )
        for case, days in enumerate(issued, 1)
        for place, day in enumerate(days)
    ]  # fmt: skip
    if rows:
        connection.execute(insert(card), rows)


def _units(connection: Connection, today: Today, kind: str, rule: str) -> dict[str, Late]:
    units.fill_now(connection, PREFIX, kind, AsOf(today.instant, today.day), today.instant)
    judge_units(connection, PREFIX, JUDGING, (rule,))
    found = _found(connection, "f.subject")
    forget(connection, PREFIX)
    units.forget(connection, PREFIX)
    return found


def _after_t2(connection: Connection, today: Today) -> dict[Any, Late]:
    all_cases(connection, PREFIX, AsOf(today.instant, today.day))
    judge(connection, PREFIX, JUDGING, ("T14",))
    found = _found(connection, "f.scope_id")
    forget(connection, PREFIX)
    return found


def _found(connection: Connection, key: str) -> dict[Any, Late]:
    rows = connection.execute(text(f"SELECT {key} AS what, f.* FROM {PREFIX}finding f")).mappings()
    return {
        row["what"]: Late(
            None if row["due_n"] is None else day_of(row["due_n"]), int(row["used"]), int(row["excess"] or 0), row["level"],
            bool(row["provisional"]),
        )
        for row in rows
    }  # fmt: skip
