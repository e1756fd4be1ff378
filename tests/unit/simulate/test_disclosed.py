"""Results that a simulated department makes public: on days counted by hand, and the month that G3 must find."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import date
from pathlib import Path

import pytest
import yaml

from hub.simulate import Options, simulate
from hub.simulate.days import at
from hub.simulate.disclosed import Results
from hub.simulate.life import Life
from hub.simulate.ordinary import blank
from hub.simulate.words import LIMITED_FLOW, PLAIN
from hub.simulate.world import DIALECTS

# Friday 20 November 2026: September and October are judged. The National Day holiday was 1 to 7 October; Sunday 20
# September and Saturday 10 October were worked.
TODAY = date(2026, 11, 20)
ORG = "11430100006121778E"


def options(today: date = TODAY, *, clean: bool = False) -> Options:
    return Options(cases=9, out=Path("nowhere"), today=today, clean=clean)


def granted(number: int, day: str, *, item: int = PLAIN, result: str = "0") -> Life:
    asked = options()
    life = blank(asked, number, asked.rng("case", number), item)
    life.completed, life.result = at(date.fromisoformat(day).toordinal(), 16), result
    return life


def seen(lives: Iterable[Life], today: date = TODAY, *, clean: bool = False) -> Results:
    results = Results(options(today, clean=clean))
    for number, life in enumerate(lives, 1):
        results.see(life, f"C{number}")
    return results


def days(results: Results) -> dict[str, str]:
    return {each.case_no: date.fromordinal(day).isoformat() for each, day in results.rows()}


FINISHED = ("2026-09-22", "2026-09-23", "2026-10-09", "2026-10-12", "2026-10-13", "2026-10-14", "2026-11-18")
# Working days after Tuesday 22 September: 23, 24 (25 to 27 is Mid-Autumn), 28, 29, 30, 8 and 9 October.
PUBLIC = {
    "C1": "2026-10-09",  # the first of September: its seventh working day
    "C2": "2026-09-24",  # the next working day
    "C3": "2026-10-20",  # the first of October: 10, 12, 13, 14, 15, 16, 19, and a day more; C4, the second, is never public
    "C5": "2026-10-22",  # the third: 14, 15, 16, 19, 20, 21, 22
    "C6": "2026-10-15",
}  # C7 has until 27 November


@pytest.fixture
def finished() -> list[Life]:
    return [granted(number, day) for number, day in enumerate(FINISHED, 1)]


def test_results_are_public_the_next_day_on_the_last_day_a_day_late_and_never(finished: list[Life]) -> None:
    assert days(seen(finished)) == PUBLIC


def test_the_month_with_a_late_result_is_found_and_the_month_with_none_is_not(finished: list[Life]) -> None:
    results = seen(finished)
    assert results.cards() == [("G3", f"land-bureau 2026-10 {ORG}")]
    assert results.named() == {"a day late": 1, "never public": 1, "on the last day": 3}


def test_where_nothing_is_planted_every_result_is_public_in_time(finished: list[Life]) -> None:
    results = seen(finished, clean=True)
    assert days(results) == PUBLIC | {"C3": "2026-10-19", "C4": "2026-10-13", "C5": "2026-10-14"}
    assert results.cards() == []


@pytest.mark.parametrize(
    ("today", "found"),
    [("2026-11-10", []), ("2026-11-11", [("G3", f"land-bureau 2026-10 {ORG}")])],
    ids=["the last day of the term", "a day more"],
)
def test_a_result_that_is_not_public_is_found_when_its_term_is_over(
    today: str, found: list[tuple[str, str]]
) -> None:
    lives = [granted(1, "2026-09-01"), granted(2, "2026-10-30")]  # its term: 2 to 6, 9 and 10 November
    assert seen(lives, date.fromisoformat(today)).cards() == found


def test_who_granted_nothing_reports_nothing_and_nothing_is_found() -> None:
    lives = [granted(1, "2026-10-12", item=LIMITED_FLOW), granted(2, "2026-10-12", result="7")]
    results = seen([*lives, granted(3, "2026-08-31")])
    assert (days(results), results.cards(), results.named()) == ({}, [], {})


@pytest.mark.parametrize("dialect", DIALECTS)
def test_what_is_public_stands_in_the_catalogue_and_its_finding_in_the_truth(
    tmp_path: Path, dialect: str
) -> None:
    simulate(Options(cases=300, out=tmp_path, today=TODAY, seed=5, dialect=dialect))
    told = yaml.load((tmp_path / "catalogue.yaml").read_text(encoding="utf-8"), yaml.CSafeLoader)
    results = [each for each in told["disclosures"] if each["matter"] == "result"]
    assert len({each["index_no"] for each in results}) == len(results) > 20
    truth = json.loads((tmp_path / "truth.json").read_text(encoding="utf-8"))
    found = [each["subject"] for each in truth["cards"] if each["rule"] == "G3"]
    assert found == [f"land-bureau 2026-10 {ORG}"]
    assert truth["planted"]["results"] == {"a day late": 1, "never public": 1, "on the last day": 3}
