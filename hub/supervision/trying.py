"""Tries changed rules, levels, calendars or catalogues on what is there: which cards they would raise or not; nothing stays.

Today's data are judged as of each day of a period, and what is found is held against the cards that exist. All of it
happens in one transaction of the caller's, which is rolled back.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta

from sqlalchemy import Connection, text

from hub.clock import start_of
from hub.errors import Place, StopError
from hub.supervision import judge as judging_sql
from hub.supervision import left, units
from hub.supervision.judge import AsOf, Judging, bound, drop, scope_table
from hub.supervision.library import SCOPES
from hub.supervision.rules import Rule
from hub.supervision.trial import BEFORE, FOUND, KEY, Trial, compared

PREFIX = "try_"
LONGEST = 92
"""Days of a period; every case is judged on each of them."""
CHUNK = 100_000


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
    moved: bool = False,
) -> Trial:
    """Judge by `codes` of `judging` as of each day of `days`, and hold the findings against the cards that are there.

    `before` are the rules in force, whose levels the cards have. Rules that rest on cards are judged by those that the others of `codes`
    would have left (hub.supervision.left), which `moved` says another calendar or catalogue was imported for. The caller's transaction
    must be rolled back.
    """
    for table in (FOUND, BEFORE):
        drop(connection, table)
    connection.execute(text(f"CREATE TEMPORARY TABLE {BEFORE} ({KEY})"))
    connection.execute(
        text(
            f"CREATE TEMPORARY TABLE {FOUND} ({KEY}, own_case BIGINT, system VARCHAR(64), level INTEGER, used REAL,"
            " limit_value REAL, unit VARCHAR(1), due_n BIGINT, provisional INTEGER, day DATE NOT NULL)"
        )
    )
    resting = [code for code in left.RESTING if code in codes]
    judged = [code for code in codes if code not in resting]
    judged += [code for rule in resting for code in left.needs(rule) if code not in judged]
    _judge(connection, judging, judged, days, now)
    named: dict[str, str] = {}
    for code in resting:
        left.leave(connection, (FOUND, BEFORE), judging.rules, before, judged, days, moved)
        if code == "T10":
            named = left.names(connection)
        _judge(connection, replace(judging, card=left.CARDS, order_hand=left.HANDS_LEFT), [code], days, now)
        judged.append(code)
    return compared(connection, judging.rules, before, codes, days, named)


def _judge(
    connection: Connection, judging: Judging, codes: Sequence[str], days: tuple[date, date], now: int
) -> None:
    """Add what these rules find in the period."""
    _cases(connection, judging, [c for c in codes if _scope(judging, c) == "case"], *days)
    for kind in SCOPES[1:]:
        _units(connection, judging, [c for c in codes if _scope(judging, c) == kind], kind, days, now)
    for table in (FOUND, BEFORE):
        judging_sql.analyze(connection, table)


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
        tables = (judging.card, judging.order_hand)
        units.fill_now(connection, PREFIX, kind, _end_of(day), now, cards=tables)
        judging_sql.judge_units(connection, PREFIX, judging, codes)
        if day < first:
            _keep_before(connection, "0")
        else:
            _keep(connection, "0", "u.system", f"JOIN {PREFIX}unit u ON u.scope_id = f.scope_id", day)


def _keep_before(connection: Connection, case: str) -> None:
    connection.execute(
        text(f"INSERT INTO {BEFORE} SELECT DISTINCT f.rule, {case}, f.subject FROM {PREFIX}finding f")
    )


def _keep(connection: Connection, case: str, system: str, join: str, day: date) -> None:
    """Note what is found for the first time in the period."""
    connection.execute(
        bound(
            f"INSERT INTO {FOUND} SELECT f.rule, {case}, f.subject, f.case_id, {system}, f.level, f.used, f.limit_value,"
            f" f.unit, f.due_n, f.provisional, :day FROM {PREFIX}finding f {join} WHERE NOT EXISTS (SELECT 1 FROM {FOUND} k"
            f" WHERE k.rule = f.rule AND k.case_id = {case} AND k.subject = f.subject)",
            {"day": day},
        )
    )


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
