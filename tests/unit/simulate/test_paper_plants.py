"""Planted papers raise exactly the rules that they name, and ordinary lives raise none of them."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest

from hub.simulate.ordinary import ordinary
from hub.simulate.paper_plants import PLANTS, PaperPlant, paper_plants
from hub.simulate.paper_truth import TELLS, findings
from hub.simulate.world import Options

DAYS = [date(2025, 1, 2) + timedelta(days=47 * n) for n in range(16)]


def options(today: date, dialect: str = "canonical") -> Options:
    return Options(cases=1, out=Path("nowhere"), today=today, seed=3, dialect=dialect)


@pytest.mark.parametrize("plant", PLANTS, ids=lambda plant: plant.name)
def test_a_plant_raises_what_it_names_on_any_day(plant: PaperPlant) -> None:
    for today in DAYS:
        asked = options(today)
        for number in range(1, 4):
            life = plant.life(asked, number, asked.rng("case", number))
            assert findings(life, today.toordinal(), "canonical") == plant.expects, today


@pytest.mark.parametrize("dialect", TELLS)
def test_each_dialect_is_planted_with_every_rule_that_it_tells(dialect: str) -> None:
    planted = {rule for plant in paper_plants(options(DAYS[0], dialect)) for rule in plant.expects}
    untold = {"pinyin-stages": {"L14"}}.get(dialect, set())
    assert planted >= TELLS[dialect] - untold


@pytest.mark.parametrize("dialect", TELLS)
def test_ordinary_lives_offend_against_no_rule_on_papers(dialect: str) -> None:
    for today in DAYS:
        asked = options(today)
        for number in range(1, 150):
            life = ordinary(asked, number, asked.rng("case", number), full=number % 5 == 0)
            if dialect != "canonical" and life.status == "3":
                continue  # the pieces tell no such acceptance
            assert findings(life, today.toordinal(), dialect) == ()
