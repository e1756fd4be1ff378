"""Every indicator against a month that was worked out by hand, the list behind it, and what was not judged and why."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import Engine, insert, select

from hub.central.engine import writing
from hub.central.tables.rules import rule_version
from hub.errors import StopError
from hub.scores import parameters
from hub.scores.figures import Figure
from hub.scores.library import find, indicators
from hub.scores.measuring import measure, measure_by, rows
from hub.scores.period import parse_period
from hub.scores.working import Working, working
from tests.oracle.loading import SYSTEM, register
from tests.unit.scores import examples
from tests.unit.scores.examples import card, complaint, item, package

LATER = examples.MARCH_OVER + 86_400_000_000


@contextmanager
def march(engine: Engine, period: str = "2025-03", **more: Any) -> Iterator[Working]:
    with working(engine, parse_period(period), now=more.pop("now", LATER), **more) as opened:
        yield opened


def figure(engine: Engine, code: str, period: str = "2025-03", **more: Any) -> Figure:
    with march(engine, period, **more) as opened:
        return measure(opened, find(code))


def listed(engine: Engine, code: str, part: str = "numerator", **more: Any) -> list[str]:
    with march(engine) as opened:
        return [str(row["subject"]) for row in rows(opened, find(code), part, **more)]


@pytest.fixture
def month(engine: Engine) -> Engine:
    """With the cases of March, a gap in the serials, and cards of every level."""
    with writing(engine) as connection:
        examples.put_month(connection)
        examples.put_packages(connection, package(1, 1, "03-03T10:00:00"), package(2, 4, "03-04T10:00:00"))
        examples.put_cards(connection, *(card(n, 1 + n % 3, "03-12", open_key=None) for n in range(11, 18)))
    return engine


def test_finished_within_the_promised_limit(month: Engine) -> None:
    found = figure(month, "on_time")
    assert (found.numerator, found.denominator, found.value) == (8, 11, 72.7273)
    assert found.not_judged == {"no_limit": 1, "not_accepted": 1}
    assert (found.target, found.reached) == (100, False)
    assert listed(month, "on_time") == examples.ON_TIME
    assert listed(month, "on_time", "denominator") == examples.JUDGED
    assert listed(month, "on_time", "not_judged") == examples.names(7, 13)


def test_finished_early(month: Engine) -> None:
    found = figure(month, "early")
    assert (found.numerator, found.denominator, found.value) == (5, 9, 55.5556)
    assert listed(month, "early") == examples.EARLY
    assert listed(month, "early", "denominator") == examples.FINISHED_JUDGED


def test_applied_for_online(month: Engine) -> None:
    found = figure(month, "online_handled")
    assert (found.numerator, found.denominator) == (4, 12)
    assert found.not_judged == {"channel_not_given": 1}
    assert listed(month, "online_handled") == examples.names(1, 2, 3, 4)


def test_volumes(month: Engine) -> None:
    assert figure(month, "accepted").value == len(examples.ACCEPTED) == 13
    assert listed(month, "accepted") == examples.ACCEPTED
    assert figure(month, "finished").value == len(examples.FINISHED) == 11
    assert listed(month, "finished") == examples.FINISHED


def test_a_month_that_is_not_over_is_told_as_of_now(month: Engine) -> None:
    # On Friday 7 March at 12:00 the cases 1, 11, 12 and 14 were finished, and nothing was overdue. On Monday 4 was late, 5 and
    # 9 were overdue, and 8 with its pause was not.
    found = figure(month, "on_time", now=examples.micros("2025-03-07T12:00:00"))
    assert (found.numerator, found.denominator) == (4, 4)
    assert figure(month, "on_time", now=examples.micros("2025-03-10T12:00:00")).denominator == 10


def test_april_begins_with_the_case_that_march_left_overdue(month: Engine) -> None:
    found = figure(month, "on_time", "2025-04", now=LATER)
    assert (found.numerator, found.denominator) == (0, 2)  # 9 finished late in April, 5 open and overdue


def test_nothing_is_never_a_figure(engine: Engine) -> None:
    for code, each in indicators().items():
        found = figure(engine, code)
        assert found.value == (0 if each.kind == "count" else None), code
        assert found.reached is None


def test_what_a_dialect_cannot_report_is_not_judged(month: Engine) -> None:
    lacking = {SYSTEM: frozenset({"Acceptance.HandledAt", "Completion.CompletedAt"})}
    found = figure(month, "online_handled", delivers=lacking)
    assert (found.numerator, found.denominator, found.value) == (0, 0, None)
    assert found.not_judged == {"not_reported": 13}
    assert figure(month, "on_time", delivers=lacking).denominator == 11


def test_a_system_on_trial_counts_nowhere(month: Engine) -> None:
    with writing(month) as connection:
        register(connection, status="trial")
    for code in ("on_time", "early", "online_handled", "accepted", "finished"):
        found = figure(month, code)
        assert found.denominator == 0, code
        assert found.not_judged["system_on_trial"] >= 9, code


TOLD: dict[str, tuple[str, str | None, str, int | None]] = {
    # completed, the version that told it first arrived, why it is not judged, late
    "within 24 hours": ("03-06T16:00:00", "03-07T16:00:00", "", 0),
    "a second after 24 hours": ("03-06T16:00:00", "03-07T16:00:01", "", 1),
    "before the system's first package": ("03-02T16:00:00", "03-03T09:00:00", "before_first_package", None),
    "told by a version that nobody knows": ("03-06T16:00:00", None, "first_told_unknown", None),
}


@pytest.mark.parametrize(("completed", "arrived", "reason", "late"), TOLD.values(), ids=TOLD)
def test_completions_that_were_not_reported_in_time(
    engine: Engine, completed: str, arrived: str | None, reason: str, late: int | None
) -> None:
    with writing(engine) as connection:
        examples.put(connection, [examples.life(completed, accepted="03-01T10:00:00", applied=None)])
        examples.put_packages(connection, package(1, 1, "03-03T09:00:00"))
        if arrived is not None and arrived != "03-03T09:00:00":
            examples.put_packages(connection, package(2, 2, arrived))
            examples.told(connection, 1, "Completion.CompletedAt", 2)
        examples.versions(connection, 1, *([1] if arrived else []), *([2] if arrived and not reason else []))
    found = figure(engine, "unreported")
    assert (found.numerator, found.denominator) == ((late, 1) if late is not None else (0, 0))
    assert found.not_judged == ({reason: 1} if reason else {})


def test_the_term_is_that_of_the_rule_in_force(engine: Engine) -> None:
    with writing(engine) as connection:
        examples.put(connection, [examples.life("03-06T16:00:00", accepted="03-01T10:00:00", applied=None)])
        examples.put_packages(connection, package(1, 1, "03-03T09:00:00"), package(2, 2, "03-07T16:00:01"))
        examples.told(connection, 1, "Completion.CompletedAt", 2)
        examples.versions(connection, 1, 1, 2)
        newest = connection.execute(select(rule_version).where(rule_version.c.rule == "E1")).mappings().one()
        definition = newest["definition"].replace('"value": 24', '"value": 48')
        longer = {**newest, "version": newest["version"] + 1, "definition": definition}
    assert figure(engine, "unreported").numerator == 1
    with writing(engine) as connection:
        connection.execute(insert(rule_version), [longer])
    assert figure(engine, "unreported").numerator == 0


def test_an_event_known_by_its_day_alone_is_reported_in_time_until_the_end_of_the_next_day(
    engine: Engine,
) -> None:
    for arrived, late in (("03-07T23:59:59", 0), ("03-08T00:00:00", 1)):
        with writing(engine) as connection:
            examples.forget(connection)
            day_only = examples.Moment(examples.at("03-06T00:00:00").day)
            examples.put(connection, [examples.Life(examples.at("03-03T10:00:00"), day_only, applied=None)])
            examples.put_packages(connection, package(1, 1, "03-03T09:00:00"), package(2, 2, arrived))
            examples.versions(connection, 1, 1, 2)
            examples.told(connection, 1, "Completion.CompletedAt", 2)
        assert figure(engine, "unreported").numerator == late, arrived


def test_events_reported_within_24_hours(engine: Engine) -> None:
    with writing(engine) as connection:
        # Applied and accepted on Monday at 10:00, told on Monday; finished on Thursday, told on Saturday.
        examples.put(connection, [examples.life("03-06T16:00:00")])
        examples.put_packages(connection, package(1, 1, "03-03T09:00:00"), package(2, 2, "03-03T12:00:00"))
        examples.put_packages(connection, package(3, 3, "03-08T12:00:00"))
        examples.versions(connection, 1, 2, 3)
        examples.told(connection, 1, "Completion.CompletedAt", 2)
    found = figure(engine, "timely_reporting")
    assert (found.numerator, found.denominator, found.value) == (2, 3, 66.6667)
    assert listed(engine, "timely_reporting") == [
        f"{SYSTEM}/C1 Acceptance.HandledAt",
        f"{SYSTEM}/C1 Application.AppliedAt",
    ]
    with march(engine) as opened:
        behind = list(rows(opened, find("timely_reporting"), "denominator"))
    assert {row["case_name"] for row in behind} == {f"{SYSTEM}/C1"}


def test_the_share_of_satisfied_applicants(month: Engine) -> None:
    with writing(month) as connection:
        for number, (grade, day) in enumerate(
            (("1", "03-03"), ("3", "03-31"), ("4", "03-10"), ("5", "04-01"), (None, "03-05")), 1
        ):
            examples.put_evaluation(connection, number, grade, day)
        # A case that had been finished before the month.
        examples.put_evaluation(connection, 10, "2", "03-05")
    found = figure(month, "satisfaction")
    assert (found.numerator, found.denominator, found.value) == (3, 4, 75.0)
    assert found.not_judged == {"grade_not_given": 1}
    assert [row for row in listed(month, "satisfaction") if "C10" in row] == [f"{SYSTEM}/C10 evaluation 1"]


def test_a_result_delivered_without_a_completion_is_an_unreported_one(engine: Engine) -> None:
    with writing(engine) as connection:
        examples.put(connection, [examples.life(delivered=examples.at("03-12T09:00:00"))])
    assert listed(engine, "unreported") == examples.names(1)


def test_items_on_the_platform_and_online(engine: Engine) -> None:
    with writing(engine) as connection:
        examples.put(connection, [examples.life(), examples.life(), examples.life()])  # items I1..I3, H1..H3
        examples.known(connection, 1, "03-05T10:00:00")
        examples.known(connection, 2, "04-05T10:00:00")
        examples.put_items(
            connection,
            item("I1", online_depth="apply"),
            item("I2", online_depth="none"),  # its case came in April
            item("H1", online_depth="whole"),
            item("X", online_depth=None),
            item("Y", is_exempt=1, online_depth="whole"),
            item("Z", state="cancelled", online_depth="whole"),
        )
    found = figure(engine, "item_entry")
    assert (found.numerator, found.denominator, found.value) == (2, 4, 50.0)
    assert listed(engine, "item_entry") == ["H1", "I1"]
    online = figure(engine, "online_available")
    assert (online.numerator, online.denominator) == (2, 3)
    assert online.not_judged == {"depth_not_given": 1}
    assert (online.target, online.reached) == (80, False)


COMPRESSED: Mapping[str, tuple[dict[str, Any], float | None, str | None]] = {
    "10 of 20": ({"promised_limit": 10, "statutory_limit": 20}, 50.0, None),
    "as the law": ({"promised_limit": 20, "statutory_limit": 20}, 0.0, None),
    "longer than the law": ({"promised_limit": 30, "statutory_limit": 20}, -50.0, None),
    "units differ": (
        {"promised_limit": 10, "promised_limit_unit": "D", "statutory_limit": 20},
        None,
        "units_differ",
    ),
    "zero is no limit": ({"promised_limit": 0, "statutory_limit": 20}, None, "limit_not_given"),
    "no statutory limit": ({"promised_limit": 5}, None, "limit_not_given"),
}


@pytest.mark.parametrize(("given", "value", "reason"), COMPRESSED.values(), ids=COMPRESSED)
def test_the_promised_limit_against_the_statutory_one(
    engine: Engine, given: dict[str, Any], value: float | None, reason: str | None
) -> None:
    with writing(engine) as connection:
        examples.put_items(connection, item("A", **given))
    found = figure(engine, "promise_compression")
    assert (found.value, found.not_judged) == (value, {} if reason is None else {reason: 1})


def test_compression_is_the_mean_of_its_items(engine: Engine) -> None:
    with writing(engine) as connection:
        examples.put_items(
            connection,
            item("A", promised_limit=10, statutory_limit=20),
            item("B", promised_limit=15, statutory_limit=20, is_exempt=1),
        )
    assert figure(engine, "promise_compression").value == 37.5


def test_serials_that_came_of_those_that_were_sent(engine: Engine) -> None:
    with writing(engine) as connection:
        examples.put_packages(
            connection,
            package(1, 7, "02-28T10:00:00"),
            package(2, 8, "03-01T10:00:00"),
            package(3, 12, "03-15T10:00:00"),
            package(4, 10, "04-02T10:00:00"),  # too late for March
        )
    found = figure(engine, "complete_reporting")
    assert (found.numerator, found.denominator, found.value) == (2, 5, 40.0)  # 8 and 12 of 8 to 12
    with march(engine) as opened:
        behind = list(rows(opened, find("complete_reporting"), "denominator"))
    assert [(row["subject"], row["num"], row["weight"]) for row in behind] == [
        (f"{SYSTEM} serial 12", 1, 1),
        (f"{SYSTEM} serial 8", 1, 1),
        (f"{SYSTEM} serials 9..11", 0, 3),
    ]
    assert sum(row["weight"] for row in behind) == found.denominator


def test_complaints_and_the_time_to_their_first_answer(month: Engine) -> None:
    with writing(month) as connection:
        examples.put_complaints(
            connection,
            complaint(1, "03-03T10:00:00", "03-03T16:00:00"),  # 6 hours
            complaint(2, "03-30T10:00:00", "04-01T10:00:00"),  # first answered in April
            complaint(
                3, "02-28T10:00:00", "03-02T10:00:00", org_uscc=examples.OTHER
            ),  # 48 hours, of February
            complaint(4, "04-01T00:00:00"),
        )
    assert listed(month, "complaints") == ["complaint 2025000001", "complaint 2025000002"]
    rate = figure(month, "complaint_rate")
    assert (rate.numerator, rate.denominator, rate.value) == (2, 13, 15.3846)
    assert listed(month, "complaint_rate", "denominator") == examples.ACCEPTED
    response = figure(month, "response_time")
    assert (response.numerator, response.denominator, response.value) == (None, 2, 27.0)
    with march(month) as opened:
        by = {part.key: part.value for part in measure_by(opened, find("response_time"), "organization")}
    assert by == {examples.ORG: 6.0, examples.OTHER: 48.0}


def test_cards_that_count_are_issued_in_the_month_and_not_withdrawn(engine: Engine) -> None:
    with writing(engine) as connection:
        examples.put_cards(
            connection,
            card(1, 1, "03-03"),
            card(2, 2, "03-31", state="办结", open_key=None),
            card(3, 3, "03-31", state="撤销", open_key=None),
            card(4, 2, None),
            card(5, 2, "04-01"),
            card(6, 2, "02-28"),
        )
    assert listed(engine, "cards") == ["card 1", "card 2"]
    with march(engine) as opened:
        assert [(f.key, f.value) for f in measure_by(opened, find("cards"), "level")] == [("1", 1), ("2", 1)]


def test_a_numerator_lies_within_its_denominator_and_figures_are_as_long_as_their_lists(
    month: Engine,
) -> None:
    with march(month) as opened:
        for code, each in indicators().items():
            found = measure(opened, each)
            inner, outer, silent = (
                [(row["subject"], row.get("weight", 1)) for row in rows(opened, each, part)]
                for part in (
                    "numerator",
                    "denominator" if each.kind != "count" else "numerator",
                    "not_judged",
                )
            )
            assert each.kind == "rate" or set(inner) <= set(outer), code
            assert not set(silent) & set(outer), code
            assert sum(weight for _, weight in inner) == (
                found.denominator if each.kind == "mean" else found.numerator
            )
            assert sum(weight for _, weight in outer) == found.denominator, code
            assert sum(weight for _, weight in silent) == sum(found.not_judged.values()), code


def test_the_parts_of_a_figure_add_up_to_it_and_each_has_its_list(month: Engine) -> None:
    with march(month) as opened:
        for code, each in indicators().items():
            whole = measure(opened, each)
            for dimension in each.by:
                parts = measure_by(opened, each, dimension)
                assert sum(part.numerator or 0 for part in parts) == (whole.numerator or 0), (code, dimension)
                assert sum(part.denominator for part in parts) == whole.denominator, (code, dimension)
                for part in parts:
                    behind = rows(opened, each, "numerator", dimension=dimension, key=part.key)
                    length = part.denominator if each.kind == "mean" else part.numerator
                    assert sum(row.get("weight", 1) for row in behind) == length, (code, dimension, part.key)


def test_hours_are_those_of_utc_plus_8(month: Engine) -> None:
    with march(month) as opened:
        found = {part.key: part.value for part in measure_by(opened, find("finished"), "hour")}
    assert found == {"0": 1, "10": 1, "16": 8, "9": 1}


def test_a_county_is_the_first_six_digits_of_a_region(month: Engine) -> None:
    with march(month) as opened:
        assert [part.key for part in measure_by(opened, find("finished"), "city")] == ["4301"]


def test_a_list_comes_page_by_page(month: Engine) -> None:
    first = listed(month, "accepted", limit=5, offset=0)
    second = listed(month, "accepted", limit=5, offset=5)
    third = listed(month, "accepted", limit=5, offset=10)
    assert [*first, *second, *third] == examples.ACCEPTED


REFUSED = {
    "no such indicator": ("nonsense", "organization", "SCORE_INDICATOR"),
    "no such dimension": ("item_entry", "hour", "SCORE_DIMENSION"),
    "a prefix of what it does not have": ("timely_reporting", "level", "SCORE_DIMENSION"),
}


@pytest.mark.parametrize(("code", "dimension", "error"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_asked_is_explained(engine: Engine, code: str, dimension: str, error: str) -> None:
    with march(engine) as opened, pytest.raises(StopError) as caught:
        measure_by(opened, find(code), dimension)
    assert caught.value.code == error


def test_looking_leaves_nothing_behind(month: Engine) -> None:
    assert figure(month, "on_time") == figure(month, "on_time")
    with march(month) as first, march(month) as second:
        assert measure(first, find("early")) == measure(second, find("early"))


def test_every_indicator_but_the_counts_has_a_target_that_can_be_set() -> None:
    for code, indicator in indicators().items():
        assert (f"target_{code}" in parameters.declared()) == (indicator.kind != "count"), code


@pytest.mark.parametrize(
    ("code", "value", "reached"),
    [
        ("on_time", 100.0, True),
        ("on_time", 99.9, False),
        ("online_available", 80.0, True),
        ("complaint_rate", 1.0, True),
        ("complaint_rate", 1.1, False),
        ("response_time", 72.0, True),
        ("response_time", 72.5, False),
    ],
)
def test_what_should_be_little_reaches_its_target_from_above(code: str, value: float, reached: bool) -> None:
    assert indicators()[code].reaches(value, parameters.shipped()[f"target_{code}"]) is reached
