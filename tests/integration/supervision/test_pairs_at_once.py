"""Every two things that people can do with a card or an order in one state, done at the same instant, on each database.

What comes of it is what one after the other would have given; whoever is refused is told who did what, in both languages.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import partial
from itertools import combinations_with_replacement, count
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, select

from hub.central.engine import reading, writing
from hub.central.tables.business import card, card_event, order_hand, supervision_order
from hub.central.tables.exchange import exchange_log
from hub.errors import StopError
from hub.ledger import chain
from hub.ledger.verify_database import verify_database
from hub.supervision import by_hand
from hub.supervision.change import Seen
from hub.supervision.hands import PASSINGS
from hub.supervision.states import OPEN, ORDERED, PENDING, possible
from tests.support.at_once import as_if_one_by_one, at_once, codes
from tests.support.carded import put_card
from tests.support.cards import AT, begin_order, do, hand

FIRST, SECOND = "甲先手", "乙后手"
GIVEN: Mapping[str, dict[str, Any]] = {
    "answer": {"text": "已整改"},
    "appeal": {"text": "已按期办结"},
    "uphold": {"reason": "无凭证"},
    "withdraw": {"reason": "误发"},
    "escalate": {"reason": "情节较重"},
    "close": {"reason": "整改到位"},
    "consequence": {"kind": "约谈", "text": "谈话"},
}
WAYS: Mapping[str, tuple[str, ...]] = {
    "已发": (), "已反馈": ("answer",), "申诉中": ("appeal",), "维持": ("appeal", "uphold"), "督办": ("order",),
}  # fmt: skip
"""How a card comes into each state in which people can do something with it."""
HANDS: Mapping[str, tuple[str, ...]] = {
    "待审核": (), "待发起": ("return",), "待签收": ("approve",), "待反馈": ("approve", "sign"),
    "待办结": ("approve", "sign", "feedback"),
}  # fmt: skip
"""The same of an order."""
_numbers = count(1)


def log(connection: Connection, event: str, body: Mapping[str, Any], /) -> None:
    chain.append(connection, "hub", event, body, AT)


def act(engine: Engine, action: str, card_id: int, **given: Any) -> None:
    if action == "order":
        begin_order(engine, card_id, log=log, **given)
    else:
        do(engine, action, card_id, log=log, **{**GIVEN[action], **given})


def a_card(engine: Engine, state: str) -> int:
    with writing(engine) as connection:
        card_id = put_card(connection, case_no=f"C-{next(_numbers)}", case_id=None)
    for action in WAYS[state]:
        act(engine, action, card_id)
    return card_id


def an_order(engine: Engine, state: str) -> tuple[int, int]:
    """(card, order)."""
    card_id = a_card(engine, "已发")
    order_id = begin_order(engine, card_id, log=log)
    for action in HANDS[state]:
        hand(engine, action, order_id, log=log)
    return card_id, order_id


def act_on_order(
    engine: Engine, state: str, action: str, name: str, more: dict[str, Any], made: tuple[int, int]
) -> None:
    """An action of the order's hand; "card": somebody withdraws its card."""
    if action == "card":
        act(engine, "withdraw", made[0], by=name)
        return
    roles = {(each.state, each.action): each.roles[0] for each in PASSINGS}
    hand(engine, action, made[1], by=name, role=roles[state, action], log=log, **more)


def view(engine: Engine, card_id: int) -> Any:
    """All that there is of a card, its numbers aside."""
    with reading(engine) as connection:
        row = connection.execute(select(card).where(card.c.card_id == card_id)).one()
        events = connection.execute(
            select(card_event.c.number, card_event.c.action, card_event.c.actor, card_event.c.to_state)
            .where(card_event.c.card_id == card_id)
            .order_by(card_event.c.number)
        ).all()
        orders = connection.execute(
            select(supervision_order).where(supervision_order.c.card_id == card_id)
        ).all()
        ids = [each.order_id for each in orders]
        hands = connection.execute(
            select(order_hand.c.number, order_hand.c.hand, order_hand.c.action, order_hand.c.actor)
            .where(order_hand.c.order_id.in_(ids))
            .order_by(order_hand.c.order_id, order_hand.c.number)
        ).all()
        named = exchange_log.c.body.like(f'%"card":{card_id}%')
        bodies = connection.execute(select(exchange_log.c.event, exchange_log.c.body).where(named)).all()
    logged = sorted(each.event for each in bodies if json.loads(each.body).get("card") == card_id)
    assert [event.number for event in events] == list(range(1, row.version + 1))
    return (
        (row.state, row.level, row.escalated, row.version, row.open_key is None, str(row.answered_on)),
        tuple(map(tuple, events)),
        tuple((each.state, each.version) for each in orders),
        tuple(map(tuple, hands)),
        logged,
    )


def told_of_the_other(failures: list[BaseException | None], names: tuple[str, ...] = (FIRST, SECOND)) -> None:
    """Who is refused is told the other's name in both languages."""
    for number, failure in enumerate(failures):
        if isinstance(failure, StopError) and failure.code not in ("CARD_HIGHEST",):
            other = names[1 - number]
            assert other in failure.message_zh, failure
            assert other in failure.message_en, failure


def test_the_table_leaves_no_state_out() -> None:
    assert {*WAYS, PENDING} == set(OPEN)
    assert set(HANDS) == {each.state for each in PASSINGS}


@pytest.mark.parametrize("seen", [True, False], ids=["seen", "unseen"])
def test_two_deeds_on_one_card_are_as_one_after_the_other(any_supervised: Engine, seen: bool) -> None:
    engine = any_supervised
    for state in WAYS:
        actions = [*(name for name in possible(state) if name in (*GIVEN, "order"))]
        version = 1 + len(WAYS[state])
        more = {"seen": Seen(state, version)} if seen else {}
        for pair in combinations_with_replacement(actions, 2):
            deeds = [
                partial(act, engine, action, by=name, **more)
                for action, name in zip(pair, (FIRST, SECOND), strict=True)
            ]
            failures = as_if_one_by_one(partial(a_card, engine, state), deeds, partial(view, engine))
            if seen:
                assert sorted(map(str, codes(failures))) == ["CARD_CHANGED", "None"], (state, pair)
            told_of_the_other(failures)
    with reading(engine) as connection:
        assert verify_database(connection).ok


@pytest.mark.parametrize("seen", [True, False], ids=["seen", "unseen"])
def test_two_hands_on_one_order_are_as_one_after_the_other(any_supervised: Engine, seen: bool) -> None:
    engine = any_supervised
    for state in HANDS:
        more = {"seen": Seen(state, 1 + len(HANDS[state]))} if seen else {}
        actions = [each.action for each in PASSINGS if each.state == state and each.action != "withdraw"]
        for pair in combinations_with_replacement([*actions, "card"], 2):
            deeds = [
                partial(act_on_order, engine, state, action, name, more)
                for action, name in zip(pair, (FIRST, SECOND), strict=True)
            ]
            failures = as_if_one_by_one(
                partial(an_order, engine, state), deeds, lambda made: view(engine, made[0])
            )
            if seen and "card" not in pair:
                assert sorted(map(str, codes(failures))) == ["None", "ORDER_CHANGED"], (state, pair)
            told_of_the_other(failures)
    with reading(engine) as connection:
        assert verify_database(connection).ok
        running = select(supervision_order.c.card_id).where(supervision_order.c.state.in_(tuple(HANDS)))
        of_running = set(connection.execute(running).scalars())
        ordered = set(connection.execute(select(card.c.card_id).where(card.c.state == ORDERED)).scalars())
        assert of_running == ordered


def test_of_two_who_issue_a_card_about_the_same_one_is_told_which_is_open(any_supervised: Engine) -> None:
    def issue(name: str) -> int:
        with writing(any_supervised) as connection:
            about = by_hand.About(system="land-bureau", subject="暗访")
            said = {"level": 2, "reason": "窗口空岗", "basis": "首问负责制", "by": name, "at": AT, "log": log}
            return by_hand.issue(connection, about, **said)

    failures = at_once(lambda: issue(FIRST), lambda: issue(SECOND))
    assert sorted(map(str, codes(failures))) == ["CARD_OPEN", "None"]
    with reading(any_supervised) as connection:
        assert len(connection.execute(select(card)).all()) == 1
