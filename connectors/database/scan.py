"""Walks a table in the order (time, key), page by page: rows without a time first, memory bounded by a page."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    Select,
    and_,
    bindparam,
    cast,
    func,
    or_,
    select,
)
from sqlalchemy.types import DATETIME

from connectors.database.tables import Source
from hub.clock import SHANGHAI, from_us, now_us

PAGE = 1_000
Time = datetime | date | str
_DASHED = re.compile(r"\d{4}-\d\d-\d\d")
_COMPACT = re.compile(r"\d{14}")
_LAST_TIME = "9999-12-31"  # text above this is no time but a word; SQLite would read a bare 9999 as a number


@dataclass(frozen=True, slots=True)
class Position:
    """A place in the order of a table: after the row of this time and key. No time comes before every time."""

    time: Time | None
    key: Any


def walk(
    connection: Connection,
    source: Source,
    after: Position | None = None,
    floor: Time | None = None,
    only: ColumnElement[bool] | None = None,
) -> Iterator[Row[Any]]:
    """Rows after a position, those without a time first, then those of `floor` and later; all columns, as they are.

    Between pages the connection is free and no cursor is open.
    """
    if after is None or after.time is None:
        key = after.key if after is not None else None
        yield from _pages(connection, source, source.time.is_(None), None, key, only)
        after = None
    first = source.time.is_not(None) if floor is None else source.time >= _bound(source, floor)
    start = None if after is None else after
    yield from _pages(connection, source, first, start, None, only)


def position_of(source: Source, row: Row[Any]) -> Position:
    """Where a row stands."""
    time, key = source.at
    return Position(row[time], row[key])


def _pages(
    connection: Connection,
    source: Source,
    within: ColumnElement[bool],
    after: Position | None,
    key: Any,
    only: ColumnElement[bool] | None,
) -> Iterator[Row[Any]]:
    seen = set() if after is None else {after.key}
    while True:
        statement = _ordered(source).where(within).limit(PAGE)
        if only is not None:
            statement = statement.where(only)
        if after is not None:
            time = _bound(source, after.time)
            beyond = or_(source.time > time, source.key > after.key)
            statement = statement.where(and_(source.time >= time, beyond))
        elif key is not None:
            statement = statement.where(source.key > key)
        rows = connection.execute(statement).all()
        fresh = [row for row in rows if not _again(position_of(source, row), after, seen)]
        yield from fresh
        if len(rows) < PAGE:
            return
        if not fresh:
            raise TypeError(f"{source.name}.{source.time.name}: finer than a microsecond / 精度高于微秒")
        last = position_of(source, fresh[-1])
        seen = (seen if after is not None and after.time == last.time else set()) | {
            each.key for each in map(partial(position_of, source), fresh) if each.time == last.time
        }
        after, key = (None, last.key) if last.time is None else (last, None)


def _again(position: Position, after: Position | None, seen: set[Any]) -> bool:
    """Whether a row was met before. A time finer than a microsecond is greater than what was read of it."""
    return after is not None and position.time == after.time and position.key in seen


def _bound(source: Source, moment: Time | None) -> ColumnElement[Any]:
    # Of the column's type, also where Python has no such time and it is text (PostgreSQL's infinity).
    bound = bindparam(None, moment, type_=source.time.type, unique=True)
    if source.server == "mssql" and type(source.time.type) is DATETIME:
        # It keeps thirds of a hundredth of a second: 0.003 comes back for 0.00333, and is less than that until it is cast.
        return cast(bound, source.time.type)
    return bound


def _ordered(source: Source) -> Select[Any]:
    return select(source.table).order_by(source.time, source.key)


def latest(connection: Connection, source: Source, now: int | None = None) -> Time | None:
    """The greatest time in the table that is not in the future (by the hub's clock, µs); None if there is none.

    A time by mistake far ahead must not make the reader skip what comes until then.
    """
    here = from_us(now_us() if now is None else now)
    if source.textual:
        return _latest_text(connection, source, here)
    bound: Time = here.date() if _is_day(source) else here
    if isinstance(bound, datetime) and not getattr(source.time.type, "timezone", False):
        bound = bound.replace(tzinfo=None)
    found: Time | None = connection.scalar(select(func.max(source.time)).where(source.time <= bound))
    return found


def _latest_text(connection: Connection, source: Source, here: datetime) -> str | None:
    newest = select(func.max(source.time))
    sample = connection.scalar(newest.where(source.time <= _LAST_TIME))
    bound = None if sample is None else _like(str(sample), here)
    return None if bound is None else connection.scalar(newest.where(source.time <= bound))


def earlier(source: Source, moment: Time, span: timedelta) -> Time | None:
    """A time that lies `span` before, in the form of the column; None where the text cannot be understood."""
    if isinstance(moment, str):
        read = as_time(moment)
        return None if read is None else _like(moment, read - span)
    if isinstance(moment, datetime):
        return moment - span
    return (datetime.combine(moment, datetime.min.time()) - span).date()


def as_time(value: Time | None) -> datetime | None:
    """A time as a local datetime without a zone (Asia/Shanghai); None where it is no time."""
    if isinstance(value, str):
        try:
            value = (
                datetime.strptime(value[:14], "%Y%m%d%H%M%S")
                if _COMPACT.match(value)
                else datetime.fromisoformat(value)
            )
        except ValueError:
            return None
    if isinstance(value, datetime):
        return value if value.tzinfo is None else value.astimezone(SHANGHAI).replace(tzinfo=None)
    return datetime.combine(value, datetime.min.time()) if isinstance(value, date) else None


def _like(sample: str, moment: datetime) -> str | None:
    """A moment written as the sample is, to the second, so that the two compare as text; None for an unknown form."""
    if _COMPACT.match(sample):
        return moment.strftime("%Y%m%d%H%M%S")
    if not _DASHED.match(sample):
        return None
    separator = sample[10] if len(sample) > 10 else " "
    day = f"{moment:%Y-%m-%d}"
    return day if len(sample) == 10 else f"{day}{separator}{moment:%H:%M:%S}"


def _is_day(source: Source) -> bool:
    return getattr(source.time.type, "python_type", None) is date


def to_text(value: Any) -> Any:
    """A time or key as JSON can hold it; `from_text` turns it back."""
    return value.isoformat() if isinstance(value, date) else value if isinstance(value, int) else str(value)


def time_from(source: Source, text: str | None) -> Time | None:
    """A time as it was before `to_text`."""
    if text is None or source.textual:
        return text
    try:
        return date.fromisoformat(text) if _is_day(source) else datetime.fromisoformat(text)
    except ValueError:
        return text  # e.g. MySQL's 0000-00-00, which no datetime can hold
