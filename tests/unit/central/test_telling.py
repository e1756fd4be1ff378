"""Which version of a case first told an event, held by tables of before and after."""

from __future__ import annotations

import pytest

from hub.central.telling import Told, carried, matched

Moments = dict[int, tuple[int | None, object]]


def at(**told: int) -> Moments:
    """`n3=5`: number 3 at the instant 5."""
    return {int(name[1:]): (time, "2025-03-03") for name, time in told.items()}


MATCHES: dict[str, tuple[Moments, Moments, dict[int, int | None]]] = {
    "nothing was there": ({}, at(n1=1), {1: None}),
    "the same": (at(n1=1, n2=2), at(n1=1, n2=2), {1: 1, 2: 2}),
    "one more": (at(n1=1), at(n1=1, n2=2), {1: 1, 2: None}),
    "a time put right": (at(n1=1, n2=2), at(n1=1, n2=3), {1: 1, 2: 2}),
    "put in between, and numbered anew": (at(n1=1, n2=3), at(n1=1, n2=2, n3=3), {1: 1, 2: None, 3: 2}),
    "put first, and numbered anew": (at(n1=2, n2=3), at(n1=1, n2=2, n3=3), {1: None, 2: 1, 3: 2}),
    "one less": (at(n1=1, n2=2, n3=3), at(n1=1, n2=3), {1: 1, 2: 3}),
    "two at one instant": (at(n1=1, n2=1), at(n1=1, n2=1, n3=1), {1: 1, 2: 2, 3: None}),
}


@pytest.mark.parametrize(("before", "after", "expected"), MATCHES.values(), ids=MATCHES)
def test_an_event_is_known_by_its_time_then_by_its_number(
    before: Moments, after: Moments, expected: dict[int, int | None]
) -> None:
    assert matched(before, after) == expected


def test_what_was_told_with_the_first_version_needs_no_entry() -> None:
    assert carried({}, {"Step.StartedAt": at(n1=1)}, {"Step.StartedAt": at(n1=1)}, 2) == {}


def test_what_is_new_was_told_by_this_version_and_what_is_not_keeps_its_own() -> None:
    held: Told = {("Step.EndedAt", 2): 2}
    before = {"Step.EndedAt": at(n1=1, n2=3)}
    after = {"Step.EndedAt": at(n1=1, n2=2, n3=3), "Completion.CompletedAt": at(n0=9)}
    assert carried(held, before, after, 5) == {
        ("Step.EndedAt", 2): 5,
        ("Step.EndedAt", 3): 2,
        ("Completion.CompletedAt", 0): 5,
    }


def test_what_is_no_longer_there_is_forgotten() -> None:
    assert (
        carried({("Step.EndedAt", 2): 2}, {"Step.EndedAt": at(n1=1, n2=3)}, {"Step.EndedAt": at(n1=1)}, 3)
        == {}
    )
