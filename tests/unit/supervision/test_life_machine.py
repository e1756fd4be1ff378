"""Any sequence of deeds, of people and of the hub, keeps a card's life whole: states, versions, events, orders and hands."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test
from sqlalchemy import select

from hub.central.engine import create_engine, reading, writing
from hub.central.tables.business import card, card_event, order_hand, supervision_order
from hub.errors import StopError
from hub.supervision import cards
from hub.supervision.change import Change
from hub.supervision.hands import HANDS, hand_of
from hub.supervision.rules import current_rules
from hub.supervision.states import ENDED, ORDERED, TRANSITIONS
from tests.support.cards import AT, DAY, begin_order, do, hand

ROLES = st.sampled_from(("supervisor", "department", "ops"))
CODES = {"CARD_TRANSITION", "CARD_ROLE", "CARD_HIGHEST", "CARD_CHANGED", "ORDER_TRANSITION", "ORDER_ROLE", "ORDER_CHANGED",
         "ORDER_UNKNOWN", "CARD_OPEN"}  # fmt: skip


class Life(RuleBasedStateMachine):
    file: Path  # of one yellow card

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())
        shutil.copy(self.file, self.folder / "hub.db")
        self.engine = create_engine(f"sqlite:///{self.folder / 'hub.db'}")
        self.at, self.ended = AT, False

    def teardown(self) -> None:
        self.engine.dispose()
        shutil.rmtree(self.folder)

    def try_to(self, deed: Any, *given: Any, **more: Any) -> None:
        self.at += DAY // 3
        try:
            deed(self.engine, *given, at=self.at, **more)
        except StopError as error:
            if error.code not in CODES:
                raise

    @rule(action=st.sampled_from(("answer", "appeal")), role=ROLES)
    def says(self, action: str, role: str) -> None:
        self.try_to(do, action, role=role, text="说明")

    @rule(action=st.sampled_from(("uphold", "withdraw", "escalate", "close")), role=ROLES)
    def decides(self, action: str, role: str) -> None:
        self.try_to(do, action, role=role, reason="理由")

    @rule()
    def talks(self) -> None:
        self.try_to(do, "consequence", kind="约谈", text="谈话")

    @rule(role=ROLES)
    def orders(self, role: str) -> None:
        self.try_to(begin_order, role=role)

    @rule(
        action=st.sampled_from((*(each.action for each in HANDS), "return", "recall", "withdraw")), role=ROLES
    )
    def passes(self, action: str, role: str) -> None:
        with reading(self.engine) as connection:
            newest = connection.execute(
                select(supervision_order.c.order_id).order_by(supervision_order.c.order_id.desc()).limit(1)
            ).scalar()
        self.try_to(hand, action, newest or 1, role=role)

    @rule(action=st.sampled_from(("withdraw", "close", "relevel")), level=st.integers(1, 3))
    def hub(self, action: str, level: int) -> None:
        self.at += DAY // 3
        try:
            with writing(self.engine) as connection:
                change = Change(connection, self.at)
                change.lock()
                row = cards.find(change, 1)
                if action == "relevel":
                    cards.relevel(change, row, level, current_rules(connection)["T2"])
                else:
                    getattr(cards, action)(change, row, "自动", {})
        except StopError as error:
            if error.code != "CARD_TRANSITION":
                raise

    @invariant()
    def whole(self) -> None:
        with reading(self.engine) as connection:
            row = connection.execute(select(card).where(card.c.card_id == 1)).one()
            events = connection.execute(
                select(card_event).where(card_event.c.card_id == 1).order_by(card_event.c.number)
            ).all()
            orders = connection.execute(select(supervision_order)).all()
            hands = connection.execute(
                select(order_hand).order_by(order_hand.c.order_id, order_hand.c.number)
            ).all()
        assert [event.number for event in events] == list(range(1, row.version + 1))
        table = {(each.origin, each.action): each for each in TRANSITIONS}
        state = None
        for event in events:
            assert event.from_state == state
            assert event.to_state in table[state, event.action].to
            assert event.role in table[state, event.action].roles
            state = event.to_state
        assert row.state == state
        assert (row.open_key is None) == (row.state in ENDED)
        assert row.level == min(3, row.judged_level + row.escalated)
        assert not (self.ended and row.state not in ENDED), "what is over stays over"
        self.ended = row.state in ENDED
        running = [each for each in orders if hand_of(each.state)]
        assert len(running) == (row.state == ORDERED)
        for each in orders:
            mine = [one for one in hands if one.order_id == each.order_id]
            assert [one.number for one in mine] == list(range(1, len(mine) + 1))
            assert [one.hand for one in mine if one.done_at is None] == (
                [hand_of(each.state).name] if hand_of(each.state) else []
            )
            assert (each.ended_at is None) == bool(hand_of(each.state))


@pytest.mark.usefixtures("yellow_file")
def test_any_sequence_of_deeds_keeps_the_life_of_a_card_whole(yellow_file: Path) -> None:
    Life.file = yellow_file
    run_state_machine_as_test(
        Life,
        settings=settings(
            max_examples=25, stateful_step_count=20, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )
