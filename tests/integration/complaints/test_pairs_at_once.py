"""Every two steps that can be taken with a complaint in one state, at the same instant: as one after the other would be."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import partial
from itertools import combinations_with_replacement
from typing import Any

import pytest
from sqlalchemy import Connection, select

from hub.central.engine import reading, writing
from hub.central.tables.complaints import complaint, complaint_event, complaint_term
from hub.complaints import handling
from hub.complaints.hotline import instant
from hub.complaints.shapes import Desk, Given
from hub.complaints.states import ACTIONS, STATES, allowed
from hub.errors import StopError
from hub.ledger import chain
from hub.ledger.tables import exchange_log
from hub.ledger.verify_database import verify_database
from tests.support.at_once import as_if_one_by_one, codes
from tests.support.complaints import WORDS, Office

FIRST, SECOND = "甲先手", "乙后手"
MONDAY, TUESDAY = "2026-11-09T09:00", "2026-11-10T12:00"
WAYS: Mapping[str, tuple[str, ...]] = {
    "登记": (), "待说明": ("clarify",), "受理": ("accept",), "不予受理": ("refuse",), "转办": ("accept", "transfer"),
    "待审核": ("accept", "transfer", "opinion"), "已同意": ("accept", "transfer", "opinion", "agree"),
    "已决定": ("accept", "decide"), "已反馈": ("accept", "decide", "feedback"),
    "办结": ("accept", "decide", "feedback", "close"), "撤回": ("withdraw",),
}  # fmt: skip


def desk() -> Desk:
    """A desk whose entries are in the chain of the log, as wired."""
    at = instant(TUESDAY)

    def log(connection: Connection, event: str, body: Mapping[str, Any], /) -> None:
        chain.append(connection, "hub", event, body, at)

    return Desk(at, log)


def step(office: Office, number: int, action: str, **given: Any) -> None:
    more = {"link": ("organization", "1" * 18)} if action == "link" else {}
    with writing(office.engine) as connection:
        handling.act(desk(), connection, number, action, Given(**{"by": "王办", **WORDS, **more, **given}))


def brought(office: Office, state: str) -> int:
    number = office.register(MONDAY)
    for action in WAYS[state]:
        step(office, number, action)
    return number


def view(office: Office, number: int) -> Any:
    """All that there is of a complaint, its number and instants aside."""
    with reading(office.engine) as connection:
        row = connection.execute(select(complaint).where(complaint.c.complaint_id == number)).one()
        mine = complaint_event.c.complaint_id == number
        events = connection.execute(
            select(
                complaint_event.c.number,
                complaint_event.c.action,
                complaint_event.c.actor,
                complaint_event.c.to_state,
            )
            .where(mine)
            .order_by(complaint_event.c.number)
        ).all()
        terms = connection.execute(
            select(
                complaint_term.c.kind,
                complaint_term.c.ordinal,
                complaint_term.c.ended_by,
                complaint_term.c.extended_by,
            )
            .where(complaint_term.c.complaint_id == number)
            .order_by(complaint_term.c.kind, complaint_term.c.ordinal)
        ).all()
        named = exchange_log.c.body.like(f'%"complaint":{number}%')
        bodies = connection.execute(select(exchange_log.c.body).where(named)).scalars()
        logged = [body for body in map(json.loads, bodies) if body.get("complaint") == number]
    assert [event.number for event in events] == list(range(1, row.version + 1))
    assert len(logged) == row.version - 1, "one entry for each step; the registration was told another log"
    return row.state, row.version, row.round, tuple(map(tuple, events)), tuple(map(tuple, terms))


@pytest.mark.parametrize("seen", [True, False], ids=["seen", "unseen"])
def test_two_steps_with_one_complaint_are_as_one_after_the_other(office: Office, seen: bool) -> None:
    office.now = TUESDAY
    assert set(WAYS) == set(STATES)
    for state, way in WAYS.items():
        more = {"if_version": 1 + len(way)} if seen else {}
        # Of what is possible in every state one stands for all.
        actions = [name for name in allowed(state) if name not in ("report", "link")]
        for pair in combinations_with_replacement(actions, 2):
            steps = [
                partial(_taken, office, action, {"by": name, **more})
                for action, name in zip(pair, (FIRST, SECOND), strict=True)
            ]
            failures = as_if_one_by_one(partial(brought, office, state), steps, partial(view, office))
            if seen:
                assert sorted(map(str, codes(failures))) == ["COMPLAINT_CHANGED", "None"], (state, pair)
            for number, failure in enumerate(failures):
                if isinstance(failure, StopError) and failure.code != "COMPLAINT_EXTENSION":
                    other = (FIRST, SECOND)[1 - number]
                    assert other in failure.message_zh, failure
                    assert other in failure.message_en, failure
    with reading(office.engine) as connection:
        assert verify_database(connection).ok


def _taken(office: Office, action: str, given: dict[str, Any], number: int) -> None:
    step(office, number, action, **given)


def test_every_step_has_its_place_in_a_pair() -> None:
    assert {name for state in STATES for name in allowed(state)} == set(ACTIONS)
