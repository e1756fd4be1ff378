"""E1: an event that was not reported within 24 hours, by the arrival of the package that first told it."""

from __future__ import annotations

from sqlalchemy import Connection, Engine

from hub.central.engine import writing
from tests.oracle.loading import register
from tests.support.first_told import EXAMPLES, ONLY, TODAY, arrive, put, versioned
from tests.support.papers import found, not_judged, store


def test_every_example_is_found_as_the_rule_says(engine: Engine) -> None:
    with writing(engine) as connection:
        put(connection)
        seen = found(connection, "E1", TODAY)
        assert {name: seen.get(number, []) for number, name in enumerate(EXAMPLES, 1)} == {
            name: subjects for name, (_, _, _, subjects) in EXAMPLES.items()
        }


def test_who_was_finished_before_the_first_package_is_not_judged_but_counted(engine: Engine) -> None:
    """One was finished before it; of another nothing is told that happened since."""
    with writing(engine) as connection:
        put(connection)
        assert not_judged(connection, "E1", TODAY) == {"before_first_package": 2}


def test_a_case_of_before_is_judged_once_something_has_happened(engine: Engine) -> None:
    before = {**ONLY, "application": {"applied": "2025-02-27"}}
    step = {"step_type": "2", "started": "2025-03-05", "ended": None}
    with writing(engine) as connection:
        arrive(connection, 1, "2025-03-05 00:00")
        store(
            connection,
            before,
            {**before, "step": [step]},
            {**before, "acceptance": {"handled": "2025-03-04"}},
        )
        assert not_judged(connection, "E1", "2025-03-05") == {"before_first_package": 2}
        assert not_judged(connection, "E1", "2025-03-04") == {"before_first_package": 3}


def test_cases_that_came_in_no_package_are_not_judged(engine: Engine) -> None:
    with writing(engine) as connection:
        store(connection, ONLY)
        assert found(connection, "E1", TODAY) == {}
        assert not_judged(connection, "E1", TODAY) == {"nothing_received": 1}


def one(connection: Connection, at: str) -> None:
    arrive(connection, 1, "2025-03-01 00:00")
    arrive(connection, 2, at)
    store(connection, {**ONLY, "acceptance": {"handled": "2025-03-06 10:00"}})
    versioned(connection, 1, 1, 2)


def test_what_happened_before_supervision_is_no_late_report(engine: Engine) -> None:
    """Applied for on 3 March, accepted on 6 March; told on 7 March at 09:00, within a day of its acceptance."""
    with writing(engine) as connection:
        one(connection, "2025-03-07 09:00")
        assert found(connection, "E1", TODAY) == {1: ["version 1"]}
        register(connection, supervise_from="2025-03-05")
        assert found(connection, "E1", TODAY) == {}


def test_a_case_that_the_hub_refused_and_took_by_replay_was_told_by_the_first_package(engine: Engine) -> None:
    with writing(engine) as connection:
        arrive(connection, 1, "2025-03-01 00:00")
        arrive(connection, 2, "2025-03-03 12:00")
        arrive(connection, 3, "2025-03-20 12:00", replay_of=2)
        store(connection, ONLY)
        versioned(connection, 1, 1, 3)
        assert found(connection, "E1", TODAY) == {}
