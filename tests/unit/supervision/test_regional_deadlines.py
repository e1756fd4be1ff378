"""Deadlines of cards, letters and orders by the calendar of the organisation's region, and moved when a calendar is imported."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, insert, select, update

from hub.central.engine import reading, writing
from hub.central.tables.business import card, order_hand
from hub.central.tables.items import organization
from hub.clock import start_of
from hub.supervision import by_hand, ordering
from hub.supervision.calendar import NamedDay, import_days
from hub.supervision.listing import Wanted as CardsWanted
from hub.supervision.listing import list_cards
from hub.supervision.moving import move_deadlines
from hub.supervision.order_listing import Wanted, list_orders
from tests.oracle.judging import supervise
from tests.support.cards import AT, ORGANIZATION, Logged, begin_order, hand, shown, shown_order
from tests.support.seeded import changed, copied

# 三月三 of 2025 in Guangxi: Monday 31 March and Tuesday 1 April, rest days of region 45 alone.
DOUBLE_THIRD = [
    NamedDay(date(2025, 3, 31), False, "45", "桂政办"),
    NamedDay(date(2025, 4, 1), False, "45", "桂政办"),
]
THURSDAY = start_of(date(2025, 3, 27)) + 9 * 3_600_000_000


def day(text: str) -> date:
    return date.fromisoformat(text)


def live_in(engine: Engine, region: str) -> None:
    """The card, and what will be begun from it, are of an organisation in `region`."""
    with writing(engine) as connection:
        connection.execute(update(card).values(region_code=region))


def celebrated(engine: Engine) -> None:
    with writing(engine) as connection:
        import_days(connection, DOUBLE_THIRD)


def rules_found(engine: Engine, rule: str) -> list[str | None]:
    with reading(engine) as connection:
        return [c["subject"] for c in list_cards(connection) if c["rule"] == rule and c["state"] != "撤销"]


@pytest.fixture(scope="module")
def guangxi_file(yellow_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return changed(yellow_file, tmp_path_factory.mktemp("guangxi"), celebrated)


@pytest.fixture
def guangxi(guangxi_file: Path, tmp_path: Path) -> Iterator[Engine]:
    """One open case with a T2 card, issued on 10 March 2025, and a calendar in which region 45 has 三月三."""
    with copied(guangxi_file, tmp_path, "guangxi.db") as made:
        yield made


REGIONS = pytest.mark.parametrize(
    ("region", "last", "past"),
    [("450100", "2025-04-07", "2025-04-08"), ("430100", "2025-04-02", "2025-04-03")],
    ids=["inside", "outside"],
)


@REGIONS
def test_t10_the_answer_is_due_by_the_days_of_the_cards_region(
    guangxi: Engine, region: str, last: str, past: str
) -> None:
    with writing(guangxi) as connection:
        given = {"region_code": region, "issued_on": day("2025-03-27"), "feedback_workdays": 4}
        connection.execute(update(card).values(rule="T4", **given))
    moved(guangxi)
    assert shown(guangxi)["feedback_due_on"] == last
    supervise(guangxi, today=day(last), only=("T10",))
    assert rules_found(guangxi, "T10") == []
    with reading(guangxi) as connection:
        assert list(list_cards(connection, CardsWanted(overdue_on=day(last)))) == []
        assert [c["card_id"] for c in list_cards(connection, CardsWanted(overdue_on=day(past)))] == [1]
    supervise(guangxi, today=day(past), only=("T10",))
    assert rules_found(guangxi, "T10") == ["card 1"]
    assert shown(guangxi, 2)["excess_days"] == 1


@REGIONS
def test_t10_a_last_day_is_past_only_when_a_working_day_of_the_region_has_begun(
    guangxi: Engine, region: str, last: str, past: str
) -> None:
    """Due on Friday 28 March: in Guangxi the next working day is Wednesday 2 April."""
    given = {"region_code": region, "feedback_due_on": day("2025-03-28"), "feedback_workdays": None}
    with writing(guangxi) as connection:
        connection.execute(update(card).values(rule="T4", **given))
    inside = region == "450100"
    for today, found in (("2025-03-31", not inside), ("2025-04-01", not inside), ("2025-04-02", True)):
        supervise(guangxi, today=day(today), only=("T10",))
        assert (rules_found(guangxi, "T10") == ["card 1"]) is found, today


@pytest.mark.parametrize(
    ("region", "last", "past"),
    [("450100", "2025-04-02", "2025-04-03"), ("430100", "2025-03-31", "2025-04-01")],
    ids=["inside", "outside"],
)
def test_t11_a_hand_is_due_by_the_days_of_the_orders_region(
    guangxi: Engine, region: str, last: str, past: str
) -> None:
    live_in(guangxi, region)
    begin_order(guangxi, at=THURSDAY)  # reviewed within 2 working days
    assert shown_order(guangxi)["due_on"] == last
    supervise(guangxi, today=day(last), only=("T11",))
    assert rules_found(guangxi, "T11") == []
    with reading(guangxi) as connection:
        assert list(list_orders(connection, Wanted(overdue_on=day(last)))) == []
        assert [o["order_id"] for o in list_orders(connection, Wanted(overdue_on=day(past)))] == [1]
    supervise(guangxi, today=day(past), only=("T11",))
    assert rules_found(guangxi, "T11") == ["order 1/2"]
    hand(guangxi, "approve", at=start_of(day(past)))
    assert [h["late"] for h in shown_order(guangxi)["hands"]][:2] == [False, True]


def test_a_hand_done_on_a_rest_day_of_the_region_is_in_time_there(guangxi: Engine) -> None:
    live_in(guangxi, "450100")
    begin_order(guangxi, at=THURSDAY - 86_400_000_000)  # due on Friday 28 March
    hand(guangxi, "approve", at=start_of(day("2025-04-01")))
    assert [h["late"] for h in shown_order(guangxi)["hands"]][:2] == [False, False]
    supervise(guangxi, today=day("2025-04-03"), only=("T11",))
    assert "order 1/2" not in rules_found(guangxi, "T11")


@pytest.mark.parametrize(
    ("about", "region", "due"),
    [
        ({"system": "land-bureau"}, "430100", "2025-05-13"),
        ({"system": "land-bureau", "case_no": "C1"}, "430100", "2025-05-13"),
        ({"organization": ORGANIZATION}, "450100", "2025-05-15"),
        ({"organization": "X" * 18}, None, "2025-05-13"),
    ],
    ids=["system", "case", "organisation of the catalogue", "unknown organisation"],
)
def test_a_card_by_hand_has_the_region_of_what_it_is_about(
    guangxi: Engine, about: dict[str, Any], region: str | None, due: str
) -> None:
    in_catalogue(guangxi, "450100")
    with writing(guangxi) as connection:
        given = {"level": 2, "reason": "因", "basis": "法", "by": "王", "at": THURSDAY, "log": None}
        issued = by_hand.issue(connection, by_hand.About(**about), **given)
        row = connection.execute(select(card).where(card.c.card_id == issued)).one()
    assert (row.region_code, row.feedback_workdays, row.feedback_due_on) == (region, 30, day(due))


def test_an_order_by_hand_runs_by_the_region_of_its_organisation(guangxi: Engine) -> None:
    in_catalogue(guangxi, "450100")
    with writing(guangxi) as connection:
        matter = ordering.Matter(ORGANIZATION, "自然资源局")
        given = {"supervisor": "监察局", "reason": "因", "by": "王", "at": THURSDAY, "log": None}
        order = ordering.start_by_hand(connection, matter, **given)
    assert shown_order(guangxi, order)["due_on"] == "2025-04-02"


# When a calendar is imported


def test_an_import_moves_open_deadlines_once_and_says_so(yellow: Engine, logged: Logged) -> None:
    live_in(yellow, "450100")
    before = day(shown(yellow)["feedback_due_on"])
    celebrated(yellow)
    assert moved(yellow, logged) == (1, 0)
    assert moved(yellow, logged) == (0, 0)
    found = shown(yellow)
    assert found["feedback_due_on"] == "2025-04-24"
    event = found["events"][-1]
    assert (event["action"], event["before"]["feedback_due_on"], event["after"]["feedback_due_on"]) == (
        "move", before.isoformat(), "2025-04-24",
    )  # fmt: skip
    assert [(e, b["due_before"], b["feedback_due_on"]) for e, b in logged.entries] == [
        ("card.moved", "2025-04-22", "2025-04-24")
    ]


def test_an_import_moves_the_hand_that_has_an_order_and_those_behind_an_open_card(
    yellow: Engine, logged: Logged
) -> None:
    live_in(yellow, "450100")
    begin_order(yellow, at=THURSDAY)
    supervise(yellow, today=day("2025-04-01"), only=("T11",))
    assert rules_found(yellow, "T11") == ["order 1/2"]
    celebrated(yellow)
    assert moved(yellow, logged) == (1, 1)
    [(event, body)] = [each for each in logged.entries if each[0].startswith("order.")]
    assert (event, body["hand"], body["number"], body["due_before"], body["due_on"]) == (
        "order.moved", "审核", 2, "2025-03-31", "2025-04-02",
    )  # fmt: skip
    supervise(yellow, today=day("2025-04-01"), only=("T11",))
    assert rules_found(yellow, "T11") == []  # as of its issue it would not arise


def test_a_run_moves_what_an_import_elsewhere_left_and_the_escalation_falls(yellow: Engine) -> None:
    live_in(yellow, "450100")
    with writing(yellow) as connection:
        connection.execute(update(card).values(rule="T4", issued_on=day("2025-03-27"), feedback_workdays=2))
        connection.execute(update(card).values(feedback_due_on=day("2025-03-31")))
    supervise(yellow, today=day("2025-04-01"), only=("T10",))
    assert rules_found(yellow, "T10") == ["card 1"]
    celebrated(yellow)
    found = supervise(yellow, today=day("2025-04-01"), only=("T10",))
    assert (found.as_dict()["moved"], found.withdrawn["T10"]) == ({"cards": 1, "hands": 0}, 1)
    again = supervise(yellow, today=day("2025-04-01"), only=("T10",)).as_dict()
    assert again["moved"] == {"cards": 0, "hands": 0}


def test_a_day_that_a_letter_has_printed_stays(yellow: Engine) -> None:
    live_in(yellow, "450100")
    with writing(yellow) as connection:
        connection.execute(update(card).values(feedback_workdays=None, feedback_due_on=day("2025-03-31")))
    celebrated(yellow)
    assert moved(yellow) == (0, 0)
    assert shown(yellow)["feedback_due_on"] == "2025-03-31"


def test_a_year_that_is_published_moves_what_was_presumed(yellow: Engine) -> None:
    begin_order(yellow, at=start_of(day("2026-12-30")))
    with writing(yellow) as connection:
        connection.execute(update(card).values(issued_on=day("2026-12-30"), feedback_workdays=3))
        connection.execute(update(order_hand).where(order_hand.c.done_on.is_(None)).values(workdays=3))
    moved(yellow)
    assert (shown(yellow)["feedback_due_on"], shown_order(yellow)["due_on"]) == ("2027-01-04",) * 2
    with writing(yellow) as connection:
        import_days(connection, [NamedDay(day("2027-01-01"), False, "", "国办")], publishes=[2027])
    assert moved(yellow) == (1, 1)
    assert (shown(yellow)["feedback_due_on"], shown_order(yellow)["due_on"]) == ("2027-01-05",) * 2


def test_the_last_day_of_a_limit_is_counted_anew_visibly_and_once(yellow: Engine, logged: Logged) -> None:
    """4 W from Monday 3 March 2025: a rest day on Thursday 6 and a make-up day on Saturday 8 move the last day to the 8th."""
    rest, make_up = (
        NamedDay(day("2025-03-06"), False, "43", "湘"),
        NamedDay(day("2025-03-08"), True, "43", "湘"),
    )
    with writing(yellow) as connection:
        import_days(connection, [rest, make_up])
    found = supervise(yellow, today=day("2025-03-10"), log=logged)
    assert found.refigured["T2"] == 1
    event = shown(yellow)["events"][-1]
    assert (event["action"], event["before"]["due_on"], event["after"]["due_on"]) == (
        "refigure", "2025-03-07", "2025-03-08",
    )  # fmt: skip
    again = supervise(yellow, today=day("2025-03-10"))
    assert not again.refigured


def moved(engine: Engine, log: Logged | None = None) -> tuple[int, int]:
    with engine.connect() as connection:
        done = move_deadlines(connection, AT, log)
    return done.cards, done.hands


def in_catalogue(engine: Engine, region: str) -> None:
    row = {
        "org_uscc": ORGANIZATION,
        "version": 1,
        "digest": "0" * 64,
        "change": 1,
        "name": "局",
        "region_code": region,
    }
    with writing(engine) as connection:
        connection.execute(insert(organization), [row])
