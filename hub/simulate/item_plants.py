"""Planted items: one whose promise is longer than the law (T13) and whose guide came late (G2), and one whose flow limits a step
that is a risk point (T4) and whose guide was never published (G1)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from random import Random

from hub.simulate.days import at, back, walk
from hub.simulate.life import Life, Limit
from hub.simulate.stage import NONE, Plant, Stage
from hub.simulate.standing_truth import FLOW_LIMIT, LIMITED_PLACE, RISK_PERCENT, TELLS
from hub.simulate.timed import timed
from hub.simulate.words import ITEMS, LIMITED_FLOW, LONG_PROMISE
from hub.simulate.world import Options

SINCE = 12  # working days ago accepted: no limit of the case is near
STRICT = FLOW_LIMIT * RISK_PERCENT // 100


@dataclass(frozen=True, slots=True)
class ItemPlant:
    """A named open case of one of these items; `taken` are the working days of the limited step, so far if it is open."""

    name: str
    expects: frozenset[str]
    index: int
    since: int
    taken: int | None = None
    ended: bool = True

    def life(self, options: Options, number: int, rng: Random) -> Life:
        """The life of the plant."""
        day = back(options.today.toordinal(), self.since)
        life = timed(options, number, rng, Plant(self.name, NONE, _accepted(day)))
        item = ITEMS[self.index]
        life.item, life.item_index, life.case_type, life.fee = item, self.index, item.case_type, None
        assert item.statutory is not None
        assert item.promised is not None
        life.statutory, life.promised = Limit(*item.statutory), Limit(*item.promised)
        if self.taken is not None:
            self._limited(life, day)
        return life

    def _limited(self, life: Life, day: int) -> None:
        """The last step so far is the limited one."""
        assert self.taken is not None
        first = next(step for step in life.steps if step.place == 1)
        begun = walk(day, 1) if self.ended else walk(day, self.since - self.taken)
        step = replace(
            next(step for step in life.steps if step.place == LIMITED_PLACE),
            started=at(begun, 9),
            ended=at(walk(begun, self.taken), 16) if self.ended else None,
        )
        opening = [each for each in life.steps if each.place == 0]
        life.steps = [*opening, replace(first, ended=min(step.started, first.started + 3600)), step]


def _accepted(day: int) -> Callable[[Stage], None]:
    def arrange(stage: Stage) -> None:
        stage.limits(20, 30)
        stage.accepted(day)

    return arrange


def _step(name: str, taken: int, *expects: str, ended: bool = True) -> ItemPlant:
    return ItemPlant(name, frozenset({"G1", *expects}), LIMITED_FLOW, SINCE, taken, ended)


_LAST_DAY = _step("a step on the last day of the flow's limit", FLOW_LIMIT)
ITEM_PLANTS = (
    ItemPlant("a promise longer than the law, by the catalogue", frozenset({"G2", "T13"}), LONG_PROMISE, 3),
    _step("a risk step on the last day of a stricter limit", STRICT),
    _step("a risk step a day past a stricter limit", STRICT + 1),
    _LAST_DAY,
    _step("a step a day past the flow's limit", FLOW_LIMIT + 1, "T4"),
    _step("an open step on the last day of the flow's limit", FLOW_LIMIT, ended=False),
    _step("an open step a day past the flow's limit", FLOW_LIMIT + 1, "T4", ended=False),
)


def item_plants(dialect: str) -> tuple[ItemPlant, ...]:
    """The plants whose difference the dialect can tell: stage messages do not say when a step began."""
    if dialect in TELLS:
        return ITEM_PLANTS
    return tuple(plant for plant in ITEM_PLANTS if plant.taken is None or plant is _LAST_DAY)
