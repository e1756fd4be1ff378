"""Late data, imported days, changed rules and people's deeds in any order: a second run changes nothing, and no history is lost."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from sqlalchemy import Connection, select

from hub.central.engine import create_engine, reading, writing
from hub.central.tables.business import card, card_event, order_hand, supervision_order
from hub.errors import StopError
from hub.supervision import proposing
from hub.supervision.moving import move_deadlines
from hub.supervision.rules import current_profile
from hub.supervision.states import ENDED, ORDERED, PENDING, TRANSITIONS
from hub.views.cases import cases
from tests.oracle.judging import supervise
from tests.oracle.lives import Life, Named, on, us
from tests.oracle.loading import import_named
from tests.oracle.strategies import lives
from tests.support.cards import begin_order, do, hand
from tests.unit.supervision.test_only_what_changed import tell

CASES, START = 5, date(2025, 1, 15)
REFUSED = {"CARD_TRANSITION", "CARD_ROLE", "CARD_HIGHEST", "CARD_UNKNOWN", "ORDER_TRANSITION", "ORDER_ROLE", "ORDER_UNKNOWN",
           "RULE_SAME"}  # fmt: skip
DEEDS: Mapping[str, dict[str, Any]] = {
    "answer": {"text": "x"}, "appeal": {"text": "x"}, "uphold": {"reason": "x"}, "withdraw": {"reason": "x"},
    "escalate": {"reason": "x"}, "close": {"reason": "x"}, "consequence": {"kind": "约谈", "text": "x"},
}  # fmt: skip
HANDS = ("submit", "approve", "sign", "feedback", "finish", "return", "recall")
CHANGES = (
    ("T1", "share_percent", (10, 40)), ("T14", "workdays", (1, 6)), ("T10", "workdays", (2, 30)),
    ("T11", "review_workdays", (0, 3)), ("T12", "days", (5, 60)),
)  # fmt: skip
TABLE = {(each.origin, each.action): each for each in TRANSITIONS}


class Runs(RuleBasedStateMachine):
    seeded: Path

    @initialize(data=st.data())
    def begin(self, data: st.DataObject) -> None:
        self.folder = tempfile.TemporaryDirectory()
        file = Path(self.folder.name) / "hub.db"
        file.write_bytes(self.seeded.read_bytes())
        self.engine = create_engine(f"sqlite:///{file}")
        self.day, self.clock, self.logged, self.history = START, us(START, 8), 0, {}
        self.told: list[Life] = [Life(on("2025-01-15 09:00"), promised=3, statutory=5)] * CASES
        tell(self.engine, self.told, range(1, CASES + 1))
        self.run()

    def log(self, connection: Connection, event: str, body: Mapping[str, Any], /) -> None:
        json.dumps(body)
        self.logged += event.startswith("card.")

    def at(self) -> int:
        self.clock += 1_000_000
        return self.clock

    @rule(days=st.sampled_from((1, 1, 2, 4, 9, 25)))
    def time_passes(self, days: int) -> None:
        self.day += timedelta(days=days)
        self.clock = max(self.clock, us(self.day, 8))
        self.run()

    @rule(data=st.data(), number=st.integers(0, CASES - 1))
    def late_data(self, data: st.DataObject, number: int) -> None:
        self.told[number] = data.draw(lives(START))
        tell(self.engine, self.told, [number + 1])
        self.run()

    @rule(ahead=st.integers(-10, 10), is_workday=st.booleans(), region=st.sampled_from(("", "43")))
    def a_day_is_named(self, ahead: int, is_workday: bool, region: str) -> None:
        with writing(self.engine) as connection:
            import_named(connection, [Named(self.day + timedelta(days=ahead), is_workday, region)])
        with self.engine.connect() as connection:
            move_deadlines(connection, self.at(), self.log)
        self.run()

    @rule(change=st.sampled_from(CHANGES), which=st.integers(0, 1))
    def a_rule_changes(self, change: tuple[str, str, tuple[int, int]], which: int) -> None:
        code, name, values = change
        said: dict[str, Any] = {"reason": "试点", "at": self.at(), "log": self.log}
        try:
            with writing(self.engine) as connection:
                number = proposing.propose_rule(
                    connection, code, {name: values[which]}, {}, by="王提出", **said
                )
                proposing.activate(connection, number, by="李审核", **said)
        except StopError as error:
            if error.code not in REFUSED:
                raise
        self.run()

    @rule()
    def the_profile_changes(self) -> None:
        said: dict[str, Any] = {"reason": "试点", "at": self.at(), "log": self.log}
        with writing(self.engine) as connection:
            other = {"default": "qinhuangdao", "qinhuangdao": "default"}[current_profile(connection)]
            number = proposing.propose_profile(connection, other, by="王提出", **said)
            proposing.activate(connection, number, by="李审核", **said)
        self.run()

    @rule(data=st.data(), action=st.sampled_from((*DEEDS, "order", *HANDS)), runs=st.booleans())
    def somebody_does_something(self, data: st.DataObject, action: str, runs: bool) -> None:
        with reading(self.engine) as connection:
            numbers = connection.execute(select(card.c.card_id)).scalars().all()
            orders = connection.execute(select(supervision_order.c.order_id)).scalars().all()
        given: dict[str, Any] = {"at": self.at(), "log": self.log}
        try:
            if action in HANDS:
                hand(self.engine, action, data.draw(st.sampled_from(orders or [1])), **given)
            elif action == "order":
                begin_order(self.engine, data.draw(st.sampled_from(numbers or [1])), **given)
            else:
                do(self.engine, action, data.draw(st.sampled_from(numbers or [1])), **DEEDS[action], **given)
        except StopError as error:
            if error.code not in REFUSED:
                raise
        if runs:
            self.run()

    def run(self) -> None:
        """Only what changed; then everything, which finds nothing more to do."""
        given: dict[str, Any] = {"today": self.day, "log": self.log}
        supervise(self.engine, everything=False, now=self.at(), **given)
        before = self.contents()
        supervise(self.engine, everything=True, now=self.at(), **given)
        assert self.contents() == before

    def contents(self) -> Any:
        with reading(self.engine) as connection:
            return [
                [tuple(row) for row in connection.execute(select(table).order_by(*table.primary_key.columns))]
                for table in (card, card_event, supervision_order, order_hand)
            ]

    @invariant()
    def everything_is_whole(self) -> None:
        if not hasattr(self, "engine"):
            return
        with reading(self.engine) as connection:
            rows = connection.execute(select(card).order_by(card.c.card_id)).all()
            events = connection.execute(
                select(card_event).order_by(card_event.c.card_id, card_event.c.number)
            ).all()
            orders = connection.execute(select(supervision_order)).all()
            levels = {each["case_no"]: each["level"] for each in cases(connection)}
        assert self.logged == len(events), "every change of a card is an entry of the log"
        earlier, self.history = self.history, {(e.card_id, e.number): tuple(e) for e in events}
        assert earlier.items() <= self.history.items(), "history loses nothing"
        open_ones = [(row.rule, row.case_id, row.subject) for row in rows if row.state not in ENDED]
        assert len(open_ones) == len(set(open_ones))
        for row in rows:
            state = None
            mine = [event for event in events if event.card_id == row.card_id]
            for event in mine:
                assert event.from_state == state
                assert event.to_state in TABLE[state, event.action].to
                assert event.role in TABLE[state, event.action].roles
                state = event.to_state
            assert (row.state, row.version) == (state, len(mine))
            assert (row.open_key is None) == (row.state in ENDED)
            running = [o for o in orders if o.card_id == row.card_id and o.ended_at is None]
            assert len(running) == (row.state == ORDERED)
        for number in range(1, CASES + 1):
            mine_open = [r.level for r in rows if r.case_id == number and r.state not in (*ENDED, PENDING)]
            assert levels[f"C{number}"] == max(mine_open, default=0)

    def teardown(self) -> None:
        if hasattr(self, "engine"):
            self.engine.dispose()
            self.folder.cleanup()


def test_whatever_happens_a_second_run_changes_nothing_and_no_history_is_lost(seeded_file: Path) -> None:
    machine = type("Seeded", (Runs,), {"seeded": seeded_file})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=8, stateful_step_count=14, deadline=None, derandomize=True,
            suppress_health_check=list(HealthCheck),
        ),
    )  # fmt: skip
