"""Process and content on PostgreSQL as on SQLite, and their cards: raised once, withdrawn when late data speak otherwise."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import Engine, select, update

from hub.central.engine import reading, writing
from hub.central.tables.business import card
from hub.central.tables.process import acceptance
from hub.supervision.library import declared
from hub.supervision.run import supervise
from tests.oracle.loading import SYSTEM
from tests.support import first_told
from tests.support.disclosures import approval, public
from tests.support.paper_examples import held
from tests.support.papers import ORG, add, catalogue, found, store

RULES = [code for code, rule in declared().items() if rule.family in ("process", "content", "satisfaction")]
TODAY = date(2025, 3, 31)


@pytest.mark.postgres
@pytest.mark.parametrize("rule", RULES)
def test_postgres_finds_in_the_examples_what_the_rule_says(supervised_postgres: Engine, rule: str) -> None:
    with writing(supervised_postgres) as connection:
        seen, expected = held(connection, rule)
        assert seen == expected


@pytest.mark.postgres
def test_postgres_finds_what_was_told_late_as_the_rule_says(supervised_postgres: Engine) -> None:
    with writing(supervised_postgres) as connection:
        first_told.put(connection)
        seen = found(connection, "E1", first_told.TODAY)
        assert {name: seen.get(number, []) for number, name in enumerate(first_told.EXAMPLES, 1)} == {
            name: subjects for name, (_, _, _, subjects) in first_told.EXAMPLES.items()
        }


def cards(engine: Engine) -> list[tuple[str, str, int]]:
    with reading(engine) as connection:
        rows = connection.execute(
            select(card.c.rule, card.c.state, card.c.level)
            .where(card.c.rule.like("L%") | card.c.rule.like("C%"))
            .order_by(card.c.rule)
        )
        return [tuple(row) for row in rows]


@pytest.mark.postgres
def test_a_reason_that_was_given_after_all_withdraws_the_card(supervised: Engine) -> None:
    with writing(supervised) as connection:
        store(connection, {"acceptance": {"status": "2"}, "step": None})
    supervise(supervised, today=TODAY)
    first = cards(supervised)
    assert [(rule, level) for rule, _, level in first] == [("C1", 2)]
    supervise(supervised, today=TODAY, everything=True)
    assert cards(supervised) == first

    with writing(supervised) as connection:
        connection.execute(update(acceptance).values(reason="不属于本机关职权范围"))
    supervise(supervised, today=TODAY, everything=True)
    assert [(rule, state) for rule, state, _ in cards(supervised)] == [("C1", "撤销")]


@pytest.mark.postgres
def test_a_step_that_is_told_late_withdraws_the_card_for_none(supervised: Engine) -> None:
    with writing(supervised) as connection:
        store(connection, {"step": None})
    supervise(supervised, today=TODAY)
    assert [(rule, level) for rule, _, level in cards(supervised)] == [("L7", 2)]

    told = {
        "case_id": 1, "seq": 1, "step_type": "2", "started": "2025-03-03 11:00", "ended": "2025-03-04 09:00",
    }  # fmt: skip
    with writing(supervised) as connection:
        add(connection, "step", told)
    supervise(supervised, today=TODAY, everything=True)
    assert [(rule, state) for rule, state, _ in cards(supervised)] == [("L7", "撤销")]


@pytest.mark.postgres
def test_no_step_after_a_day_of_an_unpublished_year_waits_to_be_issued(supervised: Engine) -> None:
    """Friday 1 to Monday 4 January 2027: both are presumed working days only."""
    with writing(supervised) as connection:
        store(
            connection,
            {
                "application": {"applied": "2026-12-31 09:00"},
                "acceptance": {"handled": "2027-01-01 10:00"},
                "step": None,
            },
        )
    supervise(supervised, today=date(2027, 1, 4))
    assert [(rule, state) for rule, state, _ in cards(supervised)] == [("L7", "待发")]


@pytest.mark.postgres
def test_a_server_finds_what_is_not_public_as_sqlite_does(supervised_server: Engine) -> None:
    with writing(supervised_server) as connection:
        catalogue(connection, "I1", valid_from="2025-03-03")
        catalogue(connection, "I2", valid_from="2025-03-03")
        catalogue(connection, "I3", valid_from="2025-03-03")
        public(connection, "A-2", "2025-04-01", item_code="I2")
        public(connection, "A-3", "2025-03-31", item_code="I3")
        store(connection, approval(), approval())
        public(connection, "R-1", "2025-03-03", case_no="C1")
    supervise(supervised_server, today=date(2025, 4, 30), only=["G1", "G2", "G3"])
    with reading(supervised_server) as connection:
        raised = connection.execute(select(card.c.rule, card.c.subject).order_by(card.c.rule)).all()
    assert [tuple(row) for row in raised] == [
        ("G1", "I1@1"),
        ("G2", "I2@1"),
        ("G3", f"{SYSTEM} 2025-03 {ORG}"),
    ]
