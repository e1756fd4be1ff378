"""Planted returns: a case that is sent back, and of which the department says nothing more, or says it in time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from random import Random

from hub.simulate.codes import speakable
from hub.simulate.days import at, back
from hub.simulate.life import Life
from hub.simulate.ordinary import ordinary
from hub.simulate.reporting_truth import RETURN
from hub.simulate.world import Options

QUIET = 15
"""Days before today in which such a case does not change, but for what is planted."""


@dataclass(frozen=True, slots=True)
class ReturnPlant:
    """A named change of a case, and whether it must raise E4."""

    name: str
    silent: bool
    change: Callable[[Life, int], None]

    def life(self, options: Options, number: int, rng: Random) -> Life:
        """The life of the plant."""
        life = ordinary(options, number, rng, full=True, quiet=QUIET)
        if life.times == "day":
            life.times = "offset"
        self.change(life, options.today.toordinal())
        life.result = speakable(options.codes, "COMPLETION_RESULT", life.result)
        return life


def _returned(life: Life, day: int) -> None:
    """The decision was never taken: the last step before it sent the case back on a day."""
    life.completed, life.delivered, life.fee = None, None, None
    *before, last = (step for step in life.steps if step.kind != "3")
    life.steps = [*before, replace(last, ended=at(day, 15), action=RETURN)]


def _long_ago(life: Life, today: int) -> None:
    _returned(life, back(today, 2))


def _just_now(life: Life, today: int) -> None:
    _returned(life, back(today, 1))


def _worked_on(life: Life, today: int) -> None:
    """Sent back to an earlier step, which has ended since."""
    _returned(life, back(today, 9))
    last = life.steps[-1]
    assert last.ended is not None
    again = replace(last, seq=last.seq + 1, started=last.ended + 3600, ended=last.ended + 7200, action=None)
    life.steps.append(again)


def _reported(life: Life, today: int) -> None:
    """Sent back, and finished as returned the same day."""
    _returned(life, back(today, 9))
    ended = life.steps[-1].ended
    assert ended is not None
    life.completed, life.result = ended + 600, "1"


RETURN_PLANTS = (
    ReturnPlant("returned two working days ago", True, _long_ago),
    ReturnPlant("returned one working day ago", False, _just_now),
    ReturnPlant("returned, and worked on again", False, _worked_on),
    ReturnPlant("returned, and reported", False, _reported),
)
