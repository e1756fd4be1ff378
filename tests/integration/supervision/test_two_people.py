"""Two at once, people or the hub: one is first, the other is told what happened; nothing is lost and nothing is written twice."""

from __future__ import annotations

import threading
from datetime import date

import pytest
from sqlalchemy import Engine, select

from hub.central.engine import reading, writing
from hub.central.tables.business import card, card_event, supervision_order
from hub.errors import StopError
from hub.supervision import handling, ordering
from hub.supervision.change import Seen
from tests.oracle.judging import supervise_limits
from tests.oracle.lives import Life, on
from tests.oracle.loading import clear, put
from tests.support.at_once import at_once
from tests.support.cards import AT, begin_order, do, hand, refused, shown, shown_order

CARDS = 30


@pytest.fixture
def yellows(supervised: Engine) -> Engine:
    """Cards 1 to 30, T2 each."""
    with writing(supervised) as connection:
        put(connection, [Life(on("2025-03-03 09:00"), promised=4)] * CARDS)
    supervise_limits(supervised, today=date(2025, 3, 10))
    return supervised


def test_of_two_who_saw_the_same_card_the_second_is_told_what_the_first_did(yellows: Engine) -> None:
    seen = Seen("已发", 1)
    failures = at_once(
        lambda: do(yellows, "withdraw", reason="误发", by="甲", seen=seen),
        lambda: do(yellows, "escalate", reason="较重", by="乙", seen=seen),
    )
    [told] = [error for error in failures if error is not None]
    assert isinstance(told, StopError)
    assert told.code == "CARD_CHANGED"
    first = shown(yellows)["events"][-1]
    assert first["by"] in told.message_zh
    assert len(shown(yellows)["events"]) == 2
    # An order alike.
    begin_order(yellows, 2)
    begun = Seen("待审核", 1)
    failures = at_once(
        lambda: hand(yellows, "approve", seen=begun, by="甲"),
        lambda: hand(yellows, "return", seen=begun, by="乙"),
    )
    [told] = [error for error in failures if error is not None]
    assert isinstance(told, StopError)
    assert told.code == "ORDER_CHANGED"
    assert shown_order(yellows)["version"] == 2


def test_who_waits_for_the_first_sees_what_the_first_did(yellows: Engine) -> None:
    """The second begins while the first has not committed yet: it waits, and then finds another state."""
    begun = threading.Event()
    told: list[StopError] = []

    def second() -> None:
        begun.wait(timeout=60)
        told.append(
            refused("CARD_CHANGED", lambda: do(yellows, "withdraw", reason="x", seen=Seen(version=1)))
        )

    thread = threading.Thread(target=second)
    thread.start()
    with writing(yellows) as connection:
        handling.answer(connection, 1, by="甲", text="已整改", at=AT, log=None)
        begun.set()
        ordering.start_from_card(connection, 2, supervisor="监察局", reason="x", by="甲", at=AT, log=None)
    thread.join(timeout=120)
    assert len(told) == 1
    assert shown(yellows)["state"] == "已反馈"


def test_a_run_that_withdraws_and_people_who_answer_leave_every_card_whole(yellows: Engine) -> None:
    with writing(yellows) as connection:
        clear(connection)
        put(connection, [Life(on("2025-03-03 09:00"), promised=40)] * CARDS)
    for card_id in range(1, CARDS, 3):
        begin_order(yellows, card_id)

    def answers() -> None:
        for card_id in range(CARDS, 0, -1):
            try:
                do(yellows, "answer", card_id, text="x")
            except StopError as error:
                if error.code != "CARD_TRANSITION":  # withdrawn before, or in an order
                    raise

    failures = at_once(answers, lambda: supervise_limits(yellows, today=date(2025, 3, 13)))
    assert failures == [None, None]
    with reading(yellows) as connection:
        rows = connection.execute(select(card.c.card_id, card.c.state, card.c.version, card.c.open_key)).all()
        events = connection.execute(
            select(
                card_event.c.card_id, card_event.c.number, card_event.c.from_state, card_event.c.to_state
            ).order_by(card_event.c.card_id, card_event.c.number)
        ).all()
        orders = connection.execute(select(supervision_order.c.state)).scalars().all()
    assert {row.state for row in rows} == {"撤销"}
    assert {row.open_key for row in rows} == {None}
    assert set(orders) == {"已撤销"}
    for row in rows:
        mine = [event for event in events if event.card_id == row.card_id]
        assert [event.number for event in mine] == list(range(1, row.version + 1))
        assert [event.from_state for event in mine] == [None, *(event.to_state for event in mine[:-1])]
