"""`supervise try` put together: rules, levels, calendar or catalogue are changed in one transaction, tried, and rolled back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine

from hub import wiring
from hub.clock import local_day, now_us
from hub.errors import StopError


@dataclass(frozen=True, slots=True)
class Wish:
    """What is to be tried: other values or levels of one rule, a proposal, another profile, a calendar, a catalogue."""

    rules: Sequence[str] = ()
    values: Mapping[str, int] = field(default_factory=dict)
    levels: Mapping[str, int] = field(default_factory=dict)
    proposal: int | None = None
    profile: str | None = None
    calendar: Path | None = None
    items: Sequence[Path] = ()


def try_out(wish: Wish, first: date | None, last: date | None) -> dict[str, Any]:
    """Which cards of the period would be raised or not; writes nothing. See `hub.supervision.trial.Trial`.

    Raises StopError TRY_NOTHING, TRY_PERIOD, RULE_*, CALENDAR_*; Refused for a catalogue with faults.
    """
    from hub.supervision import judge as judging_sql
    from hub.supervision import trying
    from hub.supervision.rules import current_rules

    now = now_us()
    days = trying.period(first, last, local_day(now - 1))
    with _rolled_back(wiring.engine()) as connection:
        _import(connection, wish)
        before = current_rules(connection)
        rules, codes = _rules(connection, wish, before)
        judging = judging_sql.Judging(rules, wiring.delivers())
        moved = wish.calendar is not None or bool(wish.items)
        found = trying.try_out(connection, judging, codes, days, now, before, moved).as_dict()
    told = {
        code: {
            "before": {name: before[code].value(name) for name in before[code].parameters},
            "after": {name: rules[code].value(name) for name in rules[code].parameters},
            "level_before": before[code].level,
            "level_after": rules[code].level,
            "active_before": before[code].active,
            "active_after": rules[code].active,
        }
        for code in codes
    }
    return {**found, "tried": told}


def _import(connection: Connection, wish: Wish) -> None:
    from hub.catalogue.rehearsing import rehearse
    from hub.supervision.calendar import import_days
    from hub.supervision.calendar_file import read_calendar

    if wish.calendar is not None:
        import_days(connection, read_calendar(wish.calendar))
    if wish.items:
        rehearse(connection, wish.items, wiring.settings().work)


def _rules(connection: Connection, wish: Wish, before: Mapping[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """(the rules to judge by, those whose findings are compared)."""
    from hub.supervision.changing import changed, checked_profile, find
    from hub.supervision.proposing import proposed

    rules = dict(before)
    codes = list(dict.fromkeys(find(before, code).code for code in wish.rules))
    if wish.values or wish.levels:
        if len(codes) != 1:
            raise _nothing()
        rules[codes[0]] = changed(before, codes[0], wish.values, wish.levels)
    if wish.proposal is not None:
        new = proposed(connection, wish.proposal)
        rules[new.code] = new
        codes = [*codes, new.code]
    if wish.profile is not None:
        checked_profile(connection, wish.profile)
        rules = {code: replace(rule, profile=wish.profile) for code, rule in rules.items()}
        codes = codes or [
            code
            for code, rule in rules.items()
            if rule.level != before[code].level
            or (wish.profile in rule.declared.orders) != (before[code].profile in rule.declared.orders)
        ]
    if wish.calendar is not None or wish.items:
        # What is judged once the cards stand (T14) walks through all days once more: it is tried where it is asked for.
        codes = codes or [code for code, rule in rules.items() if not rule.declared.after_cards]
    if not codes or (rules == dict(before) and wish.calendar is None and not wish.items):
        raise _nothing()
    return rules, list(dict.fromkeys(codes))


def _nothing() -> StopError:
    return StopError(
        "TRY_NOTHING",
        zh="没有说明要试什么改动；--set 和 --level 需要恰好一个 --rule",
        en="Nothing was named that would change; --set and --level need exactly one --rule",
        remedy_zh="如 suphub supervise try --rule E3 --set grace_days=3，或 --proposal、--profile、--calendar、--items",
        remedy_en="E.g. suphub supervise try --rule E3 --set grace_days=3, or --proposal, --profile, --calendar, --items",
    )


@contextmanager
def _rolled_back(engine: Engine) -> Iterator[Connection]:
    """A transaction over one snapshot that leaves nothing behind."""
    with engine.connect() as connection:
        if engine.dialect.name != "sqlite":
            connection.execution_options(isolation_level="REPEATABLE READ")
        transaction = connection.begin()
        try:
            yield connection
        finally:
            transaction.rollback()
