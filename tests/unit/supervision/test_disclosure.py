"""G1 to G3: what organisations report to have made public is held to its terms; what nobody reports is counted, never taken for hidden."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, insert, select

from hub.central.engine import reading, writing
from hub.central.tables import items
from hub.central.tables.business import card
from hub.clock import start_of
from hub.supervision.listing import list_cards
from hub.supervision.summary import Summary
from tests.oracle.judging import supervise
from tests.oracle.lives import Named
from tests.oracle.loading import SYSTEM, import_named
from tests.support.disclosures import approval, public
from tests.support.papers import ORG, Rows, catalogue, everything_but, store

ELSEWHERE = "11430200006121778X"


def run(engine: Engine, rule: str, today: str, **more: Any) -> Summary:
    return supervise(engine, today=date.fromisoformat(today), only=[rule], **more)


def cards(engine: Engine) -> list[tuple[str, str, str]]:
    with reading(engine) as connection:
        return [(each["rule"], each["subject"], each["state"]) for each in list_cards(connection)]


def guide_of_monday(connection: Connection, **item: Any) -> None:
    """I1 in force from Monday 3 March 2025: the guide's 20 working days end on Monday 31. Another item's guide is public."""
    catalogue(connection, **{"valid_from": "2025-03-03", **item})
    public(connection, "A-1", "2025-01-06", item_code="I9")


# (what is told of I1's guide, the day judged, whether it is found)
GUIDES: dict[str, tuple[Mapping[str, Any] | None, str, bool]] = {
    "not public, last day": (None, "2025-03-31", False),
    "not public, the day after": (None, "2025-04-01", True),
    "public in time": ({"on": "2025-03-31"}, "2025-12-31", False),
    "public before the version": ({"on": "2024-05-06"}, "2025-12-31", False),
    "public since": ({"on": "2025-04-02"}, "2025-04-02", False),
    "published later than judged": ({"on": "2025-04-02"}, "2025-04-01", True),
    "the guide of another version": ({"on": "2025-03-31", "of_version": 9}, "2025-04-01", True),
    "the guide of this version": ({"on": "2025-03-31", "of_version": 1}, "2025-04-01", False),
    "taken down": ({"on": "2025-03-31", "valid_to": "2025-05-30"}, "2025-05-31", True),
    "on the last day that it is public": (
        {"on": "2025-03-31", "valid_to": "2025-05-30"},
        "2025-05-30",
        False,
    ),
    "of another organisation": ({"on": "2025-03-31", "org_uscc": ELSEWHERE}, "2025-04-01", True),
}


@pytest.mark.parametrize("name", GUIDES)
def test_g1_a_guide_is_public_by_the_end_of_its_term(engine: Engine, name: str) -> None:
    told, today, arises = GUIDES[name]
    with writing(engine) as connection:
        guide_of_monday(connection)
        if told is not None:
            public(connection, "B-1", **told)
    run(engine, "G1", today)
    assert cards(engine) == ([("G1", "I1@1", "已发")] if arises else [])


LATE = {"2025-03-31": False, "2025-04-01": True}


@pytest.mark.parametrize("on", LATE)
def test_g2_a_guide_that_was_published_after_its_term_is_late(engine: Engine, on: str) -> None:
    with writing(engine) as connection:
        guide_of_monday(connection)
        public(connection, "B-1", on)
        public(connection, "B-2", "2025-06-30")  # published again: the first publication counts
    run(engine, "G2", "2025-12-31")
    assert cards(engine) == ([("G2", "I1@1", "已发")] if LATE[on] else [])


def test_g1_a_version_that_has_always_been_valid_has_had_its_term(engine: Engine) -> None:
    with writing(engine) as connection:
        guide_of_monday(connection, valid_from=None)
    run(engine, "G1", "2025-03-03")
    assert cards(engine) == [("G1", "I1@1", "已发")]


def test_g1_working_days_are_those_of_the_organisations_region(engine: Engine) -> None:
    with writing(engine) as connection:
        guide_of_monday(connection)
        connection.execute(
            insert(items.organization),
            [{"org_uscc": ORG, "version": 1, "digest": "0" * 64, "change": 1, "name": "某局", "region_code": "433101"}],
        )  # fmt: skip
        import_named(connection, [Named(date(2025, 3, 31), False, "4331")])
    run(engine, "G1", "2025-04-01")
    assert cards(engine) == []
    run(engine, "G1", "2025-04-02")
    assert cards(engine) == [("G1", "I1@1", "已发")]


REASONS: dict[str, tuple[str, Mapping[str, Any], str]] = {
    "G1 nobody reports guides": ("G1", {"silent": True}, "not_reported"),
    "G2 nobody reports guides": ("G2", {"silent": True}, "not_reported"),
    "G1 exempt": ("G1", {"is_exempt": 1}, "exempt"),
    "G2 exempt": ("G2", {"is_exempt": 1}, "exempt"),
    "G1 not yet in force": ("G1", {"valid_from": "2026-01-01"}, "not_in_force"),
    "G1 no longer in force": ("G1", {"valid_to": "2025-06-30"}, "not_in_force"),
    "G2 since when is unknown": ("G2", {"valid_from": None}, "start_unknown"),
    "G2 not published": ("G2", {}, "not_published"),
}


@pytest.mark.parametrize("name", REASONS)
def test_what_cannot_be_told_of_a_guide_is_counted_and_accuses_nobody(engine: Engine, name: str) -> None:
    rule, told, reason = REASONS[name]
    item = {key: value for key, value in told.items() if key != "silent"}
    with writing(engine) as connection:
        guide_of_monday(connection, **item)
        if "silent" in told:
            connection.execute(items.disclosure.delete())
    summary = run(engine, rule, "2025-12-31")
    assert (summary.judged[rule], summary.not_judged[rule], cards(engine)) == (0, {reason: 1}, [])


def test_an_older_version_is_not_looked_at_once_a_newer_one_is_in_force(engine: Engine) -> None:
    with writing(engine) as connection:
        guide_of_monday(connection)
        catalogue(connection, version=2, valid_from="2025-03-10")
        public(connection, "B-1", "2025-03-12", of_version=2)
    summary = run(engine, "G1", "2025-12-31")
    assert (summary.judged["G1"], summary.not_judged["G1"], cards(engine)) == (1, {"not_in_force": 1}, [])


def test_late_word_that_it_had_been_public_withdraws_the_card_and_a_later_publication_does_not(
    engine: Engine,
) -> None:
    with writing(engine) as connection:
        guide_of_monday(connection)
    run(engine, "G1", "2025-04-01")
    with writing(engine) as connection:
        public(connection, "B-1", "2025-04-07")
    run(engine, "G1", "2025-04-08")
    assert cards(engine) == [("G1", "I1@1", "已发")]
    with writing(engine) as connection:  # the organisation corrects what it had reported
        public(connection, "B-1", "2025-03-28", version=2)
    run(engine, "G1", "2025-04-08")
    run(engine, "G1", "2025-04-08")
    assert cards(engine) == [("G1", "I1@1", "撤销")]


def test_a_term_that_ends_in_an_unpublished_year_is_provisional(engine: Engine) -> None:
    with writing(engine) as connection:
        guide_of_monday(connection, valid_from="2026-12-28")
    run(engine, "G1", "2027-02-28")
    with reading(engine) as connection:
        (listed,) = list_cards(connection)
    assert (listed["rule"], listed["provisional"], listed["state"]) == ("G1", True, "已发")


# Results


# Finished on Monday 3 March 2025: the 7 working days end on Wednesday 12. (what is told, case, day judged, found)
RESULTS: dict[str, tuple[Mapping[str, Any] | None, Rows, str, bool]] = {
    "public in time": ({"on": "2025-03-12"}, approval(), "2025-04-30", False),
    "a day late": ({"on": "2025-03-13"}, approval(), "2025-04-30", True),
    "never public": (None, approval(), "2025-04-30", True),
    "the month is not over": (None, approval(), "2025-03-30", False),
    "the term is not over": (None, approval("2025-03-31 10:00"), "2025-04-10", False),
    "the term is over": (None, approval("2025-03-31 10:00"), "2025-04-11", True),
    "refused": (None, approval(result="7"), "2025-04-30", False),
    "no licence": (None, approval(kind="07"), "2025-04-30", False),
    "finished before the first publication": (None, approval("2025-02-20 10:00"), "2025-03-31", False),
}  # fmt: skip


@pytest.mark.parametrize("name", RESULTS)
def test_g3_a_result_is_public_by_the_end_of_its_term(engine: Engine, name: str) -> None:
    told, case, today, arises = RESULTS[name]
    with writing(engine) as connection:
        store(connection, case)
        public(connection, "R-0", "2025-02-24", case_no="C9")
        if told is not None:
            public(connection, "R-1", case_no="C1", **told)
    run(engine, "G3", today, now=start_of(date.fromisoformat(today)))
    assert cards(engine) == ([("G3", f"{SYSTEM} 2025-03 {ORG}", "已发")] if arises else [])


def test_g3_tells_how_many_of_how_many_and_which(engine: Engine) -> None:
    with writing(engine) as connection:
        store(connection, *[approval()] * 3)
        for number in (1, 2):
            public(connection, f"R-{number}", "2025-03-03", case_no=f"C{number}")
    run(engine, "G3", "2025-04-30")
    with reading(engine) as connection:
        snapshot = json.loads(connection.execute(select(card.c.snapshot)).scalar_one())
    evidence = snapshot["evidence"]
    assert (evidence["sample"], evidence["hits"], snapshot["cases"]) == (3, 1, ["C3"])


def test_g3_an_exempt_item_keeps_its_results(engine: Engine) -> None:
    with writing(engine) as connection:
        catalogue(connection, is_exempt=1)
        store(connection, approval())
        public(connection, "R-0", "2025-02-24", case_no="C9")
    summary = run(engine, "G3", "2025-04-30")
    assert (cards(engine), summary.not_judged["G3"]) == ([], {"too_few_cases": 2})


@pytest.mark.parametrize("delivered", [True, False])
def test_g3_of_who_reports_no_results_is_counted_and_accuses_nobody(engine: Engine, delivered: bool) -> None:
    with writing(engine) as connection:
        store(connection, approval())
        public(connection, "A-1", "2025-02-24")  # a guide is no result
        if not delivered:
            public(connection, "R-0", "2025-02-24", case_no="C9")
    delivers = {} if delivered else {SYSTEM: everything_but("Completion.Result")}
    summary = run(engine, "G3", "2025-04-30", delivers=delivers)
    reasons = (
        {"not_reported": 1, "too_few_cases": 1} if delivered else {"not_reported": 2}
    )  # April has no cases
    assert (cards(engine), summary.not_judged["G3"]) == ([], reasons)


def test_the_card_of_an_item_is_its_organisations_and_goes_back_through_its_system(engine: Engine) -> None:
    with writing(engine) as connection:
        guide_of_monday(connection, org_name="某局")
        catalogue(connection, "I2", valid_from="2025-03-03", org_uscc=ELSEWHERE, org_name="另一局")
        public(connection, "B-2", "2025-01-06", item_code="I9", org_uscc=ELSEWHERE)
    run(engine, "G1", "2025-04-01")
    with reading(engine) as connection:
        rows = connection.execute(
            select(card.c.subject, card.c.org_uscc, card.c.org_name, card.c.system, card.c.snapshot)
        ).all()
    (mine, theirs) = sorted(rows)
    assert tuple(mine)[:4] == ("I1@1", ORG, "某局", SYSTEM)
    assert tuple(theirs)[:4] == ("I2@1", ELSEWHERE, "另一局", "")
    assert "没有登记在用的系统" in json.loads(theirs.snapshot)["no_system"]["zh"]
