"""What a trial found, held against the cards that exist: what would be raised and is not there, and what is there and would not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection, Date, RowMapping

from hub.supervision.calendar import day_of
from hub.supervision.judge import bound
from hub.supervision.rules import Rule
from hub.supervision.states import ISSUED

LISTED = 500
"""Findings that are told one by one, per kind of change; of all others the number."""
FOUND, BEFORE = "try_found", "try_before"
"""Tables of what is found in the period, and on the day before it."""
KEY = "rule VARCHAR(20) NOT NULL, case_id BIGINT NOT NULL, subject VARCHAR(200) NOT NULL"

# What a finding and a card are the same by. A card about no case has a subject of its own.
_SAME = "c.rule = f.rule AND COALESCE(c.subject, '') = f.subject AND (f.case_id = 0 OR c.case_id = f.case_id)"
_CARD = (
    "SELECT c.card_id, c.rule, c.system, c.case_no, c.subject, c.level, c.state, c.raised_on FROM card c"
    " WHERE c.standing = 1"
)


@dataclass(frozen=True, slots=True)
class Trial:
    """What was tried, and what would be other: counts per rule, and the findings behind them (LISTED of each kind).

    `changes` has {change: raised | not_raised | level | order, rule, system, case_no, subject, level, card_id, day, used, limit,
    unit, due_on, provisional}; `day` is the first day in the period on which the card would have been raised, or the day on which it was.
    """

    first: date
    last: date
    rules: Mapping[str, Mapping[str, int]]  # rule → there, same, raised, not_raised, level, order
    changes: Sequence[Mapping[str, Any]]

    def as_dict(self) -> dict[str, Any]:
        """As plain data."""
        return {
            "from": self.first.isoformat(),
            "to": self.last.isoformat(),
            "rules": {rule: dict(counts) for rule, counts in self.rules.items()},
            "changes": [dict(change) for change in self.changes],
        }


def compared(
    connection: Connection,
    rules: Mapping[str, Rule],
    before: Mapping[str, Rule],
    codes: Sequence[str],
    days: tuple[date, date],
    named: Mapping[str, str],
) -> Trial:
    """The findings of `codes` against the cards; `named` tells what the subject of a card is called that would be raised."""
    counts: dict[str, dict[str, int]] = {}
    changes: list[dict[str, Any]] = []
    for code in codes:
        there, gone = _cards(connection, code, days)
        raised, number = _raised(connection, rules[code], named)
        level = _levels(connection, rules[code], before[code], days)
        order = _orders(connection, rules[code], before[code], days)
        counts[code] = {
            "there": there,
            "same": there - len(gone) - len(level),
            "raised": number,
            "not_raised": len(gone),
            "level": len(level),
            "order": len(order),
        }
        changes += [*raised, *gone[:LISTED], *level[:LISTED], *order[:LISTED]]
    return Trial(*days, counts, changes)


def _raised(connection: Connection, rule: Rule, named: Mapping[str, str]) -> tuple[list[dict[str, Any]], int]:
    """(the first of what would be raised and is not there, how many)."""
    condition = (
        f"FROM {FOUND} f WHERE f.rule = :rule AND NOT EXISTS (SELECT 1 FROM {BEFORE} b WHERE b.rule = f.rule"
        " AND b.case_id = f.case_id AND b.subject = f.subject)"
        f" AND NOT EXISTS (SELECT 1 FROM card c WHERE {_SAME} AND c.standing = 1)"
    )
    number = connection.execute(bound(f"SELECT COUNT(*) {condition}", {"rule": rule.code})).scalar_one()
    rows = connection.execute(
        bound(
            "SELECT f.*, (SELECT h.case_no FROM case_head h"
            f" WHERE h.id = COALESCE(f.own_case, NULLIF(f.case_id, 0))) AS case_no {condition}"
            f" ORDER BY f.day, f.case_id, f.subject LIMIT {LISTED}",
            {"rule": rule.code},
        ).columns(day=Date())
    ).mappings()
    return [
        {
            "change": "raised",
            "rule": rule.code,
            "system": row["system"],
            "case_no": row["case_no"],
            "subject": named.get(row["subject"], row["subject"]) or None,
            "level": row["level"] or rule.level,
            "card_id": None,
            "day": row["day"].isoformat(),
            "used": row["used"],
            "limit": row["limit_value"],
            "unit": row["unit"],
            "due_on": None if row["due_n"] is None else day_of(int(row["due_n"])).isoformat(),
            "provisional": bool(row["provisional"]),
        }
        for row in rows
    ], int(number)


def _cards(connection: Connection, code: str, days: tuple[date, date]) -> tuple[int, list[dict[str, Any]]]:
    """(cards that were raised in the period, those of them that would not be)."""
    binds = {"rule": code, "first": days[0], "last": days[1]}
    within = f"{_CARD} AND c.rule = :rule AND c.raised_on >= :first AND c.raised_on <= :last"
    there = connection.execute(bound(f"SELECT COUNT(*) FROM ({within}) q", binds)).scalar_one()
    rows = connection.execute(
        bound(
            f"{within} AND NOT EXISTS (SELECT 1 FROM {FOUND} f WHERE {_SAME})"
            f" AND NOT EXISTS (SELECT 1 FROM {BEFORE} f WHERE {_SAME}) ORDER BY c.card_id",
            binds,
        ).columns(raised_on=Date())
    ).mappings()
    return int(there), [_of_card("not_raised", row, row["level"]) for row in rows]


def _levels(
    connection: Connection, rule: Rule, before: Rule, days: tuple[date, date]
) -> list[dict[str, Any]]:
    """Cards of the period that would have another level."""
    if rule.level == before.level:
        return []
    rows = connection.execute(
        bound(
            f"{_CARD} AND c.rule = :rule AND c.raised_on >= :first AND c.raised_on <= :last AND c.level = :level"
            f" AND EXISTS (SELECT 1 FROM {FOUND} f WHERE {_SAME} AND f.level IS NULL) ORDER BY c.card_id",
            {"rule": rule.code, "first": days[0], "last": days[1], "level": before.level},
        ).columns(raised_on=Date())
    ).mappings()
    return [_of_card("level", row, rule.level) for row in rows]


def _orders(
    connection: Connection, rule: Rule, before: Rule, days: tuple[date, date]
) -> list[dict[str, Any]]:
    """Cards of the period for which an order would begin: issued and unanswered, red by then, and none had one before."""
    orders = rule.declared.orders
    if rule.level != 3 or rule.profile not in orders or before.profile in orders:
        return []
    rows = connection.execute(
        bound(
            f"{_CARD} AND c.rule = :rule AND c.raised_on >= :first AND c.raised_on <= :last AND c.state = '{ISSUED}'"
            " AND NOT EXISTS (SELECT 1 FROM supervision_order o WHERE o.card_id = c.card_id)"
            f" AND EXISTS (SELECT 1 FROM {FOUND} f WHERE {_SAME}) ORDER BY c.card_id",
            {"rule": rule.code, "first": days[0], "last": days[1]},
        ).columns(raised_on=Date())
    ).mappings()
    return [_of_card("order", row, rule.level) for row in rows]


def _of_card(change: str, row: RowMapping, level: int) -> dict[str, Any]:
    nothing = dict.fromkeys(("used", "limit", "unit", "due_on"))
    return {
        "change": change,
        **{name: row[name] for name in ("rule", "system", "case_no", "subject", "card_id")},
        "level": level,
        "day": row["raised_on"].isoformat(),
        **nothing,
        "provisional": False,
    }
