"""Planted times around what stops or moves the clock: special procedures, correction waits, extensions."""

from __future__ import annotations

from hub.simulate.days import at, back, on_or_after, walk
from hub.simulate.life import Limit
from hub.simulate.stage import NONE, T1, T2, T23, Stage, plant


@plant("paused in time", NONE)
def _(s: Stage) -> None:
    s.limits(12)
    start = s.used(16)
    begun = walk(start, 3)
    s.pause(begun, walk(begun, 10))


@plant("overlapping pauses are one", T2)
def _(s: Stage) -> None:
    s.limits(8)
    start = s.used(15)  # the union of both pauses is 6 working days: 9 used
    begun = walk(start, 2)
    s.pause(begun, walk(begun, 4))
    s.pause(walk(begun, 2), walk(begun, 6))


@plant("a pause is capped by its own limit", T2)
def _(s: Stage) -> None:
    s.limits(8)
    start = s.used(14)
    begun = walk(start, 2)
    s.pause(begun, walk(begun, 11), Limit(5))


@plant("a pause in natural days is capped on a working day", T2)
def _(s: Stage) -> None:
    s.limits(8)
    start = back(s.today, 40)
    begun = walk(start, 2)
    cap = on_or_after(begun + 10)
    s.accepted(start)
    s.pause(begun, walk(begun, 30), Limit(10, "D"))
    s.finished(walk(cap, 7))


@plant("an open pause", NONE)
def _(s: Stage) -> None:
    s.limits(10)
    s.pause(walk(s.used(30), 2), None)


@plant("an open pause without a limit", NONE)
def _(s: Stage) -> None:
    s.limits(10)
    s.pause(walk(s.used(45), 2), None, Limit(None, None))


@plant("a pause approved for nothing deducts nothing", T2)
def _(s: Stage) -> None:
    s.limits(10)
    start = s.used(12)
    s.pause(walk(start, 2), walk(start, 9), Limit(0))


@plant("a pause begun on the last day protects", T1)
def _(s: Stage) -> None:
    s.limits(5)
    s.pause(walk(s.used(15), 5), None)


@plant("a pause begun once past cures nothing", T2)
def _(s: Stage) -> None:
    s.limits(5)
    s.pause(walk(s.used(15), 6), None)


@plant("the earliest result ends a pause", T2)
def _(s: Stage) -> None:
    s.limits(8)
    start = s.used(12)
    begun = walk(start, 2)
    s.pause(begun, walk(begun, 8))
    s.life.results.append((1, at(walk(begun, 3), 15)))


@plant("a correction wait", NONE)
def _(s: Stage) -> None:
    s.limits(10)
    told = walk(s.used(15), 1)
    s.correction(told, walk(told, 8))


@plant("an open correction wait", NONE)
def _(s: Stage) -> None:
    s.limits(10)
    s.correction(walk(s.used(25), 3), None)


@plant("a correction before acceptance has no effect", T2)
def _(s: Stage) -> None:
    s.limits(5)
    start = s.used(6)
    s.life.applied = at(back(start, 8), 9)
    s.correction(back(start, 6), back(start, 2))


@plant("a correction and a hearing overlap", T1)
def _(s: Stage) -> None:
    s.limits(10)
    start = s.used(17)  # 3..9 and 5..10 pause 8 working days: 9 used
    s.correction(walk(start, 2), walk(start, 9))
    s.pause(walk(start, 4), walk(start, 10), kind="2")


@plant("an extension in time", T2)
def _(s: Stage) -> None:
    s.limits(5, 10)
    start = s.used(20)
    s.extension(walk(start, 10), 10)


@plant("an extension in time, past", T23)
def _(s: Stage) -> None:
    s.limits(5, 10)
    start = s.used(21)
    s.extension(walk(start, 9), 10)


@plant("an extension too late", T23)
def _(s: Stage) -> None:
    s.limits(5, 10)
    start = s.used(14)
    s.extension(walk(start, 11), 10)


@plant("an extension over the cap", T23)
def _(s: Stage) -> None:
    s.limits(5, 10)
    start = s.used(21)
    s.extension(walk(start, 8), 15)


@plant("a joint project may be extended by 15", T2)
def _(s: Stage) -> None:
    s.limits(5, 10)
    s.life.parallel = f"2026-{s.life.salt:06d}"
    start = s.used(25)
    s.extension(walk(start, 8), 15)


@plant("a joint case may be extended by 15, not more", T23, case_type="5")
def _(s: Stage) -> None:
    s.limits(5, 10)
    start = s.used(26)
    s.extension(walk(start, 8), 15)


@plant("two extensions are chained", T2)
def _(s: Stage) -> None:
    s.limits(5, 10)
    start = s.used(20)
    s.extension(walk(start, 9), 6)
    s.extension(walk(start, 15), 6)


@plant("a chained extension begun too late", T23)
def _(s: Stage) -> None:
    s.limits(5, 10)
    start = s.used(16)
    s.extension(walk(start, 9), 4)
    s.extension(walk(start, 15), 4)


@plant("an extension without a limit is its cap", T2)
def _(s: Stage) -> None:
    s.limits(5, 10)
    start = s.used(19)
    s.extension(walk(start, 9), None)


@plant("an extension in hours is rounded up to days", T2, "H")
def _(s: Stage) -> None:
    s.limits(5, 10)
    start = s.used(13)
    s.extension(walk(start, 9), 49, "H")


@plant("an extension in natural days", T23, "D")
def _(s: Stage) -> None:
    s.limits(5, 10)
    start = back(s.today, 30)
    base = walk(start, 10)
    s.accepted(start)
    s.extension(base, 7, "D")
    s.finished(walk(on_or_after(base + 7), 2))
