"""Planted returns: each raises E4 exactly where it names it, by the simulator's own truth, in every dialect."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from hub.simulate.return_plants import RETURN_PLANTS, ReturnPlant
from hub.simulate.verdicts import verdicts
from hub.simulate.world import DIALECTS, Options


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("today", [date(2026, 11, 20), date(2026, 11, 22), date(2026, 10, 8)])
@pytest.mark.parametrize("plant", RETURN_PLANTS, ids=lambda plant: plant.name)
def test_a_return_is_told_of_by_what_followed(plant: ReturnPlant, today: date, dialect: str) -> None:
    options = Options(cases=9, out=Path("nowhere"), today=today)
    life = plant.life(options, 7, options.rng("case", 7))
    assert ("E4" in verdicts(life, today.toordinal(), dialect)) == plant.silent
