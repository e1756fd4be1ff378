"""Each sentence on time that the law and the practice lay down, with its own example; docs/rules/time.md numbers them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest
from sqlalchemy import Engine

from hub.catalogue.columns import KINDS
from hub.central.engine import writing
from schemas.contract import load_contract
from tests.oracle.lives import Life, Moment, Named, Pause, Today, on, us
from tests.oracle.loading import clear, found, import_named, put
from tests.oracle.time_oracle import Finding

Judged = Callable[..., dict[str, Finding]]


@pytest.fixture
def judged(engine: Engine) -> Judged:
    """The findings of one case as of the end of a day, or as of an instant of it ('2025-03-07 16:00')."""

    def judge_one(life: Life, today: str) -> dict[str, Finding]:
        when = on(today)
        with writing(engine) as connection:
            clear(connection)
            put(connection, [life])
            return found(connection, Today(when.day, -1 if when.at is None else when.at)).get(1, {})

    return judge_one


def last_day(judged: Judged, life: Life, rule: str = "T3", today: str = "2026-06-30") -> str:
    """The last day of the limit, read from the finding long after it."""
    day = judged(life, today)[rule].last_day
    assert day is not None
    return day.isoformat()


def promised(accepted: str, limit: int, unit: str | None = "W", **more: object) -> Life:
    return Life(on(accepted), promised=limit, promised_unit=unit, **more)  # type: ignore[arg-type]


def statutory(accepted: str, limit: int, unit: str | None = "W", **more: object) -> Life:
    return Life(on(accepted), statutory=limit, statutory_unit=unit, **more)  # type: ignore[arg-type]


def extended(*extensions: tuple[str, int | None, str | None], limit: int = 20, **more: object) -> Life:
    """20 working days from Monday 3 March 2025, extended; without extension the last day is Monday 31 March."""
    pauses = tuple(
        Pause(n, "1", on(begin), size, unit) for n, (begin, size, unit) in enumerate(extensions, 1)
    )
    return statutory("2025-03-03 09:00", limit, pauses=pauses, **more)


# 1. Date


def test_1_midnight_belongs_to_the_new_day(judged: Judged) -> None:
    assert last_day(judged, statutory("2025-03-03 23:59:59", 1)) == "2025-03-04"
    assert last_day(judged, statutory("2025-03-04 00:00:00", 1)) == "2025-03-05"


def test_1_a_limit_that_runs_out_at_24_00_runs_out_on_the_old_day(judged: Judged) -> None:
    life = promised("2025-03-04 00:00:00", 24, "H")
    assert "T2" not in judged(life, "2025-03-04")
    assert last_day(judged, life, "T2") == "2025-03-04"


# 2. Working days


@pytest.mark.parametrize(
    "accepted", ["2025-09-26 00:00", "2025-09-26 10:00", "2025-09-26 23:59", "2025-09-26"]
)
def test_2_friday_26_september_2025_and_5_working_days_is_10_october(judged: Judged, accepted: str) -> None:
    life = statutory(accepted, 5)
    assert last_day(judged, life) == "2025-10-10"
    assert judged(life, "2025-10-10") == {}
    assert judged(life, "2025-10-11")["T3"].excess == 1  # a Saturday that is worked


def test_2_accepted_on_a_sunday_is_accepted_the_friday_before(judged: Judged) -> None:
    friday, sunday = statutory("2025-03-07 10:00", 5), statutory("2025-03-09 10:00", 5)
    assert judged(friday, "2025-03-17")["T3"] == judged(sunday, "2025-03-17")["T3"]


def test_2_a_limit_without_unit_counts_working_days(judged: Judged) -> None:
    assert last_day(judged, statutory("2025-09-26 10:00", 5, None)) == "2025-10-10"


# 3. Last day, past


def test_3_last_day_friday_finished_sunday_is_on_time(judged: Judged) -> None:
    # Monday 3 March 2025 and 4 working days: the last day is Friday 7 March.
    life = promised("2025-03-03 09:00", 4, completed=on("2025-03-09 15:00"))
    assert judged(life, "2025-03-31") == {}


def test_3_monday_0_00_is_past_with_excess_1(judged: Judged) -> None:
    open_case = promised("2025-03-03 09:00", 4)
    assert "T2" not in judged(open_case, "2025-03-09")
    assert judged(open_case, "2025-03-10 00:00:01")["T2"].excess == 1
    finished = promised("2025-03-03 09:00", 4, completed=on("2025-03-10 00:00:00"))
    assert judged(finished, "2025-03-31")["T2"] == Finding(date(2025, 3, 7), 5, 4, 1, "W")


# 4. Start, stop


@pytest.mark.parametrize("completed", ["2025-03-06 10:00", "2025-03-06"])
def test_4_everything_stops_at_completion(judged: Judged, completed: str) -> None:
    assert judged(promised("2025-03-03 09:00", 3, completed=on(completed)), "2025-12-31") == {}


def test_4_a_case_that_was_not_accepted_runs_no_limit(judged: Judged) -> None:
    assert judged(promised("2025-03-03 09:00", 3, status="2"), "2025-12-31") == {}
    assert judged(promised("2025-03-03 09:00", 3, status="3"), "2025-12-31") == {}


@pytest.mark.parametrize("limit", [None, 0])
def test_4_promised_at_serves_as_natural_days_where_no_promised_limit_is_known(
    judged: Judged, limit: int | None
) -> None:
    life = Life(on("2025-03-03 09:00"), promised=limit, promised_at=on("2025-03-13 17:00"))
    assert "T2" not in judged(life, "2025-03-13")
    assert judged(life, "2025-03-14")["T2"] == Finding(date(2025, 3, 13), 11, 10, 1, "D")


def test_4_a_known_promised_limit_comes_before_promised_at(judged: Judged) -> None:
    life = promised("2025-03-03 09:00", 2, promised_at=on("2025-12-01 17:00"))
    assert judged(life, "2025-03-31")["T2"].last_day == date(2025, 3, 5)


def test_4_promised_at_on_the_day_of_acceptance_or_before_is_no_limit(judged: Judged) -> None:
    for promise in ("2025-03-03 17:00", "2025-03-01"):
        assert judged(Life(on("2025-03-03 09:00"), promised_at=on(promise)), "2025-12-31") == {}


# 5. As of T


def test_5_what_happens_after_today_is_not_known(judged: Judged) -> None:
    late = promised("2025-03-03 09:00", 3, completed=on("2025-03-20 10:00"))
    assert judged(late, "2025-03-19")["T2"].used == 12
    assert judged(late, "2025-03-20")["T2"].used == 13
    assert judged(late, "2025-03-31")["T2"].used == 13
    assert judged(promised("2025-03-03 09:00", 1), "2025-03-02") == {}


def test_5_today_is_judged_as_of_its_end_and_now_as_of_now(judged: Judged) -> None:
    life = promised("2025-03-03 09:00", 8, "H", completed=on("2025-03-03 18:00"))
    assert judged(life, "2025-03-03 17:00") == {
        "T1": Finding(date(2025, 3, 3), us_hours(8), us_hours(8), 0, "H")
    }
    assert judged(life, "2025-03-03")["T2"].excess == us_hours(1)


def test_5_a_promise_is_known_at_once_although_its_day_lies_ahead(judged: Judged) -> None:
    life = Life(on("2025-03-03 09:00"), promised_at=on("2025-03-13 17:00"))
    assert "T1" in judged(life, "2025-03-12")


# 6. Pauses


def test_6_a_pause_from_wednesday_5_to_friday_7_march_covers_6_and_7(judged: Judged) -> None:
    life = statutory(
        "2025-03-03 09:00",
        5,
        pauses=(Pause(1, "2", on("2025-03-05 09:00")),),
        ends=((1, on("2025-03-07 17:00")),),
    )
    # 4, 5, (6, 7), 10, 11, 12
    assert last_day(judged, life) == "2025-03-12"


def test_6_a_pause_within_one_day_pauses_nothing(judged: Judged) -> None:
    life = statutory(
        "2025-03-03 09:00",
        5,
        pauses=(Pause(1, "2", on("2025-03-05 09:00")),),
        ends=((1, on("2025-03-05 17:00")),),
    )
    assert last_day(judged, life) == "2025-03-10"


def test_6_pauses_that_overlap_are_not_counted_twice(judged: Judged) -> None:
    life = statutory(
        "2025-03-03 09:00",
        5,
        pauses=(
            Pause(1, "2", on("2025-03-04")),
            Pause(2, "9", on("2025-03-05")),
            Pause(3, "8", on("2025-03-05")),
        ),
        ends=((1, on("2025-03-06")), (2, on("2025-03-07")), (3, on("2025-03-06"))),
        notices=((1, on("2025-03-06 08:00")),),
        receipts=((1, on("2025-03-07 18:00")),),
    )
    # 4, (5, 6, 7), 10, 11, 12, 13
    assert last_day(judged, life) == "2025-03-13"


@pytest.mark.parametrize("kind", ["2", "3", "4", "5", "6", "7", "8", "9", "10"])
def test_6_every_kind_of_special_procedure_but_the_extension_pauses(judged: Judged, kind: str) -> None:
    life = promised("2025-03-03 09:00", 3, pauses=(Pause(1, kind, on("2025-03-04 09:00")),))
    assert "T2" not in judged(life, "2025-03-31")


def test_6_an_open_pause_is_taken_to_end_today_for_the_last_day(judged: Judged) -> None:
    life = promised("2025-03-03 09:00", 4, pauses=(Pause(1, "2", on("2025-03-06 09:00")),))
    # Used 4, 5, 6; paused from 7 on; as of Thursday 13 the last day is the next working day.
    assert judged(life, "2025-03-13")["T1"] == Finding(date(2025, 3, 14), 3, 4, 0, "W")


def test_6_a_pause_begun_on_the_last_day_protects_until_it_ends(judged: Judged) -> None:
    life = promised(
        "2025-03-03 09:00",
        4,
        pauses=(Pause(1, "2", on("2025-03-07 09:00")),),
        ends=((1, on("2025-03-19 09:00")),),
    )
    assert "T2" not in judged(life, "2025-03-19")
    assert judged(life, "2025-03-20")["T2"] == Finding(date(2025, 3, 7), 5, 4, 1, "W")


def test_6_a_pause_begun_once_past_cures_nothing(judged: Judged) -> None:
    life = promised("2025-03-03 09:00", 4, pauses=(Pause(1, "2", on("2025-03-10 09:00")),))
    assert judged(life, "2025-03-28")["T2"] == Finding(date(2025, 3, 7), 5, 4, 1, "W")


# 7. Cap


def test_7_two_working_days_from_wednesday_5_are_capped_on_friday_7(judged: Judged) -> None:
    life = statutory("2025-03-03 09:00", 5, pauses=(Pause(1, "2", on("2025-03-05 09:00"), 2, "W"),))
    assert last_day(judged, life) == "2025-03-12"


@pytest.mark.parametrize(
    ("size", "unit", "expected"),
    [
        (4, "D", "2025-03-13"),  # to Sunday 9, rolled to Monday 10: 6, 7, 10 paused
        (1, "M", "2025-04-10"),  # to Saturday 5 April, rolled over Tomb Sweeping to Monday 7
        (24, "H", "2025-03-11"),  # to Thursday 6, 9:00: Thursday is paused whole
        (48, "H", "2025-03-12"),
        (2, None, "2025-03-12"),
    ],
)
def test_7_the_cap_counts_in_its_own_unit(judged: Judged, size: int, unit: str | None, expected: str) -> None:
    life = statutory("2025-03-03 09:00", 5, pauses=(Pause(1, "2", on("2025-03-05 09:00"), size, unit),))
    assert last_day(judged, life) == expected


def test_7_each_pause_is_capped_from_its_own_start_before_the_union(judged: Judged) -> None:
    # 2 W from Wednesday 5 and 2 W from Thursday 6: 6, 7, 10, not one after the other.
    pauses = (Pause(1, "2", on("2025-03-05"), 2, "W"), Pause(2, "9", on("2025-03-06"), 2, "W"))
    assert last_day(judged, statutory("2025-03-03 09:00", 5, pauses=pauses)) == "2025-03-13"


# 8. Corrections


def test_8_a_correction_wait_pauses_to_the_earliest_receipt(judged: Judged) -> None:
    life = statutory(
        "2025-03-03 09:00",
        5,
        notices=((1, on("2025-03-05 09:00")),),
        receipts=((1, on("2025-03-20 09:00")), (1, on("2025-03-07 09:00"))),
    )
    assert last_day(judged, life) == "2025-03-12"


def test_8_a_correction_wait_has_no_cap_and_none_before_acceptance_counts(judged: Judged) -> None:
    waiting = promised("2025-03-03 09:00", 3, notices=((1, on("2025-03-04 09:00")),))
    assert "T2" not in judged(waiting, "2026-12-31")
    before = statutory(
        "2025-03-03 09:00", 5, notices=((1, on("2025-02-20")),), receipts=((1, on("2025-02-27")),)
    )
    assert last_day(judged, before) == "2025-03-10"
    across = statutory(
        "2025-03-03 09:00", 5, notices=((1, on("2025-02-20")),), receipts=((1, on("2025-03-04")),)
    )
    assert last_day(judged, across) == "2025-03-11"


def test_8_of_several_results_the_earliest_ends_the_procedure(judged: Judged) -> None:
    life = statutory(
        "2025-03-03 09:00",
        5,
        pauses=(Pause(1, "2", on("2025-03-05")),),
        ends=((1, on("2025-03-14")), (1, on("2025-03-07")), (2, on("2025-03-05"))),
    )
    assert last_day(judged, life) == "2025-03-12"


def test_8_a_result_before_the_start_leaves_no_pause(judged: Judged) -> None:
    life = statutory(
        "2025-03-03 09:00", 5, pauses=(Pause(1, "2", on("2025-03-05")),), ends=((1, on("2025-03-04")),)
    )
    assert last_day(judged, life) == "2025-03-10"


# 9. Extension


def test_9_20_working_days_from_3_march_2025_and_10_more_is_15_april(judged: Judged) -> None:
    assert last_day(judged, extended()) == "2025-03-31"
    assert last_day(judged, extended(("2025-03-20 09:00", 10, "W"))) == "2025-04-15"


def test_9_an_extension_moves_the_statutory_last_day_only(judged: Judged) -> None:
    life = promised("2025-03-03 09:00", 3, pauses=(Pause(1, "1", on("2025-03-04 09:00"), 10, "W"),))
    assert "T2" in judged(life, "2025-03-07")


@pytest.mark.parametrize(
    ("begin", "expected"),
    [
        ("2025-03-31 23:59", "2025-04-15"),  # on the last day
        ("2025-03-31", "2025-04-15"),
        ("2025-04-01 00:00", "2025-03-31"),  # past: no longer
        ("2025-04-01", "2025-03-31"),
    ],
)
def test_9_an_extension_must_begin_before_the_limit_is_past(
    judged: Judged, begin: str, expected: str
) -> None:
    assert last_day(judged, extended((begin, 10, "W"))) == expected


def test_9_extensions_are_chained_and_once_past_none_helps(judged: Judged) -> None:
    # 5 more from Tuesday 1 April is Wednesday 9 April (Friday 4 is a holiday): the second one begins on that day.
    assert last_day(judged, extended(("2025-03-20", 5, "W"), ("2025-04-08", 5, "W"))) == "2025-04-15"
    assert last_day(judged, extended(("2025-03-20", 5, "W"), ("2025-04-09", 5, "W"))) == "2025-04-08"
    assert last_day(judged, extended(("2025-04-01", 5, "W"), ("2025-03-31", 2, "W"))) == "2025-04-10"


@pytest.mark.parametrize(
    ("extensions", "more", "expected"),
    [
        ((("2025-03-10", 12, "W"),), {}, "2025-04-15"),
        ((("2025-03-10", 8, "W"), ("2025-03-11", 8, "W")), {}, "2025-04-15"),
        ((("2025-03-10", 20, "W"),), {"case_type": "5"}, "2025-04-22"),
        ((("2025-03-10", 20, "W"),), {"project_no": "2503-430100-04-01"}, "2025-04-22"),
        ((("2025-03-10", 20, "W"),), {"project_no": " "}, "2025-04-15"),
        ((("2025-03-10", None, None),), {}, "2025-04-15"),  # a null limit is taken at its cap
        ((("2025-03-10", 0, "W"),), {}, "2025-03-31"),
        ((("2025-03-10", 25, "H"),), {}, "2025-04-02"),  # 25 hours are 2 days
        ((("2025-03-10", 7, "D"),), {}, "2025-04-07"),  # 1, 2, 3, 7 April are the working days to 7 April
        ((("2025-03-10", 1, "M"),), {}, "2025-04-15"),  # 1 to 30 April, capped
    ],
)
def test_9_together_at_most_10_working_days_and_15_for_joint_cases(
    judged: Judged,
    extensions: tuple[tuple[str, int | None, str | None], ...],
    more: dict[str, str],
    expected: str,
) -> None:
    assert last_day(judged, extended(*extensions, **more)) == expected


def test_9_an_extension_begun_while_a_pause_protects_the_case_holds(judged: Judged) -> None:
    life = extended(("2025-04-03", 10, "W"))
    protected = Life(
        life.accepted,
        statutory=20,
        pauses=(*life.pauses, Pause(2, "9", on("2025-03-31 09:00"))),
        ends=((2, on("2025-04-08 09:00")),),
    )
    assert last_day(judged, life) == "2025-03-31"
    assert last_day(judged, protected) == "2025-04-22"  # 9 to 11, 14 to 18, 21, 22 April


# 10. Natural days and months


def test_10_31_january_and_a_month_is_28_february(judged: Judged) -> None:
    life = statutory("2025-01-31 10:00", 1, "M")
    assert last_day(judged, life) == "2025-02-28"
    assert judged(life, "2025-02-28") == {}
    assert judged(life, "2025-03-01")["T3"].excess == 1  # past by natural days: a Saturday


def test_10_natural_days_count_and_the_last_one_rolls_to_a_working_day(judged: Judged) -> None:
    life = statutory("2025-09-24 10:00", 10, "D")  # 4 October, in the holidays
    assert last_day(judged, life) == "2025-10-09"
    assert judged(life, "2025-10-09") == {}
    assert judged(life, "2025-10-10")["T3"] == Finding(date(2025, 10, 9), 16, 10, 1, "D")


def test_10_pauses_are_deducted_from_natural_days_too(judged: Judged) -> None:
    pauses, ends = (Pause(1, "2", on("2025-03-05")),), ((1, on("2025-03-10")),)
    # 4, 5, (6 to 10), 11 to 18: the tenth natural day
    assert last_day(judged, statutory("2025-03-03", 10, "D", pauses=pauses, ends=ends)) == "2025-03-18"


def test_10_pauses_are_deducted_from_months_too(judged: Judged) -> None:
    pauses, ends = (Pause(1, "2", on("2025-03-05")),), ((1, on("2025-03-10")),)
    # to Thursday 3 April, and the five days 6 to 10 March: Tuesday 8 April
    assert last_day(judged, statutory("2025-03-03", 1, "M", pauses=pauses, ends=ends)) == "2025-04-08"


# 11. Hours


def test_11_friday_16_00_and_24_hours_is_monday_16_00(judged: Judged) -> None:
    life = promised("2025-03-07 16:00", 24, "H")
    for still in ("2025-03-09 12:00", "2025-03-10 16:00"):
        assert "T2" not in judged(life, still)
    assert judged(life, "2025-03-10 16:00:01")["T2"].last_day == date(2025, 3, 10)


def test_11_pauses_count_by_the_instant(judged: Judged) -> None:
    life = promised(
        "2025-03-04 09:00",
        10,
        "H",
        pauses=(Pause(1, "2", on("2025-03-04 10:00")),),
        ends=((1, on("2025-03-04 13:30")),),
    )
    assert "T2" not in judged(life, "2025-03-04 22:30")
    assert "T2" in judged(life, "2025-03-04 22:31")


def test_11_times_that_are_days_cannot_be_judged_in_hours(judged: Judged) -> None:
    assert judged(promised("2025-03-04", 10, "H"), "2025-06-30") == {}
    assert judged(promised("2025-03-04 09:00", 10, "H", completed=on("2025-03-20")), "2025-06-30") == {}


# 12. Zero, null


@pytest.mark.parametrize("limit", [None, 0, -3])
def test_12_a_limit_of_zero_or_null_is_no_limit(judged: Judged, limit: int | None) -> None:
    life = Life(on("2025-03-03 09:00"), promised=limit, statutory=limit)
    assert judged(life, "2026-12-31") == {}


def test_12_a_pause_approved_for_0_deducts_nothing_and_one_without_limit_all(judged: Judged) -> None:
    ends = ((1, on("2025-03-07")),)
    none = statutory("2025-03-03", 5, pauses=(Pause(1, "2", on("2025-03-05"), 0, "W"),), ends=ends)
    whole = statutory("2025-03-03", 5, pauses=(Pause(1, "2", on("2025-03-05"), None, None),), ends=ends)
    assert last_day(judged, none) == "2025-03-10"
    assert last_day(judged, whole) == "2025-03-12"


@pytest.mark.parametrize("unit", ["W", "D", "H", "M"])
def test_12_the_greatest_limit_crashes_nothing(judged: Judged, unit: str) -> None:
    assert judged(promised("2025-03-03 09:00", 9999, unit), "2025-12-31") == {}


@pytest.mark.parametrize(
    ("element", "field"),
    [
        ("ServiceItem", "StatutoryLimit"),
        ("ServiceItem", "PromisedLimit"),
        ("Step", "Limit"),
        ("SpecialProcedure", "Limit"),
    ],
)
def test_12_limits_of_the_message_and_of_the_catalogue_are_bounded_0_to_9999(
    element: str, field: str
) -> None:
    told = load_contract("1.0").element(element).field(field)
    assert (told.type, told.min, told.max) == ("int", 0, 9999)
    for name in ("statutory_limit", "promised_limit"):
        assert (KINDS["item"].column(name).type, KINDS["item"].column(name).max) == ("whole", 9999)


# 13. Unpublished year


def test_13_a_last_day_in_an_unpublished_year_is_provisional(judged: Judged) -> None:
    life = statutory("2026-12-28 09:00", 5)
    finding = judged(life, "2027-01-05")["T3"]
    assert (finding.last_day, finding.provisional) == (date(2027, 1, 4), True)


def test_13_a_finding_stays_certain_where_only_its_excess_is_presumed(judged: Judged) -> None:
    life = statutory("2026-12-21 09:00", 3)
    finding = judged(life, "2027-01-20")["T3"]
    assert (finding.last_day, finding.provisional) == (date(2026, 12, 24), False)


def test_13_a_finding_that_would_vanish_is_provisional_although_its_last_day_is_certain(
    judged: Judged,
) -> None:
    # The last day is Thursday 31 December 2026; only presumed working days have passed since.
    finding = judged(statutory("2026-12-28 09:00", 3), "2027-01-05")["T3"]
    assert (finding.last_day, finding.provisional) == (date(2026, 12, 31), True)


def test_13_a_finding_whose_last_day_would_move_is_provisional_although_it_would_stay(judged: Judged) -> None:
    # Before 2004 nothing is published: the last day is 31 December 2003, or else 2 January 2004.
    finding = judged(statutory("2003-12-30 09:00", 1), "2004-01-31")["T3"]
    assert (finding.last_day, finding.provisional) == (date(2003, 12, 31), True)


def test_13_a_start_outside_the_calendar_is_not_judged(judged: Judged) -> None:
    for accepted in ("1985-03-04 09:00", "2061-03-04 09:00"):
        assert judged(statutory(accepted, 5), "2026-12-31") == {}
    assert judged(statutory("2025-03-04 09:00", 5), "2061-12-31") == {}


# 14. Regional days


def test_14_the_longest_prefix_wins_and_among_equals_the_later_import(engine: Engine, judged: Judged) -> None:
    day = date(2025, 3, 5)
    with writing(engine) as connection:
        import_named(connection, [Named(day, False, "43")])
        import_named(connection, [Named(day, False, "4331"), Named(date(2025, 3, 6), False, "4331")])
        import_named(connection, [Named(day, True, "4331")])
    ends = {
        region: last_day(judged, statutory("2025-03-03 09:00", 3, region=region))
        for region in ("110101", "430100", "433101", "433101000")
    }
    # Hunan rests on the 5th; the prefecture works then (its later word) and rests on the 6th.
    assert ends == {
        "110101": "2025-03-06",
        "430100": "2025-03-07",
        "433101": "2025-03-07",
        "433101000": "2025-03-07",
    }
    assert judged(statutory("2025-03-03 09:00", 2, region="433101"), "2025-03-31")["T3"].last_day == day


def test_14_a_regional_day_settles_itself_but_publishes_no_year(engine: Engine, judged: Judged) -> None:
    with writing(engine) as connection:
        import_named(connection, [Named(date(2027, 3, day), True, "43") for day in range(1, 27)])
    finding = judged(statutory("2027-03-01 09:00", 3), "2027-03-31")["T3"]
    assert not finding.provisional  # every day concerned is named
    assert judged(statutory("2027-04-05 09:00", 3), "2027-04-30")["T3"].provisional


# 15. T1


@pytest.mark.parametrize(
    ("limit", "unit", "today", "near"),
    [
        (12, "W", "2025-03-14", False),  # 3 of 12 left
        (12, "W", "2025-03-17", True),  # 2 left
        (10, "W", "2025-03-12", False),
        (10, "W", "2025-03-13", True),  # 2 of 10: exactly one fifth
        (3, "W", "2025-03-04", False),
        (3, "W", "2025-03-05", True),  # one working day left
        (30, "D", "2025-03-26", False),  # 7 of 30
        (30, "D", "2025-03-27", True),
        (1, "M", "2025-03-27", False),  # 7 of 31
        (1, "M", "2025-03-28", True),
    ],
)
def test_15_a_fifth_or_one_working_day_left_is_near(
    judged: Judged, limit: int, unit: str, today: str, near: bool
) -> None:
    assert (judged(promised("2025-03-03 09:00", limit, unit), today) != {}) == near


def test_15_never_on_the_day_of_acceptance(judged: Judged) -> None:
    for unit in ("W", "D", None):
        life = promised("2025-03-03 09:00", 1, unit)
        assert judged(life, "2025-03-03") == {}
        assert set(judged(life, "2025-03-04")) == {"T1"}


def test_15_hours_know_only_the_fifth(judged: Judged) -> None:
    life = promised("2025-03-04 09:00", 10, "H")
    assert judged(life, "2025-03-04 16:59:59") == {}
    assert set(judged(life, "2025-03-04 17:00:00")) == {"T1"}  # on the very day of acceptance


def test_15_a_pause_does_not_lift_it(judged: Judged) -> None:
    life = promised("2025-03-03 09:00", 3, pauses=(Pause(1, "2", on("2025-03-05 09:00")),))
    assert set(judged(life, "2025-03-05")) == {"T1"}
    assert set(judged(life, "2025-05-30")) == {"T1"}


def test_15_not_when_past(judged: Judged) -> None:
    assert set(judged(promised("2025-03-03 09:00", 3), "2025-03-07")) == {"T2"}


# 23, 24


def test_23_a_finished_case_gets_no_warning_but_late_ones_their_cards(judged: Judged) -> None:
    life = Life(on("2025-03-03 09:00"), promised=3, statutory=5)
    done = on("2025-03-06 10:00")
    assert judged(Life(life.accepted, done, promised=3, statutory=5), "2025-03-06") == {}
    late = Life(life.accepted, on("2025-03-12 10:00"), promised=3, statutory=5)
    assert set(judged(late, "2025-12-31")) == {"T2", "T3"}


def test_24_the_condition_holds_from_0_00_of_the_first_counted_day_after_the_last(judged: Judged) -> None:
    life = promised("2025-03-03 09:00", 4)
    assert "T2" not in judged(life, "2025-03-09")  # 24:00 on Sunday
    just_after = us(date(2025, 3, 10)) + 1
    assert just_after == Moment(date(2025, 3, 10), just_after).at
    assert "T2" in judged(life, "2025-03-10 00:00:01")


def us_hours(count: int) -> int:
    return count * 3_600_000_000
