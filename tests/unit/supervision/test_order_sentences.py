"""Sentences 4, 5, 21, 22 and 25 of docs/rules/time.md, where the rules on process and the cards hold them."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import Engine, select, update

from hub.central.engine import reading, writing
from hub.central.tables.business import card
from hub.central.tables.process import acceptance
from hub.supervision.listing import show_card
from hub.supervision.run import supervise
from tests.support.paper_examples import TODAY, finished, steps
from tests.support.papers import Rows, catalogue, found, store

LIMIT = {"promised_limit": 4, "promised_limit_unit": "W"}


def seen(engine: Engine, rule: str, case: Rows, today: str = TODAY) -> list[str]:
    with writing(engine) as connection:
        store(connection, case)
        return found(connection, rule, today).get(1, [])


def test_4_deemed_acceptance_moves_no_clock(engine: Engine) -> None:
    """Applied for on 3 February, deemed accepted five days later by law; accepted on 3 March: counted from there."""
    late: Rows = {"approval_case": LIMIT, "application": {"applied": "2025-02-03 09:00"}}
    assert seen(engine, "T2", late, "2025-03-07") == []


@pytest.mark.parametrize("result", list("01234567"))
def test_4_everything_stops_at_completion_whatever_the_result(engine: Engine, result: str) -> None:
    assert (
        seen(engine, "T2", {"approval_case": LIMIT, "completion": finished("2025-03-07 16:00", result)}) == []
    )


@pytest.mark.parametrize("result", list("01234567"))
def test_4_who_finished_late_was_late_whatever_the_result(engine: Engine, result: str) -> None:
    late = {"approval_case": LIMIT, "completion": finished("2025-03-10 00:00", result)}
    assert seen(engine, "T2", late) == [""]


def test_5_applied_at_is_known_even_when_it_lies_ahead(engine: Engine) -> None:
    assert seen(engine, "L9", {"application": {"applied": "2025-04-20 09:00"}}) == [""]


ORDER: dict[str, tuple[str, Rows, list[str]]] = {
    "L1": ("at one instant", {"completion": finished("2025-03-03 10:00")}, []),
    "L2": ("at one instant", {"correction_notice": [{"notified": "2025-03-05 10:00"}],
                              "correction_receipt": [{"notice_seq": 1, "received": "2025-03-05 10:00"}]}, []),
    "L3": ("at one instant", {"special_procedure": [{"kind": "2", "started": "2025-03-05 10:00"}],
                              "special_procedure_result": [{"procedure_seq": 1, "ended": "2025-03-05 10:00"}]}, []),
    "L4": ("at one instant", {"step": steps({}, {})}, []),
    "L9": ("at one instant", {"application": {"applied": "2025-03-03 10:00"}}, []),
}  # fmt: skip


@pytest.mark.parametrize("rule", ORDER)
def test_21_equal_instants_never_violate_an_order(engine: Engine, rule: str) -> None:
    _, case, expected = ORDER[rule]
    assert seen(engine, rule, case) == expected


def test_21_a_day_precise_time_is_compared_at_day_precision(engine: Engine) -> None:
    assert seen(engine, "L1", {"completion": finished("2025-03-03")}) == []


def test_21_l4_goes_by_seq_and_a_step_without_a_beginning_begins_at_its_end(engine: Engine) -> None:
    told = steps({"started": None, "ended": "2025-03-05 11:00"}, {"started": "2025-03-04 11:00"})
    assert seen(engine, "L4", {"step": told}) == ["step 2"]


@pytest.mark.parametrize(("result", "arises"), [(each, each in "067") for each in "01234567"])
def test_22_l5_looks_at_results_0_6_and_7_with_status_1(engine: Engine, result: str, arises: bool) -> None:
    with writing(engine) as connection:
        catalogue(connection, steps=[("A", "受理", "1"), ("B", "审查", "2")])
        store(
            connection,
            {"completion": finished(result=result)},
            {"acceptance": {"status": "2"}, "completion": finished(result=result)},
        )
        assert found(connection, "L5", TODAY) == ({1: [""]} if arises else {})


def test_22_l8_a_step_without_an_end_or_with_one_after_completion(engine: Engine) -> None:
    told = steps({"ended": None}, {"ended": "2025-03-10 16:00:01"}, {"ended": "2025-03-10 16:00"})
    assert seen(engine, "L8", {"step": told, "completion": finished()}) == ["step 1", "step 2"]


@pytest.mark.parametrize(("kind", "arises"), [("1", False), ("2", True), ("3", True)])
def test_22_l12_a_step_of_type_2_or_3_after_a_refusal(engine: Engine, kind: str, arises: bool) -> None:
    assert (
        bool(seen(engine, "L12", {"acceptance": {"status": "2"}, "step": steps({"step_type": kind})}))
        is arises
    )


@pytest.mark.parametrize(("today", "arises"), [("2025-03-03", False), ("2025-03-04", True)])
def test_22_l13_a_later_calendar_day_than_acceptance(engine: Engine, today: str, arises: bool) -> None:
    assert bool(seen(engine, "L13", {"approval_case": {"case_type": "1"}}, today)) is arises


@pytest.mark.parametrize(
    ("applied", "arises"),
    [("2025-03-02", True), ("2025-03-03", False), ("2025-03-10", False), ("2025-03-11", True)],
)
def test_22_l14_both_ends_of_a_version_are_inclusive(engine: Engine, applied: str, arises: bool) -> None:
    with writing(engine) as connection:
        catalogue(connection, valid_from="2025-03-03", valid_to="2025-03-10")
        store(connection, {"application": {"applied": f"{applied} 09:00"}})
        assert bool(found(connection, "L14", TODAY)) is arises


def test_25_a_withdrawn_card_is_kept_with_its_reason_time_before_and_after(engine: Engine) -> None:
    with writing(engine) as connection:
        store(connection, {"acceptance": {"status": "2"}, "step": None})
    supervise(engine, today=date(2025, 3, 31), only=["C1"])
    with writing(engine) as connection:
        connection.execute(update(acceptance).values(reason="不属于本机关职权范围"))
    for _ in range(2):  # the second time nothing changes
        supervise(engine, today=date(2025, 3, 31), only=["C1"], everything=True)
    with reading(engine) as connection:
        assert connection.execute(select(card.c.rule, card.c.state)).all() == [("C1", "撤销")]
        found = show_card(connection, 1)
    assert found is not None
    raised, withdrawn = found["events"]
    assert (withdrawn["from_state"], withdrawn["to_state"]) == ("已发", "撤销")
    assert withdrawn["reason"]
    assert withdrawn["at"] >= raised["at"]
    assert withdrawn["before"] != withdrawn["after"]
