"""The simulator's own truth about limits, against days counted by hand on the calendar of 2025."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest

from hub.simulate.days import DAY
from hub.simulate.judge import findings
from hub.simulate.life import Life, Limit, Special
from hub.simulate.words import ITEMS, ORGANIZATIONS, applicant
from hub.simulate.world import Options


def at(text: str) -> int:
    """`MM-DD` or `MM-DDTHH:MM:SS` of 2025 as local seconds; a day alone is 10:00."""
    moment = datetime.fromisoformat(f"2025-{text}" if "T" in text else f"2025-{text}T10:00:00")
    return moment.date().toordinal() * DAY + moment.hour * 3600 + moment.minute * 60 + moment.second


def case(handled: str, promised: Limit | None, statutory: Limit | None = None, **more: Any) -> Life:
    """An accepted case with limits; everything else is told by `more`."""
    life = Life(
        case_no="430100-2025-0000001",
        organization=ORGANIZATIONS[0],
        item=ITEMS[0],
        item_index=0,
        case_type="2",
        applicant=applicant(Options(cases=1, out=Path("nowhere"), today=date(2025, 3, 1)).rng()),
        applied=at(handled),
        status="1",
        handled=at(handled),
        promised=promised,
        statutory=statutory,
    )
    for name, value in more.items():
        setattr(life, name, value)
    return life


def judged(life: Life, today: str) -> set[str]:
    return set(findings(life, date.fromisoformat(f"2025-{today}").toordinal()))


def pause(
    start: str, end: str | None = None, amount: int | None = 60, unit: str = "W", kind: str = "2"
) -> dict[str, Any]:
    """One special procedure and its result as the fields of a life."""
    results = [] if end is None else [(1, at(end))]
    return {"specials": [Special(1, kind, at(start), Limit(amount, unit))], "results": results}


W3, W5, W10, W12, W20 = Limit(3), Limit(5), Limit(10), Limit(12), Limit(20)


@pytest.mark.parametrize(
    ("what", "life", "before", "last", "after", "past"),
    [
        ("over the National Day", case("09-26", W5), "10-08", "10-10", "10-11", "T2"),
        ("accepted on a Sunday", case("03-09", W5), "03-12", "03-14", "03-17", "T2"),
        ("a pause from Wednesday to Friday", case("03-03", W3, **pause("03-05", "03-07")), None, "03-10", "03-11", "T2"),
        ("a pause capped on Friday", case("03-03", W3, **pause("03-05", "03-14", 2)), None, "03-10", "03-11", "T2"),
        ("a pause within one day", case("03-03", W3, **pause("03-05", "03-05")), None, "03-06", "03-07", "T2"),
        ("31 January and a month", case("01-31", Limit(1, "M")), "02-10", "02-28", "03-01", "T2"),
        ("natural days that end on a Saturday", case("03-03", Limit(5, "D")), None, "03-10", "03-11", "T2"),
    ],
)  # fmt: skip
def test_a_case_is_near_on_its_last_day_and_past_on_the_next_counted_one(
    what: str, life: Life, before: str | None, last: str, after: str, past: str
) -> None:
    assert before is None or judged(life, before) == set(), what
    assert judged(life, last) == {"T1"}, what
    assert judged(life, after) == {past}, what


@pytest.mark.parametrize(
    ("today", "expected"), [("03-14", set()), ("03-17", {"T1"}), ("03-19", {"T1"}), ("03-20", {"T2"})]
)
def test_twelve_working_days_are_near_from_two_left(today: str, expected: set[str]) -> None:
    assert judged(case("03-03", W12), today) == expected


def test_on_the_day_of_acceptance_nothing_is_near() -> None:
    assert judged(case("03-03", Limit(1)), "03-03") == set()
    assert judged(case("03-03", Limit(1)), "03-04") == {"T1"}


def test_finished_on_the_rest_day_is_in_time_and_at_midnight_after_it_is_late() -> None:
    friday = case("03-07", W5)  # last day Friday 14 March
    assert judged(_finished(friday, "03-16T23:59:59"), "03-31") == set()
    assert judged(_finished(friday, "03-17T00:00:00"), "03-31") == {"T2"}


def _finished(life: Life, when: str) -> Life:
    life.completed = at(when)
    return life


def test_what_happens_after_today_is_not_known_yet() -> None:
    life = _finished(case("03-03", W5), "03-11T09:00:00")
    assert judged(life, "03-10") == {"T1"}
    assert judged(life, "03-12") == {"T2"}
    assert judged(life, "02-28") == set()


@pytest.mark.parametrize(
    ("amount", "unit", "begun", "last", "past"),
    [
        (10, "W", "03-31", "04-15", "04-16"),  # 4 April is a holiday
        (15, "W", "03-31", "04-15", "04-16"),  # the excess is void
        (None, "W", "03-31", "04-15", "04-16"),
        (49, "H", "03-31", "04-03", "04-07"),  # three days; 5 and 6 April are a weekend
        (7, "D", "03-31", "04-07", "04-08"),
        (10, "W", "04-01", None, "04-01"),  # begun when it was past
    ],
)
def test_twenty_working_days_from_3_march_are_extended(
    amount: int | None, unit: str, begun: str, last: str | None, past: str
) -> None:
    life = case("03-03", None, W20, **pause(begun, None, amount, unit, kind="1"))
    assert last is None or judged(life, last) == set()
    assert judged(life, past) == {"T3"}


def test_a_joint_case_may_be_extended_by_fifteen() -> None:
    life = case("03-03", None, W20, case_type="5", **pause("03-31", None, 20, kind="1"))
    assert judged(life, "04-22") == set()
    assert judged(life, "04-23") == {"T3"}


def test_hours_stand_still_on_rest_days() -> None:
    friday = case("03-07T16:00:00", Limit(24, "H"))
    assert judged(_finished(friday, "03-10T16:00:00"), "03-20") == set()
    assert judged(_finished(friday, "03-10T16:00:01"), "03-20") == {"T2"}


def test_hours_are_paused_by_the_instant() -> None:
    life = case("03-10T09:00:00", Limit(24, "H"), **pause("03-11T08:00:00", "03-12T08:00:00"))
    assert judged(_finished(life, "03-12T09:00:00"), "03-20") == set()
    assert judged(_finished(life, "03-12T09:00:01"), "03-20") == {"T2"}


def test_overlapping_pauses_are_counted_once() -> None:
    life = case(
        "03-03", W5,
        specials=[Special(1, "2", at("03-04"), Limit(60)), Special(2, "9", at("03-05"), Limit(60))],
        results=[(1, at("03-06")), (2, at("03-07"))],
    )  # fmt: skip
    # 4 March is used; 5, 6, 7 are paused; 10 to 13 are used
    assert judged(life, "03-13") == {"T1"}
    assert judged(life, "03-14") == {"T2"}


def test_a_pause_on_the_last_day_protects_and_a_later_one_does_not() -> None:
    assert judged(case("03-03", W3, **pause("03-06")), "03-31") == {"T1"}
    assert judged(case("03-03", W3, **pause("03-07")), "03-31") == {"T2"}


def test_a_pause_for_nothing_deducts_nothing_and_one_without_a_limit_all() -> None:
    assert judged(case("03-03", W5, **pause("03-04", "03-14", 0)), "03-11") == {"T2"}
    assert judged(case("03-03", W5, **pause("03-04", "03-14", None)), "03-14") == set()


def test_only_the_part_of_a_correction_after_acceptance_pauses() -> None:
    waits = {"notices": [(1, at("02-24"))], "receipts": [(1, at("03-04"))]}
    assert judged(case("03-03", W3, **waits), "03-07") == {"T1"}  # 4 March paused; 5, 6, 7 used
    assert judged(case("03-03", W3, **waits), "03-10") == {"T2"}


def test_both_limits_past_are_both_found_and_near_is_not() -> None:
    assert judged(case("03-03", W5, W10), "03-17") == {"T2"}
    assert judged(case("03-03", W5, W10), "03-18") == {"T2", "T3"}


def test_a_promised_day_serves_where_no_limit_is_known() -> None:
    life = case("03-03", Limit(0), promised_at=at("03-13"))
    assert judged(life, "03-10") == set()
    assert judged(life, "03-13") == {"T1"}
    assert judged(life, "03-14") == {"T2"}
    life.promised = Limit(60)
    assert judged(life, "03-14") == set()


@pytest.mark.parametrize("limit", [Limit(0), Limit(None), Limit(-1), None])
def test_no_limit_is_never_past(limit: Limit | None) -> None:
    assert judged(case("03-03", limit, limit), "12-30") == set()


def test_a_null_unit_means_working_days() -> None:
    assert judged(case("03-03", Limit(5, None)), "03-10") == {"T1"}
    assert judged(case("03-03", Limit(5, None)), "03-11") == {"T2"}


@pytest.mark.parametrize("status", ["2", "3", None])
def test_without_acceptance_no_clock_runs(status: str | None) -> None:
    assert judged(case("03-03", W3, W5, status=status), "12-30") == set()


def test_hours_are_not_judged_from_days() -> None:
    assert judged(case("03-03", Limit(24, "H"), times="day"), "03-31") == set()
