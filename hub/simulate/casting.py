"""Who plays what: in every three hundred cases each kind of plant occurs once, the other cases are ordinary."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from random import Random

from hub.simulate.defects import DEFECTS
from hub.simulate.exchange_scripts import EXCHANGES
from hub.simulate.scripts import (
    ATTACHMENTS,
    WARNINGS,
    attachment_story,
    defect_story,
    exchange_story,
    ordinary_story,
    planted_story,
    timed_story,
    warning_story,
)
from hub.simulate.story import Story, tell
from hub.simulate.timed import sayable
from hub.simulate.whole_plants import whole_plants
from hub.simulate.world import Options

BLOCK = 300

Role = Callable[[Options, int, Random], Story]


def story(options: Options, number: int) -> Story:
    """The story of a case, always the same for the same options and number (from 1)."""
    rng = options.rng("case", number)
    if options.clean or options.fabricate:
        return tell(ordinary_story(options, number, rng))
    block, place = divmod(number - 1, BLOCK)
    role = _cast(options, block).get(place, ordinary_story)
    return tell(role(options, number, rng))


@lru_cache(maxsize=2)
def roles(options: Options) -> tuple[Role, ...]:
    """Every kind of plant once, as far as the codes asked for can tell it."""
    found: list[Role] = []
    for plant in sayable(options):
        found.append(lambda o, n, r, plant=plant: timed_story(o, n, r, plant))  # type: ignore[misc]
    for defect in DEFECTS:
        found.append(lambda o, n, r, defect=defect: defect_story(o, n, r, defect))  # type: ignore[misc]
    for name in EXCHANGES:
        if name != "ordered by serial" or options.package_size is None:
            found.append(lambda o, n, r, name=name: exchange_story(o, n, r, name))  # type: ignore[misc]
    for name in WARNINGS:
        found.append(lambda o, n, r, name=name: warning_story(o, n, r, name))  # type: ignore[misc]
    for name in ATTACHMENTS:
        found.append(lambda o, n, r, name=name: attachment_story(o, n, r, name))  # type: ignore[misc]
    for each in whole_plants(options):
        found.append(lambda o, n, r, each=each: planted_story(o, n, r, each))  # type: ignore[misc]
    return tuple(found)


@lru_cache(maxsize=1000)
def _cast(options: Options, block: int) -> dict[int, Role]:
    """Place within the block → role, dealt anew for every block."""
    places = list(range(BLOCK))
    options.rng("cast", block).shuffle(places)
    return dict(zip(places, roles(options), strict=False))
