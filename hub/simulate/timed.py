"""Planted times: cases just inside and just past their limits, each with the rules that it must raise.

A plant takes a blank life of a promised and a statutory limit and sets its times by the calendar, so that as of the end
of `today` exactly the rules stand that it names. The judge computes the same from the finished case; tests hold the two
together.
"""

from __future__ import annotations

from random import Random

from hub.simulate import timed_limits, timed_pauses, timed_units
from hub.simulate.codes import can_say, speakable
from hub.simulate.days import DAY
from hub.simulate.life import Life
from hub.simulate.ordinary import blank, settle
from hub.simulate.stage import PLANTS, Plant, Stage
from hub.simulate.words import LEAST_FEE, PLAIN
from hub.simulate.world import Options

SCENES = (timed_limits, timed_pauses, timed_units)
"""Importing a scene registers its plants."""


def sayable(options: Options) -> list[Plant]:
    """The plants that can be told in the codes asked for."""
    return [
        p
        for p in PLANTS
        if can_say(options.codes, "LIMIT_UNIT", p.unit) and can_say(options.codes, "CASE_TYPE", p.case_type)
    ]


def scatter(life: Life) -> None:
    """Where no hours are counted, nobody finishes on the stroke of the hour: so many at once would be a burst."""
    hours = any(limit is not None and limit.unit == "H" for limit in (life.statutory, life.promised))
    if life.completed is not None and life.completed % 3600 == 0 and life.completed % DAY and not hours:
        life.completed += life.salt * 137 % 3300


def timed(options: Options, number: int, rng: Random, chosen: Plant) -> Life:
    """The life of a plant."""
    life = blank(options, number, rng, PLAIN)
    life.case_type = chosen.case_type
    life.times = life.times if life.times != "day" else "offset"
    life.result = speakable(options.codes, "COMPLETION_RESULT", "0")
    chosen.arrange(Stage(life, options.today.toordinal(), rng))
    scatter(life)
    settle(life, options.today.toordinal(), rng)
    if life.completed is not None and life.item.charged:
        life.fee = LEAST_FEE
    return life
