"""Planted times around the other ways of counting: a promised day, natural days, months, hours, days without a time."""

from __future__ import annotations

from hub.simulate.days import at, back, months_on, on_or_after, walk, works
from hub.simulate.life import Limit, Special
from hub.simulate.stage import NONE, T1, T2, T23, Stage, on_or_before, plant


@plant("a promised day only, near", T1)
def _(s: Stage) -> None:
    s.limits(None, 60)
    s.accepted(back(s.today, 8))
    s.life.promised_at = at(walk(s.today, 1), 17)


@plant("a promised day only, past", T2)
def _(s: Stage) -> None:
    s.limits(0, 60)
    last = on_or_after(back(s.today, 3))
    s.accepted(back(last, 8))
    s.life.promised_at = at(last, 17)


@plant("natural days roll over a rest day, in time", NONE, "D")
def _(s: Stage) -> None:
    start, last = _rolled(s)
    s.accepted(start)
    s.finished(last)


@plant("natural days roll over a rest day, late", T2, "D")
def _(s: Stage) -> None:
    start, last = _rolled(s)
    s.accepted(start)
    s.finished(last + 1)


@plant("natural days, near", T1, "D")
def _(s: Stage) -> None:
    start = on_or_before(s.today - 16)
    s.limits(s.today - start + 2, 60, "D")
    s.accepted(start)


@plant("months, past", T2, "M")
def _(s: Stage) -> None:
    s.limits(1, 3, "M")
    start = back(s.today, 26)
    while on_or_after(months_on(start, 1)) >= s.today:
        start -= 1
    s.accepted(start)


@plant("months, finished on the last day", NONE, "M")
def _(s: Stage) -> None:
    s.limits(1, 2, "M")
    start = back(s.today, 35)
    s.accepted(start)
    s.finished(on_or_after(months_on(start, 1)))


@plant("hours stand still on rest days, in time", NONE, "H")
def _(s: Stage) -> None:
    start, finish = _weekend_hours(s)
    s.life.handled, s.life.completed = start, finish


@plant("hours stand still on rest days, one second late", T2, "H")
def _(s: Stage) -> None:
    start, finish = _weekend_hours(s)
    s.life.handled, s.life.completed = start, finish + 1


@plant("hours, near", T1, "H")
def _(s: Stage) -> None:
    s.limits(100, 480, "H")
    s.accepted(back(on_or_before(s.today), 3), 16)  # 8 h + 3 days = 80 h used, 20 h left


@plant("hours, past the law", T23, "H")
def _(s: Stage) -> None:
    s.limits(24, 72, "H")
    s.accepted(back(s.today, 4), 9)


@plant("hours paused by the instant", T2, "H")
def _(s: Stage) -> None:
    s.limits(24, 72, "H")
    start = back(s.today, 6)
    s.accepted(start, 9)
    begun = walk(start, 1)
    s.life.specials.append(Special(1, "5", at(begun, 8), Limit(10)))  # 23 h used
    s.life.results.append((1, at(walk(begun, 1), 8)))
    s.life.completed = at(walk(begun, 1), 9, 0, 1)


@plant("not accepted, no clock", NONE)
def _(s: Stage) -> None:
    s.limits(5, 10)
    s.used(20)
    s.life.status = "2"


@plant("finished tomorrow is open today", T1)
def _(s: Stage) -> None:
    s.limits(5)
    s.used(5)
    s.life.completed = at(s.today + 1, 10)


@plant("known to the day only, past", T2)
def _(s: Stage) -> None:
    s.limits(5)
    s.used(6)
    s.life.times = "day"


@plant("known to the day only, last day", T1)
def _(s: Stage) -> None:
    s.limits(5)
    s.used(5)
    s.life.times = "day"


def _rolled(s: Stage) -> tuple[int, int]:
    """A start and a last day that fell on a rest day and moved to the next working day."""
    rest = s.today - 10
    while works(rest) or not works(walk(rest, 1)):
        rest -= 1
    start = on_or_before(rest - 12)
    s.limits(rest - start, 60, "D")
    return start, on_or_after(rest)


def _weekend_hours(s: Stage) -> tuple[int, int]:
    """Accepted at 16:00 before a rest, 24 hours: the last instant is 16:00 on the next working day."""
    day = on_or_before(s.today - 9)
    while works(day + 1):
        day = on_or_before(day - 1)
    s.limits(24, 240, "H")
    s.accepted(day, 16)
    return at(day, 16), at(walk(day, 1), 16)
