"""Escalations by the library, T10 and T11, and the orders of withdrawn cards, on each database."""

from __future__ import annotations

from datetime import date

from alembic import command
from sqlalchemy import Engine, select, update

from hub.central import upgrade as upgrading
from hub.central.engine import reading, writing
from hub.central.tables.business import card, order_hand, supervision_order
from hub.central.tables.letters import letter
from hub.clock import start_of
from hub.supervision.calendar import NamedDay, import_days
from hub.supervision.listing import Wanted, list_cards
from hub.supervision.moving import Moved, move_deadlines
from tests.oracle.judging import supervise
from tests.oracle.lives import Life, on
from tests.oracle.loading import clear, put
from tests.support.cards import begin_order, do, hand, one_yellow_card, shown, shown_order

ESCALATIONS = ("T2", "T10", "T11")


def cards(engine: Engine) -> list[tuple[str, str | None, int, str]]:
    with reading(engine) as connection:
        return [
            (c["rule"], c["subject"], c["level"], c["state"])
            for c in list_cards(connection)
            if c["rule"] in ESCALATIONS
        ]


def test_hands_and_answers_that_are_late_go_one_level_up_and_fall_with_their_card(supervised: Engine) -> None:
    one_yellow_card(supervised)
    do(supervised, "escalate", reason="情节较重")
    supervise(supervised, today=date(2025, 4, 23), only=("T10",))
    assert cards(supervised) == [("T2", None, 3, "已发"), ("T10", "card 1", 3, "督办")]
    order = shown_order(supervised)
    assert (order["card_id"], order["state"]) == (2, "待审核")
    begin_order(supervised, 1, at=start_of(date(2025, 4, 23)))
    hand(supervised, "approve", 2, at=start_of(date(2025, 4, 23)))
    supervise(supervised, today=date(2025, 4, 25), only=("T11",))
    assert cards(supervised)[2:] == [("T11", "order 2/3", 3, "已发")]
    assert shown(supervised, 3)["org_name"] == "长沙市自然资源和规划局"
    again = supervise(supervised, today=date(2025, 4, 25), only=ESCALATIONS)
    assert not again.raised + again.closed + again.withdrawn + again.relevelled
    with writing(supervised) as connection:
        clear(connection)
        put(connection, [Life(on("2025-03-03 09:00"), promised=400)])
    supervise(supervised, today=date(2025, 4, 25), only=ESCALATIONS)
    assert {state for *_, state in cards(supervised)} == {"撤销"}
    assert [shown_order(supervised, number)["state"] for number in (1, 2)] == ["已撤销", "已撤销"]


# 三月三 in Guangxi, rest days of region 45 alone.
DOUBLE_THIRD = [NamedDay(date(2025, 3, 31), False, "45", "桂"), NamedDay(date(2025, 4, 1), False, "45", "桂")]


def test_deadlines_move_with_the_days_of_their_region_and_are_past_by_them(any_supervised: Engine) -> None:
    engine, thursday = any_supervised, start_of(date(2025, 3, 27))
    one_yellow_card(engine)
    with writing(engine) as connection:
        connection.execute(update(card).values(region_code="450100"))
    begin_order(engine, at=thursday)
    supervise(engine, today=date(2025, 4, 1), only=("T11",))
    assert shown_order(engine)["due_on"] == "2025-03-31"
    assert cards(engine)[1:] == [("T11", "order 1/2", 3, "已发")]
    with writing(engine) as connection:
        import_days(connection, DOUBLE_THIRD)
    with engine.connect() as connection:
        assert move_deadlines(connection, thursday, None) == Moved(1, 1)
        connection.rollback()
        assert move_deadlines(connection, thursday, None) == Moved(0, 0)
    assert (shown(engine)["feedback_due_on"], shown_order(engine)["due_on"]) == ("2025-04-24", "2025-04-02")
    with reading(engine) as connection:
        overdue = [
            [c["card_id"] for c in list_cards(connection, Wanted(overdue_on=date(2025, 4, d)))]
            for d in (24, 25)
        ]
    assert overdue == [[], [1]]
    supervise(engine, today=date(2025, 4, 1), only=("T11",))
    assert cards(engine)[1:] == [("T11", "order 1/2", 3, "撤销")]
    supervise(engine, today=date(2025, 4, 3), only=("T11",))
    assert cards(engine)[2:] == [("T11", "order 1/2", 3, "已发")]


def test_the_deadlines_of_an_older_database_get_their_working_days_and_a_printed_day_stays(
    any_supervised: Engine,
) -> None:
    engine = any_supervised
    one_yellow_card(engine)
    begin_order(engine)
    with writing(engine) as connection:
        told = connection.execute(select(card)).mappings().one()
        config = upgrading._config()
        config.attributes["connection"] = connection
        command.downgrade(config, "0025")
        command.upgrade(config, "head")
        row = connection.execute(select(card)).one()
        assert (row.region_code, row.feedback_workdays, row.feedback_due_on) == (
            told["region_code"], 30, told["feedback_due_on"],
        )  # fmt: skip
        assert connection.execute(select(supervision_order.c.region_code)).scalar_one() == "430100"
        assert connection.execute(
            select(order_hand.c.workdays).order_by(order_hand.c.number)
        ).scalars().all() == [0, 2]
        texts = dict.fromkeys(
            ("letter_key", "kind", "issuer", "reference", "title", "issued_by", "fields", "template"), "x"
        )
        numbers = {"year": 2025, "number": 1, "issued_at": 0, "card_id": 1}
        days = {"issued_on": row.issued_on, "answer_due_on": row.feedback_due_on}
        connection.execute(letter.insert().values(**texts, **numbers, **days, pdf="x", docx="x"))
        command.downgrade(config, "0025")
        command.upgrade(config, "head")
        assert connection.execute(select(card.c.feedback_workdays)).scalar_one() is None
