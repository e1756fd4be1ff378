"""The working calendar: imported days become one full run of days per scope, each with its running workday number.

What was imported is never changed (`calendar_day`, `calendar_year`); what is judged with (`work_calendar`) is made
anew from it at each import. A *scope* is '' for the whole country or a region prefix that has days of its own.
"""

from __future__ import annotations

from calendar import monthrange
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, delete, exists, func, insert, select, text

from hub.central.tables.rules import calendar_day, calendar_year, work_calendar
from hub.clock import DAY_US, now_us, start_of
from hub.errors import StopError

FIRST_DAY = date(1990, 1, 1)
LAST_DAY = date(2060, 12, 31)
DAYS_TO_PUBLISH = 10
"""A national year counts as published once imports for the whole country name this many of its days.

A real holiday notice names more than twenty (rest days and make-up days); a stray correction must not publish a year.
"""
_CHUNK = 5000
_EPOCH_ORDINAL = date(1970, 1, 1).toordinal()


@dataclass(frozen=True, slots=True)
class NamedDay:
    """One day that a notice names: `region` is a GB/T 2260 prefix, '' for the whole country."""

    day: date
    is_workday: bool
    region: str
    source: str
    notice_no: str | None = None


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import did: the calendar version it made, its days, years it published, years still too thin."""

    version: int
    days: int
    regions: tuple[str, ...]
    published: tuple[int, ...]
    unpublished: Mapping[int, int]  # year → days of it that national imports name so far

    def as_dict(self) -> dict[str, Any]:
        """The import as plain data, for scripts and the log."""
        return {
            "version": self.version,
            "days": self.days,
            "regions": list(self.regions),
            "published": list(self.published),
            "unpublished": {str(year): count for year, count in self.unpublished.items()},
            "days_to_publish": DAYS_TO_PUBLISH,
        }


def day_number(day: date) -> int:
    """Days since 1970-01-01."""
    return day.toordinal() - _EPOCH_ORDINAL


def day_of(number: int) -> date:
    """The day with this number of days since 1970-01-01."""
    return date.fromordinal(number + _EPOCH_ORDINAL)


def instant_of_day_number(number: int) -> int:
    """The instant (µs) at which the local day with this number begins."""
    return number * DAY_US + start_of(date(1970, 1, 1))


def version(connection: Connection) -> int:
    """The calendar's version: the number of the newest import; StopError CALENDAR_EMPTY before the first."""
    newest = connection.execute(select(func.max(work_calendar.c.version))).scalar()
    if newest is None:
        raise StopError(
            "CALENDAR_EMPTY",
            zh="工作日历是空的，不能判定时限",
            en="The working calendar is empty, so no limit can be judged",
            remedy_zh="运行 suphub db upgrade，它会写入初始日历",
            remedy_en="Run: suphub db upgrade, which seeds the calendar",
        )
    return int(newest)


def workdays_after(connection: Connection, day: date, workdays: int, scope: str = "") -> date | None:
    """The day on which so many working days after `day` have passed in a scope; None beyond the calendar."""
    start = select(work_calendar.c.workday_number).where(
        work_calendar.c.scope == scope, work_calendar.c.day == day
    )
    number = connection.execute(start).scalar()
    if number is None:
        return None
    return connection.execute(
        select(work_calendar.c.day).where(
            work_calendar.c.scope == scope,
            work_calendar.c.workday_number == number + workdays,
            work_calendar.c.is_workday == 1,
        )
    ).scalar()


def past(due: ColumnElement[date], day: date, scope: ColumnElement[str]) -> ColumnElement[bool]:
    """The condition that a last day is past on `day`: a working day after it has begun, as rules T10 and T11 have it.

    `scope` is an expression of the query: whose working days.
    """
    days = work_calendar.alias()
    return exists().where(days.c.scope == scope, days.c.is_workday == 1, days.c.day > due, days.c.day <= day)


def import_days(
    connection: Connection,
    days: Sequence[NamedDay],
    *,
    publishes: Iterable[int] = (),
    at_us: int | None = None,
) -> Imported:
    """Record `days` as the next import and make the calendar anew; all in the caller's transaction, one import at a time.

    `publishes` names years that are published whatever the number of their days (the seed knows its years).
    """
    # The first published year, which never changes, stands for the whole calendar: a second import waits for the first.
    connection.execute(
        select(calendar_year.c.year).order_by(calendar_year.c.year).limit(1).with_for_update()
    ).all()
    number = (
        int(connection.execute(select(func.coalesce(func.max(calendar_day.c.version), 0))).scalar_one()) + 1
    )
    moment = now_us() if at_us is None else at_us
    rows = [
        {
            "version": number,
            "region": named.region,
            "day": named.day,
            "is_workday": int(named.is_workday),
            "source": named.source,
            "notice_no": named.notice_no,
            "imported_at": moment,
        }
        for named in days
    ]
    if rows:
        connection.execute(insert(calendar_day), rows)
    source = days[0].source if days else ""
    published, thin = _publish(connection, number, source, set(publishes), days)
    rebuild(connection, number)
    regions = tuple(sorted({named.region for named in days}))
    return Imported(number, len(days), regions, published, thin)


def rebuild(connection: Connection, number: int) -> None:
    """Make `work_calendar` anew from all imports, under calendar version `number`."""
    made = worked_out(connection, number)
    connection.execute(delete(work_calendar))
    for _, days in made:
        _insert_days(connection, days)
    if connection.dialect.name == "postgresql":
        # Every statement of the judge joins this table; its plans are far off until the new rows are counted.
        connection.execute(text("ANALYZE work_calendar"))


def worked_out(connection: Connection, number: int) -> Iterator[tuple[str, Iterator[dict[str, Any]]]]:
    """The rows of `work_calendar` as all imports make them: each scope with its days, in order."""
    published = set(connection.execute(select(calendar_year.c.year)).scalars())
    named = _named_days(connection)
    for scope in sorted({"", *named}):
        known: dict[date, bool] = {}
        # The longest prefix wins: shorter ones first, each overwriting day by day.
        for length in range(len(scope) + 1):
            known.update(named.get(scope[:length], {}))
        yield scope, _run(scope, known, published, number)


def _publish(
    connection: Connection, number: int, source: str, certain: set[int], days: Sequence[NamedDay]
) -> tuple[tuple[int, ...], dict[int, int]]:
    """Enter the years that are published from now on; returns them, and the national years still too thin."""
    before = set(connection.execute(select(calendar_year.c.year)).scalars())
    touched = {named.day.year for named in days if named.region == ""} - before
    seen: dict[int, set[date]] = defaultdict(set)
    for day in connection.execute(select(calendar_day.c.day).where(calendar_day.c.region == "")).scalars():
        if day.year in touched:
            seen[day.year].add(day)
    enough = {year for year in touched if len(seen[year]) >= DAYS_TO_PUBLISH}
    fresh = sorted((enough | certain) - before)
    if fresh:
        connection.execute(
            insert(calendar_year), [{"year": year, "source": source, "version": number} for year in fresh]
        )
    return tuple(fresh), {year: len(seen[year]) for year in sorted(touched - set(fresh))}


def _named_days(connection: Connection) -> dict[str, dict[date, bool]]:
    """Per region the days that imports name; among equal regions the later import wins."""
    named: dict[str, dict[date, bool]] = defaultdict(dict)
    rows = connection.execute(
        select(calendar_day.c.region, calendar_day.c.day, calendar_day.c.is_workday).order_by(
            calendar_day.c.version, calendar_day.c.id
        )
    )
    for region, day, is_workday in rows:
        named[region][day] = bool(is_workday)
    return named


def _run(
    scope: str, known: Mapping[date, bool], published: set[int], number: int
) -> Iterator[dict[str, Any]]:
    """Every day of the calendar's range with its running numbers."""
    workdays = strict = 0
    for offset in range((LAST_DAY - FIRST_DAY).days + 1):
        day = FIRST_DAY + timedelta(days=offset)
        named = known.get(day)
        is_workday = day.weekday() < 5 if named is None else named
        # A day that an import names is known, even where its year as a whole is not published yet.
        is_known = named is not None or day.year in published
        workdays += is_workday
        strict += is_workday and is_known
        yield {
            "scope": scope,
            "day": day,
            "day_number": day_number(day),
            "is_workday": int(is_workday),
            "workday_number": workdays,
            "published": int(is_known),
            "strict_workday": int(is_workday and is_known),
            "strict_number": strict,
            "month_number": day.year * 12 + day.month - 1,
            "month_day": day.day,
            "month_last": int(day.day == monthrange(day.year, day.month)[1]),
            "version": number,
        }


def _insert_days(connection: Connection, rows: Iterable[dict[str, Any]]) -> None:
    chunk: list[dict[str, Any]] = []
    for row in rows:
        chunk.append(row)
        if len(chunk) == _CHUNK:
            connection.execute(insert(work_calendar), chunk)
            chunk = []
    if chunk:
        connection.execute(insert(work_calendar), chunk)
