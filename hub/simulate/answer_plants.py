"""Planted answers: applications that are answered on the last day or a day later (T6, T7), corrections that never come (T12),
and extensions that name nobody (T9)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from random import Random

from hub.simulate.days import at, back, on_or_after, walk
from hub.simulate.judge_further import ANSWER, ANSWER_ONLINE, BLIND, WAIT
from hub.simulate.life import Life
from hub.simulate.stage import NONE, Plant, Stage
from hub.simulate.timed import timed
from hub.simulate.world import Options

SINCE = 9  # working days ago: no limit of the cases is near
_CANONICAL = "canonical"


@dataclass(frozen=True, slots=True)
class AnswerPlant:
    """A named arrangement of an open case, and the rules of T6, T7, T9 and T12 that it must raise."""

    name: str
    expects: frozenset[str]
    about: str  # the rule whose border it lies at
    arrange: Callable[[Stage], None]

    def life(self, options: Options, number: int, rng: Random) -> Life:
        """The life of the plant."""
        life = timed(options, number, rng, Plant(self.name, NONE, self.arrange))
        # Number 6 and its multiples are looked at before acceptance where the department tells that.
        return life if self.about != "T6" or life.salt % 6 else replace(life, salt=life.salt + 1)


PLANTS: list[AnswerPlant] = []


def answer(about: str, name: str, *expects: str) -> Callable[[Callable[[Stage], None]], None]:
    """Registers an arrangement under a name."""

    def register(arrange: Callable[[Stage], None]) -> None:
        PLANTS.append(AnswerPlant(name, frozenset(expects), about, arrange))

    return register


def answer_plants(dialect: str) -> list[AnswerPlant]:
    """The plants whose difference the dialect can tell; a blank approver travels in canonical messages alone."""
    blind = BLIND.get(dialect, frozenset())
    return [
        plant
        for plant in PLANTS
        if plant.about not in blind and (plant.about != "T9" or dialect == _CANONICAL)
    ]


def _applied(s: Stage, answered: int | None, channel: str) -> None:
    """Applied for, and accepted so many working days later, or never."""
    s.limits(20, 30)
    day = back(s.today, SINCE)
    if answered is not None:
        s.accepted(walk(day, answered), 15)
    s.life.applied, s.life.channel = at(day, 9), channel


@answer("T6", "online, accepted on the last day")
def _(s: Stage) -> None:
    _applied(s, ANSWER_ONLINE, "2")


@answer("T6", "online, accepted a day late", "T6")
def _(s: Stage) -> None:
    _applied(s, ANSWER_ONLINE + 1, "2")


@answer("T6", "by telephone, accepted a day late", "T6")
def _(s: Stage) -> None:
    _applied(s, ANSWER_ONLINE + 1, "3")


@answer("T6", "at the window, accepted as late")
def _(s: Stage) -> None:
    _applied(s, ANSWER_ONLINE + 1, "1")


@answer("T6", "online, not answered, the last day")
def _(s: Stage) -> None:
    _applied(s, None, "2")
    s.life.applied = at(back(s.today, ANSWER_ONLINE), 9)


@answer("T6", "online, not answered, a day more", "T6")
def _(s: Stage) -> None:
    _applied(s, None, "2")
    s.life.applied = at(back(s.today, ANSWER_ONLINE + 1), 9)


@answer("T7", "accepted on the fifth day")
def _(s: Stage) -> None:
    _applied(s, ANSWER, "1")


@answer("T7", "accepted on the sixth day", "T7")
def _(s: Stage) -> None:
    _applied(s, ANSWER + 1, "1")


@answer("T7", "accepted on the fifth day after the correction")
def _(s: Stage) -> None:
    _corrected(s, ANSWER)


@answer("T7", "accepted on the sixth day after the correction", "T7")
def _(s: Stage) -> None:
    _corrected(s, ANSWER + 1)


def _corrected(s: Stage, answered: int) -> None:
    _applied(s, answered + 2, "1")
    told = walk(back(s.today, SINCE), 1)
    s.correction(told, walk(told, 1))


@answer("T12", "waiting for corrections, the last day")
def _(s: Stage) -> None:
    _waiting(s, _last_wait(s.today) + 1)


@answer("T12", "waiting for corrections, a day more", "T12")
def _(s: Stage) -> None:
    _waiting(s, _last_wait(s.today))


@answer("T12", "waiting for corrections, never accepted", "T12")
def _(s: Stage) -> None:
    _waiting(s, _last_wait(s.today))
    s.life.status, s.life.handled = None, None


def _waiting(s: Stage, told: int) -> None:
    s.limits(20, 30)
    s.accepted(back(told - 1, 1))
    s.correction(told, None)


def _last_wait(today: int) -> int:
    """The latest day of a notice for which the wait is over."""
    day = today - WAIT
    while on_or_after(day + WAIT) >= today:
        day -= 1
    return day


@answer("T9", "extended by a nameless somebody", "T9")
def _(s: Stage) -> None:
    s.limits(12, 20)
    s.extension(walk(s.used(SINCE), 2), 5)
    s.life.specials = [replace(s.life.specials[0], blank=True)]


@answer("T9", "extended by somebody")
def _(s: Stage) -> None:
    s.limits(12, 20)
    s.extension(walk(s.used(SINCE), 2), 5)
