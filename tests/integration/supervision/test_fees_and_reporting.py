"""The tables of examples on fees and reporting once more on PostgreSQL, which types and groups more strictly than SQLite."""

from __future__ import annotations

from sqlalchemy import Connection, Engine

from hub.central.engine import writing
from tests.oracle.loading import SYSTEM, register
from tests.unit.supervision import test_fees as fees
from tests.unit.supervision import test_reporting as reporting
from tests.unit.supervision.test_reporting import Row


def found_of(
    connection: Connection, rule: str, packages: list[Row], now: str, outcomes: list[Row] | None = None
) -> set[str]:
    """What a rule finds; then everything is as before, for outcomes cannot be deleted."""
    before = connection.begin_nested()
    subjects, _ = reporting.found_of(connection, rule, packages, now, outcomes)
    before.rollback()
    return subjects


def test_every_example_on_fees_holds(supervised_postgres: Engine) -> None:
    with writing(supervised_postgres) as connection:
        for name, (told, more, expected) in fees.EXAMPLES.items():
            fees.put(connection, *told, **more)
            assert fees.judged(connection)[0] == expected, name
        for name, (told, more, reasons) in fees.NOT_JUDGED.items():
            fees.put(connection, *told, **more)
            assert fees.judged(connection) == ({}, reasons), name


def test_every_example_on_cases_holds(supervised_postgres: Engine) -> None:
    with writing(supervised_postgres) as connection:
        for unit, more in reporting.OPEN.items():
            assert reporting.found(connection, reporting.life(**more), "03-14") == set(), unit
            assert reporting.found(connection, reporting.life(**more), "03-17") == {"E3"}, unit
        finished = reporting.life(completed=reporting.moment("03-10T00:00:00"))
        assert reporting.found(connection, finished, "03-31") == {"E2"}
        for name, (table, day, expected) in reporting.SINCE.items():
            assert reporting.returned(connection, "03-13", (table, day)) == expected, name


def test_every_example_on_packages_and_systems_holds(supervised_postgres: Engine) -> None:
    came = [reporting.package(n, "03-03T10:00:00") for n in (1, 2, 4)]
    friday = [reporting.package(1, "03-07T10:00:00")]
    odd = [
        reporting.package(
            1, reporting.MONDAY, cases=2, accepted=1, duplicate=0, stale=0, conflict=0, pending=0
        )
    ]
    short = [reporting.refused(1, reporting.MONDAY, "PKG_COUNT", "A")]
    bad = [reporting.package(1, reporting.MONDAY, cases=1, rejected=1)]
    with writing(supervised_postgres) as connection:
        assert found_of(connection, "E5", came, "03-03T11:00:00") == set()
        assert found_of(connection, "E5", came, "03-03T11:00:01") == {f"{SYSTEM} serial 3"}
        register(connection, silent_after=2 * 86_400, supervise_from="2025-03-03")
        assert found_of(connection, "E5", friday, "03-11T10:00:00") == set()
        silent = {f"{SYSTEM} silent after package 1"}
        assert found_of(connection, "E5", friday, "03-11T10:00:01") == silent
        assert found_of(connection, "E6", odd, "03-03T10:00:01") == {f"{SYSTEM}/1"}
        assert found_of(connection, "E6", short, "03-03T11:00:01") == {f"{SYSTEM}/1"}
        rejected = [reporting.rejected(1)]
        assert found_of(connection, "E7", bad, "03-07T00:00:00", rejected) == set()
        assert found_of(connection, "E7", bad, "03-07T00:00:01", rejected) == {f"{SYSTEM}/C7"}
        assert found_of(connection, "E7", short, "03-07T00:00:01") == {f"{SYSTEM} package A"}
