"""Reading by a sync flag (同步标志): rows that are new, marked once the hub has them, unless they changed meanwhile."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from itertools import islice
from typing import Any

from sqlalchemy import Column, ColumnElement, Connection, select, update

from connectors.database.batch import Batch
from connectors.database.options import Flag, Options
from connectors.database.rows import digest_of
from connectors.database.scan import as_time, position_of, walk
from connectors.database.tables import Source, flag_is, flag_value, key_value

CHUNK = 500
LOCKED = "WITH (UPDLOCK, ROWLOCK)"
"""SQL Server's way of SELECT … FOR UPDATE, which SQLAlchemy leaves out there."""
_log = logging.getLogger(__name__)


def fill(connection: Connection, batch: Batch, options: Options, sources: Sequence[Source]) -> None:
    """Rows whose flag says new, in the order (time, key); what is read of each is remembered for `mark_taken`."""
    flag = _flag(options)
    for source in sources:
        taken: list[tuple[Any, bytes]] = batch.taken.setdefault(source.name, [])
        for row in walk(connection, source, only=is_new(source, flag)):
            line = source.line(row)
            if not batch.take(source.name, line, position_of(source, row)):
                return
            taken.append((row[source.at[1]], digest_of(line)))


def waiting(connection: Connection, options: Options, sources: Sequence[Source]) -> bool:
    """Whether any row is new."""
    flag = _flag(options)
    return any(
        connection.execute(select(source.key).where(is_new(source, flag)).limit(1)).first() is not None
        for source in sources
    )


def mark_taken(
    connection: Connection,
    options: Options,
    sources: Sequence[Source],
    taken: dict[str, list[tuple[Any, bytes]]],
) -> None:
    """Set the flag of the rows that are still exactly what was read; one that changed meanwhile stays new.

    The times of many databases have no fractions of a second, so that the whole row is compared. In one transaction.
    """
    flag = _flag(options)
    for source in sources:
        for chunk in chunks(taken.get(source.name, ())):
            read = dict(chunk)
            rows = connection.execute(
                select(source.table)
                .where(source.key.in_(list(read)), is_new(source, flag))
                .order_by(source.key)
                .with_hint(source.table, LOCKED, "mssql")
                .with_for_update()
            )
            same = [
                row[source.at[1]]
                for row in rows
                if digest_of(source.line(row)) == read.get(row[source.at[1]])
            ]
            _set(connection, source, same, flag.taken)


def mark_refused(
    connection: Connection, options: Options, source: Source, keys: Iterable[str], newest: datetime | None
) -> None:
    """Set the flag of refused rows: of those that are marked as taken and not newer than what was refused."""
    flag = _flag(options)
    if flag.refused is None:
        return
    for chunk in chunks(keys):
        values = [value for value in (_key(source, key) for key in chunk) if value is not None]
        rows = connection.execute(
            select(source.key, source.time)
            .where(source.key.in_(values), flag_is(_flag_column(source), flag.taken))
            .with_hint(source.table, LOCKED, "mssql")
            .with_for_update()
        ).all()
        _set(connection, source, [row[0] for row in rows if not _newer(row[1], newest)], flag.refused)


def mark_package_refused(
    connection: Connection, options: Options, sources: Sequence[Source], lines: Iterable[bytes]
) -> None:
    """Set the flag of all rows of a row set that was refused as a whole, where they are still what it says of them."""
    flag = _flag(options)
    if flag.refused is None:
        return
    known = {source.name: source for source in sources}
    for chunk in chunks(_read(lines)):
        for name, source in known.items():
            rows = {_text(row[source.key.name.lower()]): row for table, row in chunk if table == name}
            if rows:
                _refuse_same(connection, source, rows, flag)


def is_new(source: Source, flag: Flag) -> ColumnElement[bool]:
    """The condition that a row is new."""
    return flag_is(_flag_column(source), flag.new)


def chunks(items: Iterable[Any]) -> Iterator[list[Any]]:
    """Few enough at a time for one statement."""
    rest = iter(items)
    while chunk := list(islice(rest, CHUNK)):
        yield chunk


def _refuse_same(connection: Connection, source: Source, rows: dict[str, dict[str, Any]], flag: Flag) -> None:
    column = _flag_column(source)
    values = [value for value in (_key(source, key) for key in rows) if value is not None]
    found = connection.execute(
        select(source.table)
        .where(source.key.in_(values), flag_is(column, str(flag.taken)))
        .with_hint(source.table, LOCKED, "mssql")
        .with_for_update()
    ).all()
    same = []
    for row in found:
        now = json.loads(source.line(row))["row"]
        then = rows.get(_text(now[source.key.name.lower()]), {})
        name = column.name.lower()
        if {**now, name: None} == {**then, name: None}:
            same.append(row[source.at[1]])
    _set(connection, source, same, str(flag.refused))


def _read(lines: Iterable[bytes]) -> Iterator[tuple[str, dict[str, Any]]]:
    for line in lines:
        try:
            found = json.loads(line)
            yield found["table"], found["row"]
        except (ValueError, KeyError, TypeError):
            continue  # the first line, or not a row set of ours: it has no row to mark


def _set(connection: Connection, source: Source, keys: list[Any], value: str) -> None:
    if keys:
        column = _flag_column(source)
        change = {column.name: flag_value(column, value)}
        connection.execute(update(source.table).where(source.key.in_(keys)).values(change))


def _newer(moment: Any, newest: datetime | None) -> bool:
    read = as_time(moment)
    return read is not None and newest is not None and read > newest


def _key(source: Source, text: str) -> Any:
    try:
        return key_value(source.key, text)
    except ValueError:
        _log.warning("%s: %r 不是这张表的键 / is no key of this table", source.name, text)
        return None


def _text(value: Any) -> str:
    return str(value)


def _flag(options: Options) -> Flag:
    assert options.flag is not None
    return options.flag


def _flag_column(source: Source) -> Column[Any]:
    assert source.flag is not None
    return source.flag
