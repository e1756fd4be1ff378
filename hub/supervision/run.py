"""One run of supervision: judges cases as of today and open cards as of their issue, and acts on the difference.

By default every case; `everything=False` looks only at those that could have changed since the last run (`touched`).
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import date, timedelta

from sqlalchemy import Connection, Engine

from hub.clock import iso, local_day, now_us, start_of
from hub.supervision import calendar as working_calendar
from hub.supervision import chunked, touched, units
from hub.supervision import judge as judging_sql
from hub.supervision.acting import NOW, REVIEW, Acting, act
from hub.supervision.cards import Change, Log
from hub.supervision.growth import look_at_what_has_grown
from hub.supervision.judge import AsOf, Delivers, Judging
from hub.supervision.library import SCOPES, declared
from hub.supervision.moving import move_deadlines
from hub.supervision.regions import Deadlines
from hub.supervision.rules import current_rules
from hub.supervision.summary import Summary
from hub.supervision.touched import Todo

BESIDE = ("item_version", "system", "package")
"""What rests on no card may be judged at the same time as the cases."""


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
            chunked.forget(connection)
            with connection.begin():
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
    chunked.snapshot_reads(connection)
    with connection.begin():
        look_at_what_has_grown(connection)
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
        chunked.writes(connection)
        summary.moved = move_deadlines(connection, at, log)

    def judge_kinds(doing: Acting, kinds: Collection[str]) -> None:
        for kind in SCOPES[1:]:
            if kind in kinds:
                _judge_units(doing, judging, kind, todo)

    chunked.judge_cases(acting, judging, todo, lambda doing: judge_kinds(doing, BESIDE))
    judge_kinds(acting, [kind for kind in SCOPES if kind not in BESIDE])
    chunked.writes(connection)
    with connection.begin():
        Change(connection, at).lock()
        touched.finish(connection, todo, as_of, (at, now_us()), summary.as_dict())
    return summary


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
    chunked.snapshot_reads(connection)
    with connection.begin():
        units.fill_now(connection, NOW, kind, acting.as_of, acting.at, (todo.table, todo.column))
        units.fill_review(connection, REVIEW, kind, codes)
        at_hand = f"JOIN {todo.table} todo ON todo.{todo.column} = a.case_id"
        told = ""
        if any(rules[code].window for code in codes):
            told = judging_sql.tell(connection, (NOW, REVIEW), judging, codes)
        found = judging_sql.judge_units(connection, NOW, judging, codes, at_hand, told=told)
        acting.summary.count(found.judged, found.not_judged)
        of_items = units.cases_of_items(REVIEW)
        judging_sql.judge_units(connection, REVIEW, judging, codes, of_items, told=told)
    chunked.writes(connection)
    act(replace(acting, codes=codes, about_cases=False))
