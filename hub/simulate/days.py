"""The working calendar of the simulator: single days looked up one by one, and walks over them.

A day is its proleptic ordinal (`date.toordinal`), a time is local seconds (ordinal x 86,400 + second of the day): China
has had one offset and no summer time in the years simulated. Years that the State Council has not published yet are
presumed to have working days from Monday to Friday.
"""

from __future__ import annotations

import calendar
from collections.abc import Callable
from datetime import date
from functools import cache

import chinese_calendar  # type: ignore[import-untyped, unused-ignore]

DAY = 86_400
PUBLISHED = range(2004, 2027)


@cache
def works(day: int) -> bool:
    """Whether this is a working day: the published one (make-up days included), else Monday to Friday."""
    when = date.fromordinal(day)
    if when.year in PUBLISHED:
        return bool(chinese_calendar.is_workday(when))
    return when.weekday() < 5


def day_of(time: int) -> int:
    """The calendar day of a time; 00:00:00 belongs to the new day."""
    return time // DAY


def at(day: int, hour: int, minute: int = 0, second: int = 0) -> int:
    """A time of a day."""
    return day * DAY + hour * 3600 + minute * 60 + second


def between(after: int, until: int) -> int:
    """The number of working days d with after < d <= until."""
    return sum(1 for day in range(after + 1, until + 1) if works(day))


def walk(start: int, count: int, counts: Callable[[int], bool] = works) -> int:
    """The day on which `count` counted days after `start` have passed; `start` itself for 0."""
    day = start
    while count > 0:
        day += 1
        if counts(day):
            count -= 1
    return day


def back(until: int, count: int) -> int:
    """The latest working day s such that exactly `count` working days lie in (s, until]."""
    day = until
    while count > 0:
        if works(day):
            count -= 1
        day -= 1
    while not works(day):
        day -= 1
    return day


def on_or_after(day: int) -> int:
    """The day itself if it is a working day, else the next one."""
    while not works(day):
        day += 1
    return day


def months_on(day: int, months: int) -> int:
    """The same day of the month so many months on, clamped to the month's end."""
    when = date.fromordinal(day)
    year, month = divmod(when.year * 12 + when.month - 1 + months, 12)
    last = calendar.monthrange(year, month + 1)[1]
    return date(year, month + 1, min(when.day, last)).toordinal()
