"""Runs beside runs, runs beside people, and a run that is killed: every card is whole, and the next run ends what was begun."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Mapping
from datetime import date
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, select, update

from hub.central.engine import reading, writing
from hub.central.tables.business import card, card_event, supervision_order
from hub.central.tables.exchange import exchange_log
from hub.central.tables.process import approval_case
from hub.errors import StopError
from hub.ledger import chain
from hub.ledger.verify_database import verify_database
from hub.supervision.states import ORDERED, TRANSITIONS
from tests.oracle.judging import supervise
from tests.oracle.lives import Life, on
from tests.oracle.loading import put
from tests.support.at_once import at_once, codes
from tests.support.cards import AT, begin_order, do, hand

CASES = 36
YELLOW_ON, LATER = date(2025, 3, 10), date(2025, 3, 14)
LATE = Life(on("2025-03-03 09:00"), promised=4, statutory=8)
"""T2 from 10 March, T14 and T3 from 14 March 2025."""


def log(connection: Connection, event: str, body: Mapping[str, Any], /) -> None:
    chain.append(connection, "hub", event, body, AT)


def judged(engine: Engine, day: date = YELLOW_ON) -> None:
    supervise(engine, today=day, log=log)


@pytest.fixture
def late(any_supervised: Engine) -> Engine:
    """Cases with a T2 card each, the cards numbered like them."""
    with writing(any_supervised) as connection:
        put(connection, [LATE] * CASES)
    judged(any_supervised)
    return any_supervised


def prolonged(engine: Engine) -> None:
    """Late data: the promised limit of two cases in three was longer from the beginning."""
    with writing(engine) as connection:
        connection.execute(
            update(approval_case)
            .where(approval_case.c.case_id % 3 != 0)
            .values(promised_limit=40, statutory_limit=40)
        )


def numbers(engine: Engine, rule: str = "T2") -> dict[int, int]:
    """Case → its card."""
    with reading(engine) as connection:
        rows = connection.execute(select(card.c.case_id, card.c.card_id).where(card.c.rule == rule))
        return {case_id: card_id for case_id, card_id in rows}


def whole(engine: Engine) -> list[tuple[Any, ...]]:
    """Every card as (case, rule, subject, state, level), once it is sure that its history hangs together."""
    table = {(each.origin, each.action): each for each in TRANSITIONS}
    with reading(engine) as connection:
        assert verify_database(connection).ok
        rows = connection.execute(select(card).order_by(card.c.card_id)).all()
        events = connection.execute(
            select(card_event).order_by(card_event.c.card_id, card_event.c.number)
        ).all()
        entries = connection.execute(
            select(exchange_log.c.event).where(exchange_log.c.event.like("card.%"))
        ).all()
        orders = connection.execute(select(supervision_order)).all()
    assert len(entries) == len(events), "one entry of the log for each event of a card"
    standing = [(row.case_id, row.rule, row.subject) for row in rows if row.standing]
    assert len(standing) == len(set(standing)), "one card that stands per rule, case and subject"
    for row in rows:
        mine = [event for event in events if event.card_id == row.card_id]
        assert [event.number for event in mine] == list(range(1, row.version + 1))
        state = None
        for event in mine:
            assert event.from_state == state
            assert event.to_state in table[state, event.action].to
            state = event.to_state
        assert state == row.state
        running = [each for each in orders if each.card_id == row.card_id and each.ended_at is None]
        assert len(running) == (row.state == ORDERED)
    return sorted(
        (row.case_id, row.rule, row.subject or "", row.state, row.level, row.raised_on) for row in rows
    )


def settled(engine: Engine, day: date) -> None:
    """A further run finds nothing to do."""
    before = whole(engine)
    done = supervise(engine, today=day, log=log)
    assert not sum(
        (done.raised + done.withdrawn + done.closed + done.issued + done.relevelled + done.ordered).values()
    )
    assert whole(engine) == before


def test_two_runs_at_once_do_together_what_one_does(late: Engine) -> None:
    prolonged(late)
    runs = [lambda: judged(late, LATER), lambda: judged(late, LATER)]
    assert codes(at_once(*runs)) == (None, None)
    found = whole(late)
    states = {(rule, state) for _, rule, _, state, _, _ in found}
    assert states >= {("T2", "撤销"), ("T2", "已发"), ("T3", "已发"), ("T14", "已发")}
    assert len([each for each in found if each[3] != "撤销"]) == 3 * CASES // 3
    settled(late, LATER)


def test_whatever_people_do_while_a_run_withdraws_and_raises_every_card_stays_whole(late: Engine) -> None:
    cards = numbers(late)
    orders = {case: begin_order(late, cards[case], log=log) for case in range(1, CASES, 6)}
    prolonged(late)
    deeds = ("answer", "appeal", "withdraw", "escalate", "consequence", "order")
    given: dict[str, dict[str, Any]] = {
        "answer": {"text": "x"}, "appeal": {"text": "x"}, "withdraw": {"reason": "x"}, "escalate": {"reason": "x"},
        "consequence": {"kind": "约谈", "text": "x"},
    }  # fmt: skip

    refusals: list[StopError] = []

    def people() -> None:
        for number, case in enumerate(range(CASES, 0, -1)):
            action = deeds[number % len(deeds)]
            try:
                if case in orders:
                    hand(late, "approve", orders[case], log=log)
                elif action == "order":
                    begin_order(late, cards[case], log=log)
                else:
                    do(late, action, cards[case], log=log, **given[action])
            except StopError as error:
                refusals.append(error)

    assert codes(at_once(people, lambda: judged(late, LATER))) == (None, None)
    for error in refusals:  # the run was faster, and that is what they are told
        assert error.code in ("CARD_TRANSITION", "ORDER_TRANSITION")
        assert "hub" in error.message_zh
        assert "hub" in error.message_en
    found = whole(late)
    by_case = {case: state for case, rule, _, state, _, _ in found if rule == "T2"}
    assert {by_case[case] for case in by_case if case % 3} == {"撤销"}, "late data outweigh what people did"
    judged(late, LATER)  # what people withdrew while the run was at it takes along what rests on it
    settled(late, LATER)
    standing = {case for case, rule, _, state, _, _ in whole(late) if rule == "T14" and state != "撤销"}
    assert standing == {case for case in by_case if by_case[case] != "撤销"}


KILLED = """
import os, signal, sys
from datetime import date
from hub.central.engine import create_engine
from hub.ledger import chain
from hub.supervision import differences
from tests.oracle.judging import supervise

differences.CHUNK = 5
left = int(sys.argv[2])

def log(connection, event, body):
    global left
    chain.append(connection, "hub", event, body, 1)
    left -= 1
    if left == 0:
        os.kill(os.getpid(), signal.SIGKILL)

supervise(create_engine(sys.argv[1]), today=date.fromisoformat(sys.argv[3]), log=log)
"""


def test_a_run_that_is_killed_at_any_of_its_changes_is_ended_by_the_next(late: Engine) -> None:
    prolonged(late)
    url = late.url.render_as_string(hide_password=False)
    for after in (1, 7, 26, 31, 38):  # while it withdraws, raises T3, and judges what rests on cards
        before = len(whole(late))
        killed = subprocess.run(
            [sys.executable, "-c", KILLED, url, str(after), LATER.isoformat()], check=False, timeout=300
        )
        if killed.returncode == 0:
            break  # less than so much was left to do
        assert killed.returncode == -signal.SIGKILL
        assert len(whole(late)) >= before
    judged(late, LATER)
    found = whole(late)
    expected = {case: "撤销" if case % 3 else "已发" for case in range(1, CASES + 1)}
    assert {case: state for case, rule, _, state, _, _ in found if rule == "T2"} == expected
    open_ones = {(case, rule) for case, rule, _, state, _, _ in found if state != "撤销"}
    assert open_ones == {(case, rule) for case in range(3, CASES + 1, 3) for rule in ("T2", "T3", "T14")}
    settled(late, LATER)
