"""The rules about how a case went (L) and what it says (C): examples just inside and just outside each of them."""

from __future__ import annotations

import pytest
from sqlalchemy import Engine

from hub.central.engine import writing
from hub.supervision.library import declared
from tests.support.paper_examples import ALL, FLOW, MATERIALS, TODAY, by, held, with_catalogue
from tests.support.papers import Rows, catalogue, everything_but, found, not_judged, person, store

RULES = [code for code, rule in declared().items() if rule.family in ("process", "content", "satisfaction")]


@pytest.mark.parametrize("rule", RULES)
def test_the_examples_of_a_rule_are_found_as_it_says(engine: Engine, rule: str) -> None:
    with writing(engine) as connection:
        seen, expected = held(connection, rule)
        assert seen == expected


@pytest.mark.parametrize("rule", RULES)
def test_a_rule_has_examples_on_both_sides(rule: str) -> None:
    mine = [subjects for code, _, _, subjects in ALL if code == rule]
    assert any(mine)
    assert not all(mine)


@pytest.mark.parametrize("rule", RULES)
def test_what_a_dialect_does_not_deliver_is_not_judged_but_counted(engine: Engine, rule: str) -> None:
    """Each need taken away in turn: nothing is found in cases that offend, and all of them are counted."""
    with writing(engine) as connection:
        seen, _ = held(connection, rule)
        assert any(seen.values())
        for need in declared()[rule].needs:
            delivers = everything_but(*need.split(" or "))
            assert found(connection, rule, TODAY, delivers) == {}
            assert not_judged(connection, rule, TODAY, delivers).keys() == {"not_reported"}


NOT_JUDGED: tuple[tuple[str, Rows, str], ...] = (
    ("L4", {"approval_case": {"derived": '{"Step.Seq": "order"}'}}, "steps_not_numbered"),
    ("L5", {"completion": {"completed": "2025-03-10", "result": "0"}}, "item_unknown"),
    ("L11", {}, "item_unknown"),
    ("L13", {"approval_case": {"case_type": None}}, "case_type_unknown"),
    ("L14", {}, "catalogue_not_imported"),
    ("L15", {"acceptance": {"status": "2"}}, "item_unknown"),
    ("C3", {}, "item_unknown"),
    ("C4", {"completion": {"completed": "2025-03-10", "result": "0"}}, "item_unknown"),
    ("C10", {}, "item_unknown"),
    (
        "C8",
        {"step": [{"step_type": None, "started": "2025-03-03 11:00", "ended": "2025-03-04 11:00"}]},
        "step_type_unknown",
    ),
    (
        "L10",
        {"step": [{"step_type": None, "action": "7", "started": "2025-03-03 11:00"}]},
        "step_type_unknown",
    ),
    (
        "L12",
        {"acceptance": {"status": "2"}, "step": [{"step_type": None, "started": "2025-03-03 11:00"}]},
        "step_type_unknown",
    ),
)


@pytest.mark.parametrize(("rule", "case", "reason"), NOT_JUDGED, ids=[each[0] for each in NOT_JUDGED])
def test_why_a_case_is_not_judged_is_counted(engine: Engine, rule: str, case: Rows, reason: str) -> None:
    with writing(engine) as connection:
        store(connection, case)
        assert found(connection, rule, TODAY) == {}
        assert not_judged(connection, rule, TODAY) == {reason: 1}


def test_a_limit_in_another_unit_than_the_catalogues_is_counted(engine: Engine) -> None:
    with writing(engine) as connection:
        with_catalogue(connection)
        store(connection, {"approval_case": {"promised_limit": 30, "promised_limit_unit": "D"}})
        assert not_judged(connection, "C10", TODAY) == {"units_differ": 1}


@pytest.mark.parametrize(
    ("received", "subjects", "reasons"),
    [
        ((1, None), {}, {"receipt_not_told": 1}),
        ((None, None), {}, {"receipt_not_told": 1}),
        ((1, 1), {}, {}),
        ((0, None), {1: [""]}, {}),
    ],
)
def test_a_material_of_which_nobody_says_whether_it_came_is_neither_there_nor_missing(
    engine: Engine, received: tuple[int | None, ...], subjects: dict[int, list[str]], reasons: dict[str, int]
) -> None:
    rows = [{**row, "is_received": told} for row, told in zip(MATERIALS, received, strict=True)]
    with writing(engine) as connection:
        with_catalogue(connection)
        store(connection, {"material": rows})
        assert found(connection, "C3", TODAY) == subjects
        assert not_judged(connection, "C3", TODAY) == reasons


@pytest.mark.parametrize(
    ("received", "subjects", "reasons"),
    [
        ((1, None), {}, {"receipt_not_told": 1}),
        ((1, 1), {1: [""]}, {}),
        ((0, None), {}, {}),
    ],
)
def test_who_refuses_although_nobody_says_whether_all_came_is_not_judged(
    engine: Engine, received: tuple[int | None, ...], subjects: dict[int, list[str]], reasons: dict[str, int]
) -> None:
    rows = [{**row, "is_received": told} for row, told in zip(MATERIALS, received, strict=True)]
    with writing(engine) as connection:
        with_catalogue(connection)
        store(connection, {"acceptance": {"status": "2"}, "material": rows})
        assert found(connection, "L15", TODAY) == subjects
        assert not_judged(connection, "L15", TODAY) == reasons


def test_where_nobody_knows_who_holds_which_post_only_separated_steps_are_judged(engine: Engine) -> None:
    with writing(engine) as connection:
        catalogue(connection, **{**FLOW, "apart": ()})
        store(connection, by("D", "1", ""))
        assert found(connection, "L11", TODAY) == {}
        assert not_judged(connection, "L11", TODAY) == {"no_staff_list": 1}
        person(connection, "1", "甲", "clerk")
        assert found(connection, "L11", TODAY) == {1: ["step 1"]}
        assert not_judged(connection, "L11", TODAY) == {}


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


def test_a_flow_without_branches_is_one_line(engine: Engine) -> None:
    from tests.support.paper_examples import FLOW, took
    from tests.support.papers import catalogue

    with writing(engine) as connection:
        catalogue(connection, **{**FLOW, "next": ()})
        store(connection, took("B", "C", "D"), took("B", "D"))
        assert found(connection, "L5", TODAY) == {2: [""]}


def test_what_was_not_known_yet_is_not_found_as_of_then(engine: Engine) -> None:
    with writing(engine) as connection:
        store(
            connection,
            {"correction_notice": [{"notified": "2025-03-05 10:00"}, {"notified": "2025-03-07 10:00"}]},
        )
        assert found(connection, "L6", "2025-03-06") == {}
        assert found(connection, "L6", "2025-03-07 10:00") == {}
        assert found(connection, "L6", "2025-03-07") == {1: [""]}


def test_a_second_notice_is_allowed_where_the_parameter_says_so() -> None:
    parameter = declared()["L6"].parameters["notices"]
    assert (parameter["value"], parameter["minimum"]) == (1, 1)
