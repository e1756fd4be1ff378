"""Runs the statements of a judgement one after the other, on the tables of one prefix: those of limits.sql, those of the rules."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import Connection, text

from hub.supervision import windows
from hub.supervision.item_limits import placeholders
from hub.supervision.library import CASES
from hub.supervision.rules import Rule
from hub.supervision.scopes import regional
from hub.supervision.statements import expanded, written
from hub.supervision.temporary import analyze, bound, renew, tagged

Delivers = Mapping[str, frozenset[str]]
"""System → the "Element.Field" that its dialect delivers; a system that is not named delivers all."""

_COLUMNS = (
    "scope_id", "subject", "level", "used", "limit_value", "excess", "unit", "due_n", "since_n", "until_n", "extension",
    "case_id", "step", "handler", "evidence",
)  # fmt: skip
_ASKED: dict[str, tuple[str, ...]] = {}
_ASKED_AT_MOST = 2_000  # rules × prefixes × the depths of regions that have a calendar are some hundreds


@dataclass(frozen=True, slots=True)
class Judging:
    """What a judgement works with: the rule versions in force, and what each system can deliver."""

    rules: Mapping[str, Rule]
    delivers: Delivers = field(default_factory=dict)
    card: str = "card"  # the tables of cards and of hands that rules read which rest on them
    order_hand: str = "order_hand"

    def lacking(self, rule: Rule) -> list[str]:
        """The systems whose dialect does not deliver what the rule needs."""
        return [
            code
            for code, fields in self.delivers.items()
            if any(not fields.intersection(need.split(" or ")) for need in rule.needs)
        ]


@dataclass(frozen=True, slots=True)
class Tally:
    """Numbers of cases by each word of CASES: (system, only_rule) → those at hand, reason → those that are barred."""

    at_hand: Mapping[tuple[str, str | None], Mapping[str, int]]
    barred: Mapping[str, Mapping[str, int]]


@dataclass(frozen=True, slots=True)
class Step:
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
    ) -> Step:
        joins, calendar = regional(connection)
        values = {
            "p": prefix,
            "w": "strict_number" if strict else "workday_number",
            "work": "strict_workday" if strict else "is_workday",
            "regions": joins,
            "calendar": calendar,
            "every": "1" if every else "0",
            "told": f"{prefix}told",
            "card": judging.card,
            "order_hand": judging.order_hand,
            **placeholders(connection),
        }
        return cls(connection, prefix, judging, values)

    def run(self, name: str, **more: int | date) -> None:
        """A statement of limits.sql."""
        rules = self.judging.rules
        parameters = {
            **parameters_of(rules["T1"]),
            **parameters_of(rules["T3"]),
            **parameters_of(rules["T4"]),
            **more,
        }
        self.connection.execute(bound(tagged(name, self.written(name)), parameters))
        if name.startswith("fill "):
            analyze(self.connection, f"{self.prefix}{name.split()[1]}")

    def make(self, table: str) -> None:
        """A table of limits.sql, empty."""
        renew(self.connection, f"{self.prefix}{table}", self.written(f"create {table}"))

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
        renew(self.connection, f"{self.prefix}{table}", windows.create(self.prefix, table))
        if sql:
            query = (
                expanded(sql, self.connection.dialect.name, self.values)
                if rule is None
                else self.expanded(sql, rule)
            )
            parameters = more if rule is None else parameters_of(rule)
            what = f"{rule.code} {table}" if rule else table
            insert = tagged(what, f"INSERT INTO {self.prefix}{table} {query}")
            self.connection.execute(bound(insert, parameters))
            analyze(self.connection, f"{self.prefix}{table}")

    def execute(self, sql: str, rule: Rule, what: str) -> None:
        """A statement of a rule; `what` it does is said in it."""
        self.connection.execute(bound(tagged(f"{rule.code} {what}", sql), parameters_of(rule)))

    def find(self, rule: Rule) -> None:
        """Add what the rule finds; one that is switched off finds nothing."""
        if not rule.active:
            return
        sql = rule.declared.statement("rule")
        assert sql is not None
        query = self.expanded(sql, rule)
        columns = self._columns(query, rule)
        # A query that has no cases before it says itself whether its finding rests on an unpublished year.
        provisional = "q.provisional" if "provisional" in columns else "0"
        given = [name for name in columns if name not in ("subject", "provisional")]
        strange = sorted(set(given) - set(_COLUMNS))
        if strange:
            raise ValueError(f"rule {rule.code} gives columns that no finding has: {strange}")
        subject = (
            "''"
            if rule.declared.scope == "case"
            else f"(SELECT u.subject FROM {self.prefix}unit u WHERE u.scope_id = q.scope_id)"
        )
        if "subject" in columns:
            subject = f"COALESCE(q.subject, {subject})"
        self.execute(
            f"INSERT INTO {self.prefix}finding (rule, provisional, subject, {', '.join(given)})"
            f" SELECT '{rule.code}', {provisional}, {subject}, {', '.join(f'q.{name}' for name in given)} FROM ({query}) q",
            rule,
            "finding",
        )

    def _columns(self, query: str, rule: Rule) -> Sequence[str]:
        """The names of a query's columns; each text is asked once in a process, for a database plans it whole to answer."""
        if query not in _ASKED:
            if len(_ASKED) >= _ASKED_AT_MOST:
                _ASKED.clear()
            empty = bound(f"SELECT q.* FROM ({query}) q WHERE 1 = 0", parameters_of(rule))
            _ASKED[query] = tuple(self.connection.execute(empty).keys())
        return _ASKED[query]

    def tally(self) -> Tally:
        """How many cases there are to be judged, and how many are barred, each counted by one walk through the table."""
        sums = ", ".join(
            f"SUM(CASE WHEN {condition} THEN 1 ELSE 0 END) AS n{number}"
            for number, condition in enumerate(CASES.values())
        )
        at_hand = self.connection.execute(
            text(
                f"/* judged */ SELECT system, only_rule, {sums} FROM {self.prefix}base GROUP BY system, only_rule"
            )
        )
        barred = self.connection.execute(
            text(f"SELECT reason, {sums} FROM {self.prefix}barred GROUP BY reason")
        )
        return Tally(
            {(row[0], row[1]): dict(zip(CASES, map(int, row[2:]), strict=True)) for row in at_hand},
            {row[0]: dict(zip(CASES, map(int, row[1:]), strict=True)) for row in barred},
        )

    def counted(self, rule: Rule, tally: Tally) -> tuple[int, dict[str, int]]:
        """(judged, reason → not judged)."""
        which, lacking = rule.declared.cases, self.judging.lacking(rule)
        mine = {key: numbers[which] for key, numbers in tally.at_hand.items() if key[1] in (None, rule.code)}
        judged = sum(number for (system, _), number in mine.items() if system not in lacking)
        if not rule.active:
            return 0, _switched_off(sum(mine.values()))
        reasons = {reason: numbers[which] for reason, numbers in tally.barred.items() if numbers[which]}
        silent = sum(numbers[which] for (system, _), numbers in tally.at_hand.items() if system in lacking)
        if silent:
            reasons["not_reported"] = silent
        own = rule.declared.statement("not judged")
        if own is not None:
            query = (
                f"SELECT q.reason, COUNT(*) AS cases FROM ({self.expanded(own, rule)}) q GROUP BY q.reason"
            )
            for row in self.connection.execute(
                bound(tagged(f"{rule.code} not judged", query), parameters_of(rule))
            ):
                reasons[row.reason] = reasons.get(row.reason, 0) + row.cases
                judged -= row.cases
        return judged, dict(sorted(reasons.items()))

    def counted_units(self, rule: Rule) -> tuple[int, dict[str, int]]:
        """(judged, reason → not judged) of a rule that is not about one case; over windows, how many of these."""
        table, among = f"{self.prefix}unit", self._units(rule)
        if rule.declared.window:
            among = self._windows(rule)
            table = f"{self.prefix}window WHERE back < {rule.value('months')}"
        judged = int(self.connection.execute(text(f"SELECT COUNT(*) FROM {among} u")).scalar_one())
        total = int(self.connection.execute(text(f"SELECT COUNT(*) FROM {table}")).scalar_one())
        if not rule.active:
            return 0, _switched_off(total)
        reasons = {"not_reported": total - judged} if total > judged else {}
        own = rule.declared.statement("not judged")
        if own is not None:
            query = tagged(
                f"{rule.code} not judged",
                f"SELECT q.reason, COUNT(*) AS units FROM ({self.expanded(own, rule)}) q GROUP BY q.reason",
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


def _switched_off(number: int) -> dict[str, int]:
    return {"rule_off": number} if number else {}


def parameters_of(rule: Rule) -> dict[str, int]:
    """The values of a rule's parameters, as its queries are given them."""
    return {name: rule.value(name) for name in rule.parameters}
