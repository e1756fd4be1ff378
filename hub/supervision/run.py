"""One run of supervision: judges cases as of today and open cards as of their issue, and acts on the difference.

By default every case; `everything=False` looks only at those that could have changed since the last run (`touched`).
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import date, timedelta

from sqlalchemy import Connection, Engine, text

from hub.clock import iso, local_day, now_us, start_of
from hub.supervision import calendar as working_calendar
from hub.supervision import judge as judging_sql
from hub.supervision import touched, units
from hub.supervision.acting import NOW, REVIEW, Acting, act
from hub.supervision.cards import Change, Log
from hub.supervision.judge import AsOf, Counts, Delivers, Judging, scope_table
from hub.supervision.library import SCOPES, declared
from hub.supervision.moving import move_deadlines
from hub.supervision.regions import Deadlines
from hub.supervision.rules import current_rules
from hub.supervision.summary import Summary
from hub.supervision.touched import Todo


def as_of_day(today: date | None, now: int) -> AsOf:
    """The end of `today` (24:00 in UTC+8); without it, the instant `now` (µs)."""
    if today is not None:
        return AsOf(start_of(today + timedelta(days=1)), today)
    return AsOf(now, local_day(now - 1))


def supervise(
    engine: Engine,
    *,
    today: date | None = None,
    log: Log | None = None,
    now: int | None = None,
    everything: bool = True,
    delivers: Delivers | None = None,
    only: Collection[str] | None = None,
) -> Summary:
    """Judge by every rule of the library and raise, issue, close and withdraw cards; a second run over the same data
    changes nothing.

    Judging reads one snapshot per chunk of cases and holds up no writer; cards are then written in short transactions,
    one writer at a time, so that two runs at once are harmless. `log` gets every change of a card. `delivers` says what
    each system's dialect delivers; `only` names the rules to judge by, without it all. Raises StopError CALENDAR_EMPTY, RULES_EMPTY, RULE_PARAMETER.
    """
    at = now_us() if now is None else now
    as_of = as_of_day(today, at)
    with engine.connect() as connection:
        try:
            codes = [code for code in declared() if only is None or code in only]
            return _run(connection, as_of, at, log, delivers or {}, codes, everything=everything)
        finally:
            connection.rollback()
            _writes(connection)
            with connection.begin():
                for prefix in (NOW, REVIEW):
                    judging_sql.forget(connection, prefix)
                    units.forget(connection, prefix)
                touched.forget(connection)


def _run(
    connection: Connection,
    as_of: AsOf,
    at: int,
    log: Log | None,
    delivers: Delivers,
    codes: Sequence[str],
    *,
    everything: bool,
) -> Summary:
    _snapshot_reads(connection)
    with connection.begin():
        version = working_calendar.version(connection)
        rules = current_rules(connection)
        judging = Judging(rules, delivers)
        todo = touched.plan(connection, judging, codes, version, as_of, everything=everything)
        recount = touched.calendar_of_last_run(connection) != version
    profile = next(iter(rules.values())).profile
    summary = Summary(iso(as_of.at) or "", as_of.day.isoformat(), version, profile, codes, todo.everything)
    acting = Acting(connection, as_of, at, rules, codes, version, Deadlines(connection), summary, log)
    if recount:
        _writes(connection)
        summary.moved = move_deadlines(connection, at, log)
    for chunk in todo.chunks(connection):
        _judge_chunk(acting, judging, todo, chunk)
    for kind in SCOPES[1:]:
        _judge_units(acting, judging, kind, todo)
    _writes(connection)
    with connection.begin():
        Change(connection, at).lock()
        touched.finish(connection, todo, as_of, (at, now_us()), summary.as_dict())
    return summary


def _judge_chunk(acting: Acting, judging: Judging, todo: Todo, chunk: tuple[int, int]) -> None:
    """Judge a chunk of cases and the open cards of them, act, and note when they must be judged again."""
    connection = acting.connection
    codes = _among(acting.codes, "case", after_cards=False)
    later = _among(acting.codes, "case", after_cards=True)
    _snapshot_reads(connection)
    with connection.begin():
        scope_table(connection, NOW)
        acting.summary.cases += todo.fill(connection, NOW, chunk, acting.as_of)
        judging_sql.judge(connection, NOW, judging, codes)
        _review_scope(connection, [*codes, *later])
        judging_sql.judge(connection, REVIEW, judging, codes)
        _count(acting.summary, judging_sql.counts(connection, NOW, judging, [*codes, *later]))
    _writes(connection)
    act(replace(acting, codes=codes))
    # What rests on cards is judged once these stand.
    _snapshot_reads(connection)
    with connection.begin():
        for prefix in (NOW, REVIEW):
            judging_sql.find(connection, prefix, judging, later)
        judging_sql.watch(connection, NOW, judging, [*codes, *later])
    _writes(connection)
    act(replace(acting, codes=later))
    with connection.begin():
        Change(connection, acting.at).lock()
        touched.rewatch(connection, NOW, todo, chunk, acting.as_of)


def _judge_units(acting: Acting, judging: Judging, kind: str, todo: Todo) -> None:
    """Judge what is not about one case; there are few such units, and all are looked at in every run, but see `Todo.windows`."""
    rules = declared()
    codes = [
        code
        for code in acting.codes
        if rules[code].scope == kind and (todo.windows or not rules[code].window)
    ]
    if not codes:
        return
    connection = acting.connection
    _snapshot_reads(connection)
    with connection.begin():
        units.fill_now(connection, NOW, kind, acting.as_of, acting.at, (todo.table, todo.column))
        units.fill_review(connection, REVIEW, kind, codes)
        at_hand = f"JOIN {todo.table} todo ON todo.{todo.column} = a.case_id"
        _count(acting.summary, judging_sql.judge_units(connection, NOW, judging, codes, at_hand))
        judging_sql.judge_units(connection, REVIEW, judging, codes, units.cases_of_items(REVIEW))
    _writes(connection)
    act(replace(acting, codes=codes, about_cases=False))


def _among(codes: Sequence[str], scope: str, *, after_cards: bool) -> list[str]:
    rules = declared()
    return [c for c in codes if rules[c].scope == scope and rules[c].after_cards == after_cards]


def _count(summary: Summary, found: Counts) -> None:
    summary.count(found.judged, found.not_judged)


def _review_scope(connection: Connection, codes: list[str]) -> None:
    """The open cards of the cases at hand, each as of its issue and by its own rule."""
    scope_table(connection, REVIEW)
    listed = ", ".join(f"'{code}'" for code in codes) or "''"
    connection.execute(
        text(
            f"INSERT INTO {REVIEW}scope SELECT c.card_id, c.case_id, c.judged_as_of, c.raised_on, c.rule"
            f" FROM {NOW}scope s JOIN card c ON c.case_id = s.case_id"
            f" WHERE c.open_key IS NOT NULL AND c.unit_key IS NULL AND c.rule IN ({listed})"
        )
    )


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
