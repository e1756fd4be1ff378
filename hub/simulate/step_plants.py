"""Planted steps with a limit of their own: kept on the last day, a day too long, the same with a pause, and still open."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from random import Random

from hub.simulate.days import at, back, walk
from hub.simulate.life import Life, Limit
from hub.simulate.stage import NONE, Plant, Stage
from hub.simulate.timed import timed
from hub.simulate.world import Options

SINCE = 12  # working days ago accepted, of a promise of 20: no limit of the case is near
TAKEN = 5  # working days that the step takes


@dataclass(frozen=True, slots=True)
class StepPlant:
    """A named step of an open case, and the rules that it must raise."""

    name: str
    expects: frozenset[str]
    limit: int  # working days
    paused: int = 0  # of the days that the step takes
    ended: bool = True

    def life(self, options: Options, number: int, rng: Random) -> Life:
        """The life of the plant."""
        day = back(options.today.toordinal(), SINCE)
        life = timed(options, number, rng, Plant(self.name, NONE, self._arranged(day)))
        place = 1 if self.ended else -1
        begun, end = (
            (at(day, 11), at(walk(day, TAKEN), 16)) if self.ended else (at(walk(day, SINCE - TAKEN), 9), None)
        )
        life.steps[place] = replace(life.steps[place], started=begun, ended=end, limit=Limit(self.limit))
        return life

    def _arranged(self, day: int) -> Callable[[Stage], None]:
        def arrange(stage: Stage) -> None:
            stage.limits(20, 30)
            stage.accepted(day)
            if self.paused:
                stage.pause(walk(day, 1), walk(day, 1 + self.paused))

        return arrange


_T4 = frozenset({"T4"})
STEP_PLANTS = (
    StepPlant("a step on its last day", NONE, TAKEN),
    StepPlant("a step a day too long", _T4, TAKEN - 1),
    StepPlant("a paused step on its last day", NONE, TAKEN - 2, paused=2),
    StepPlant("a paused step a day too long", _T4, TAKEN - 3, paused=2),
    StepPlant("an open step on its last day", NONE, TAKEN, ended=False),
    StepPlant("an open step a day too long", _T4, TAKEN - 1, ended=False),
)


def step_plants(dialect: str) -> tuple[StepPlant, ...]:
    """The plants that the dialect can tell: canonical messages alone have limits of steps."""
    return STEP_PLANTS if dialect == "canonical" else ()
