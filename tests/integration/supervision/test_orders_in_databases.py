"""Escalations by the library, T10 and T11, and the orders of withdrawn cards, on each database."""

from __future__ import annotations

from datetime import date

from sqlalchemy import Engine

from hub.central.engine import reading, writing
from hub.clock import start_of
from hub.supervision.listing import list_cards
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
