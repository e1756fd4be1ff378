"""For every rule of the library an example just inside, just outside, not delivered and not judged; a rule that lacks one fails here."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, text

from hub.central.engine import writing
from hub.supervision.judge import AsOf, Judging, all_cases, counts, forget, judge
from hub.supervision.library import declared
from hub.supervision.rules import shipped_rules
from tests.oracle.judging import supervise
from tests.oracle.lives import Life, Pause, Stage, on
from tests.oracle.loading import SYSTEM, clear, put
from tests.support.papers import everything_but

HERE = Path(__file__).resolve().parent
MONDAY = on("2025-03-03 09:00")
PLAIN = Life(MONDAY)
LATER = {"accepted": on("2025-04-30 09:00"), "applied": MONDAY}
Told = tuple[Life, str]

# Rule → (just inside, just outside): the life, and the day at whose end it is judged. 4 W from Monday 3 March 2025 end on Friday 7.
TIMED: dict[str, tuple[Told, Told]] = {
    "T1": ((replace(PLAIN, promised=12), "2025-03-14"), (replace(PLAIN, promised=12), "2025-03-17")),  # 3, 2 left
    "T2": ((replace(PLAIN, promised=4), "2025-03-09"), (replace(PLAIN, promised=4), "2025-03-10")),
    "T3": ((replace(PLAIN, statutory=4), "2025-03-09"), (replace(PLAIN, statutory=4), "2025-03-10")),
    "T4": (
        (replace(PLAIN, steps=(Stage(1, MONDAY, None, 4, "W"),)), "2025-03-09"),
        (replace(PLAIN, steps=(Stage(1, MONDAY, None, 4, "W"),)), "2025-03-10"),
    ),
    "T5": (
        (replace(PLAIN, pauses=(Pause(1, "2", MONDAY, 4, "W"),)), "2025-03-09"),
        (replace(PLAIN, pauses=(Pause(1, "2", MONDAY, 4, "W"),)), "2025-03-10"),
    ),
    "T6": ((Life(**LATER, channel="2"), "2025-03-05"), (Life(**LATER, channel="2"), "2025-03-06")),
    "T7": ((Life(**LATER), "2025-03-10"), (Life(**LATER), "2025-03-11")),
    "T8": (
        (replace(PLAIN, completed=on("2025-03-07 16:00")), "2025-03-23"),
        (replace(PLAIN, completed=on("2025-03-07 16:00")), "2025-03-24"),
    ),
    "T9": (
        (replace(PLAIN, pauses=(Pause(1, "1", MONDAY, 10, "W"),)), "2025-03-10"),
        (replace(PLAIN, pauses=(Pause(1, "1", MONDAY, 11, "W"),)), "2025-03-10"),
    ),
    "T12": (  # the 60th natural day, Sunday 4 May, rolls over the holiday to Tuesday 6
        (replace(PLAIN, notices=((1, on("2025-03-05 09:00")),)), "2025-05-06"),
        (replace(PLAIN, notices=((1, on("2025-03-05 09:00")),)), "2025-05-07"),
    ),
    "E2": (
        (replace(PLAIN, promised=4, completed=on("2025-03-09 23:59")), "2025-03-31"),
        (replace(PLAIN, promised=4, completed=on("2025-03-10 00:00")), "2025-03-31"),
    ),
    "E3": ((replace(PLAIN, promised=4), "2025-03-16"), (replace(PLAIN, promised=4), "2025-03-17")),
}  # fmt: skip
NOT_JUDGED: dict[str, tuple[Life, str]] = {
    "T1": (PLAIN, "no_limit"), "T2": (PLAIN, "no_limit"), "T3": (PLAIN, "no_limit"), "E3": (PLAIN, "no_limit"),
    "T4": (replace(PLAIN, steps=(Stage(1, None, MONDAY, 4, "W"),)), "step_without_start"),
    "E2": (replace(PLAIN, completed=on("2025-03-31 09:00")), "no_limit"),
}  # fmt: skip


def looked_at(
    connection: Connection, rule: str, life: Life, today: str, delivers: frozenset[str] | None = None
) -> tuple[int, dict[str, int]]:
    """How often the rule holds of the life, and why it is not judged."""
    clear(connection)
    put(connection, [life])
    when = on(today).day
    judging = Judging(shipped_rules(), {} if delivers is None else {SYSTEM: delivers})
    all_cases(connection, "test_", AsOf(on(f"{today} 23:59:59").at or 0, when))
    judge(connection, "test_", judging, (rule,))
    found = connection.execute(text("SELECT COUNT(*) FROM test_finding")).scalar_one()
    reasons = dict(counts(connection, "test_", judging, (rule,)).not_judged[rule])
    forget(connection, "test_")
    return int(found), reasons


@pytest.mark.parametrize("rule", TIMED)
def test_a_limit_holds_to_its_last_day_and_is_past_on_the_next_that_counts(engine: Engine, rule: str) -> None:
    inside, outside = TIMED[rule]
    with writing(engine) as connection:
        assert looked_at(connection, rule, *inside)[0] == 0
        assert looked_at(connection, rule, *outside)[0] == 1


@pytest.mark.parametrize("rule", TIMED)
def test_what_a_dialect_does_not_deliver_accuses_nobody_and_is_counted(engine: Engine, rule: str) -> None:
    """Each need of the rule taken away in turn, of a case that offends."""
    with writing(engine) as connection:
        for need in declared()[rule].needs:
            delivers = everything_but(*need.split(" or "))
            found, reasons = looked_at(connection, rule, *TIMED[rule][1], delivers)
            assert (found, reasons.get("not_reported")) == (0, 1), need


@pytest.mark.parametrize("rule", NOT_JUDGED)
def test_what_a_case_does_not_tell_is_counted_with_its_reason(engine: Engine, rule: str) -> None:
    life, reason = NOT_JUDGED[rule]
    with writing(engine) as connection:
        assert looked_at(connection, rule, life, "2025-03-31") == (0, {reason: 1})


# Where the other rules have theirs: kind → file::test.
Kinds = dict[str, str]
_PAPERS = "test_process.py::test_the_examples_of_a_rule_are_found_as_it_says"
FAMILIES: dict[str, Kinds] = {
    "process": {
        "inside": _PAPERS, "outside": _PAPERS,
        "not delivered": "test_process.py::test_what_a_dialect_does_not_deliver_is_not_judged_but_counted",
        "not judged": "test_process.py::test_why_a_case_is_not_judged_is_counted",
    },
    "fees": {
        "inside": "test_fees.py::test_what_was_charged_is_held_to_the_catalogue",
        "outside": "test_fees.py::test_what_was_charged_is_held_to_the_catalogue",
        "not delivered": "test_fees.py::test_what_a_dialect_does_not_deliver_is_not_judged_but_counted",
        "not judged": "test_fees.py::test_what_cannot_be_told_is_counted_and_accuses_nobody",
    },
    "anomaly": {
        "inside": "test_anomaly.py::test_a_month_is_found_as_the_rule_says",
        "outside": "test_anomaly.py::test_a_month_is_found_as_the_rule_says",
        "not delivered": "test_anomaly.py::test_what_a_dialect_does_not_deliver_is_not_judged_but_counted",
        "not judged": "test_anomaly.py::test_why_a_month_is_not_judged_is_counted",
    },
    "disclosure": dict.fromkeys(
        ("inside", "outside"), "test_disclosure.py::test_g1_a_guide_is_public_by_the_end_of_its_term"
    ) | {"not judged": "test_disclosure.py::test_what_cannot_be_told_of_a_guide_is_counted_and_accuses_nobody"},
}  # fmt: skip
FAMILIES["content"] = FAMILIES["satisfaction"] = FAMILIES["process"]


def both(test: str, **more: str) -> Kinds:
    return {
        "inside": test,
        "outside": test,
        **{name.replace("_", " "): place for name, place in more.items()},
    }


_TERMS = "../complaints/test_terms.py::test_"
_PROCEDURE = "test_anomaly.py::test_a_procedure_"
RULES: dict[str, Kinds] = {
    "T10": both("test_regional_deadlines.py::test_t10_the_answer_is_due_by_the_days_of_the_cards_region"),
    "T11": both("test_regional_deadlines.py::test_t11_a_hand_is_due_by_the_days_of_the_orders_region"),
    "T13": both(
        "test_further_sentences.py::test_20_a_promise_longer_than_the_law_is_a_card_of_the_item_version"
    ),
    "T14": both(
        "test_further_sentences.py::test_t14_open_more_than_3_working_days_after_its_yellow_card_is_red",
        not_delivered="test_every_rule.py::test_without_an_acceptance_told_nothing_rests_on_a_yellow_card",
    ),
    "E1": both(
        "test_first_told.py::test_every_example_is_found_as_the_rule_says",
        not_judged="test_first_told.py::test_who_was_finished_before_the_first_package_is_not_judged_but_counted",
    ),
    "E4": both(
        "test_reporting.py::test_a_return_must_be_told_of_within_a_working_day",
        not_delivered="test_reporting.py::test_a_return_must_be_told_of_within_a_working_day",
    ),
    "E5": both(
        "test_reporting.py::test_a_serial_that_is_missing_counts_as_lost_after_the_grace",
        not_judged="test_reporting.py::test_who_never_sent_is_not_judged",
    ),
    "E6": both("test_reporting.py::test_a_package_with_another_count_than_it_states_must_be_repeated"),
    "E7": both(
        "test_reporting.py::test_a_rejected_row_must_itself_be_sent_again",
        not_judged="test_reporting.py::test_a_refused_package_must_come_again_under_its_id",
    ),
    "X9": both(
        f"{_PROCEDURE}is_found_as_the_rule_says",
        not_delivered=f"{_PROCEDURE}whose_beginning_is_not_delivered_is_counted",
    ),
    "G2": both(
        "test_disclosure.py::test_g2_a_guide_that_was_published_after_its_term_is_late",
        not_judged="test_disclosure.py::test_what_cannot_be_told_of_a_guide_is_counted_and_accuses_nobody",
    ),
    "G3": both(
        "test_disclosure.py::test_g3_a_result_is_public_by_the_end_of_its_term",
        not_delivered="test_disclosure.py::test_g3_of_who_reports_no_results_is_counted_and_accuses_nobody",
        not_judged="test_disclosure.py::test_g3_of_who_reports_no_results_is_counted_and_accuses_nobody",
    ),
    "K1": both(f"{_TERMS}where_unclear_the_complainant_is_told_within_3_working_days"),
    "K2": both(f"{_TERMS}own_simple_cases_are_decided_within_7_working_days_of_acceptance"),
    "K3": both(f"{_TERMS}transferred_ones_are_decided_within_15_working_days_of_acceptance"),
    "K4": both(f"{_TERMS}feedback_for_own_ones_is_given_within_10_working_days_of_acceptance"),
}


def places(rule: str) -> Kinds:
    """Where the examples of a rule are."""
    if rule in TIMED:
        own = "test_every_rule.py::test_"
        told = both(
            f"{own}a_limit_holds_to_its_last_day_and_is_past_on_the_next_that_counts",
            not_delivered=f"{own}what_a_dialect_does_not_deliver_accuses_nobody_and_is_counted",
        )
        if rule in NOT_JUDGED:
            told["not judged"] = f"{own}what_a_case_does_not_tell_is_counted_with_its_reason"
        return told | (
            {
                "not judged": "test_further_sentences.py::test_hours_that_are_told_by_days_alone_are_not_judged_and_counted"
            }
            if rule == "T5"
            else {}
        )
    return RULES.get(rule) or FAMILIES.get(declared()[rule].family, {})


def kinds(rule: str) -> Iterator[str]:
    """What a rule must have: what its needs and its counts of not judged cases ask for."""
    yield from ("inside", "outside")
    if declared()[rule].needs:
        yield "not delivered"
    if declared()[rule].statement("not judged") is not None:
        yield "not judged"


@cache
def written_in(file: str) -> frozenset[str]:
    tree = ast.parse((HERE / file).read_text(encoding="utf-8"))
    return frozenset(node.name for node in tree.body if isinstance(node, ast.FunctionDef))


@pytest.mark.parametrize("rule", list(declared()))
def test_a_rule_has_an_example_of_each_kind(rule: str) -> None:
    told = places(rule)
    missing = [kind for kind in kinds(rule) if kind not in told]
    assert not missing, f"{rule} has no example: {missing}"
    for kind, place in told.items():
        file, _, name = place.partition("::")
        assert name in written_in(file), f"{rule}, {kind}: there is no test {place}"


def test_without_an_acceptance_told_nothing_rests_on_a_yellow_card(yellow: Engine) -> None:
    delivers = everything_but("Acceptance.HandledAt")
    found: Any = supervise(yellow, today=on("2025-03-31").day, only=("T14",), delivers={SYSTEM: delivers})
    assert (found.raised["T14"], found.not_judged["T14"]) == (0, {"not_reported": 1})
