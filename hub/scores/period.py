"""The spans that figures are told for: a month, a quarter, a year, or any run of days; by the calendar of UTC+8."""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from datetime import date, timedelta

from hub.clock import start_of
from hub.errors import Place, StopError

MONTH, QUARTER, YEAR, DAYS = "month", "quarter", "year", "days"
_MONTH = re.compile(r"(\d{4})-(\d{2})")
_QUARTER = re.compile(r"(\d{4})-?[Qq]([1-4])")
_YEAR = re.compile(r"\d{4}")
_DAYS = re.compile(r"(\d{4}-\d{2}-\d{2})(?:\.\.(\d{4}-\d{2}-\d{2}))?")


@dataclass(frozen=True, slots=True)
class Period:
    """The days from `first` to `last`, both inclusive; `name` as people and the database write it (2026-03, 2026-Q1)."""

    kind: str  # month, quarter, year, days
    name: str
    first: date
    last: date

    @property
    def begins_at(self) -> int:
        """The instant at which it begins, µs."""
        return start_of(self.first)

    @property
    def ends_at(self) -> int:
        """The instant at which it is over, µs (exclusive)."""
        return start_of(self.last + timedelta(days=1))

    def months(self) -> tuple[Period, ...]:
        """The months of a month, quarter or year; of a run of days those that it touches."""
        found = []
        year, number = self.first.year, self.first.month
        while (year, number) <= (self.last.year, self.last.month):
            found.append(month_of(year, number))
            year, number = (year + 1, 1) if number == 12 else (year, number + 1)
        return tuple(found)

    def within(self) -> tuple[Period, Period]:
        """The quarter and the year in which it begins."""
        return quarter_of(self.first.year, (self.first.month + 2) // 3), year_of(self.first.year)

    def parts(self, kind: str) -> tuple[Period, ...]:
        """The periods of `kind` (month, quarter, year) that it touches, cut to it where it does not hold all of one."""
        whole = dict.fromkeys(_whole(kind, month) for month in self.months())
        return tuple(
            part
            if part.first >= self.first and part.last <= self.last
            else days_of(max(part.first, self.first), min(part.last, self.last))
            for part in whole
        )


def _whole(kind: str, month: Period) -> Period:
    """The month, or the quarter or year that it lies in."""
    if kind == MONTH:
        return month
    if kind == QUARTER:
        return quarter_of(month.first.year, (month.first.month + 2) // 3)
    return year_of(month.first.year)


def month_of(year: int, number: int) -> Period:
    """A calendar month."""
    last = calendar.monthrange(year, number)[1]
    return Period(MONTH, f"{year:04}-{number:02}", date(year, number, 1), date(year, number, last))


def quarter_of(year: int, number: int) -> Period:
    """A calendar quarter, 1 to 4."""
    last = month_of(year, number * 3).last
    return Period(QUARTER, f"{year:04}-Q{number}", date(year, number * 3 - 2, 1), last)


def year_of(year: int) -> Period:
    """A calendar year."""
    return Period(YEAR, f"{year:04}", date(year, 1, 1), date(year, 12, 31))


def days_of(first: date, last: date) -> Period:
    """A run of days."""
    name = first.isoformat() if first == last else f"{first.isoformat()}..{last.isoformat()}"
    return Period(DAYS, name, first, last)


def around(period: Period) -> tuple[str, ...]:
    """Names of the month before a period, its first, the month after it, its quarter and its year."""
    before, after = period.first - timedelta(days=1), period.last + timedelta(days=1)
    months = (month_of(day.year, day.month).name for day in (before, period.first, after))
    return (*months, *(each.name for each in period.within()))


def parse_period(text: str) -> Period:
    """2026-03, 2026-Q1, 2026, 2026-03-05 or 2026-03-05..2026-03-20. Raises StopError SCORE_PERIOD."""
    try:
        if found := _MONTH.fullmatch(text):
            return month_of(int(found[1]), int(found[2]))
        if found := _QUARTER.fullmatch(text):
            return quarter_of(int(found[1]), int(found[2]))
        if _YEAR.fullmatch(text):
            return year_of(int(text))
        if found := _DAYS.fullmatch(text):
            first = date.fromisoformat(found[1])
            last = date.fromisoformat(found[2] or found[1])
            if first <= last:
                return days_of(first, last)
    except ValueError:
        pass  # a month 13, a 30 February: told below like any other text that names no period
    raise StopError(
        "SCORE_PERIOD",
        zh=f"“{text}”不是月份、季度、年份或日期区间",
        en=f"{text!r} is no month, quarter, year or run of days",
        remedy_zh="写作 2026-03、2026-Q1、2026、2026-03-05 或 2026-03-05..2026-03-20",
        remedy_en="Write 2026-03, 2026-Q1, 2026, 2026-03-05 or 2026-03-05..2026-03-20",
        place=Place(field="period"),
    )
