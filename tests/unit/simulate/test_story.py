"""What becomes of messages of one case: version before time before serial, and a rejected message was never there."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from hub.simulate.defects import DEFECTS
from hub.simulate.exchange_scripts import EXCHANGES
from hub.simulate.life import Life
from hub.simulate.ordinary import blank
from hub.simulate.scripts import exchange_story
from hub.simulate.story import Message, judge_messages, tell
from hub.simulate.world import Options

OPTIONS = Options(cases=1, out=Path("nowhere"), today=date(2026, 11, 20))
BAD = DEFECTS[0]


def life() -> Life:
    return blank(OPTIONS, 1, OPTIONS.rng("case", 1))


def version(number: int, content: int, *, bad: bool = False) -> Message:
    return Message(life(), content, version=number, defect=BAD if bad else None)


def time(moment: int, content: int) -> Message:
    return Message(life(), content, updated=moment)


def serial(content: int) -> Message:
    return Message(life(), content)


@pytest.mark.parametrize(
    ("messages", "outcomes", "counts"),
    [
        ([version(1, 0), version(2, 1)], "accepted accepted", 1),
        ([version(1, 0), version(1, 0)], "accepted duplicate", 0),
        ([version(1, 0), version(1, 1)], "accepted conflict", 0),
        ([version(2, 0), version(1, 1)], "accepted stale", 0),
        ([version(2, 0), version(1, 1), version(1, 1)], "accepted stale duplicate", 0),
        ([version(2, 0), version(1, 1), version(1, 2)], "accepted stale conflict", 0),
        ([version(1, 0, bad=True), version(1, 0)], "rejected accepted", 1),
        ([version(1, 0, bad=True), version(1, 0, bad=True)], "rejected rejected", None),
        ([version(1, 0), version(2, 1, bad=True)], "accepted rejected", 0),
        ([time(10, 0), time(20, 1), time(15, 2), time(20, 1)], "accepted accepted stale duplicate", 1),
        ([time(20, 0), time(20, 1)], "accepted conflict", 0),
        ([serial(0), serial(1), serial(1), serial(2)], "accepted accepted duplicate accepted", 3),
        ([serial(0), serial(1), serial(0)], "accepted accepted accepted", 2),
        ([time(10, 0), version(1, 1), time(30, 2)], "accepted accepted stale", 1),
    ],
)
def test_outcomes(messages: list[Message], outcomes: str, counts: int | None) -> None:
    newest = judge_messages(enumerate(messages))
    assert " ".join(message.outcome for message in messages) == outcomes
    assert newest is (None if counts is None else messages[counts])


def test_a_conflict_is_named_and_a_duplicate_has_no_code() -> None:
    messages = [version(1, 0), version(1, 1), version(1, 0)]
    judge_messages(enumerate(messages))
    assert [message.codes for message in messages] == [(), ("CASE_CONFLICT",), ()]


EXPECTED = {
    "duplicate later": "accepted | duplicate",
    "duplicate in other words": "accepted | duplicate",
    "duplicate in one package": "accepted duplicate",
    "newer version in one package": "accepted accepted",
    "conflict later": "accepted | conflict",
    "conflict in one package": "accepted conflict",
    "stale": "accepted | accepted | stale",
    "stale and sent again": "accepted | stale | duplicate",
    "tombstone": "accepted | accepted",
    "tombstone, then stale": "accepted | accepted | stale",
    "tombstone, then newer": "accepted | accepted | accepted",
    "ordered by time": "accepted | accepted | duplicate | conflict | stale",
    "ordered by serial": "accepted | accepted | duplicate | accepted",
    "rejected again": "rejected | rejected",
    "rejected, then newer": "rejected | accepted",
}
CARDS = {"tombstone, then newer": {"T2"}, "ordered by serial": {"T2"}}


def test_every_script_is_expected_here() -> None:
    assert set(EXPECTED) == set(EXCHANGES)


@pytest.mark.parametrize("name", EXPECTED)
def test_a_script_comes_out_as_it_is_called(name: str) -> None:
    for number in range(1, 8):
        story = tell(exchange_story(OPTIONS, number, OPTIONS.rng("case", number), name))
        told = " | ".join(" ".join(m.outcome for m in sending.messages) for sending in story.sendings)
        assert told == EXPECTED[name]
        days = [sending.day for sending in story.sendings]
        assert days == sorted(set(days))
        assert days[-1] <= OPTIONS.today.toordinal()
        cards = set(story.cards(OPTIONS.today.toordinal()))
        if name in CARDS:
            assert "T2" in cards  # the altered content has a promise of one day
        if name.startswith("tombstone") and name not in CARDS:
            assert cards == set()
