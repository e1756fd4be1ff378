"""Cards over time: raised once, issued, closed, and withdrawn where late data or a calendar show that they were wrong."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from datetime import date
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, select, text, update

from hub.central.engine import reading, writing
from hub.central.tables.business import card, card_event
from hub.central.tables.exchange import case_head
from hub.supervision.listing import list_cards, show_card
from tests.oracle.judging import supervise_limits as supervise
from tests.oracle.lives import Life, Named, Pause, on, us
from tests.oracle.loading import clear, import_named, put, register

# Accepted Monday 3 March 2025; the promised 4 working days end on Friday 7, the statutory 9 on Friday 14 March.
CASE = Life(on("2025-03-03 09:00"), promised=4, promised_unit="W", statutory=9, statutory_unit="W")


def store(engine: Engine, *lives: Life) -> None:
    """The department's data as they are now; what was stored before is replaced."""
    with writing(engine) as connection:
        clear(connection)
        put(connection, lives)


def cards(engine: Engine) -> list[tuple[str, str, str]]:
    """(case_no, rule, state) of every card, oldest first."""
    with reading(engine) as connection:
        return [(c["case_no"], c["rule"], c["state"]) for c in list_cards(connection)]


def day(text: str) -> date:
    return date.fromisoformat(text)


def test_a_case_goes_from_warning_to_yellow_to_red(supervised: Engine) -> None:
    store(supervised, CASE)
    assert supervise(supervised, today=day("2025-03-05")).raised.total() == 0
    assert dict(supervise(supervised, today=day("2025-03-06")).raised) == {"T1": 1}
    found = supervise(supervised, today=day("2025-03-10"))
    assert (dict(found.raised), dict(found.closed)) == ({"T2": 1}, {"T1": 1})
    assert dict(supervise(supervised, today=day("2025-03-17")).raised) == {"T3": 1}
    assert cards(supervised) == [("C1", "T1", "办结"), ("C1", "T2", "已发"), ("C1", "T3", "已发")]


def test_a_card_tells_what_it_was_judged_by(supervised: Engine) -> None:
    store(supervised, CASE)
    supervise(supervised, today=day("2025-03-11"))
    with reading(supervised) as connection:
        (listed,) = list_cards(connection)
        shown = show_card(connection, listed["card_id"])
    assert listed == {
        "card_id": listed["card_id"],
        "system": "land-bureau",
        "case_no": "C1",
        "subject": None,
        "rule": "T2",
        "level": 2,
        "state": "已发",
        "provisional": False,
        "raised_on": "2025-03-11",
        "due_on": "2025-03-07",
        "used_days": 6,
        "limit_days": 4,
        "unit": "W",
        "org_uscc": "11430100006121778E",
        "org_name": "长沙市自然资源和规划局",
        "feedback_due_on": "2025-04-23",
        "answered_on": None,
        "version": 1,
    }
    assert shown is not None
    assert (shown["excess_days"], shown["rule_version"], shown["calendar_version"]) == (2, 1, 1)
    assert (shown["org_uscc"], shown["handler"]) == ("11430100006121778E", "李受理")
    assert shown["snapshot"]["accepted"] == "2025-03-03T09:00:00+08:00"
    assert shown["snapshot"]["promised_limit"] == 4
    assert shown["snapshot"]["as_of"] == {"before": "2025-03-12T00:00:00+08:00", "day": "2025-03-11"}
    assert [(e["from_state"], e["to_state"]) for e in shown["events"]] == [(None, "已发")]


@pytest.mark.parametrize(
    ("life", "today", "expected"),
    [
        (Life(on("2025-03-04 09:00"), promised=10, promised_unit="H"), "2025-03-04", (24 - 9, 10, 5, "H")),
        (Life(on("2025-03-03 09:00"), promised=10, promised_unit="D"), "2025-03-15", (12, 10, 2, "D")),
        (Life(on("2025-01-31 09:00"), promised=1, promised_unit="M"), "2025-03-03", (1.11, 1, 3, "M")),
    ],
)
def test_a_card_counts_in_the_unit_of_its_limit(
    supervised: Engine, life: Life, today: str, expected: tuple[float, float, float, str]
) -> None:
    store(supervised, life)
    supervise(supervised, today=day(today))
    with reading(supervised) as connection:
        (listed,) = list_cards(connection)
        shown = show_card(connection, listed["card_id"])
    assert shown is not None
    assert (shown["used_days"], shown["limit_days"], shown["excess_days"], shown["unit"]) == expected


def test_an_extended_limit_is_shown_as_extended(supervised: Engine) -> None:
    extension = Pause(1, "1", on("2025-03-10"), 3, "W")
    store(supervised, Life(CASE.accepted, statutory=9, statutory_unit="W", pauses=(extension,)))
    supervise(supervised, today=day("2025-03-21"))
    with reading(supervised) as connection:
        (listed,) = list_cards(connection)
    assert (listed["limit_days"], listed["due_on"], listed["used_days"]) == (12, "2025-03-19", 14)


def test_a_second_run_changes_nothing(supervised: Engine) -> None:
    store(supervised, CASE, Life(on("2026-12-28 09:00"), statutory=3))
    for today in ("2025-03-06", "2025-03-17", "2027-01-20"):
        supervise(supervised, today=day(today))
        before = everything(supervised)
        again = supervise(supervised, today=day(today))
        assert everything(supervised) == before
        assert sum((again.raised + again.issued + again.closed + again.withdrawn).values()) == 0


def test_a_case_finished_in_time_after_its_warning_closes_it(supervised: Engine) -> None:
    store(supervised, CASE)
    supervise(supervised, today=day("2025-03-06"))
    store(supervised, with_(CASE, completed=on("2025-03-07 16:00")))
    supervise(supervised, today=day("2025-03-07"))
    assert cards(supervised) == [("C1", "T1", "办结")]
    supervise(supervised, today=day("2025-12-31"))
    assert cards(supervised) == [("C1", "T1", "办结")]


def test_a_warning_is_withdrawn_where_the_case_had_finished_before_its_issue(supervised: Engine) -> None:
    store(supervised, CASE)
    supervise(supervised, today=day("2025-03-06"))
    store(supervised, with_(CASE, completed=on("2025-03-06 09:00")))
    supervise(supervised, today=day("2025-03-07"))
    assert cards(supervised) == [("C1", "T1", "撤销")]


def test_a_yellow_card_is_withdrawn_visibly_where_a_pause_was_reported_late(supervised: Engine) -> None:
    store(supervised, CASE)
    supervise(supervised, today=day("2025-03-11"))
    paused = with_(CASE, pauses=(Pause(1, "9", on("2025-03-05 09:00")),), ends=((1, on("2025-03-10 09:00")),))
    store(supervised, paused)
    found = supervise(supervised, today=day("2025-03-11"))
    assert dict(found.withdrawn) == {"T2": 1}
    with reading(supervised) as connection:
        shown = show_card(connection, next(iter(list_cards(connection)))["card_id"])
    assert shown is not None
    _raised, withdrawn = shown["events"]
    assert (withdrawn["from_state"], withdrawn["to_state"]) == ("已发", "撤销")
    assert withdrawn["before"]["used_days"] == 6
    assert withdrawn["after"]["special_procedures"][0]["kind"] == "9"
    assert "不再成立" in withdrawn["reason"]
    assert "would not arise" in withdrawn["reason"]


def test_a_withdrawn_card_does_not_keep_a_new_one_from_being_raised(supervised: Engine) -> None:
    store(supervised, CASE)
    supervise(supervised, today=day("2025-03-11"))
    paused = with_(CASE, pauses=(Pause(1, "9", on("2025-03-05 09:00")),), ends=((1, on("2025-03-10 09:00")),))
    store(supervised, paused)
    supervise(supervised, today=day("2025-03-31"))
    assert cards(supervised) == [("C1", "T2", "撤销"), ("C1", "T2", "已发"), ("C1", "T3", "已发")]


def test_what_happened_after_the_issue_withdraws_nothing(supervised: Engine) -> None:
    store(supervised, CASE)
    supervise(supervised, today=day("2025-03-11"))
    store(
        supervised,
        with_(CASE, completed=on("2025-03-12 09:00"), pauses=(Pause(1, "9", on("2025-03-11 09:00")),)),
    )
    found = supervise(supervised, today=day("2025-03-31"))
    assert found.withdrawn.total() == 0
    assert cards(supervised) == [("C1", "T2", "已发")]


def test_a_deleted_case_loses_its_cards_and_gets_none(supervised: Engine) -> None:
    store(supervised, CASE)
    supervise(supervised, today=day("2025-03-11"))
    for state in ("deleted", "pending"):
        with writing(supervised) as connection:
            connection.execute(update(case_head).values(state=state))
        supervise(supervised, today=day("2025-03-20"))
        assert cards(supervised) == [("C1", "T2", "撤销")]


@pytest.mark.parametrize(
    ("changes", "judged"),
    [
        ({"status": "live"}, True),
        ({"status": "paused"}, True),
        ({"status": "trial"}, False),
        ({"supervise_from": "2025-03-03"}, True),
        ({"supervise_from": "2025-03-04"}, False),
    ],
)
def test_which_systems_and_cases_raise_cards(
    supervised: Engine, changes: dict[str, str], judged: bool
) -> None:
    store(supervised, CASE)
    with writing(supervised) as connection:
        register(connection, **changes)
    found = supervise(supervised, today=day("2025-03-11"))
    assert (cards(supervised) != []) == judged
    reason = "system_on_trial" if "status" in changes else "before_supervise_from"
    assert found.not_judged["T2"] == ({} if judged else {reason: 1})


def test_what_is_not_judged_is_counted_with_its_reason(supervised: Engine) -> None:
    store(
        supervised,
        CASE,
        Life(on("2025-03-03"), promised=5, promised_unit="H", statutory=9),
        Life(on("2025-03-03 09:00"), statutory=9),
        Life(on("1985-03-03 09:00"), promised=5, statutory=9),
        Life(on("2025-03-03 09:00"), promised=5, status="2"),
    )
    found = supervise(supervised, today=day("2025-03-04"))
    assert (found.judged["T1"], found.judged["T2"], found.judged["T3"]) == (1, 1, 3)
    assert found.not_judged["T2"] == {"hours_day_precise": 1, "no_limit": 1, "outside_calendar": 1}
    assert found.not_judged["T3"] == {"outside_calendar": 1}


def test_a_provisional_red_card_waits_until_its_year_is_imported(supervised: Engine) -> None:
    store(supervised, Life(on("2026-12-28 09:00"), statutory=3))
    supervise(supervised, today=day("2027-01-05"))
    assert cards(supervised) == [("C1", "T3", "待发")]
    with writing(supervised) as connection:
        import_named(connection, notice_for_2027())
    found = supervise(supervised, today=day("2027-01-05"))
    assert dict(found.issued) == {"T3": 1}
    assert cards(supervised) == [("C1", "T3", "已发")]
    with reading(supervised) as connection:
        shown = show_card(connection, next(iter(list_cards(connection)))["card_id"])
    assert shown is not None
    assert (shown["provisional"], shown["calendar_version"], len(shown["events"])) == (False, 2, 2)


def test_a_provisional_card_is_withdrawn_where_the_imported_year_cures_it(supervised: Engine) -> None:
    store(supervised, Life(on("2026-12-28 09:00"), statutory=3))
    supervise(supervised, today=day("2027-01-05"))
    longer = [Named(date(2027, 1, n), False) for n in range(1, 6)]
    with writing(supervised) as connection:
        import_named(connection, [*longer, *notice_for_2027()[5:]])
    supervise(supervised, today=day("2027-01-05"))
    assert cards(supervised) == [("C1", "T3", "撤销")]


def test_a_provisional_warning_is_issued_and_marked(supervised: Engine) -> None:
    store(supervised, Life(on("2026-12-29 09:00"), promised=3))
    supervise(supervised, today=day("2027-01-03"))
    with reading(supervised) as connection:
        (listed,) = list_cards(connection)
    assert (listed["rule"], listed["state"], listed["provisional"]) == ("T1", "已发", True)
    with writing(supervised) as connection:
        import_named(connection, notice_for_2027())
    supervise(supervised, today=day("2027-01-03"))
    with reading(supervised) as connection:
        (listed,) = list_cards(connection)
    assert (listed["state"], listed["provisional"], listed["due_on"]) == ("已发", False, "2027-01-04")


def test_an_imported_regional_holiday_withdraws_the_cards_of_its_region_only(supervised: Engine) -> None:
    store(supervised, with_(CASE, region="433101"), with_(CASE, region="430100"))
    supervise(supervised, today=day("2025-03-10"))
    with writing(supervised) as connection:
        import_named(connection, [Named(date(2025, 3, 5), False, "4331")])
    supervise(supervised, today=day("2025-03-10"))
    assert sorted(cards(supervised)) == [("C1", "T1", "已发"), ("C1", "T2", "撤销"), ("C2", "T2", "已发")]


def test_without_a_date_cases_are_judged_as_of_now(supervised: Engine) -> None:
    store(supervised, CASE)
    assert supervise(supervised, now=us(date(2025, 3, 10)) - 1).raised.total() == 1  # T1 of the Sunday night
    assert dict(supervise(supervised, now=us(date(2025, 3, 10), 0, 1)).raised) == {"T2": 1}


def test_every_change_of_a_card_is_handed_to_the_log(supervised: Engine) -> None:
    logged: list[tuple[str, str, str]] = []

    def log(connection: Connection, event: str, body: Mapping[str, Any]) -> None:
        logged.append((event, body["rule"], body["state"]))

    store(supervised, CASE)
    supervise(supervised, today=day("2025-03-06"), log=log)
    supervise(supervised, today=day("2025-03-10"), log=log)
    with writing(supervised) as connection:
        connection.execute(update(case_head).values(state="deleted"))
    supervise(supervised, today=day("2025-03-10"), log=log)
    assert logged == [
        ("card.raised", "T1", "已发"),
        ("card.closed", "T1", "办结"),
        ("card.raised", "T2", "已发"),
        ("card.withdrawn", "T2", "撤销"),
    ]


def test_a_card_whose_log_entry_fails_is_not_raised(supervised: Engine) -> None:
    def log(connection: Connection, event: str, body: Mapping[str, Any]) -> None:
        raise OSError("disk full")

    store(supervised, CASE)
    with pytest.raises(OSError, match="disk full"):
        supervise(supervised, today=day("2025-03-10"), log=log)
    assert cards(supervised) == []
    supervise(supervised, today=day("2025-03-10"))
    assert cards(supervised) == [("C1", "T2", "已发")]


def test_two_runs_at_once_raise_each_card_once(supervised: Engine) -> None:
    store(supervised, *[CASE] * 300)
    failures: list[BaseException] = []
    start = threading.Barrier(2)

    def run() -> None:
        try:
            start.wait(timeout=60)
            supervise(supervised, today=day("2025-03-17"))
        except BaseException as error:  # noqa: BLE001 - handed to the test, which fails on it
            failures.append(error)

    threads = [threading.Thread(target=run) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=300)
    assert failures == []
    found = cards(supervised)
    assert len(found) == len(set(found)) == 600


def test_a_run_leaves_no_table_of_its_own_behind(supervised: Engine) -> None:
    store(supervised, CASE, Life(on("2026-12-28 09:00"), statutory=3))
    supervise(supervised, today=day("2027-01-05"))
    names = {
        "sqlite": "SELECT name FROM sqlite_temp_master WHERE type = 'table'",
        "postgresql": "SELECT relname FROM pg_class WHERE relpersistence = 't' AND relkind = 'r'",
    }
    with reading(supervised) as connection:
        assert connection.execute(text(names[supervised.dialect.name])).all() == []


def everything(engine: Engine) -> tuple[list[Any], list[Any]]:
    """All cards and events, to the last column."""
    with reading(engine) as connection:
        return (
            list(connection.execute(select(card).order_by(card.c.card_id)).all()),
            list(
                connection.execute(
                    select(card_event).order_by(card_event.c.card_id, card_event.c.number)
                ).all()
            ),
        )


def with_(life: Life, **changes: Any) -> Life:
    return Life(**{**{name: getattr(life, name) for name in life.__dataclass_fields__}, **changes})


def notice_for_2027() -> list[Named]:
    """A notice for the year that leaves 4 and 5 January working days."""
    rest = [date(2027, 1, 1), date(2027, 1, 2), date(2027, 1, 3)]
    rest += [date(2027, 2, n) for n in range(5, 12)]
    return [Named(d, False) for d in rest] + [Named(date(2027, 2, 20), True)]
