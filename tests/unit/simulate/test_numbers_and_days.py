"""Check digits and the working calendar of the simulator, against numbers and notices known from outside."""

from __future__ import annotations

from datetime import date

import pytest

from hub.simulate import days, numbers, words


def day(text: str) -> int:
    return date.fromisoformat(text).toordinal()


@pytest.mark.parametrize(
    ("body", "whole"),
    [("11430100006121778", "11430100006121778E"), ("91430100MA4L12346", "91430100MA4L12346D")],
)
def test_a_credit_code_ends_with_its_check_character(body: str, whole: str) -> None:
    assert numbers.uscc(body) == whole


def test_an_organisation_code_is_positions_9_to_17_of_the_credit_code() -> None:
    assert numbers.organization_code("MA4L1234") == "MA4L12346"
    assert numbers.uscc_of("91", "430100", "MA4L1234")[8:17] == "MA4L12346"


@pytest.mark.parametrize("whole", ["430102198503174518", "11010519491231002X"])
def test_a_residents_number_ends_with_its_check_character(whole: str) -> None:
    assert numbers.resident_id(whole[:17]) == whole


def test_a_spoilt_number_is_never_right() -> None:
    for organization in words.ORGANIZATIONS:
        spoilt = numbers.wrong_last(organization.uscc)
        assert spoilt[:17] == organization.uscc[:17]
        assert spoilt != numbers.uscc(spoilt[:17])


@pytest.mark.parametrize(
    ("when", "expected"),
    [
        ("2025-09-28", True),  # a Sunday, made up for the National Day
        ("2025-10-08", False),
        ("2025-10-11", True),  # a Saturday, made up
        ("2025-10-12", False),
        ("2027-10-01", True),  # a Friday of a year not published: Monday to Friday
        ("2027-10-02", False),
    ],
)
def test_a_working_day_is_the_published_one_else_monday_to_friday(when: str, expected: bool) -> None:
    assert days.works(day(when)) is expected


def test_five_working_days_over_the_national_day() -> None:
    assert days.walk(day("2025-09-26"), 5) == day("2025-10-10")
    assert days.back(day("2025-10-10"), 5) == day("2025-09-26")
    assert days.between(day("2025-09-26"), day("2025-10-10")) == 5


@pytest.mark.parametrize(
    ("start", "months", "expected"),
    [("2025-01-31", 1, "2025-02-28"), ("2024-01-31", 1, "2024-02-29"), ("2025-11-15", 3, "2026-02-15")],
)
def test_months_lead_to_the_same_day_clamped_to_the_end(start: str, months: int, expected: str) -> None:
    assert days.months_on(day(start), months) == day(expected)
