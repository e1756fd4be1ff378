"""One run of supervision: judges all cases as of today and all open cards as of their issue, and acts on the difference."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from sqlalchemy import BigInteger, Connection, Date, Engine, String, bindparam, text
from sqlalchemy.types import TypeEngine

from hub.clock import iso, local_day, now_us, start_of
from hub.supervision import calendar as working_calendar
from hub.supervision import cards, snapshot
from hub.supervision.cards import Change, Log, NewCard
from hub.supervision.figures import figures
from hub.supervision.judge import AsOf, Parameters, all_cases, counts, forget, judge, scope_table
from hub.supervision.rules import Rule, current_rules

TIME_RULES = ("T1", "T2", "T3")
NOW, REVIEW = "judge_now_", "judge_review_"
CHUNK = 500
Row = dict[str, Any]


@dataclass(slots=True)
class Summary:
    """What a run did. `judged` and `not_judged` count accepted cases per rule, the rest counts cards per rule."""

    as_of: str
    day: str
    calendar_version: int
    judged: dict[str, int] = field(default_factory=dict)
    not_judged: dict[str, dict[str, int]] = field(default_factory=dict)
    raised: Counter[str] = field(default_factory=Counter)
    issued: Counter[str] = field(default_factory=Counter)  # 待发 → 已发
    closed: Counter[str] = field(default_factory=Counter)
    withdrawn: Counter[str] = field(default_factory=Counter)

    def as_dict(self) -> dict[str, Any]:
        """The summary as plain data; every time rule is named, also with 0."""
        return {
            "as_of": self.as_of,
            "day": self.day,
            "calendar_version": self.calendar_version,
            "judged": self.judged,
            "not_judged": self.not_judged,
            **{
                name: {rule: counter[rule] for rule in TIME_RULES}
                for name, counter in (
                    ("raised", self.raised),
                    ("issued", self.issued),
                    ("closed", self.closed),
                    ("withdrawn", self.withdrawn),
                )
            },
        }


@dataclass(frozen=True, slots=True)
class _Run:
    """What all steps of a run share."""

    connection: Connection
    as_of: AsOf
    at: int
    rules: Mapping[str, Rule]
    calendar_version: int
    summary: Summary
    log: Log | None


def as_of_day(today: date | None, now: int) -> AsOf:
    """The end of `today` (24:00 in UTC+8); without it, the instant `now` (µs)."""
    if today is not None:
        return AsOf(start_of(today + timedelta(days=1)), today)
    return AsOf(now, local_day(now - 1))


def supervise(
    engine: Engine, *, today: date | None = None, log: Log | None = None, now: int | None = None
) -> Summary:
    """Judge T1, T2, T3 and raise, issue, close and withdraw cards; a second run over the same data changes nothing.

    Judging reads one snapshot and holds up no writer; cards are then written in short transactions, one writer at a
    time, so that two runs at once are harmless. `log` gets every change of a card. Raises StopError CALENDAR_EMPTY,
    RULES_EMPTY, RULE_PARAMETER.
    """
    at = now_us() if now is None else now
    as_of = as_of_day(today, at)
    with engine.connect() as connection:
        _snapshot_reads(connection)
        try:
            with connection.begin():
                run = _judged(connection, as_of, at, log)
            _writes(connection)
            _in_chunks(run, _withdrawable, _withdraw)
            _in_chunks(run, _settleable, _settle)
            _in_chunks(run, _closeable, _close)
            _in_chunks(run, _raisable, _raise)
        finally:
            connection.rollback()
            with connection.begin():
                forget(connection, NOW)
                forget(connection, REVIEW)
    return run.summary


def _snapshot_reads(connection: Connection) -> None:
    if connection.dialect.name == "sqlite":
        # Temporary tables lie in a file of their own: filling them needs no write lock on the database.
        connection.execution_options(suphub_begin="BEGIN")
    else:
        connection.execution_options(isolation_level="REPEATABLE READ")


def _writes(connection: Connection) -> None:
    if connection.dialect.name == "sqlite":
        connection.execution_options(suphub_begin="BEGIN IMMEDIATE")
    else:
        connection.execution_options(isolation_level="READ COMMITTED")


def _judged(connection: Connection, as_of: AsOf, at: int, log: Log | None) -> _Run:
    version = working_calendar.version(connection)
    rules = current_rules(connection)
    parameters = Parameters.of(rules)
    everything = all_cases(as_of)
    judge(connection, NOW, everything, parameters)
    review = scope_table(connection, REVIEW)
    connection.execute(
        text(
            f"INSERT INTO {REVIEW}scope SELECT card_id, case_id, judged_as_of, raised_on FROM card"
            " WHERE open_key IS NOT NULL AND case_id IS NOT NULL AND rule IN ('T1', 'T2', 'T3')"
        )
    )
    judge(connection, REVIEW, review, parameters)
    promised, statutory = counts(connection, NOW, everything)
    summary = Summary(iso(as_of.at) or "", as_of.day.isoformat(), version)
    for rule, counted in (("T1", promised), ("T2", promised), ("T3", statutory)):
        summary.judged[rule] = counted.get("judged", 0)
        summary.not_judged[rule] = {reason: n for reason, n in sorted(counted.items()) if reason != "judged"}
    return _Run(connection, as_of, at, rules, version, summary, log)


def _in_chunks(
    run: _Run,
    select_chunk: Callable[[_Run, int, str], Sequence[Row]],
    act: Callable[[_Run, Change, Sequence[Row]], None],
) -> None:
    """Act on all rows, CHUNK at a time, each chunk in a transaction that is serialised with other writers of cards."""
    last_id, last_rule = 0, ""
    while True:
        with run.connection.begin():
            change = Change(run.connection, run.at)
            change.lock()
            rows = select_chunk(run, last_id, last_rule)
            if not rows:
                return
            act(run, change, rows)
            change.log(run.log)
        last_id, last_rule = rows[-1]["id"], rows[-1]["rule"]


def _rows(run: _Run, sql: str, last_id: int, **binds: Any) -> Sequence[Row]:
    kinds: dict[type, TypeEngine[Any]] = {int: BigInteger(), date: Date(), str: String()}
    typed = [
        bindparam(name, value, kinds[type(value)]) for name, value in {"last_id": last_id, **binds}.items()
    ]
    statement = text(f"{sql} LIMIT {CHUNK}").bindparams(*typed)
    # SQLite hands days out as text unless it is told which columns are days.
    found = run.connection.execute(statement.columns(due_on=Date(), raised_on=Date()))
    return [dict(row) for row in found.mappings()]


def _withdrawable(run: _Run, last_id: int, _: str) -> Sequence[Row]:
    """Open cards that were reviewed and whose finding does not arise."""
    return _rows(
        run,
        f"SELECT c.*, c.card_id AS id FROM card c JOIN {REVIEW}scope s ON s.scope_id = c.card_id"
        " WHERE c.card_id > :last_id AND c.open_key IS NOT NULL AND NOT EXISTS ("
        f"SELECT 1 FROM {REVIEW}finding f WHERE f.scope_id = c.card_id AND f.rule = c.rule) ORDER BY c.card_id",
        last_id,
    )


def _withdraw(run: _Run, change: Change, rows: Sequence[Row]) -> None:
    facts = snapshot.load(run.connection, [row["case_id"] for row in rows])
    for row in rows:
        as_of = AsOf(row["judged_as_of"], row["raised_on"])
        fact = facts[row["case_id"]]
        reason = "按现有数据以发牌时点重判，不再成立 · with today's data, judged as of its issue, it would not arise"
        if fact["state"] != "current":
            reason = "办件已删除或待补全 · the case was deleted, or waits for its other parts"
        cards.withdraw(change, row, reason, snapshot.snapshot(fact, as_of))
        run.summary.withdrawn[row["rule"]] += 1


def _settleable(run: _Run, last_id: int, _: str) -> Sequence[Row]:
    """Provisional open cards whose finding is not provisional any more."""
    return _rows(
        run,
        "SELECT c.*, c.card_id AS id, v.unit AS v_unit, v.stated, v.length, v.extra, v.extension, v.used, v.late,"
        f" v.last_n FROM card c JOIN {REVIEW}finding f ON f.scope_id = c.card_id AND f.rule = c.rule"
        f" JOIN {REVIEW}verdict v ON v.scope_id = f.scope_id AND v.kind = f.kind"
        " WHERE c.card_id > :last_id AND c.open_key IS NOT NULL AND c.provisional = 1 AND f.provisional = 0"
        " ORDER BY c.card_id",
        last_id,
    )


def _settle(run: _Run, change: Change, rows: Sequence[Row]) -> None:
    for row in rows:
        judged = figures({**row, "unit": row["v_unit"]})
        if cards.settle(change, row, judged, run.calendar_version):
            run.summary.issued[row["rule"]] += 1


def _closeable(run: _Run, last_id: int, _: str) -> Sequence[Row]:
    """Open T1 cards whose case is past its promised limit by now, or finished after the card was issued."""
    return _rows(
        run,
        "SELECT c.*, c.card_id AS id, CASE WHEN t.scope_id IS NULL THEN 0 ELSE 1 END AS is_past FROM card c"
        f" JOIN {REVIEW}scope s ON s.scope_id = c.card_id"
        f" LEFT JOIN {NOW}finding t ON t.scope_id = c.case_id AND t.rule = 'T2'"
        " LEFT JOIN completion f ON f.case_id = c.case_id"
        "  AND (f.completed_at < :as_of_at OR (f.completed_at IS NULL AND f.completed_day <= :as_of_day))"
        " WHERE c.card_id > :last_id AND c.open_key IS NOT NULL AND c.rule = 'T1'"
        " AND (t.scope_id IS NOT NULL OR f.case_id IS NOT NULL) ORDER BY c.card_id",
        last_id,
        as_of_at=run.as_of.at,
        as_of_day=run.as_of.day,
    )


def _close(run: _Run, change: Change, rows: Sequence[Row]) -> None:
    facts = snapshot.load(run.connection, [row["case_id"] for row in rows])
    for row in rows:
        reason = (
            "已超过承诺时限，转为黄牌 · the promised limit is past, T2 takes over"
            if row["is_past"]
            else "办件已办结 · the case is finished"
        )
        cards.close(change, row, reason, snapshot.snapshot(facts[row["case_id"]], run.as_of))
        run.summary.closed[row["rule"]] += 1


def _raisable(run: _Run, last_id: int, last_rule: str) -> Sequence[Row]:
    """Findings of today for which no card exists but withdrawn ones."""
    return _rows(
        run,
        f"SELECT f.scope_id AS id, f.rule, f.provisional, v.* FROM {NOW}finding f"
        f" JOIN {NOW}verdict v ON v.scope_id = f.scope_id AND v.kind = f.kind"
        " WHERE f.scope_id >= :last_id AND (f.scope_id > :last_id OR f.rule > :last_rule) AND NOT EXISTS ("
        "SELECT 1 FROM card c WHERE c.case_id = f.scope_id AND c.rule = f.rule AND c.subject IS NULL"
        " AND c.state <> :withdrawn) ORDER BY f.scope_id, f.rule",
        last_id,
        last_rule=last_rule,
        withdrawn=cards.WITHDRAWN,
    )


def _raise(run: _Run, change: Change, rows: Sequence[Row]) -> None:
    facts = snapshot.load(run.connection, sorted({row["id"] for row in rows}))
    new = [_new_card(run, row, facts[row["id"]]) for row in rows]
    for raised in cards.raise_cards(change, new):
        run.summary.raised[raised.rule.code] += 1


def _new_card(run: _Run, row: Row, fact: Mapping[str, Any]) -> NewCard:
    judged = figures(row)
    return NewCard(
        rule=run.rules[row["rule"]],
        calendar_version=run.calendar_version,
        case_id=row["id"],
        fact=fact,
        handler=snapshot.handler(fact, run.as_of),
        provisional=bool(row["provisional"]),
        raised_on=run.as_of.day,
        judged_as_of=run.as_of.at,
        figures=judged,
        snapshot={**snapshot.snapshot(fact, run.as_of), "judged": judged.as_dict()},
    )
