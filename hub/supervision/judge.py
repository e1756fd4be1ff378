"""Judges T1, T2, T3 for a set of cases, each as of an instant of its own, in set-based SQL (judge.sql).

Nothing here holds cases in memory: the findings stay in temporary tables of the connection, named by a prefix, for
whoever acts on them, and are dropped by `forget`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import BigInteger, Connection, Date, bindparam, select, text
from sqlalchemy.sql.elements import TextClause

from hub.central.tables.exchange import system
from hub.central.tables.rules import work_calendar
from hub.supervision.calendar import FIRST_DAY, day_number
from hub.supervision.item_limits import placeholders
from hub.supervision.rules import Rule
from hub.supervision.statements import written

TABLES = ("case", "limit", "pause", "island", "extension", "walk", "reach", "verdict", "finding")
_FILLS = (
    "fill limit",
    "fill pause by special procedures",
    "fill pause by corrections",
    "fill island",
    "fill extension",
    "fill walk by limits",
)


@dataclass(frozen=True, slots=True)
class AsOf:
    """What is known: events before the instant `at` (µs, exclusive), day-precise ones up to and with `day`."""

    at: int
    day: date


@dataclass(frozen=True, slots=True)
class Parameters:
    """The parameters of the time rules, in the units that rules.yaml gives them."""

    share_percent: int
    min_workdays: int
    extension_cap: int
    extension_cap_joint: int

    @classmethod
    def of(cls, rules: Mapping[str, Rule]) -> Parameters:
        """The parameters of the rule versions in force."""
        return cls(
            share_percent=rules["T1"].value("share_percent"),
            min_workdays=rules["T1"].value("min_workdays"),
            extension_cap=rules["T3"].value("extension_cap"),
            extension_cap_joint=rules["T3"].value("extension_cap_joint"),
        )


@dataclass(frozen=True, slots=True)
class Scope:
    """What is judged: a SELECT of (scope_id, case_id, as_of_at, as_of_day) and the values it binds."""

    sql: str
    binds: Mapping[str, Any]


def all_cases(as_of: AsOf) -> Scope:
    """Every case, as of one instant; scope_id is the case_id."""
    return Scope(
        "SELECT id AS scope_id, id AS case_id, :as_of_at AS as_of_at, :as_of_day AS as_of_day FROM case_head",
        {"as_of_at": as_of.at, "as_of_day": as_of.day},
    )


def scope_table(connection: Connection, prefix: str) -> Scope:
    """An empty temporary table `<prefix>scope` to be filled by the caller, as a scope."""
    _drop(connection, f"{prefix}scope")
    connection.execute(
        text(
            f"CREATE TEMPORARY TABLE {prefix}scope (scope_id BIGINT NOT NULL PRIMARY KEY, case_id BIGINT NOT NULL,"
            " as_of_at BIGINT NOT NULL, as_of_day DATE NOT NULL)"
        )
    )
    return Scope(f"SELECT scope_id, case_id, as_of_at, as_of_day FROM {prefix}scope", {})


def judge(connection: Connection, prefix: str, scope: Scope, parameters: Parameters) -> None:
    """Fill `<prefix>finding` and `<prefix>verdict` for the scope, provisional ones marked.

    What touches days of unpublished years is judged a second time with those as rest days (tables `<prefix>strict_…`).
    """
    if connection.dialect.name == "postgresql":
        # Compiling these statements takes longer than running them.
        connection.execute(text("SET LOCAL jit = off"))
    _judge(connection, prefix, scope, parameters, strict=False)
    strict = f"{prefix}strict_"
    narrowed = scope_table(connection, strict)
    touching = written("touching unpublished days", connection.dialect.name, {"p": prefix})
    if connection.execute(text(f"INSERT INTO {strict}scope {touching}")).rowcount == 0:
        return
    _analyze(connection, f"{strict}scope")
    _judge(connection, strict, narrowed, parameters, strict=True)
    mark = written("mark provisional", connection.dialect.name, {"p": prefix, "strict": strict})
    connection.execute(text(mark))


def counts(connection: Connection, prefix: str, scope: Scope) -> tuple[dict[str, int], dict[str, int]]:
    """(promised, statutory): how many accepted cases were 'judged' and how many not, by reason."""
    values = {"p": prefix, "source": scope.sql, **placeholders(connection)}
    sql = written("count", connection.dialect.name, values)
    promised: dict[str, int] = {}
    statutory: dict[str, int] = {}
    for row in connection.execute(_bound(sql, scope.binds)):
        promised[row.promised] = promised.get(row.promised, 0) + row.cases
        statutory[row.statutory] = statutory.get(row.statutory, 0) + row.cases
    return promised, statutory


def forget(connection: Connection, prefix: str) -> None:
    """Drop the temporary tables of a judgement."""
    for table in (*TABLES, "system", "scope"):
        _drop(connection, f"{prefix}{table}")
        _drop(connection, f"{prefix}strict_{table}")


def _judge(
    connection: Connection, prefix: str, scope: Scope, parameters: Parameters, *, strict: bool
) -> None:
    scopes = _calendar_scopes(connection)
    joins, calendar = _regional(scopes)
    values = {
        "p": prefix,
        "w": "strict_number" if strict else "workday_number",
        "work": "strict_workday" if strict else "is_workday",
        "source": scope.sql,
        "regions": joins,
        "scope": calendar,
        **placeholders(connection),
    }
    binds: dict[str, Any] = {
        "share_percent": parameters.share_percent,
        "min_workdays": parameters.min_workdays,
        "extension_cap": parameters.extension_cap,
        "extension_cap_joint": parameters.extension_cap_joint,
        **scope.binds,
    }
    step = _Step(connection, prefix, values, binds)
    _supervised_systems(connection, prefix)
    for table in TABLES:
        _drop(connection, f"{prefix}{table}")
        step.run(f"create {table}")
    step.run("fill case")
    for name in _FILLS:
        step.run(name)
    step.run("fill reach", least_k=0, greatest_k=0)
    step.run("fill walk by extensions")
    step.run("fill reach", least_k=1, greatest_k=2**31 - 1)
    step.run("fill verdict")
    step.run("fill finding")


@dataclass(frozen=True, slots=True)
class _Step:
    """Runs one named statement after the other on the same tables."""

    connection: Connection
    prefix: str
    values: Mapping[str, str]
    binds: Mapping[str, Any]

    def run(self, name: str, **more: int) -> None:
        sql = written(name, self.connection.dialect.name, self.values)
        self.connection.execute(_bound(sql, {**self.binds, **more}))
        if name.startswith("fill "):
            _analyze(self.connection, f"{self.prefix}{name.split()[1]}")


def _bound(sql: str, binds: Mapping[str, Any]) -> TextClause:
    """The statement with the values that it names, typed, since databases will not guess the type of a bare value."""
    statement = text(sql)
    named = {name: binds[name] for name in statement._bindparams if name in binds}
    return statement.bindparams(
        *(
            bindparam(name, value, Date() if isinstance(value, date) else BigInteger())
            for name, value in named.items()
        )
    )


def _calendar_scopes(connection: Connection) -> list[str]:
    return sorted(connection.execute(select(work_calendar.c.scope).distinct()).scalars())


def _regional(scopes: Sequence[str]) -> tuple[str, str]:
    """(joins, expression): the calendar of a case is that of the longest prefix of its region that has one."""
    lengths = sorted({len(scope) for scope in scopes if scope}, reverse=True)
    joins = [
        # One row per scope is enough to know that it exists: the first day of the calendar.
        f"LEFT JOIN work_calendar g{length} ON g{length}.day_number = {day_number(FIRST_DAY)}"
        f" AND g{length}.scope = SUBSTR(a.region_code, 1, {length}) AND LENGTH(g{length}.scope) = {length}"
        for length in lengths
    ]
    expression = f"COALESCE({', '.join([*(f'g{length}.scope' for length in lengths), chr(39) * 2])})"
    return "\n  ".join(joins), expression if lengths else "''"


def _supervised_systems(connection: Connection, prefix: str) -> None:
    """The systems whose cases are judged: live ones, and paused ones with what they sent before; never trials."""
    _drop(connection, f"{prefix}system")
    connection.execute(
        text(
            f"CREATE TEMPORARY TABLE {prefix}system (code VARCHAR(64) NOT NULL PRIMARY KEY, from_number BIGINT NOT NULL)"
        )
    )
    rows = connection.execute(
        select(system.c.code, system.c.supervise_from).where(system.c.status.in_(("live", "paused")))
    ).all()
    values = [
        {"code": code, "number": day_number(date.fromisoformat(since) if since else FIRST_DAY)}
        for code, since in rows
    ]
    if values:
        connection.execute(text(f"INSERT INTO {prefix}system VALUES (:code, :number)"), values)


def _drop(connection: Connection, table: str) -> None:
    connection.execute(text(f"DROP TABLE IF EXISTS {table}"))


def _analyze(connection: Connection, table: str) -> None:
    """PostgreSQL plans joins of fresh temporary tables badly until it has looked at them."""
    if connection.dialect.name == "postgresql":
        connection.execute(text(f"ANALYZE {table}"))
