"""Every planted arrangement raises exactly the rules it names, whatever the day it is told on."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta
from pathlib import Path

import pytest

from hub.simulate.codes import CROSSWALKS
from hub.simulate.judge import findings
from hub.simulate.stage import PLANTS
from hub.simulate.timed import sayable, timed
from hub.simulate.world import Options

DAYS = [
    date(2025, 1, 2) + timedelta(days=17 * n) for n in range(48)
]  # holidays, make-up days, an unpublished year


@pytest.mark.parametrize("plant", PLANTS, ids=lambda plant: plant.name)
def test_a_plant_raises_what_it_names_on_any_day(plant: object) -> None:
    assert isinstance(plant, type(PLANTS[0]))
    for today in DAYS:
        options = Options(cases=1, out=Path("nowhere"), today=today, seed=3)
        life = timed(options, 1, options.rng("case", 1), plant)
        assert frozenset(findings(life, today.toordinal())) == plant.expects, today


def test_names_are_told_apart_and_all_outcomes_are_planted() -> None:
    assert len({plant.name for plant in PLANTS}) == len(PLANTS)
    outcomes = Counter(plant.expects for plant in PLANTS)
    for rules in ((), ("T1",), ("T2",), ("T2", "T3"), ("T3",)):
        assert outcomes[frozenset(rules)], rules
    assert {plant.unit for plant in PLANTS} == {"W", "D", "H", "M"}


@pytest.mark.parametrize("codes", CROSSWALKS)
def test_a_crosswalk_leaves_the_greater_part_of_the_plants(codes: str) -> None:
    options = Options(cases=1, out=Path("nowhere"), today=date(2026, 11, 20), codes=codes)
    assert len(sayable(options)) > len(PLANTS) * 0.8
