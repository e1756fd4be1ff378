"""The other side of sentences on time, or their second half: what the examples of the two files beside this one leave out."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from sqlalchemy import Engine, insert

from hub.central.engine import reading, writing
from hub.central.tables.business import card
from hub.central.tables.items import item_flow_step, service_item
from hub.supervision.library import declared
from hub.supervision.listing import list_cards
from mappings.values import moment
from tests.oracle.further_oracle import More
from tests.oracle.judging import supervise
from tests.oracle.lives import ItemVersion, Life, Moment, Named, Pause, Stage, Today, on, us
from tests.oracle.loading import clear, found, found_more, import_named, put
from tests.oracle.time_oracle import Finding
from tests.support.paper_examples import TODAY, finished, steps
from tests.support.papers import Rows, catalogue, store
from tests.support.papers import found as found_in

MONDAY = on("2025-03-03 09:00")
HOUR = 3_600_000_000


def told(engine: Engine, life: Life, today: str) -> dict[str, Finding]:
    """T1 to T3 of one case as of the end of a day, or of an instant of it."""
    return dict(_found(engine, found, life, today))


def told_more(engine: Engine, life: Life, today: str) -> dict[tuple[str, str], More]:
    """T4 to T9 and T12 of one case."""
    return dict(_found(engine, found_more, life, today))


def _found(engine: Engine, look: Any, life: Life, today: str) -> Any:
    when = on(today)
    with writing(engine) as connection:
        clear(connection)
        put(connection, [life])
        return look(connection, Today(when.day, -1 if when.at is None else when.at)).get(1, {})


def last_day(engine: Engine, life: Life, rule: str = "T3", today: str = "2026-06-30") -> str:
    return str(told(engine, life, today)[rule].last_day)


def day(text: str) -> date:
    return date.fromisoformat(text)


# 1. Date


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("2025-03-03T23:59:59+08:00", "2025-03-03"),
        ("2025-03-04T00:00:00+08:00", "2025-03-04"),
        ("2025-03-03T15:59:59Z", "2025-03-03"),
        ("2025-03-03T16:00:00Z", "2025-03-04"),
        ("2025-03-03T11:00:00-05:00", "2025-03-04"),
        ("2025-03-04T00:30:00+09:00", "2025-03-03"),
        ("2025-03-03T23:59:59", "2025-03-03"),
        ("2025-03-03T24:00:00", "2025-03-04"),
        ("2025-03-03", "2025-03-03"),
    ],
)
def test_1_an_event_is_on_its_date_in_utc_8_whatever_zone_it_is_written_in(
    written: str, expected: str
) -> None:
    assert moment(written)[1] == expected


# 3, 4. Both limits, and what stops them


def test_4_both_limits_run_from_acceptance_and_stop_at_completion(engine: Engine) -> None:
    """Accepted Monday 3 March: 4 W end on Friday 7, 5 W on Monday 10; finished on Tuesday 11, six days used."""
    life = Life(MONDAY, completed=on("2025-03-11 09:00"), promised=4, statutory=5)
    for today in ("2025-03-11", "2026-06-30"):
        assert told(engine, life, today) == {
            "T2": Finding(day("2025-03-07"), 6, 4, 2, "W"),
            "T3": Finding(day("2025-03-10"), 6, 5, 1, "W"),
        }
    in_time = replace(life, completed=on("2025-03-10 23:59:59"))
    assert set(told(engine, in_time, "2026-06-30")) == {"T2"}


# 5. As of T


@pytest.mark.parametrize(("completed", "warned"), [("2025-03-06", False), ("2025-03-07", True)])
def test_5_what_is_told_by_its_day_alone_is_known_on_that_day(
    engine: Engine, completed: str, warned: bool
) -> None:
    """4 W from Monday 3 March are near their end on Thursday 6: who finished on that day is not warned of."""
    life = Life(MONDAY, completed=on(completed), promised=4)
    assert ("T1" in told(engine, life, "2025-03-06")) is warned


# 6. Pauses of natural days and months


@pytest.mark.parametrize(
    ("size", "unit", "ended", "expected"),
    [
        (3, "D", "2025-03-07", "2025-03-10"),  # 4, 5, (6, 7), Saturday 8 rolls to Monday 10
        (3, "D", "2025-03-05 23:59", "2025-03-06"),  # within one day: 4, 5, 6
        (1, "M", "2025-03-07", "2025-04-07"),  # to 3 April and two days: Saturday 5 rolls over Tomb Sweeping
        (1, "M", "2025-03-05 23:59", "2025-04-03"),
    ],
)
def test_6_pauses_cover_the_whole_days_of_natural_days_and_months_too(
    engine: Engine, size: int, unit: str, ended: str, expected: str
) -> None:
    life = Life(
        MONDAY, statutory=size, statutory_unit=unit, pauses=(Pause(1, "2", on("2025-03-05 09:00")),),
        ends=((1, on(ended)),),
    )  # fmt: skip
    assert last_day(engine, life) == expected


@pytest.mark.parametrize(("unit", "protected"), [("W", "2025-03-19"), ("D", "2025-03-19")])
def test_6_a_pause_begun_on_the_last_day_protects_natural_days_too(
    engine: Engine, unit: str, protected: str
) -> None:
    """4 W and 4 D from Monday 3 March both end on Friday 7; the pause from that day ends on Wednesday 19."""
    life = Life(
        MONDAY, promised=4, promised_unit=unit, pauses=(Pause(1, "9", on("2025-03-07 16:00")),),
        ends=((1, on(protected)),),
    )  # fmt: skip
    assert "T2" not in told(engine, life, protected)
    assert told(engine, life, "2025-03-20")["T2"].excess == 1


def test_6_a_wait_for_corrections_and_a_procedure_are_one_union(engine: Engine) -> None:
    """5 W from Monday 3: 4, 5, (6, 7, 10 paused, once), 11, 12, 13."""
    life = Life(
        MONDAY, statutory=5, pauses=(Pause(1, "2", on("2025-03-05")),), ends=((1, on("2025-03-10")),),
        notices=((1, on("2025-03-05 10:00")),), receipts=((1, on("2025-03-07 10:00")),),
    )  # fmt: skip
    assert last_day(engine, life) == "2025-03-13"


@pytest.mark.parametrize("unit", ["W", "D", "H"])
def test_6_what_lies_between_two_pauses_counts(engine: Engine, unit: str) -> None:
    """Wednesday 5, and Saturday 8 to Monday 10 are paused. 5 W: 4, 6, 7, 11, 12. 5 D: 4, 6, 7, 11, 12. H by the instant."""
    pauses = (Pause(1, "2", on("2025-03-04 23:59")), Pause(2, "9", on("2025-03-07 23:59")))
    ends = ((1, on("2025-03-05 23:59")), (2, on("2025-03-10 23:59")))
    size = {"W": 5, "D": 5, "H": 120}[unit]
    life = Life(on("2025-03-03 23:59"), statutory=size, statutory_unit=unit, pauses=pauses, ends=ends)
    assert last_day(engine, life) == "2025-03-12"


# 7, 8. Cap, corrections


def test_7_the_cap_holds_for_limits_in_natural_days_too(engine: Engine) -> None:
    """3 D from Monday 3 March; an open pause of at most 2 W from Wednesday 5: 4, 5, (6, 7), Saturday 8 rolls to Monday 10."""
    life = Life(
        MONDAY, statutory=3, statutory_unit="D", pauses=(Pause(1, "2", on("2025-03-05 09:00"), 2, "W"),)
    )
    assert last_day(engine, life) == "2025-03-10"


@pytest.mark.parametrize("ended", ["2025-02-27 09:00", "2025-03-04 09:00"])
@pytest.mark.parametrize("unit", ["W", "D", "H"])
def test_8_what_paused_before_acceptance_has_no_effect_on_a_finished_case(
    engine: Engine, unit: str, ended: str
) -> None:
    """Corrections and a hearing from 20 February; 4 W (4 D, 96 H) from Monday 3 March, finished on Wednesday 12.

    Ended in February they leave Friday 7 (hours: at 9:00); ended on 4 March they cover that day (a day of 24 hours) and no more: Monday 10.
    """
    size = 96 if unit == "H" else 4
    life = Life(
        MONDAY, on("2025-03-12 10:00"), promised=size, promised_unit=unit,
        notices=((1, on("2025-02-20 09:00")),), receipts=((1, on(ended)),),
        pauses=(Pause(1, "2", on("2025-02-20 09:00")),), ends=((1, on(ended)),),
    )  # fmt: skip
    if ended.startswith("2025-02"):
        late = {"W": 3, "D": 5, "H": (15 + 24 + 24 + 10) * HOUR}
    else:
        late = {"W": 2, "D": 2, "H": (15 + 24 + 10) * HOUR}
    assert told(engine, life, "2025-03-31")["T2"].excess == late[unit]


# 9. Extension


def test_9_the_excess_of_an_extension_is_void_and_raises_t9(engine: Engine) -> None:
    """20 W from 3 March: 31 March; of 12 W more 10 count, to 15 April."""
    life = Life(MONDAY, statutory=20, pauses=(Pause(1, "1", on("2025-03-20"), 12, "W"),))
    assert "T3" not in told(engine, life, "2025-04-15")
    assert told(engine, life, "2025-04-16")["T3"].last_day == day("2025-04-15")
    assert told_more(engine, life, "2025-04-16")[("T9", "")].excess == 2


@pytest.mark.parametrize(
    ("size", "unit", "expected"),
    [
        (30, "D", "2025-04-08"),  # Wednesday 2 April, and 3, 7, 8 (Friday 4 is Tomb Sweeping)
        (1, "M", "2025-04-09"),  # Thursday 3 April, and 7, 8, 9
    ],
)
def test_9_natural_days_and_months_are_extended_by_working_days(
    engine: Engine, size: int, unit: str, expected: str
) -> None:
    extension = Pause(1, "1", on("2025-03-20"), 3, "W")
    life = Life(MONDAY, statutory=size, statutory_unit=unit, pauses=(extension,))
    assert last_day(engine, life) == expected


def test_9_an_extension_is_no_pause(engine: Engine) -> None:
    """Not of the promised limit, nor of a step."""
    life = Life(
        MONDAY, promised=3, steps=(Stage(1, MONDAY, None, 3, "W"),),
        pauses=(Pause(1, "1", on("2025-03-04"), 5, "W"),),
    )  # fmt: skip
    assert told(engine, life, "2025-03-07")["T2"].last_day == day("2025-03-06")
    assert told_more(engine, life, "2025-03-07")[("T4", "step 1")].last_day == day("2025-03-06")


@pytest.mark.parametrize(("kind", "open_ones"), [("1", []), ("2", ["procedure 1"])])
def test_9_an_extension_without_a_result_is_never_open_for_l8(
    engine: Engine, kind: str, open_ones: list[str]
) -> None:
    special = {"kind": kind, "started": "2025-03-05 10:00", "basis": "第四十二条", "approver": "王"}
    case: Rows = {"special_procedure": [special], "completion": finished()}
    assert papers(engine, "L8", case) == open_ones


# 10. Months


@pytest.mark.parametrize(
    ("accepted", "months", "expected"),
    [
        ("2025-01-31", 1, "2025-02-28"),
        ("2024-01-31", 1, "2024-02-29"),  # a leap year
        ("2025-03-31", 1, "2025-04-30"),
        ("2025-12-31", 2, "2026-02-28"),  # a Saturday that is worked, for the Spring Festival
        ("2025-02-28", 1, "2025-03-28"),  # the same day of the month, not the last
        ("2025-08-30", 1, "2025-09-30"),
    ],
)
def test_10_a_month_is_the_same_day_clamped_to_the_months_end(
    engine: Engine, accepted: str, months: int, expected: str
) -> None:
    assert (
        last_day(
            engine, Life(on(f"{accepted} 10:00"), statutory=months, statutory_unit="M"), today="2026-12-01"
        )
        == expected
    )


def test_10_past_by_natural_days_after_the_last_day_that_rolled(engine: Engine) -> None:
    """5 D from Monday 3 March: Saturday 8 rolls to Monday 10; the rest day after is no day of grace."""
    life = Life(MONDAY, promised=5, promised_unit="D")
    assert "T2" not in told(engine, life, "2025-03-10")
    assert told(engine, life, "2025-03-11")["T2"].excess == 1
    assert told(engine, life, "2025-03-16")["T2"].excess == 6


# 11. Hours


def test_11_a_sunday_that_is_worked_counts_its_hours(engine: Engine) -> None:
    """Friday 26 September 2025 16:00 and 24 H: Saturday stands still, Sunday 28 is worked."""
    life = Life(on("2025-09-26 16:00"), promised=24, promised_unit="H")
    assert "T2" not in told(engine, life, "2025-09-28 16:00")
    assert told(engine, life, "2025-09-28 16:01")["T2"].last_day == day("2025-09-28")


def test_11_what_happens_on_a_rest_day_happens_when_the_next_working_day_begins(engine: Engine) -> None:
    """Accepted on Saturday 8 March at noon, 24 H: the whole of Monday 10. Finished on Sunday 16 is finished on Friday 14, 24:00."""
    life = Life(on("2025-03-08 12:00"), promised=24, promised_unit="H")
    assert "T2" not in told(engine, life, "2025-03-10")
    assert told(engine, life, "2025-03-11 00:01")["T2"].last_day == day("2025-03-10")
    late = Life(on("2025-03-13 12:00"), on("2025-03-16 18:00"), promised=24, promised_unit="H")
    assert told(engine, late, "2025-03-31")["T2"].excess == 12 * HOUR


def test_11_a_pause_told_by_days_begins_and_ends_with_the_end_of_its_days(engine: Engine) -> None:
    """20 H from Tuesday 4 March 9:00: 15 of that day, Wednesday 5 is paused, 5 of Thursday 6."""
    life = Life(
        on("2025-03-04 09:00"), promised=20, promised_unit="H", pauses=(Pause(1, "2", on("2025-03-04")),),
        ends=((1, on("2025-03-05")),),
    )  # fmt: skip
    assert "T2" not in told(engine, life, "2025-03-06 05:00")
    assert "T2" in told(engine, life, "2025-03-06 05:01")


@pytest.mark.parametrize(("begun", "last"), [("2025-03-05", "2025-03-05"), ("2025-03-06", "2025-03-04")])
def test_11_an_extension_told_by_its_day_begins_with_the_begin_of_it(
    engine: Engine, begun: str, last: str
) -> None:
    """15 H from Tuesday 4 March 9:00 run out at 24:00: an extension of Wednesday 5 is just in time, one of Thursday is not."""
    life = Life(
        on("2025-03-04 09:00"), statutory=15, statutory_unit="H", pauses=(Pause(1, "1", on(begun), 1, "W"),)
    )
    assert last_day(engine, life) == last


def test_11_all_24_hours_count_whatever_the_office_hours(engine: Engine) -> None:
    life = Life(on("2025-03-04 17:00"), promised=24, promised_unit="H")
    assert "T2" not in told(engine, life, "2025-03-05 17:00")
    assert "T2" in told(engine, life, "2025-03-05 17:01")


@pytest.mark.parametrize(("after", "late"), [(0, {}), (1, {"T2": 1})])
def test_11_past_one_instant_after(engine: Engine, after: int, late: dict[str, int]) -> None:
    """Friday 16:00 and 24 H: Monday 16:00, and not a microsecond more."""
    done = Moment(day("2025-03-10"), us(day("2025-03-10"), 16) + after)
    life = Life(on("2025-03-07 16:00"), done, promised=24, promised_unit="H")
    assert {rule: each.excess for rule, each in told(engine, life, "2025-03-31").items()} == late


def test_11_an_extension_of_hours_is_days_of_24_hours(engine: Engine) -> None:
    """24 H from Tuesday 4 March 9:00, and 25 H more are two days: Friday 7, 9:00."""
    life = Life(
        on("2025-03-04 09:00"), statutory=24, statutory_unit="H",
        pauses=(Pause(1, "1", on("2025-03-04 10:00"), 25, "H"),),
    )  # fmt: skip
    assert "T3" not in told(engine, life, "2025-03-07 09:00")
    assert told(engine, life, "2025-03-07 09:01")["T3"].last_day == day("2025-03-07")


# 12. Zero, null


@pytest.mark.parametrize("limit", [None, 0, -1])
def test_12_a_step_limit_of_zero_or_null_is_no_limit(engine: Engine, limit: int | None) -> None:
    assert told_more(engine, Life(MONDAY, steps=(Stage(1, MONDAY, None, limit, "W"),)), "2026-06-30") == {}
    late = Life(MONDAY, steps=(Stage(1, MONDAY, None, 1, "W"),))
    assert told_more(engine, late, "2025-03-05") == {("T4", "step 1"): More(day("2025-03-04"), 1)}


@pytest.mark.parametrize("unit", ["W", "D", "M", "H"])
def test_12_a_pause_approved_for_0_on_a_rest_day_deducts_nothing_either(engine: Engine, unit: str) -> None:
    """From Sunday 9 March: its own last day rolls to Monday 10, which counts all the same: 4, 5, 6, 7, 10."""
    life = Life(MONDAY, statutory=5, pauses=(Pause(1, "2", on("2025-03-09 10:00"), 0, unit),))
    assert last_day(engine, life) == "2025-03-10"


def test_12_a_procedure_with_a_null_limit_has_no_t5(engine: Engine) -> None:
    life = Life(MONDAY, pauses=(Pause(1, "2", on("2025-03-05"), None, "W"),))
    assert told_more(engine, life, "2026-06-30") == {}


# 13. Unpublished year

REST_2027 = (
    *(Named(date(2027, 1, n), False) for n in (1, 2, 3)),
    *(Named(date(2027, 2, n), False) for n in range(5, 11)),
)


def states(engine: Engine) -> list[tuple[str, str, bool]]:
    with reading(engine) as connection:
        return [(c["rule"], c["state"], c["provisional"]) for c in list_cards(connection)]


def keep(engine: Engine, *lives: Life) -> None:
    with writing(engine) as connection:
        clear(connection)
        put(connection, lives)


def test_13_provisional_yellow_and_red_cards_wait_until_the_year_is_imported(engine: Engine) -> None:
    """3 W from Monday 28 December 2026: the last day is Thursday 31; only presumed days have passed since."""
    keep(engine, Life(on("2026-12-28 09:00"), promised=3, statutory=3))
    supervise(engine, today=day("2027-01-05"), only=("T2", "T3"))
    assert states(engine) == [("T2", "待发", True), ("T3", "待发", True)]
    assert len(REST_2027) == 9
    with writing(engine) as connection:
        import_named(connection, REST_2027)  # a day short of a notice
    supervise(engine, today=day("2027-01-05"), only=("T2", "T3"))
    assert states(engine) == [("T2", "待发", True), ("T3", "待发", True)]
    with writing(engine) as connection:
        import_named(connection, [Named(date(2027, 2, 20), True)])
    for _ in range(2):
        supervise(engine, today=day("2027-01-05"), only=("T2", "T3"))
        assert states(engine) == [("T2", "已发", False), ("T3", "已发", False)]


def test_13_a_provisional_warning_is_issued_and_marked_so(engine: Engine) -> None:
    """3 W from Tuesday 29 December 2026: the last day is presumed to be Friday 1 January, which nobody has published."""
    keep(engine, Life(on("2026-12-29 09:00"), promised=3))
    supervise(engine, today=day("2027-01-03"), only=("T1",))
    assert states(engine) == [("T1", "已发", True)]


# 15. T1


@pytest.mark.parametrize(
    ("accepted", "limit", "unit", "today", "near"),
    [
        (
            "2025-03-03",
            14,
            "W",
            "2025-03-18",
            False,
        ),  # 3 of 14 left: more than a fifth, though 2.8 rounds to 3
        ("2025-03-03", 14, "W", "2025-03-19", True),
        ("2025-03-03", 15, "W", "2025-03-18", False),  # 4 of 15
        ("2025-03-03", 15, "W", "2025-03-19", True),  # 3 of 15: a fifth exactly
        ("2025-03-05", 3, "D", "2025-03-06", False),  # Saturday 8 rolls to Monday 10: two working days left
        ("2025-03-05", 3, "D", "2025-03-07", True),  # one
        ("2025-03-05", 3, "W", "2025-03-06", False),
        ("2025-03-05", 3, "W", "2025-03-09", True),  # Sunday: Monday alone is left
    ],
)
def test_15_the_fifth_is_exact_and_one_working_day_left_is_counted_by_the_calendar(
    engine: Engine, accepted: str, limit: int, unit: str, today: str, near: bool
) -> None:
    life = Life(on(f"{accepted} 09:00"), promised=limit, promised_unit=unit)
    assert (set(told(engine, life, today)) == {"T1"}) is near


# 16. T4: the item's flow


@pytest.mark.parametrize(("flow", "expected"), [(1, "2025-03-04"), (0, "2025-03-06"), (None, "2025-03-06")])
def test_16_the_limit_of_the_items_flow_comes_before_the_messages(
    engine: Engine, flow: int | None, expected: str
) -> None:
    step = Stage(1, MONDAY, None, 3, "W", code="B")
    with writing(engine) as connection:
        clear(connection)
        put(connection, [Life(MONDAY, applied=MONDAY, item=(ItemVersion(1),), steps=(step,))])
        row = {"item_code": "I1", "version": 1, "seq": 1, "step_code": "B", "name": "审查", "step_limit": flow, "step_limit_unit": "W"}  # fmt: skip
        connection.execute(insert(item_flow_step), [row])
        seen = found_more(connection, Today(day("2025-03-31")))[1]
    assert seen[("T4", "step 1")].last_day == day(expected)


# 19. E3


@pytest.mark.parametrize(("today", "arises"), [("2025-05-11", False), ("2025-05-12", True)])
def test_19_the_five_days_of_e3_are_working_days(engine: Engine, today: str, arises: bool) -> None:
    """4 W from Thursday 24 April 2025: 25, 27 (worked), 28, 29. Of grace: 30 April, 6, 7, 8, 9 May; past from Monday 12."""
    limit = {"promised_limit": 4, "promised_limit_unit": "W"}
    case: Rows = {"approval_case": limit, "acceptance": {"handled": "2025-04-24 10:00", "status": "1"}}
    assert bool(papers(engine, "E3", case, today)) is arises


# 20. T13


@pytest.mark.parametrize(("days", "arises"), [(28, False), (29, True)])
def test_20_unlike_units_are_compared_without_pauses(engine: Engine, days: int, arises: bool) -> None:
    """20 W from 3 March end on Monday 31; 28 D too, 29 D on 1 April. Less a pause from 9 to 14 March the law would end later."""
    keep(
        engine,
        Life(
            MONDAY, promised=days, promised_unit="D", statutory=20, pauses=(Pause(1, "2", on("2025-03-09")),),
            ends=((1, on("2025-03-14")),),
        ),
    )  # fmt: skip
    supervise(engine, today=day("2025-03-14"), only=("T13",))
    assert [rule for rule, *_ in states(engine)] == (["T13"] if arises else [])


# 21. Order rules


def ordered(rule: str, before: str, after: str) -> Rows:
    """A case in which what must come first is told at `before`, what must follow it at `after`."""
    cases: dict[str, Rows] = {
        "L1": {"acceptance": {"handled": before}, "completion": finished(after)},
        "L2": {
            "correction_notice": [{"notified": before}],
            "correction_receipt": [{"notice_seq": 1, "received": after}],
        },
        "L3": {
            "special_procedure": [{"kind": "2", "started": before}],
            "special_procedure_result": [{"procedure_seq": 1, "ended": after}],
        },
        "L4": {"step": steps({"started": before, "ended": None}, {"started": after, "ended": None})},
        "L9": {"application": {"applied": before}, "acceptance": {"handled": after}},
    }
    return cases[rule]  # fmt: skip


@pytest.mark.parametrize("rule", ["L1", "L2", "L3", "L4", "L9"])
@pytest.mark.parametrize(
    ("before", "after", "arises"),
    [
        ("2025-03-05 10:00", "2025-03-05 10:00", False),
        ("2025-03-05 10:00", "2025-03-05 09:59:59", True),
        ("2025-03-05 10:00", "2025-03-05", False),
        ("2025-03-05", "2025-03-05 00:00", False),
        ("2025-03-05", "2025-03-05", False),
        ("2025-03-05", "2025-03-04 23:59:59", True),
        ("2025-03-05 00:00", "2025-03-04", True),
    ],
)
def test_21_the_order_rules_are_strict_and_days_are_compared_as_days(
    engine: Engine, rule: str, before: str, after: str, arises: bool
) -> None:
    assert bool(papers(engine, rule, ordered(rule, before, after))) is arises


def test_21_l4_goes_by_seq_not_by_the_order_of_arrival(engine: Engine) -> None:
    told_later = steps({"seq": 2, "started": "2025-03-04 09:00"}, {"seq": 1, "started": "2025-03-03 09:00"})
    assert papers(engine, "L4", {"step": told_later}) == []


# 22


@pytest.mark.parametrize(
    ("ended", "open_ones"),
    [
        (None, ["procedure 1"]),
        ("2025-03-10 16:00:01", ["procedure 1"]),
        ("2025-03-10 16:00", []),
        ("2025-03-10", []),
    ],
)
def test_22_l8_a_procedure_without_an_end_or_with_one_after_completion(
    engine: Engine, ended: str | None, open_ones: list[str]
) -> None:
    case: Rows = {
        "special_procedure": [{"kind": "2", "started": "2025-03-05 10:00"}],
        "completion": finished(),
    }
    if ended is not None:
        case = {**case, "special_procedure_result": [{"procedure_seq": 1, "ended": ended}]}
    assert papers(engine, "L8", case) == open_ones


@pytest.mark.parametrize(
    ("numbers", "names", "same"),
    [
        (("7", "7"), ("甲", "乙"), True),  # the number says who it was
        (("7", "8"), ("甲", "甲"), False),  # two people of one name
        (("", ""), ("甲", "甲"), True),
        (("7", ""), ("甲", "甲"), True),  # told by name where one has no number
        (("7", ""), ("甲", "乙"), False),
        (("", ""), ("", ""), False),
    ],
)
def test_22_l11_a_person_is_told_by_number_else_by_name(
    engine: Engine, numbers: tuple[str, str], names: tuple[str, str], same: bool
) -> None:
    people = [
        {"step_code": code, "handler_no": number or None, "handler_name": name}
        for code, number, name in zip("AB", numbers, names, strict=True)
    ]
    with writing(engine) as connection:
        catalogue(connection, steps=[("A", "受理", "1"), ("B", "审查", "2")], apart=[("B", "A")])
        store(connection, {"step": steps(*people)})
        assert bool(found_in(connection, "L11", TODAY)) is same


@pytest.mark.parametrize(
    ("case", "arises"),
    [
        ({"completion": finished("2025-03-10 16:00", "0")}, True),
        ({"completion": finished("2025-03-10 16:00", "1")}, False),
        ({"completion": finished("2025-03-03 10:00", "0")}, False),  # at the instant of the refusal
        ({}, False),
    ],
)
def test_22_l12_an_approval_after_a_refusal(engine: Engine, case: Rows, arises: bool) -> None:
    assert bool(papers(engine, "L12", {"acceptance": {"status": "2"}, "step": None, **case})) is arises


@pytest.mark.parametrize(
    ("completed", "arises"),
    [("2025-03-03 23:59:59", False), ("2025-03-03", False), ("2025-03-04 00:00", True), ("2025-03-04", True)],
)
def test_22_l13_a_finished_case_too_goes_by_the_calendar_day(
    engine: Engine, completed: str, arises: bool
) -> None:
    case: Rows = {"approval_case": {"case_type": "1"}, "completion": finished(completed)}
    assert bool(papers(engine, "L13", case)) is arises


# 23


@pytest.mark.parametrize(("size", "unit"), [(5, "D"), (5, "W"), (125, "H")])
def test_23_a_case_finished_on_its_very_last_day_is_not_warned_of(
    engine: Engine, size: int, unit: str
) -> None:
    """5 D from Monday 3 March roll from Saturday 8 to Monday 10; 5 W end on it, and 125 H have 6 left."""
    life = Life(MONDAY, on("2025-03-10 08:00"), promised=size, promised_unit=unit, statutory=1)
    assert set(told(engine, life, "2025-03-10")) == {"T3"}


def test_23_of_all_warnings_t1_and_t12_alone_end_with_the_case(engine: Engine) -> None:
    ending = {code for code, rule in declared().items() if "finished" in rule.closes}
    assert ending == {"T1", "T12"}
    silent = steps({"step_type": "3", "opinion": ""})
    case: Rows = {"step": silent, "completion": finished()}
    assert declared()["C8"].levels["default"] == 1
    assert papers(engine, "C8", case) == ["step 1"]


# 24


def test_24_whoever_is_judged_late_is_not_late_the_longer(engine: Engine) -> None:
    """The hub may look a week after: what counts is when the condition began, and a case that finished meanwhile."""
    keep(engine, Life(MONDAY, promised=4, completed=on("2025-03-09 23:59:59")))
    supervise(engine, today=day("2025-03-17"), only=("T2",))
    assert states(engine) == []
    keep(engine, Life(MONDAY, promised=4, completed=on("2025-03-10 00:00")))
    supervise(engine, today=day("2025-03-17"), only=("T2",))
    with reading(engine) as connection:
        assert [row.excess_days for row in connection.execute(card.select())] == [1]


# 25. Withdrawal

NEAR = Life(MONDAY, promised=4)  # near from Thursday 6 March, past from Monday 10


@pytest.mark.parametrize(
    ("completed", "today", "expected"),
    [
        (None, "2025-03-10", [("T1", "办结"), ("T2", "已发")]),  # a T1 that becomes T2
        ("2025-03-07 16:00", "2025-03-07", [("T1", "办结")]),  # finished after its issue
        ("2025-03-06 16:00", "2025-03-07", [("T1", "撤销")]),  # it had finished before its issue
        ("2025-03-07 00:00", "2025-03-07", [("T1", "办结")]),  # the issue is of 24:00 on Thursday
        ("2025-03-06 23:59:59", "2025-03-07", [("T1", "撤销")]),
    ],
)
def test_25_a_warning_is_closed_by_what_came_after_its_issue_and_withdrawn_by_what_came_before(
    engine: Engine, completed: str | None, today: str, expected: list[tuple[str, str]]
) -> None:
    keep(engine, NEAR)
    supervise(engine, today=day("2025-03-06"), only=("T1", "T2"))
    assert [each[:2] for each in states(engine)] == [("T1", "已发")]
    keep(engine, replace(NEAR, completed=on(completed) if completed else None))
    for _ in range(2):
        supervise(engine, today=day(today), only=("T1", "T2"))
        assert [each[:2] for each in states(engine)] == expected


def test_25_a_warning_that_was_closed_is_not_raised_a_second_time(engine: Engine) -> None:
    """Told as finished on Friday 7, then as open after all: it was warned of once."""
    for completed, today in (
        (None, "2025-03-06"),
        (on("2025-03-07 16:00"), "2025-03-07"),
        (None, "2025-03-08"),
    ):
        keep(engine, replace(NEAR, completed=completed))
        supervise(engine, today=day(today), only=("T1", "T2"))
    assert [each[:2] for each in states(engine)] == [("T1", "办结")]


@pytest.mark.parametrize(
    ("begun", "state"),
    [("2025-03-07 09:00", "撤销"), ("2025-03-10 09:00", "已发")],  # on the last day, and once past
)
def test_25_a_pause_told_late_withdraws_a_card_only_if_it_would_not_have_arisen(
    engine: Engine, begun: str, state: str
) -> None:
    keep(engine, NEAR)
    supervise(engine, today=day("2025-03-10"), only=("T2",))
    keep(engine, replace(NEAR, pauses=(Pause(1, "9", on(begun)),)))
    supervise(engine, today=day("2025-03-20"), only=("T2",))
    assert [each[:2] for each in states(engine)] == [("T2", state)]


@pytest.mark.parametrize(
    ("changed", "state"),
    [({"promised": 5}, "撤销"), ({"promised": 4, "promised_unit": "W"}, "已发"), ({"promised": 3}, "已发")],
)
def test_25_a_limit_told_anew_is_judged_as_of_the_issue(
    engine: Engine, changed: dict[str, Any], state: str
) -> None:
    keep(engine, NEAR)
    supervise(engine, today=day("2025-03-10"), only=("T2",))
    keep(engine, replace(NEAR, **changed))
    supervise(engine, today=day("2025-03-10"), only=("T2",))
    assert [each[:2] for each in states(engine)] == [("T2", state)]


@pytest.mark.parametrize(("limit", "state"), [(4, "已发"), (5, "撤销")])
def test_25_a_changed_catalogue_recomputes_what_it_touches(engine: Engine, limit: int, state: str) -> None:
    life = replace(NEAR, applied=MONDAY)
    keep(engine, life)
    supervise(engine, today=day("2025-03-10"), only=("T2",))
    keep(engine, replace(life, item=(ItemVersion(1, promised=limit, promised_unit="W"),)))
    with reading(engine) as connection:
        assert connection.execute(service_item.select()).all()
    supervise(engine, today=day("2025-03-10"), only=("T2",))
    assert [each[:2] for each in states(engine)] == [("T2", state)]


# What rests on a pause that has a cap of hours, by the instant


def test_7_a_cap_of_hours_pauses_by_the_instant_where_the_limit_is_of_hours(engine: Engine) -> None:
    """10 H from Tuesday 4 March 9:00, paused for at most 2 H from 10:00: past after 21:00."""
    life = Life(
        on("2025-03-04 09:00"), promised=10, promised_unit="H",
        pauses=(Pause(1, "2", on("2025-03-04 10:00"), 2, "H"),),
    )  # fmt: skip
    assert "T2" not in told(engine, life, "2025-03-04 21:00")
    assert told(engine, life, "2025-03-04 22:00")["T2"].excess == HOUR


def papers(engine: Engine, rule: str, case: Rows, today: str = TODAY) -> list[str]:
    """What a rule finds in one case of papers."""
    with writing(engine) as connection:
        store(connection, case)
        return found_in(connection, rule, today).get(1, [])
