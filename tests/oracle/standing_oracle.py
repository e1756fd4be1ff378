"""T10, T11, T13 and T14 judged slowly, day by day, as the sentences on cards, orders and items read; no code of the program.

What rests on cards counts working days after one day through another; a last day is past once a working day after it has begun.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from tests.oracle.lives import Life, Moment, Named, Today, us
from tests.oracle.time_oracle import (
    DAY,
    HOUR,
    LAST,
    ONE,
    Calendar,
    add_months,
    calendar_of,
    days_after,
    known,
    last_working_instant,
)

AFTER_T2 = 3  # working days that a case may stay open after its T2 card


@dataclass(frozen=True)
class OldCard:
    """An open card as it was issued: `workdays` for the answer, or (`printed`) the day that a letter named."""

    issued: date
    workdays: int
    printed: date | None = None
    region: str = "430100"
    level: int = 2
    answered: date | None = None
    state: str = "已发"
    orders: tuple[tuple[date, str], ...] = ()  # begun on, state


@dataclass(frozen=True)
class OldHand:
    """A hand of an order: when it got the order, within how many working days, and when it passed it on."""

    opened: date
    workdays: int
    done: date | None = None
    region: str = "430100"
    level: int = 2
    state: str = "待审核"


@dataclass(frozen=True)
class Late:
    """What T10, T11 or T14 finds: the last day, working days used and past it, the level (None: the rule's), provisional."""

    last_day: date | None
    used: int
    excess: int
    level: int | None
    provisional: bool


def due(calendar: Calendar, day: date, workdays: int) -> date | None:
    """The day on which so many working days after `day` have passed; the day itself for 0."""
    last: date | None = day
    for _ in range(workdays):
        last = None if last is None else calendar.next_workday(last + ONE)
    return last


def card(told: OldCard, today: Today, imports: Sequence[Named]) -> Late | None:
    """T10."""
    calendar = calendar_of(tuple(imports), told.region, False)
    last = told.printed or due(calendar, told.issued, told.workdays)
    if last is None or told.state == "撤销":
        return None
    if any(begun <= last and state != "已撤销" for begun, state in told.orders):
        return None
    return _late(told.issued, last, told.answered, told.level, told.region, today, imports)


def hand(told: OldHand, today: Today, imports: Sequence[Named]) -> Late | None:
    """T11."""
    last = due(calendar_of(tuple(imports), told.region, False), told.opened, told.workdays)
    if last is None or told.state == "已撤销":
        return None
    return _late(told.opened, last, told.done, told.level, told.region, today, imports)


def _late(
    begun: date,
    last: date,
    ended: date | None,
    level: int,
    region: str,
    today: Today,
    imports: Sequence[Named],
) -> Late | None:
    counts = calendar_of(tuple(imports), region, False)
    strict = calendar_of(tuple(imports), region, True)
    if not _between(counts, last, today.day) or (ended is not None and not _between(counts, last, ended)):
        return None
    certain = (
        _between(strict, last, today.day) > 0
        and (ended is None or _between(strict, last, ended) > 0)
        and _between(strict, begun, last) == _between(counts, begun, last)
    )
    return Late(
        last,
        _between(counts, begun, today.day),
        _between(counts, last, today.day),
        min(3, level + 1),
        not certain,
    )


def still_open(life: Life, issued: Sequence[date], today: Today, imports: Sequence[Named]) -> Late | None:
    """T14: `issued` are the days of the case's T2 cards that were not withdrawn."""
    finished = life.completed is not None and known(life.completed, today)
    if life.status != "1" or not known(life.accepted, today) or finished:
        return None
    there = [day for day in issued if day <= today.day]
    if not there:
        return None
    plain, strict = (_after_t2(life, min(there), today, imports, reading) for reading in (False, True))
    if plain is None:
        return None
    provisional = strict is None or strict[0] != plain[0]
    return Late(plain[0], plain[1], plain[1] - AFTER_T2, None, provisional)


def _after_t2(
    life: Life, issued: date, today: Today, imports: Sequence[Named], strict: bool
) -> tuple[date | None, int] | None:
    calendar = calendar_of(tuple(imports), life.region, strict)
    used = _between(calendar, issued, today.day)
    return (due(calendar, issued, AFTER_T2), used) if used > AFTER_T2 else None


def promise_is_longer(life: Life, today: Today, imports: Sequence[Named]) -> bool:
    """T13, of an item that only this case names."""
    promised, statutory = life.promised or 0, life.statutory or 0
    if promised <= 0 or statutory <= 0:
        return False
    one, other = life.promised_unit or "W", life.statutory_unit or "W"
    if one == other:
        return promised > statutory
    if life.status != "1" or not known(life.accepted, today):
        return False
    calendar = calendar_of(tuple(imports), life.region, False)
    ends = [_end(life.accepted, *each, calendar) for each in ((promised, one), (statutory, other))]
    return None not in ends and ends[0] > ends[1]  # type: ignore[operator]


def _end(start: Moment, limit: int, unit: str, calendar: Calendar) -> int | None:
    """The last instant of a limit, without pauses."""
    if unit == "H":
        return None if start.at is None else last_working_instant(start.at, limit * HOUR, calendar)
    if unit == "W":
        last = due(calendar, start.day, limit)
    else:
        natural = start.day + limit * ONE if unit == "D" else add_months(start.day, limit)
        last = None if natural is None or natural > LAST else calendar.next_workday(natural)
    return None if last is None else us(last) + DAY


def _between(calendar: Calendar, after: date, until: date) -> int:
    return sum(calendar.is_workday(day) for day in days_after(after, until))
