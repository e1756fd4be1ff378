"""The rules about how a case went (L) and what it says (C): examples just inside and just outside each of them."""

from __future__ import annotations

import pytest
from sqlalchemy import Engine

from hub.central.engine import writing
from hub.supervision.library import declared
from tests.support.paper_examples import CONTENT, PROCESS, TODAY, WITH_CATALOGUE, Example, with_catalogue
from tests.support.papers import everything_but, found, not_judged, store


def _id(example: Example) -> str:
    return f"{example[0]} {example[1]}"


@pytest.mark.parametrize("example", [*PROCESS, *CONTENT], ids=_id)
def test_an_example_is_found_as_the_rule_says(engine: Engine, example: Example) -> None:
    rule, _, case, subjects = example
    with writing(engine) as connection:
        store(connection, case)
        assert found(connection, rule, TODAY).get(1, []) == subjects


@pytest.mark.parametrize("example", WITH_CATALOGUE, ids=_id)
def test_an_example_is_held_to_the_catalogue(engine: Engine, example: Example) -> None:
    rule, _, case, subjects = example
    with writing(engine) as connection:
        with_catalogue(connection)
        store(connection, case)
        assert found(connection, rule, TODAY).get(1, []) == subjects


def test_every_rule_of_both_families_has_examples_on_both_sides() -> None:
    mine = {code for code, rule in declared().items() if rule.family in ("process", "content")}
    told = (*PROCESS, *CONTENT, *WITH_CATALOGUE)
    assert {rule for rule, _, _, subjects in told if subjects} == mine
    assert {rule for rule, _, _, subjects in told if not subjects} == mine


@pytest.mark.parametrize(
    "rule", [c for c, rule in declared().items() if rule.family in ("process", "content") and rule.needs]
)
def test_what_a_dialect_does_not_deliver_is_not_judged_but_counted(engine: Engine, rule: str) -> None:
    """Each need taken away in turn: nothing is found in a case that offends, and the case is counted."""
    offending = {
        "completion": {"completed": "2025-03-01", "result": "1"},
        "acceptance": {"status": "1", "handled": "2025-03-03 10:00"},
    }
    for need in declared()[rule].needs:
        with writing(engine) as connection:
            connection.exec_driver_sql("DELETE FROM case_head")
            for table in ("approval_case", "application", "acceptance", "step", "completion"):
                connection.exec_driver_sql(f"DELETE FROM {table}")
            store(connection, offending)
            delivers = everything_but(*need.split(" or "))
            assert found(connection, rule, TODAY, delivers) == {}
            assert not_judged(connection, rule, TODAY, delivers)["not_reported"] == 1


@pytest.mark.parametrize(
    ("rule", "case", "reason"),
    [
        ("L4", {"approval_case": {"derived": '{"Step.Seq": "order"}'}}, "steps_not_numbered"),
        ("L5", {"completion": {"completed": "2025-03-10", "result": "0"}}, "item_unknown"),
        ("L11", {}, "item_unknown"),
        ("L14", {}, "catalogue_not_imported"),
        ("L15", {"acceptance": {"status": "2"}}, "item_unknown"),
        ("C3", {}, "item_unknown"),
        ("C4", {"completion": {"completed": "2025-03-10", "result": "0"}}, "item_unknown"),
        ("C10", {}, "item_unknown"),
    ],
)
def test_why_a_case_is_not_judged_is_counted(
    engine: Engine, rule: str, case: dict[str, object], reason: str
) -> None:
    with writing(engine) as connection:
        store(connection, case)
        assert found(connection, rule, TODAY) == {}
        assert not_judged(connection, rule, TODAY) == {reason: 1}


def test_a_limit_in_another_unit_than_the_catalogues_is_counted(engine: Engine) -> None:
    with writing(engine) as connection:
        with_catalogue(connection)
        store(connection, {"approval_case": {"promised_limit": 30, "promised_limit_unit": "D"}})
        assert not_judged(connection, "C10", TODAY) == {"units_differ": 1}


def test_where_steps_are_told_when_they_have_ended_an_open_case_without_one_is_not_judged(
    engine: Engine,
) -> None:
    delivers = everything_but("Step.StartedAt")
    with writing(engine) as connection:
        store(
            connection,
            {"step": None},
            {"step": None, "completion": {"completed": "2025-03-10", "result": "2"}},
        )
        assert found(connection, "L7", TODAY, delivers) == {2: [""]}
        assert not_judged(connection, "L7", TODAY, delivers) == {"steps_told_when_ended": 1}


def test_no_step_by_the_end_of_the_day_of_acceptance_is_still_in_order(engine: Engine) -> None:
    with writing(engine) as connection:
        store(connection, {"step": None})
        assert found(connection, "L7", "2025-03-03") == {}
        assert found(connection, "L7", "2025-03-04 00:00") == {1: [""]}


def test_what_was_not_known_yet_is_not_found_as_of_then(engine: Engine) -> None:
    """Late data: as of a day before the second notice, and before the result that shows the order wrong."""
    with writing(engine) as connection:
        store(
            connection,
            {"correction_notice": [{"notified": "2025-03-05 10:00"}, {"notified": "2025-03-07 10:00"}]},
        )
        assert found(connection, "L6", "2025-03-06") == {}
        assert found(connection, "L6", "2025-03-07 10:00") == {}
        assert found(connection, "L6", "2025-03-07") == {1: [""]}
