"""Planted fees: each raises the rules that it names and no other on fees, by the simulator's own truth."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from hub.simulate.fee_plants import FeePlant, fee_plants
from hub.simulate.verdicts import verdicts
from hub.simulate.world import Options

TODAY = date(2026, 11, 20)


def fee_rules(plant: FeePlant, dialect: str, today: date = TODAY) -> set[str]:
    options = Options(cases=9, out=Path("nowhere"), today=today)
    life = plant.life(options, 7, options.rng("case", 7))
    return {rule for rule in verdicts(life, today.toordinal(), dialect) if rule.startswith("F")}


@pytest.mark.parametrize("plant", fee_plants("canonical"), ids=lambda plant: plant.name)
def test_a_plant_raises_what_it_names(plant: FeePlant) -> None:
    assert fee_rules(plant, "canonical") == plant.expects


@pytest.mark.parametrize("plant", fee_plants("pinyin-stages"), ids=lambda plant: plant.name)
def test_amounts_alone_tell_of_amounts_alone(plant: FeePlant) -> None:
    assert fee_rules(plant, "pinyin-stages") == plant.expects


def test_a_dialect_without_fees_is_never_judged_by_them() -> None:
    assert fee_plants("national-exchange-db") == ()
    assert all(fee_rules(plant, "national-exchange-db") == set() for plant in fee_plants("canonical"))


def test_before_the_catalogue_knows_the_items_nobody_is_held_to_it() -> None:
    assert all(fee_rules(plant, "canonical", date(2019, 6, 3)) == set() for plant in fee_plants("canonical"))
