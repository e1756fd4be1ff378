"""Planted answers and items: each raises the rules that it names, in every dialect that can tell it, on dates counted by hand."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest
import yaml

from hub.simulate.answer_plants import PLANTS, AnswerPlant, answer_plants
from hub.simulate.catalogue import found_of_items, item_code, write_catalogue
from hub.simulate.days import day_of
from hub.simulate.evaluation_plants import evaluation_plants
from hub.simulate.item_plants import ITEM_PLANTS, ItemPlant, item_plants
from hub.simulate.life import Life
from hub.simulate.standing_truth import RISK_PERCENT, Standing, steps
from hub.simulate.verdicts import verdicts
from hub.simulate.whole_plants import GROUPS, whole_plants
from hub.simulate.world import DIALECTS, OptionError, Options

TODAY = date(2026, 11, 20)
DAYS = [TODAY, *(date(2025, 1, 2) + timedelta(days=47 * n) for n in range(16))]
ABOUT = {"G1", "G2", "T4", "T6", "T7", "T9", "T12", "T13"}


def told(plant: AnswerPlant | ItemPlant, today: date = TODAY, number: int = 7) -> Life:
    options = Options(cases=9, out=Path("nowhere"), today=today)
    return plant.life(options, number, options.rng("case", number))


@pytest.mark.parametrize("plant", PLANTS, ids=lambda plant: plant.name)
def test_an_answer_raises_what_it_names_on_any_day(plant: AnswerPlant) -> None:
    for dialect in DIALECTS:
        if plant not in answer_plants(dialect):
            continue
        for today in DAYS:
            for number in (6, 7):
                found = ABOUT.intersection(verdicts(told(plant, today, number), today.toordinal(), dialect))
                assert found == plant.expects, (dialect, today)


@pytest.mark.parametrize("plant", ITEM_PLANTS, ids=lambda plant: plant.name)
def test_an_item_raises_what_it_names_on_any_day(plant: ItemPlant) -> None:
    for dialect in DIALECTS:
        if plant not in item_plants(dialect):
            continue
        for today in DAYS:
            life = told(plant, today)
            options = Options(cases=9, out=Path("nowhere"), today=today, dialect=dialect)
            code, _ = item_code(options, plant.index)
            own = [each for each in found_of_items(options) if each[1].startswith(code)]
            standing = Standing(today.toordinal(), dialect, own)
            rules = verdicts(life, today.toordinal(), dialect)
            standing.see(life, rules, "1")
            found = ABOUT.intersection((*rules, *(rule for rule, _ in standing.cards())))
            assert found == plant.expects, (dialect, today)


# Friday 20 November 2026; the National Day holiday was 1 to 7 October, Sunday 20 September and Saturday 10 October were worked.
BY_HAND = {
    "online, accepted on the last day": ("2026-11-09", "2026-11-11", None),
    "online, accepted a day late": ("2026-11-09", "2026-11-12", None),
    "online, not answered, the last day": ("2026-11-18", None, None),
    "online, not answered, a day more": ("2026-11-17", None, None),
    "accepted on the fifth day": ("2026-11-09", "2026-11-16", None),
    "accepted on the sixth day": ("2026-11-09", "2026-11-17", None),
    "accepted on the fifth day after the correction": ("2026-11-09", "2026-11-18", "2026-11-10"),
    "accepted on the sixth day after the correction": ("2026-11-09", "2026-11-19", "2026-11-10"),
    "waiting for corrections, the last day": (
        "2026-09-16",
        "2026-09-18",
        "2026-09-21",
    ),  # 60 days: 20 November
    "waiting for corrections, a day more": ("2026-09-15", "2026-09-17", "2026-09-20"),  # 19 November
}


def shown(time: int | None) -> str | None:
    return None if time is None else date.fromordinal(day_of(time)).isoformat()


@pytest.mark.parametrize("name", BY_HAND)
def test_the_days_are_those_counted_by_hand(name: str) -> None:
    [plant] = [each for each in PLANTS if each.name == name]
    life = told(plant)
    notices = [time for _, time in life.notices]
    assert (shown(life.applied), shown(life.handled), shown(notices[0] if notices else None)) == BY_HAND[name]


# Working days of the limited step, of a limit of 5; of a risk point half of it counts where the parameter is stricter: 2.
TAKEN = {
    "a risk step on the last day of a stricter limit": (2, False, False),
    "a risk step a day past a stricter limit": (3, False, True),
    "a step on the last day of the flow's limit": (5, False, True),
    "a step a day past the flow's limit": (6, True, True),
}


@pytest.mark.parametrize("name", TAKEN)
def test_a_risk_point_has_less_time_where_the_parameter_is_stricter(name: str) -> None:
    [plant] = [each for each in ITEM_PLANTS if each.name == name]
    taken, plain, strict = TAKEN[name]
    assert plant.taken == taken
    for dialect in ("canonical", "national-exchange-db"):
        life, day = told(plant), TODAY.toordinal()
        assert (bool(steps(life, day, dialect)), bool(steps(life, day, dialect, RISK_PERCENT))) == (
            plain,
            strict,
        )
    assert steps(life, day, "pinyin-stages", RISK_PERCENT) == ()


def test_rows_tell_one_evaluation_of_a_case_and_stage_messages_none() -> None:
    def options(dialect: str) -> Options:
        return Options(cases=1, out=Path("nowhere"), today=TODAY, dialect=dialect, schema="1.1")

    assert [plant.grades for plant in evaluation_plants(options("national-exchange-db"))] == [
        "1",
        "3",
        "4",
        "5",
    ]
    with pytest.raises(OptionError):
        options("pinyin-stages")


def test_guides_are_published_on_the_last_day_a_day_late_and_never(tmp_path: Path) -> None:
    # Items are in force from 1 January 2020; the Spring Festival was prolonged to 2 February, Sunday 19 January was worked.
    write_catalogue(Options(cases=1, out=tmp_path, today=TODAY))
    told = yaml.safe_load((tmp_path / "catalogue.yaml").read_text(encoding="utf-8"))
    published = {each["item_code"]: each["published_on"].isoformat() for each in told["disclosures"]}
    days = [published.get(item["item_code"]) for item in told["items"]]
    assert days[:2] == ["2020-01-02", "2020-02-05"]
    assert days[11:] == ["2020-02-06", None]
    write_catalogue(Options(cases=1, out=tmp_path, today=TODAY, clean=True))
    told = yaml.safe_load((tmp_path / "catalogue.yaml").read_text(encoding="utf-8"))
    assert len(told["disclosures"]) == len(told["items"]) == 11


@pytest.mark.parametrize("dialect", DIALECTS)
def test_every_plant_of_a_whole_life_is_of_a_group_and_told_apart_by_its_name(dialect: str) -> None:
    planted = whole_plants(Options(cases=1, out=Path("nowhere"), today=TODAY, dialect=dialect))
    assert len({plant.name for plant in planted}) == len(planted)
    assert {type(plant) for plant in planted} <= GROUPS.keys()
