"""Whatever is done with complaints in whatever order: states as the table says, events without gaps, terms that match."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import select

from hub.central.engine import create_engine, reading
from hub.central.tables.complaints import complaint, complaint_event, complaint_term
from hub.clock import from_us
from hub.complaints.hotline import instant
from hub.complaints.states import ACTIONS, ENDED
from hub.errors import StopError
from tests.support.complaints import Office

START, HOUR = "2026-11-09T09:00", 3_600_000_000
OPEN_TERMS = {
    "登记": ({"first"},), "待说明": (set(),), "受理": ({"own", "feedback"},), "转办": ({"transfer"},), "待审核": ({"transfer"},),
    "已同意": ({"transfer"},), "已决定": ({"feedback"}, set()), "已反馈": (set(),),
}  # fmt: skip


class Complaints(RuleBasedStateMachine):
    """Steps on a handful of complaints, half of them not possible."""

    seeded: Path
    numbers = Bundle("numbers")

    @initialize()
    def begin(self) -> None:
        self.folder = tempfile.TemporaryDirectory()
        file = Path(self.folder.name) / "hub.db"
        file.write_bytes(self.seeded.read_bytes())
        self.office = Office(create_engine(f"sqlite:///{file}"))
        self.at = instant(START)
        self.expected: dict[int, str] = {}

    @rule(target=numbers, people=st.integers(1, 6))
    def register(self, people: int) -> int:
        number = self.office.register(self.time(), people=people)
        assert number == 2026000001 + len(self.expected)
        self.expected[number] = "登记"
        return number

    @rule(hours=st.integers(1, 60))
    def wait(self, hours: int) -> None:
        self.at += hours * HOUR
        self.office.now = max(self.office.now, self.time())

    @rule(number=numbers, name=st.sampled_from(sorted(ACTIONS)), explained=st.booleans())
    def step(self, number: int, name: str, explained: bool) -> None:
        before, action = self.expected[number], ACTIONS[name]
        more: dict[str, Any] = {
            "link": ("organization", "1" * 18),
            "explanation": "延误" if explained else None,
        }
        possible = before in action.sources
        try:
            self.office.act(number, name, self.time(), **more)
        except StopError as error:
            code = error.code
        else:
            code = None
            self.expected[number] = action.to or before
        assert code in (
            {None, "COMPLAINT_DELAY", "COMPLAINT_EXTENSION"} if possible else {"COMPLAINT_TRANSITION"}
        )

    def time(self) -> str:
        return from_us(self.at).strftime("%Y-%m-%dT%H:%M")

    @invariant()
    def everything_fits(self) -> None:
        if not hasattr(self, "office"):
            return
        with reading(self.office.engine) as connection:
            rows = connection.execute(select(complaint)).all()
            for row in rows:
                events = connection.execute(
                    select(complaint_event)
                    .where(complaint_event.c.complaint_id == row.complaint_id)
                    .order_by(complaint_event.c.number)
                ).all()
                terms = connection.execute(
                    select(complaint_term).where(complaint_term.c.complaint_id == row.complaint_id)
                ).all()
                self.fits(row, events, terms)
        assert {row.complaint_id: row.state for row in rows} == self.expected

    def fits(self, row: Any, events: Any, terms: Any) -> None:
        assert [each.number for each in events] == list(range(1, row.version + 1))
        assert [each.from_state for each in events[1:]] == [each.to_state for each in events[:-1]]
        assert events[-1].to_state == row.state
        assert [each.at for each in events] == sorted(each.at for each in events)
        assert row.round == 1 + sum(each.action == "reopen" for each in events)
        open_terms = {each.kind for each in terms if each.ended_at is None}
        assert open_terms in OPEN_TERMS.get(row.state, (set(),))
        assert (row.ended_at is not None) == (row.state in ENDED)
        assert len(self.office.logged) >= row.version

    def teardown(self) -> None:
        if hasattr(self, "office"):
            self.office.engine.dispose()
            self.folder.cleanup()


def test_any_sequence_of_steps_keeps_states_events_and_terms_together(seeded_file: Path) -> None:
    machine = type("Seeded", (Complaints,), {"seeded": seeded_file})
    run_state_machine_as_test(
        machine, settings=settings(max_examples=12, stateful_step_count=25, deadline=None)
    )


@pytest.mark.parametrize("state", OPEN_TERMS)
def test_the_terms_of_every_open_state_are_told(state: str) -> None:
    assert state not in ENDED
