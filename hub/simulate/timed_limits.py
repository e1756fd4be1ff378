"""Planted times around working-day limits: near, last day, past, finished in time or late, holidays and make-up days."""

from __future__ import annotations

from hub.simulate.days import at, back, between, walk, works
from hub.simulate.life import Limit
from hub.simulate.stage import NONE, T1, T2, T23, Stage, plant


@plant("near at exactly a fifth", T1)
def _(s: Stage) -> None:
    s.limits(12)
    s.used(10)


@plant("not yet near", NONE)
def _(s: Stage) -> None:
    s.limits(12)
    s.used(9)


@plant("one working day left", T1)
def _(s: Stage) -> None:
    s.limits(3)
    s.used(2)


@plant("last day", T1)
def _(s: Stage) -> None:
    s.limits(5)
    s.used(5)


@plant("one day past the promise", T2)
def _(s: Stage) -> None:
    s.limits(5)
    s.used(6)


@plant("last statutory day", T2)
def _(s: Stage) -> None:
    s.limits(5, 10)
    s.used(10)


@plant("one day past the law", T23)
def _(s: Stage) -> None:
    s.limits(5, 10)
    s.used(11)


@plant("no promise, past the law", frozenset({"T3"}))
def _(s: Stage) -> None:
    s.limits(None, 10)
    s.used(12)


@plant("a promise longer than the law", NONE)
def _(s: Stage) -> None:
    s.limits(21, 20)
    s.used(3)


@plant("a promise as long as the law", NONE)
def _(s: Stage) -> None:
    s.limits(20, 20)
    s.used(3)


@plant("limits of zero are none", NONE)
def _(s: Stage) -> None:
    s.limits(0, 0)
    s.used(30)


@plant("null unit means working days", T2)
def _(s: Stage) -> None:
    s.life.promised, s.life.statutory = Limit(5, None), Limit(20, None)
    s.used(6)


@plant("finished on the last day", NONE)
def _(s: Stage) -> None:
    s.limits(8)
    s.finished(walk(s.used(20), 8))


@plant("finished one day late", T2)
def _(s: Stage) -> None:
    s.limits(8)
    s.finished(walk(s.used(20), 9))


@plant("finished late and unlawfully", T23)
def _(s: Stage) -> None:
    s.limits(5, 10)
    s.finished(walk(s.used(20), 11))


@plant("finished on the rest day after the last day", NONE)
def _(s: Stage) -> None:
    rest = s.today - 14
    while works(rest) or not works(rest - 1):
        rest -= 1
    s.limits(5)
    s.accepted(back(rest - 1, 5))
    s.finished(rest)


@plant("finished a second before midnight of the last day", NONE)
def _(s: Stage) -> None:
    s.limits(6)
    s.life.completed = at(walk(s.used(20), 6) + 1, 0) - 1


@plant("finished at 00:00 of the next working day", T2)
def _(s: Stage) -> None:
    s.limits(6)
    s.life.completed = at(walk(s.used(20), 7), 0)


@plant("over the latest holidays, in time", NONE)
def _(s: Stage) -> None:
    s.limits(4)
    eve = _eve_of_holidays(s.today)
    s.accepted(eve)
    s.finished(walk(eve, 4))


@plant("over the latest holidays, one day late", T2)
def _(s: Stage) -> None:
    s.limits(4)
    eve = _eve_of_holidays(s.today)
    s.accepted(eve)
    s.finished(walk(eve, 5))


@plant("a make-up day counts", T2)
def _(s: Stage) -> None:
    makeup = _make_up_day(s.today)
    s.limits(3)
    s.accepted(back(makeup, 3))
    s.finished(walk(makeup, 1))


@plant("accepted on a rest day counts as the day before", T1)
def _(s: Stage) -> None:
    rest = s.today - 4
    while works(rest) or works(rest + 1) or not between(rest, s.today):
        rest -= 1
    s.limits(between(rest, s.today), 60)
    s.accepted(rest)


@plant("accepted today is never near", NONE)
def _(s: Stage) -> None:
    s.limits(1)
    s.accepted(s.today)


def _eve_of_holidays(today: int) -> int:
    """The last working day before the longest rest within the window, early enough to finish before today."""
    best, longest = back(today, 12), 0
    for day in range(today - 88, back(today, 7)):
        length = walk(day, 1) - day
        if works(day) and length > longest and walk(day, 6) <= today:
            best, longest = day, length
    return best


def _make_up_day(today: int) -> int:
    """The latest working Saturday or Sunday of the window; an ordinary working day where there is none."""
    for day in range(today - 3, today - 85, -1):
        if works(day) and day % 7 in (6, 0) and walk(day, 1) <= today:  # ordinal 1 was a Monday
            return day
    return back(today, 10)
