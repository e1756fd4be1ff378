"""Months of fabricated data on PostgreSQL as on SQLite, and their cards: raised once, stable, withdrawn by late data."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest
from sqlalchemy import Engine, select, update

from hub.central.engine import reading, writing
from hub.central.tables.business import card
from hub.central.tables.process import application
from hub.supervision import fabrication, touched
from hub.supervision.judge import Judging
from hub.supervision.rules import shipped_rules
from hub.supervision.run import supervise
from tests.support.anomalies import SYSTEM, WINDOW, month
from tests.unit.supervision import test_anomaly as table


@pytest.mark.postgres
def test_postgres_finds_in_every_month_what_the_rule_says(supervised_postgres: Engine) -> None:
    with writing(supervised_postgres) as connection:
        for example in table.EXAMPLES:
            before = connection.begin_nested()
            table.hold(connection, example)
            before.rollback()
        for rule, lives, reason in table.NOT_JUDGED:
            before = connection.begin_nested()
            month(connection, lives)
            assert table.found(connection, rule) == ({}, {reason: 1, "too_few_cases": 1}), rule
            before.rollback()
        before = connection.begin_nested()
        table.hold_procedures(connection)
        before.rollback()
        table.far_off(connection)


def cards(engine: Engine) -> list[tuple[str, str | None, str, int]]:
    with reading(engine) as connection:
        rows = connection.execute(
            select(card.c.rule, card.c.subject, card.c.state, card.c.level).where(card.c.rule.like("X%"))
        )
        return [tuple(row) for row in rows]


def run(engine: Engine, day: str, **more: Any) -> None:
    supervise(engine, today=date.fromisoformat(day), **more)


@pytest.mark.postgres
def test_an_ended_month_has_one_card_that_late_data_withdraw(supervised: Engine) -> None:
    with writing(supervised) as connection:
        month(connection, [table.AT_ONCE] * 30)
    run(supervised, "2025-03-30")
    assert cards(supervised) == []
    run(supervised, "2025-04-10")
    raised = [("X6", WINDOW, "已发", 1)]
    assert cards(supervised) == raised
    for day in ("2025-04-10", "2025-04-11", "2025-05-02", "2025-08-01"):
        run(supervised, day)
        assert cards(supervised) == raised, day
    with reading(supervised) as connection:
        snapshot = json.loads(
            connection.execute(select(card.c.snapshot).where(card.c.rule == "X6")).scalar_one()
        )
    assert (
        snapshot["evidence"] | {"window": "2025-03", "sample": 30, "hits": 30, "share_percent": 100}
        == snapshot["evidence"]
    )
    assert snapshot["cases"] == [f"C{number}" for number in range(30, 20, -1)]

    with writing(supervised) as connection:
        connection.execute(update(application).where(application.c.case_id == 1).values(written_at=0))
    run(supervised, "2025-08-02")
    assert cards(supervised) == [("X6", WINDOW, "撤销", 1)]


@pytest.mark.postgres
def test_the_next_month_is_another_card(supervised: Engine) -> None:
    april = {"application": {"applied": "2025-04-03 09:00", "written": "2025-04-03 09:00"}}
    with writing(supervised) as connection:
        month(connection, [table.AT_ONCE] * 20)
    run(supervised, "2025-04-10")
    with writing(supervised) as connection:
        month(
            connection,
            [{**april, "acceptance": {"handled": "2025-04-03 10:00"}, "completion": None}] * 20,
            first=101,
        )
    run(supervised, "2025-05-10")
    assert [subject for rule, subject, _, _ in cards(supervised) if rule == "X6"] == [
        WINDOW,
        f"{SYSTEM} 2025-04",
    ]


def test_a_large_hub_looks_at_its_months_once_a_day_and_whenever_everything_is_judged(
    supervised_sqlite: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(touched, "OFTEN_UP_TO", 10)
    with writing(supervised_sqlite) as connection:
        month(connection, [table.AT_ONCE] * 20)
    run(supervised_sqlite, "2025-04-10", everything=False)
    with writing(supervised_sqlite) as connection:
        connection.execute(update(application).where(application.c.case_id == 1).values(written_at=0))
    run(supervised_sqlite, "2025-04-10", everything=False)
    assert cards(supervised_sqlite) == [("X6", WINDOW, "已发", 1)]
    run(supervised_sqlite, "2025-04-11", everything=False)
    assert cards(supervised_sqlite) == [("X6", WINDOW, "撤销", 1)]

    with writing(supervised_sqlite) as connection:
        applied = select(application.c.applied_at).where(application.c.case_id == 2).scalar_subquery()
        connection.execute(update(application).where(application.c.case_id == 1).values(written_at=applied))
    run(supervised_sqlite, "2025-04-11", everything=False)
    assert len(cards(supervised_sqlite)) == 1
    run(supervised_sqlite, "2025-04-11", everything=True)
    assert [state for _, _, state, _ in cards(supervised_sqlite)] == ["撤销", "已发"]


@pytest.mark.postgres
def test_the_report_tells_shares_cases_and_charts_on_either_database(supervised: Engine) -> None:
    with writing(supervised) as connection:
        month(connection, [*[table.AT_ONCE] * 20, *[table.finished("2025-03-11 22:30")] * 5])
    march = fabrication.Month(date(2025, 3, 1))
    with supervised.connect() as connection:
        judging = Judging(shipped_rules())
        told = fabrication.analyse(connection, judging, SYSTEM, march)
        listed = fabrication.behind(connection, judging, SYSTEM, march, "X8")
        connection.rollback()
    rules = {each["rule"]: each for each in told["rules"]}
    [written] = rules["X6"]["findings"]
    assert (written["hits"], written["sample"], written["share_percent"], written["found"]) == (
        20,
        25,
        80.0,
        False,
    )
    night = next(each for each in rules["X8"]["findings"] if each["subject"] == f"{WINDOW} night")
    assert (night["hits"], night["found"], len(night["cases"])) == (5, True, 5)
    assert [case["case_no"] for case in listed] == ["C25", "C24", "C23", "C22", "C21"]
    assert (rules["X2"]["judged"], rules["X2"]["reason"]) == (False, "no_staff_list")
    assert rules["X9"]["reason"] == "no_procedures"
    charts = told["charts"]
    assert (charts["hours"][9], charts["hours"][22]) == (20, 5)
    assert charts["seconds"] == [{"at": "2025-03-11T22:30:00+08:00", "cases": 5}]
    assert charts["names"] == [{"name": "李**", "steps": 25, "share_percent": 50.0},
                               {"name": "王**", "steps": 25, "share_percent": 50.0}]  # fmt: skip
    assert charts["delays"]["written"] == {
        "早于 before": 0,
        "0 s": 20,
        "< 1 min": 0,
        "< 1 h": 0,
        "< 1 d": 5,
        "< 3 d": 0,
        "≥ 3 d": 0,
    }
