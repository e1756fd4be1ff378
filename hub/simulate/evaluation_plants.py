"""Planted evaluations (message 1.1): every grade, several in one case, and what must be found of them."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from hub.simulate.days import DAY
from hub.simulate.life import Life
from hub.simulate.ordinary import ordinary
from hub.simulate.world import Options

QUIET = 15
"""Days before today in which such a case does not change, as for every case that is planted around its data."""
BAD = ("4", "5")
CANONICAL = "canonical"


@dataclass(frozen=True, slots=True)
class EvaluationPlant:
    """A finished case and the grades that it was given, one after the other."""

    name: str
    grades: str

    def life(self, options: Options, number: int, rng: Random) -> Life:
        """The life of the plant."""
        life = ordinary(options, number, rng, full=True, quiet=QUIET)
        if life.times == "day":
            life.times = "offset"
        given = life.delivered or life.completed or life.applied
        life.evaluations = [(grade, given + 600 * place) for place, grade in enumerate(self.grades, 1)]
        return life


EVALUATION_PLANTS = (
    EvaluationPlant("very satisfied", "1"),
    EvaluationPlant("fairly satisfied", "3"),
    EvaluationPlant("dissatisfied", "4"),
    EvaluationPlant("very dissatisfied", "5"),
    EvaluationPlant("dissatisfied, then satisfied", "42"),
    EvaluationPlant("dissatisfied twice", "45"),
)


def evaluation_plants(options: Options) -> tuple[EvaluationPlant, ...]:
    """The plants that the message can tell: from 1.1 on; rows hold one evaluation of a case, stage messages none."""
    if options.schema != "1.1":
        return ()
    return tuple(
        plant for plant in EVALUATION_PLANTS if options.dialect == CANONICAL or len(plant.grades) == 1
    )


def findings(life: Life, today: int) -> tuple[str, ...]:
    """S1 once for each bad evaluation that was given by the end of `today`."""
    end = (today + 1) * DAY
    return tuple("S1" for grade, time in life.evaluations if grade in BAD and time < end)
