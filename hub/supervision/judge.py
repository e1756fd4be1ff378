"""Judges rules of the library for a set of cases, each as of an instant of its own, in set-based SQL.

Nothing here holds cases in memory: the findings stay in temporary tables of the connection, named by a prefix, for
whoever acts on them, and are dropped by `forget`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from sqlalchemy import BigInteger, Connection, Date, String, bindparam, text
from sqlalchemy.sql.elements import TextClause
from sqlalchemy.types import TypeEngine

from hub.supervision import windows
from hub.supervision.item_limits import placeholders
from hub.supervision.library import CASES
from hub.supervision.rules import Rule
from hub.supervision.scopes import regional, supervised_systems
from hub.supervision.statements import expanded, written

TABLES = (
    "base", "barred", "finding", "watch", "step", "extended", "case", "limit", "pause", "island", "extension", "walk", "reach", "verdict",
)  # fmt: skip
ON_LIMITS = frozenset({"T1", "T2", "T3"})
"""The rules that read what limits.sql has walked out."""
Delivers = Mapping[str, frozenset[str]]
"""System → the "Element.Field" that its dialect delivers; a system that is not named delivers all."""

_COLUMNS = (
    "scope_id", "subject", "level", "used", "limit_value", "excess", "unit", "due_n", "since_n", "until_n", "extension",
    "case_id", "step", "handler", "evidence",
)  # fmt: skip
_KINDS: Mapping[type, TypeEngine[Any]] = {int: BigInteger(), date: Date(), str: String()}


@dataclass(frozen=True, slots=True)
class AsOf:
    """What is known: events before the instant `at` (µs, exclusive), day-precise ones up to and with `day`."""

    at: int
    day: date


@dataclass(frozen=True, slots=True)
class Judging:
    """What a judgement works with: the rule versions in force, and what each system can deliver."""

    rules: Mapping[str, Rule]
    delivers: Delivers = field(default_factory=dict)

    def lacking(self, rule: Rule) -> list[str]:
        """The systems whose dialect does not deliver what the rule needs."""
        return [
            code
            for code, fields in self.delivers.items()
            if any(not fields.intersection(need.split(" or ")) for need in rule.needs)
        ]


@dataclass(frozen=True, slots=True)
class Counts:
    """Per rule: how many cases were judged, and how many were not, by reason."""

    judged: Mapping[str, int]
    not_judged: Mapping[str, Mapping[str, int]]


def scope_table(connection: Connection, prefix: str) -> None:
    """Make `<prefix>scope`, empty: the caller fills it with what is to be judged.

    `only_rule` null: by every rule; else by this one alone, as the review of a card wants it.
    """
    drop(connection, f"{prefix}scope")
    connection.execute(
        text(
            f"CREATE TEMPORARY TABLE {prefix}scope (scope_id BIGINT NOT NULL PRIMARY KEY, case_id BIGINT NOT NULL,"
            " as_of_at BIGINT NOT NULL, as_of_day DATE NOT NULL, only_rule VARCHAR(20))"
        )
    )


def all_cases(connection: Connection, prefix: str, as_of: AsOf) -> None:
    """`<prefix>scope` with every case, as of one instant; scope_id is the case_id."""
    scope_table(connection, prefix)
    connection.execute(
        bound(
            f"INSERT INTO {prefix}scope SELECT id, id, :as_of_at, :as_of_day, NULL FROM case_head",
            {"as_of_at": as_of.at, "as_of_day": as_of.day},
        )
    )


def judge(connection: Connection, prefix: str, judging: Judging, codes: Sequence[str]) -> None:
    """Fill `<prefix>base` and `<prefix>finding` for `<prefix>scope` by the case rules `codes`, provisional ones marked."""
    prepare(connection, prefix, judging)
    find(connection, prefix, judging, codes)


def prepare(
    connection: Connection, prefix: str, judging: Judging, *, strict: bool = False, every: bool = False
) -> None:
    """Fill `<prefix>base` with the supervised cases of the scope, and walk out their limits.

    With `every` all limits, also those that no rule could find anything about: for statistics.
    """
    if connection.dialect.name == "postgresql":
        # Compiling these statements takes longer than running them.
        connection.execute(text("SET LOCAL jit = off"))
    analyze(connection, f"{prefix}scope")
    drop(connection, f"{prefix}system")
    supervised_systems(connection, prefix)
    step = _Step.of(connection, prefix, judging, strict=strict, every=every)
    for table in TABLES:
        drop(connection, f"{prefix}{table}")
        step.run(f"create {table}")
    step.run("fill base")
    for name in (
        "fill step", "fill extended", "fill case", "fill limit", "fill pause by special procedures", "fill pause by corrections", "fill island",
        "fill extension", "fill walk by limits",
    ):  # fmt: skip
        step.run(name)
    step.run("fill reach", least_k=0, greatest_k=0)
    step.run("fill walk by extensions")
    step.run("fill reach", least_k=1, greatest_k=2**31 - 1)
    step.run("fill verdict")


def find(
    connection: Connection, prefix: str, judging: Judging, codes: Sequence[str], *, strict: bool = False
) -> None:
    """Add to `<prefix>finding` what the case rules `codes` find.

    What touches days of unpublished years is judged a second time with those as rest days (tables `<prefix>strict_…`).
    """
    step = _Step.of(connection, prefix, judging, strict=strict)
    for code in codes:
        step.find(judging.rules[code])
    analyze(connection, f"{prefix}finding")
    if strict or not codes:
        return
    listed = ", ".join(f"'{code}'" for code in codes)
    narrowed = f"{prefix}strict_"
    scope_table(connection, narrowed)
    touching = step.written("touching unpublished days", codes=listed)
    if connection.execute(text(f"INSERT INTO {narrowed}scope {touching}")).rowcount > 0:
        prepare(connection, narrowed, judging, strict=True)
        find(connection, narrowed, judging, codes, strict=True)
        connection.execute(text(step.written("mark provisional", strict=narrowed, codes=listed)))


def counts(connection: Connection, prefix: str, judging: Judging, codes: Sequence[str]) -> Counts:
    """How many cases of the scope each rule judged, and why it did not judge the others. Call it once after `prepare`."""
    step = _Step.of(connection, prefix, judging)
    step.run("fill barred")
    judged: dict[str, int] = {}
    not_judged: dict[str, dict[str, int]] = {}
    for code in codes:
        judged[code], not_judged[code] = step.counted(judging.rules[code])
    return Counts(judged, not_judged)


def judge_units(
    connection: Connection,
    prefix: str,
    judging: Judging,
    codes: Sequence[str],
    at_hand: str = "",
    looked: windows.Looked | None = None,
) -> Counts:
    """Fill `<prefix>finding` by rules that are not about one case, for the units in `<prefix>unit`; how many were judged.

    `at_hand` is a join that leaves of the cases `a` those that could have changed; a review looks at all of them.
    `looked` is told of each rule over windows while the cases that it looked at are there to be read.
    """
    drop(connection, f"{prefix}system")
    supervised_systems(connection, prefix)
    step = replace(_Step.of(connection, prefix, judging), at_hand=at_hand)
    drop(connection, f"{prefix}finding")
    step.run("create finding")
    judged: dict[str, int] = {}
    not_judged: dict[str, dict[str, int]] = {}
    nothing = connection.execute(text(f"SELECT 1 FROM {prefix}unit LIMIT 1")).first() is None
    over_windows = [judging.rules[code] for code in codes if judging.rules[code].declared.window]
    windowed = not nothing and bool(over_windows) and windows.prepare(step, over_windows)
    for code in codes if not nothing else ():
        rule = judging.rules[code]
        if rule.declared.window:
            if not windowed:
                continue
            windows.look(step, rule)
        step.find(rule)
        judged[code], not_judged[code] = step.counted_units(rule)
        if rule.declared.window:
            windows.sample(step, rule)
            if looked is not None:
                looked(
                    rule,
                    windows.NotJudged(
                        step.expanded(rule.declared.statement("not judged") or "", rule), parameters_of(rule)
                    ),
                )
    analyze(connection, f"{prefix}finding")
    return Counts(judged, not_judged)


def watch(connection: Connection, prefix: str, judging: Judging, codes: Sequence[str]) -> None:
    """Fill `<prefix>watch`: on which days verdicts could change by the passing of time alone."""
    step = _Step.of(connection, prefix, judging)
    step.run("watch unknown")
    for code in codes:
        rule = judging.rules[code]
        if (sql := rule.declared.statement("watch")) is not None:
            query = step.expanded(sql, rule)
            step.execute(
                f"INSERT INTO {prefix}watch SELECT q.scope_id, q.watch_n FROM ({query}) q WHERE q.watch_n IS NOT NULL",
                rule,
            )


def forget(connection: Connection, prefix: str) -> None:
    """Drop the temporary tables of a judgement."""
    for table in (*TABLES, *windows.TABLES, "system", "scope"):
        drop(connection, f"{prefix}{table}")
        drop(connection, f"{prefix}strict_{table}")


@dataclass(frozen=True, slots=True)
class _Step:
    """Runs one statement after the other on the same tables."""

    connection: Connection
    prefix: str
    judging: Judging
    values: Mapping[str, str]
    at_hand: str = ""

    @classmethod
    def of(
        cls,
        connection: Connection,
        prefix: str,
        judging: Judging,
        *,
        strict: bool = False,
        every: bool = False,
    ) -> _Step:
        joins, calendar = regional(connection)
        values = {
            "p": prefix,
            "w": "strict_number" if strict else "workday_number",
            "work": "strict_workday" if strict else "is_workday",
            "regions": joins,
            "calendar": calendar,
            "every": "1" if every else "0",
            **placeholders(connection),
        }
        return cls(connection, prefix, judging, values)

    def run(self, name: str, **more: int) -> None:
        """A statement of limits.sql."""
        rules = self.judging.rules
        parameters = {
            **parameters_of(rules["T1"]),
            **parameters_of(rules["T3"]),
            **parameters_of(rules["T4"]),
            **more,
        }
        self.connection.execute(bound(self.written(name), parameters))
        if name.startswith("fill "):
            analyze(self.connection, f"{self.prefix}{name.split()[1]}")

    def written(self, name: str, **more: str) -> str:
        return written(name, self.connection.dialect.name, {**self.values, **more})

    def expanded(self, sql: str, rule: Rule) -> str:
        """A statement of the library, for the cases that its rule looks at."""
        values: dict[str, Any] = {
            **self.values,
            "cases": self._cases(rule),
            "units": self._units(rule),
            "at_hand": self.at_hand,
            "tell_no_beginnings": self._listed(self._without_beginnings()),
            "without": windows.Without(self.judging.delivers),
        }
        if rule.declared.window:
            values |= {"windows": self._windows(rule), "behind": f"{self.prefix}behind"}
            values |= windows.expanded_parts(values)
        return expanded(sql, self.connection.dialect.name, values)

    def put(self, table: str, sql: str, rule: Rule | None = None, **more: int) -> None:
        """Create a table of `windows` anew and fill it by a query; '' leaves it empty."""
        drop(self.connection, f"{self.prefix}{table}")
        self.connection.execute(text(windows.create(self.prefix, table)))
        if sql:
            query = (
                expanded(sql, self.connection.dialect.name, self.values)
                if rule is None
                else self.expanded(sql, rule)
            )
            parameters = more if rule is None else parameters_of(rule)
            self.connection.execute(bound(f"INSERT INTO {self.prefix}{table} {query}", parameters))
            analyze(self.connection, f"{self.prefix}{table}")

    def execute(self, sql: str, rule: Rule) -> None:
        self.connection.execute(bound(sql, parameters_of(rule)))

    def find(self, rule: Rule) -> None:
        sql = rule.declared.statement("rule")
        assert sql is not None
        query = self.expanded(sql, rule)
        looked = self.connection.execute(
            bound(f"SELECT q.* FROM ({query}) q WHERE 1 = 0", parameters_of(rule))
        )
        # A query that has no cases before it says itself whether its finding rests on an unpublished year.
        provisional = "q.provisional" if "provisional" in looked.keys() else "0"  # noqa: SIM118
        given = [name for name in looked.keys() if name not in ("subject", "provisional")]  # noqa: SIM118 - a result is no mapping
        strange = sorted(set(given) - set(_COLUMNS))
        if strange:
            raise ValueError(f"rule {rule.code} gives columns that no finding has: {strange}")
        subject = (
            "''"
            if rule.declared.scope == "case"
            else f"(SELECT u.subject FROM {self.prefix}unit u WHERE u.scope_id = q.scope_id)"
        )
        if "subject" in looked.keys():  # noqa: SIM118
            subject = f"COALESCE(q.subject, {subject})"
        self.execute(
            f"INSERT INTO {self.prefix}finding (rule, provisional, subject, {', '.join(given)})"
            f" SELECT '{rule.code}', {provisional}, {subject}, {', '.join(f'q.{name}' for name in given)} FROM ({query}) q",
            rule,
        )

    def counted(self, rule: Rule) -> tuple[int, dict[str, int]]:
        """(judged, reason → not judged)."""
        everything = f"SELECT COUNT(*) FROM {self._cases(rule)} s"
        judged = int(self.connection.execute(text(everything)).scalar_one())
        condition = CASES[rule.declared.cases]
        reasons: dict[str, int] = {}
        queries = [f"SELECT reason FROM {self.prefix}barred WHERE {condition}"]
        if lacking := self._lacking(rule):
            queries.append(
                f"SELECT 'not_reported' AS reason FROM {self.prefix}base WHERE {condition} AND system IN ({lacking})"
            )
        own = rule.declared.statement("not judged")
        if own is not None:
            queries.append(self.expanded(own, rule))
        for number, query in enumerate(queries):
            rows = self.connection.execute(
                bound(
                    f"SELECT q.reason, COUNT(*) AS cases FROM ({query}) q GROUP BY q.reason",
                    parameters_of(rule),
                )
            )
            for row in rows:
                reasons[row.reason] = reasons.get(row.reason, 0) + row.cases
                judged -= row.cases if own is not None and number == len(queries) - 1 else 0
        return judged, dict(sorted(reasons.items()))

    def counted_units(self, rule: Rule) -> tuple[int, dict[str, int]]:
        """(judged, reason → not judged) of a rule that is not about one case; over windows, how many of these."""
        table, among = f"{self.prefix}unit", self._units(rule)
        if rule.declared.window:
            among = self._windows(rule)
            table = f"{self.prefix}window WHERE back < {rule.value('months')}"
        judged = int(self.connection.execute(text(f"SELECT COUNT(*) FROM {among} u")).scalar_one())
        total = int(self.connection.execute(text(f"SELECT COUNT(*) FROM {table}")).scalar_one())
        reasons = {"not_reported": total - judged} if total > judged else {}
        own = rule.declared.statement("not judged")
        if own is not None:
            query = (
                f"SELECT q.reason, COUNT(*) AS units FROM ({self.expanded(own, rule)}) q GROUP BY q.reason"
            )
            for row in self.connection.execute(bound(query, parameters_of(rule))):
                reasons[row.reason] = reasons.get(row.reason, 0) + row.units
                judged -= row.units
        return judged, reasons

    def _units(self, rule: Rule) -> str:
        lacking = self._lacking(rule)
        return f"(SELECT * FROM {self.prefix}unit WHERE (only_rule IS NULL OR only_rule = '{rule.code}')" + (
            f" AND (system IS NULL OR system NOT IN ({lacking})))" if lacking else ")"
        )

    def _windows(self, rule: Rule) -> str:
        lacking = self._lacking(rule)
        return (
            f"(SELECT * FROM {self.prefix}window WHERE back < {rule.value('months')}"
            f" AND (only_rule IS NULL OR only_rule = '{rule.code}')"
            + (f" AND system NOT IN ({lacking}))" if lacking else ")")
        )

    def _cases(self, rule: Rule) -> str:
        lacking = self._lacking(rule)
        return (
            f"(SELECT * FROM {self.prefix}base WHERE {CASES[rule.declared.cases]}"
            f" AND (only_rule IS NULL OR only_rule = '{rule.code}')"
            + (f" AND system NOT IN ({lacking}))" if lacking else ")")
        )

    def _without_beginnings(self) -> list[str]:
        """The systems that tell of a step only once it has ended."""
        return [code for code, fields in self.judging.delivers.items() if "Step.StartedAt" not in fields]

    def _lacking(self, rule: Rule) -> str:
        lacking = self.judging.lacking(rule)
        return self._listed(lacking) if lacking else ""

    def _listed(self, codes: Sequence[str]) -> str:
        # Codes of systems are file stems of lower-case letters, digits and hyphens (hub.register): no quote can be in one.
        return ", ".join(f"'{code}'" for code in sorted(codes)) or "''"


def bound(sql: str, binds: Mapping[str, Any]) -> TextClause:
    """The statement with the values that it names, typed, since databases will not guess the type of a bare value."""
    statement = text(sql)
    named = {name: binds[name] for name in statement._bindparams if name in binds}
    return statement.bindparams(
        *(bindparam(name, value, _KINDS[type(value)]) for name, value in named.items())
    )


def drop(connection: Connection, table: str) -> None:
    """Drop a temporary table, if it is there."""
    # MariaDB ends the transaction at a DROP TABLE that does not say so.
    kind = "TEMPORARY TABLE" if connection.dialect.name in ("mysql", "mariadb") else "TABLE"
    connection.execute(text(f"DROP {kind} IF EXISTS {table}"))


def analyze(connection: Connection, table: str) -> None:
    """PostgreSQL plans joins of fresh temporary tables badly until it has looked at them."""
    if connection.dialect.name == "postgresql":
        connection.execute(text(f"ANALYZE {table}"))


def parameters_of(rule: Rule) -> dict[str, int]:
    """The values of a rule's parameters, as its queries are given them."""
    return {name: rule.value(name) for name in rule.parameters}
