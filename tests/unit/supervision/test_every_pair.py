"""Every state of a card and an order, with every action by every role: done as the table says, or refused and explained."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from sqlalchemy import Engine, insert, select, update

from hub.central.engine import reading, writing
from hub.central.tables.business import card, card_event, order_hand, supervision_order
from hub.errors import StopError
from hub.supervision.hands import ACTIONS as HAND_ACTIONS
from hub.supervision.hands import PASSINGS, hand_of
from hub.supervision.hands import STATES as ORDER_STATES
from hub.supervision.states import ACTIONS, ORDERED, STATES, STATES_EN, TRANSITIONS, possible
from tests.support.carded import put_card, put_event
from tests.support.cards import Logged, begin_order, do, hand

GIVEN: Mapping[str, dict[str, Any]] = {
    "answer": {"text": "x"}, "appeal": {"text": "x"}, "uphold": {"reason": "x"}, "withdraw": {"reason": "x"},
    "escalate": {"reason": "x"}, "close": {"reason": "x"}, "consequence": {"kind": "约谈", "text": "x"}, "order": {},
}  # fmt: skip
ROLES = ("supervisor", "department", "ops")
OF_THE_HUB = {"raise", "settle", "relevel", "refigure", "move", "recall", "finish"}
"""Actions on a card that no command of people takes: by the hub, or on its order."""


def everything(engine: Engine) -> list[Any]:
    with reading(engine) as connection:
        return [
            connection.execute(select(t)).all() for t in (card, card_event, supervision_order, order_hand)
        ]


def a_card(engine: Engine, state: str) -> int:
    with writing(engine) as connection:
        card_id = put_card(connection, case_no=f"C-{state}")
        if state != "已发":
            put_event(connection, card_id, "已发", state, "x", version=2)
    return card_id


def explained(told: StopError) -> None:
    """Both languages say something, and each only its own; what may be done is told."""
    for text in (told.message_zh, told.message_en, told.remedy_zh, told.remedy_en):
        assert text.strip()
    assert not [word for word in STATES_EN if f"“{word}”" in told.message_en]


def test_no_action_is_left_out() -> None:
    assert set(GIVEN) | OF_THE_HUB == set(ACTIONS)


@pytest.mark.parametrize("state", STATES)
def test_what_people_may_do_with_a_card_is_what_the_table_says(
    yellow: Engine, logged: Logged, state: str
) -> None:
    table = {(each.origin, each.action): each for each in TRANSITIONS}
    for action, given in GIVEN.items():
        for role in ROLES:
            found = table.get((state, action))
            card_id = a_card(yellow, state)
            before = everything(yellow)
            deed = (
                begin_order
                if action == "order"
                else (lambda *a, action=action, **k: do(a[0], action, *a[1:], **k))
            )
            if found is not None and role in found.roles:
                deed(yellow, card_id, role=role, **given)
                with reading(yellow) as connection:
                    now = connection.execute(select(card.c.state).where(card.c.card_id == card_id)).scalar()
                assert now in found.to
            else:
                with pytest.raises(StopError) as caught:
                    deed(yellow, card_id, role=role, log=logged, **given)
                assert caught.value.code == ("CARD_TRANSITION" if found is None else "CARD_ROLE")
                explained(caught.value)
                if found is None:
                    for name in possible(state):
                        assert ACTIONS[name].zh in caught.value.remedy_zh
                assert everything(yellow) == before
                assert logged.entries == []
            with writing(yellow) as connection:  # the next is about the same case
                connection.execute(update(card).where(card.c.card_id == card_id).values(open_key=None))


@pytest.mark.parametrize("state", ORDER_STATES)
def test_what_people_may_do_with_an_order_is_what_the_table_says(
    yellow: Engine, logged: Logged, state: str
) -> None:
    table = {(each.state, each.action): each for each in PASSINGS}
    for action in HAND_ACTIONS:
        if action == "start":
            continue
        for role in ROLES:
            found = table.get((state, action))
            card_id = a_card(yellow, "已发")
            order_id = begin_order(yellow, card_id)
            brought(yellow, order_id, state)
            before = everything(yellow)
            if found is not None and role in found.roles:
                assert hand(yellow, action, order_id, role=role)["state"] == found.to
            else:
                with pytest.raises(StopError) as caught:
                    hand(yellow, action, order_id, role=role, log=logged)
                assert caught.value.code == ("ORDER_TRANSITION" if found is None else "ORDER_ROLE")
                explained(caught.value)
                assert everything(yellow) == before
                assert logged.entries == []
            with writing(yellow) as connection:
                connection.execute(update(card).where(card.c.card_id == card_id).values(open_key=None))


def brought(engine: Engine, order_id: int, state: str) -> None:
    """The order as if it had come into a state, with the hand that has it then."""
    with writing(engine) as connection:
        mine = order_hand.c.order_id == order_id
        done = {
            "done_at": 1,
            "done_on": None,
            "action": "approve",
            "actor": "王某",
            "actor_role": "supervisor",
        }
        connection.execute(update(order_hand).where(mine, order_hand.c.done_at.is_(None)).values(done))
        connection.execute(
            update(supervision_order).where(supervision_order.c.order_id == order_id).values(state=state)
        )
        now = hand_of(state)
        if now is not None:
            row = connection.execute(select(order_hand).where(mine, order_hand.c.number == 1)).one()
            at_hand = {"order_id": order_id, "number": 3, "hand": now.name, "role": now.role}
            opened = {"opened_at": row.opened_at, "opened_on": row.opened_on}
            connection.execute(insert(order_hand).values({**at_hand, **opened}))


def test_a_card_under_an_order_leads_on_by_its_order_alone() -> None:
    assert set(possible(ORDERED)) == {"withdraw", "recall", "consequence", "finish"}
