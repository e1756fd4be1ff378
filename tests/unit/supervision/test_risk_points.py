"""廉政风险点: steps that the flow or the message flags are marked on the case, and can be held to stricter parameters."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import Connection, Engine, text, update

from hub.central.engine import writing
from hub.central.tables import items
from hub.supervision.judge import AsOf, Judging, all_cases, forget, judge
from hub.supervision.rules import shipped_rules
from hub.views.risk import risk_points
from tests.oracle.lives import Today, on
from tests.support.paper_examples import FLOW, finished
from tests.support.papers import Rows, catalogue, store

TODAY = Today(on("2025-03-31").day, -1)
SHARE = 50


def found(connection: Connection, rule: str, **parameters: int) -> list[str]:
    """The subjects that a rule finds with these parameters, as of the end of 31 March 2025."""
    rules = dict(shipped_rules())
    mine = {
        name: {**each, "value": parameters.get(name, each["value"])}
        for name, each in rules[rule].parameters.items()
    }
    rules[rule] = replace(rules[rule], parameters=mine)
    all_cases(connection, "risk_", AsOf(TODAY.instant, TODAY.day))
    judge(connection, "risk_", Judging(rules), [rule])
    subjects = connection.execute(
        text("SELECT scope_id, subject FROM risk_finding ORDER BY scope_id, subject")
    ).all()
    forget(connection, "risk_")
    return [f"{row.scope_id} {row.subject}" for row in subjects]


def flagged(connection: Connection, step: str) -> None:
    catalogue(connection, **FLOW)
    values = {"risk_category": "审查", "risk_description": "不按标准审查", "risk_control": "双人复核"}
    table = items.item_flow_step
    connection.execute(update(table).where(table.c.step_code == step).values(values))


def step(**more: object) -> Rows:
    """A step of four working days: it begins on Monday 3 March and ends on Friday 7, or on the day that is given."""
    said = {"step_code": "B", "step_type": "2", "started": "2025-03-03 11:00", "ended": "2025-03-07 11:00", "step_limit": 4,
            "step_limit_unit": "W", **more}  # fmt: skip
    return {"step": [said]}


CASES: dict[str, tuple[Rows, int, list[str]]] = {
    "the whole limit, as shipped": (step(), 100, []),
    "half of it": (step(), 50, ["1 step 1"]),
    "half of it, just kept": (step(ended="2025-03-05 11:00"), 50, []),
    "half of three is one": (step(step_limit=3, ended="2025-03-05 11:00"), 50, ["1 step 1"]),
    "a tenth of one is one": (step(step_limit=1, ended="2025-03-04 11:00"), 10, []),
    "another step than the risk point": (step(step_code="A"), 50, []),
    "flagged by the message": (step(step_code="A", risk_category="审查"), 50, ["1 step 1"]),
}


@pytest.mark.parametrize(("case", "percent", "expected"), CASES.values(), ids=CASES)
def test_a_risk_point_has_a_share_of_its_limit(
    engine: Engine, case: Rows, percent: int, expected: list[str]
) -> None:
    with writing(engine) as connection:
        flagged(connection, "B")
        store(connection, case)
        assert found(connection, "T4", risk_percent=percent) == expected


def taken(*handlers: str) -> Rows:
    """Steps A, B, … taken by these people, and finished."""
    rows = [
        {"step_code": code, "step_type": "2", "started": f"2025-03-0{day} 11:00", "ended": f"2025-03-0{day} 12:00", "handler_name": who}
        for day, (code, who) in enumerate(zip("AB", handlers, strict=True), 3)
    ]  # fmt: skip
    return {"step": rows, "completion": finished()}


def test_who_takes_a_risk_point_may_be_held_to_take_no_other_step(engine: Engine) -> None:
    with writing(engine) as connection:
        flagged(connection, "B")
        store(connection, taken("外甲", "外甲"), taken("外甲", "外乙"))
        assert found(connection, "L11") == []
        assert found(connection, "L11", alone_at_risk=1) == ["1 step 2"]


def test_the_steps_that_are_risk_points_are_told_with_who_says_so(engine: Engine) -> None:
    with writing(engine) as connection:
        flagged(connection, "B")
        store(connection, {"step": [
            {"step_code": "A", "step_name": "甲"}, {"step_code": "B", "step_name": "乙"},
            {"step_code": "C", "step_name": "丙", "risk_description": "自由裁量", "risk_control": "集体讨论"},
        ]})  # fmt: skip
        told = [
            (each["seq"], each["category"], each["description"], each["source"])
            for each in risk_points(connection, 1)
        ]
        assert told == [(2, "审查", "不按标准审查", "catalogue"), (3, None, "自由裁量", "message")]


def test_without_a_catalogue_the_message_alone_tells(engine: Engine) -> None:
    with writing(engine) as connection:
        store(connection, {"step": [{"step_name": "甲", "risk_category": "审查"}, {"step_name": "乙"}]})
        assert [each["seq"] for each in risk_points(connection, 1)] == [1]
