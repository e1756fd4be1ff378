"""Tries changed rules, levels, calendars or catalogues on what is there: which cards they would raise or not; nothing stays.

Today's data are judged as of each day of a period, and what is found is held against the cards that exist. All of it
happens in one transaction of the caller's, which is rolled back.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Connection, Date, RowMapping, text

from hub.clock import start_of
from hub.errors import Place, StopError
from hub.supervision import judge as judging_sql
from hub.supervision import units
from hub.supervision.calendar import day_of
from hub.supervision.judge import AsOf, Judging, bound, drop, scope_table
from hub.supervision.library import SCOPES
from hub.supervision.rules import Rule
from hub.supervision.states import ISSUED

PREFIX = "try_"
LONGEST = 92
"""Days of a period; every case is judged on each of them."""
LISTED = 500
"""Findings that are told one by one, per kind of change; of all others the number."""
CHUNK = 100_000
_FOUND, _BEFORE = "try_found", "try_before"
_KEY = "rule VARCHAR(20) NOT NULL, case_id BIGINT NOT NULL, subject VARCHAR(200) NOT NULL"

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


def period(first: date | None, last: date | None, today: date) -> tuple[date, date]:
    """The days to try: by default the last 31 days. Raises StopError TRY_PERIOD."""
    last = last or today
    first = first or last - timedelta(days=30)
    if first > last or (last - first).days >= LONGEST or last > today:
        raise StopError(
            "TRY_PERIOD",
            zh=f"试判期间 {first} 至 {last} 不合适：须先后相符、不超过 {LONGEST} 天、不晚于今天 {today}",
            en=f"The period {first} to {last} cannot be tried: its begin must come first, at most {LONGEST} days, not after today, {today}",
            remedy_zh="用 --from 和 --to 给出较短的、已经过去的期间",
            remedy_en="Give a shorter period that has passed with --from and --to",
            place=Place(field="--from"),
        )
    return first, last


def try_out(
    connection: Connection,
    judging: Judging,
    codes: Sequence[str],
    days: tuple[date, date],
    now: int,
    before: Mapping[str, Rule],
) -> Trial:
    """Judge by `codes` of `judging` as of each day of `days`, and hold the findings against the cards that are there.

    `before` are the rules in force, whose levels the cards have. The caller's transaction must be rolled back.
    """
    first, last = days
    for table in (_FOUND, _BEFORE):
        drop(connection, table)
    connection.execute(text(f"CREATE TEMPORARY TABLE {_BEFORE} ({_KEY})"))
    connection.execute(
        text(
            f"CREATE TEMPORARY TABLE {_FOUND} ({_KEY}, own_case BIGINT, system VARCHAR(64), level INTEGER, used REAL,"
            " limit_value REAL, unit VARCHAR(1), due_n BIGINT, provisional INTEGER, day DATE NOT NULL)"
        )
    )
    _cases(connection, judging, [c for c in codes if _scope(judging, c) == "case"], first, last)
    for kind in SCOPES[1:]:
        _units(connection, judging, [c for c in codes if _scope(judging, c) == kind], kind, days, now)
    for table in (_FOUND, _BEFORE):
        judging_sql.analyze(connection, table)
    return _compared(connection, judging.rules, before, codes, days)


def _scope(judging: Judging, code: str) -> str:
    return judging.rules[code].declared.scope


def _cases(connection: Connection, judging: Judging, codes: Sequence[str], first: date, last: date) -> None:
    if not codes:
        return
    for chunk in _chunks(connection):
        _judge_cases(connection, judging, codes, chunk, first - timedelta(days=1))
        _keep_before(connection, "f.scope_id")
        # Many conditions pass, of whatever rule: each must be caught on its days.
        for day in _days(first, last):
            _judge_cases(connection, judging, codes, chunk, day)
            _keep(connection, "f.scope_id", "h.system", "JOIN case_head h ON h.id = f.scope_id", day)


def _judge_cases(
    connection: Connection, judging: Judging, codes: Sequence[str], chunk: tuple[int, int], day: date
) -> None:
    scope_table(connection, PREFIX)
    as_of = _end_of(day)
    connection.execute(
        bound(
            f"INSERT INTO {PREFIX}scope SELECT id, id, :as_of_at, :as_of_day, NULL FROM case_head"
            " WHERE id > :after AND id <= :upto",
            {"as_of_at": as_of.at, "as_of_day": as_of.day, "after": chunk[0], "upto": chunk[1]},
        )
    )
    judging_sql.judge(connection, PREFIX, judging, codes)


def _units(
    connection: Connection,
    judging: Judging,
    codes: Sequence[str],
    kind: str,
    days: tuple[date, date],
    now: int,
) -> None:
    if not codes:
        return
    first, last = days
    for day in (first - timedelta(days=1), *_days(first, last)):
        units.fill_now(connection, PREFIX, kind, _end_of(day), now)
        judging_sql.judge_units(connection, PREFIX, judging, codes)
        if day < first:
            _keep_before(connection, "0")
        else:
            _keep(connection, "0", "u.system", f"JOIN {PREFIX}unit u ON u.scope_id = f.scope_id", day)


def _keep_before(connection: Connection, case: str) -> None:
    connection.execute(
        text(f"INSERT INTO {_BEFORE} SELECT DISTINCT f.rule, {case}, f.subject FROM {PREFIX}finding f")
    )


def _keep(connection: Connection, case: str, system: str, join: str, day: date) -> None:
    """Note what is found for the first time in the period."""
    connection.execute(
        bound(
            f"INSERT INTO {_FOUND} SELECT f.rule, {case}, f.subject, f.case_id, {system}, f.level, f.used, f.limit_value,"
            f" f.unit, f.due_n, f.provisional, :day FROM {PREFIX}finding f {join} WHERE NOT EXISTS (SELECT 1 FROM {_FOUND} k"
            f" WHERE k.rule = f.rule AND k.case_id = {case} AND k.subject = f.subject)",
            {"day": day},
        )
    )


def _compared(
    connection: Connection,
    rules: Mapping[str, Rule],
    before: Mapping[str, Rule],
    codes: Sequence[str],
    days: tuple[date, date],
) -> Trial:
    counts: dict[str, dict[str, int]] = {}
    changes: list[dict[str, Any]] = []
    for code in codes:
        there, gone = _cards(connection, code, days)
        raised, number = _raised(connection, rules[code], days)
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


def _raised(connection: Connection, rule: Rule, days: tuple[date, date]) -> tuple[list[dict[str, Any]], int]:
    """(the first of what would be raised and is not there, how many)."""
    condition = (
        f"FROM {_FOUND} f WHERE f.rule = :rule AND NOT EXISTS (SELECT 1 FROM {_BEFORE} b WHERE b.rule = f.rule"
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
            "subject": row["subject"] or None,
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
            f"{within} AND NOT EXISTS (SELECT 1 FROM {_FOUND} f WHERE {_SAME})"
            f" AND NOT EXISTS (SELECT 1 FROM {_BEFORE} f WHERE {_SAME}) ORDER BY c.card_id",
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
            f" AND EXISTS (SELECT 1 FROM {_FOUND} f WHERE {_SAME} AND f.level IS NULL) ORDER BY c.card_id",
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
            f" AND EXISTS (SELECT 1 FROM {_FOUND} f WHERE {_SAME}) ORDER BY c.card_id",
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


def _chunks(connection: Connection) -> Iterator[tuple[int, int]]:
    after = 0
    while True:
        upto = connection.execute(
            bound(
                f"SELECT MAX(id) FROM (SELECT id FROM case_head WHERE id > :after ORDER BY id LIMIT {CHUNK}) c",
                {"after": after},
            )
        ).scalar()
        if upto is None:
            return
        yield after, int(upto)
        after = int(upto)


def _days(first: date, last: date) -> list[date]:
    return [first + timedelta(days=number) for number in range((last - first).days + 1)]


def _end_of(day: date) -> AsOf:
    return AsOf(start_of(day + timedelta(days=1)), day)
