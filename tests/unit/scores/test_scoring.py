"""The score of a month and of a year, by the worked examples of docs/scores.md."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.scores.parameters import shipped
from hub.scores.scoring import RED, WARNING, YELLOW, Card, Score, mean_score, month_score, rows_of_warnings

P = shipped()
NONE = (0, 0)


def cards(levels: str) -> list[Card]:
    """w, y and r in order of issue, one a day."""
    named = {"w": WARNING, "y": YELLOW, "r": RED}
    return [Card(number, named[level], f"2026-03-{number:02}") for number, level in enumerate(levels, 1)]


def points(levels: str = "", early: tuple[int, int] = NONE, unreported: tuple[int, int] = NONE) -> int | None:
    found = month_score(P, "org", None, cards(levels), early, unreported, under_way=True).points
    return None if found is None else int(found)


WARNINGS = {
    "": 0,
    "ww": 0,
    "www": 1,
    "wwww": 1,
    "wwwwww": 2,
    "wwwwwww": 2,
    "wwyw": 0,
    "wwywww": 1,
    "wrwww": 1,
    "wwwy": 1,
}


@pytest.mark.parametrize(("levels", "rows"), WARNINGS.items(), ids=WARNINGS)
def test_three_warnings_in_a_row_of_issue_count_once_and_a_yellow_or_red_card_ends_the_row(
    levels: str, rows: int
) -> None:
    assert len(rows_of_warnings(cards(levels), 3)) == rows


def test_warnings_of_one_day_are_in_the_order_of_their_numbers() -> None:
    same = [
        Card(n, level, "2026-03-02") for n, level in ((4, YELLOW), (1, WARNING), (3, WARNING), (2, WARNING))
    ]
    assert [[card.card_id for card in row] for row in rows_of_warnings(same, 3)] == [[1, 2, 3]]


MONTHS = {
    "nothing to complain of": (points(), 100),
    "two warnings": (points("ww"), 100),
    "three warnings": (points("www"), 97),
    "seven warnings": (points("wwwwwww"), 94),
    "a yellow card": (points("y"), 95),
    "a red card": (points("r"), 90),
    "three warnings, two yellow, one red": (points("wwwyyr"), 77),
    "never below 0": (points("r" * 20), 0),
    "9 % early": (points(early=(9, 100)), 100),
    "10 % early": (points(early=(10, 100)), 101),
    "19 % early": (points(early=(19, 100)), 101),
    "20 % early": (points(early=(20, 100)), 102),
    "3 of 30 early is 10 %": (points(early=(3, 30)), 101),
    "all early": (points(early=(7, 7)), 110),
    "0.9 % unreported": (points(unreported=(9, 1000)), 100),
    "1 % unreported": (points(unreported=(1, 100)), 99),
    "4 of 130 unreported is 3.08 %": (points(unreported=(4, 130)), 97),
    "never more than 5 lost for unreported ones": (points(unreported=(30, 100)), 95),
    "early ones make up for a yellow card": (points("y", early=(50, 100)), 100),
}


@pytest.mark.parametrize(("found", "expected"), MONTHS.values(), ids=MONTHS)
def test_a_month_by_the_worked_examples(found: int, expected: int) -> None:
    assert found == expected


def test_a_month_without_cases_and_cards_is_not_judged() -> None:
    assert month_score(P, "org", None, [], NONE, NONE, under_way=False).points is None
    assert month_score(P, "org", None, cards("y"), NONE, NONE, under_way=False).points == 95


BANDS = {90: "优秀", 89: "良好", 80: "良好", 79: "合格", 60: "合格", 59: "不合格"}


@pytest.mark.parametrize(("mean", "band"), BANDS.items())
def test_bands_begin_at_their_bounds(mean: int, band: str) -> None:
    assert mean_score(P, [("2026-01", Score("org", None, Decimal(mean), None))]).band == band


def test_a_year_is_the_mean_of_the_months_that_were_judged() -> None:
    month = month_score(P, "org", "局", cards("y"), NONE, NONE, under_way=True)
    better = month_score(P, "org", "局", [], NONE, NONE, under_way=True)
    silent = month_score(P, "org", "局", [], NONE, NONE, under_way=False)
    found = mean_score(P, [("2026-01", month), ("2026-02", silent), ("2026-03", better)])
    assert found.points == Decimal("97.50")  # (95 + 100) / 2: February is no 0 and no 100
    assert found.band == "优秀"
    assert [(line.part, line.count, line.points) for line in found.lines if line.count] == [("yellow", 1, -5)]
    assert found.months == (("2026-01", Decimal(95)), ("2026-02", None), ("2026-03", Decimal(100)))


def test_a_third_of_a_point_is_rounded_to_two_decimals() -> None:
    one, two = (month_score(P, "o", None, cards(x), NONE, NONE, under_way=True) for x in ("y", ""))
    assert mean_score(P, [("1", one), ("2", two), ("3", two)]).points == Decimal("98.33")


@given(
    levels=st.text(alphabet="wyr", max_size=25),
    early=st.integers(0, 50),
    unreported=st.integers(0, 50),
    more=st.integers(0, 5),
)
def test_a_score_stays_within_floor_and_ceiling_and_a_red_card_never_helps(
    levels: str, early: int, unreported: int, more: int
) -> None:
    found = points(levels, (early, 50), (unreported, 50))
    assert found is not None
    assert P["floor"] <= found <= P["ceiling"]
    worse = points(levels + "r" * more, (early, 50), (unreported, 50))
    assert worse is not None
    assert worse <= found
