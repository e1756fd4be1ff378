"""Tables as they are in the exchange database, held against what the registration says of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import Column, ColumnElement, Connection, MetaData, Table, inspect, or_
from sqlalchemy.exc import NoSuchTableError
from sqlalchemy.types import (
    CHAR,
    NCHAR,
    Boolean,
    Date,
    DateTime,
    Float,
    Integer,
    NullType,
    Numeric,
    String,
    TypeEngine,
    Uuid,
)

from connectors.database.failures import COLUMN, COLUMN_TYPE, TABLE, fault
from connectors.database.options import Entry, Options
from connectors.database.rows import Lines, convert_for
from hub.errors import StopError

NAMED_AT_MOST = 60


@dataclass(frozen=True, slots=True, eq=False)
class Source:
    """A table that is read. `names` are its columns in lower case, in the table's order, as the row set has them."""

    entry: Entry
    table: Table
    key: Column[Any]
    time: Column[Any]
    flag: Column[Any] | None
    names: tuple[str, ...]
    lines: Lines
    at: tuple[int, int]  # where time and key stand in a row
    textual: bool  # its times are text, compared as text
    server: str = ""  # SQLAlchemy's name of the dialect

    @property
    def name(self) -> str:
        """As the registration writes it."""
        return self.entry.name

    def line(self, values: Sequence[Any]) -> bytes:
        """The row's line of the row set."""
        return self.lines.line(values)

    def named(self, name: str) -> Column[Any] | None:
        """A column by its name in any case; None if there is none."""
        wanted = name.lower()
        return next((each for each in self.table.columns if each.name.lower() == wanted), None)


def sources_of(connection: Connection, system: str, options: Options) -> tuple[Source, ...]:
    """The tables of a registration, checked. Raises StopError naming table, column and those that are there."""
    return tuple(_source(connection, system, options, entry) for entry in options.tables)


def reflected(connection: Connection, system: str, schema: str | None, name: str, field: str) -> Table:
    """A table or view with its columns; types that the dialect does not know are left open."""
    inspector = inspect(connection)
    try:
        found = inspector.get_columns(name, schema)
    except NoSuchTableError as error:
        there = sorted({*inspector.get_table_names(schema), *inspector.get_view_names(schema)})
        raise fault(
            TABLE,
            system,
            f"{schema}.{name}" if schema else name,
            why_zh=f"现有:{_listed(there)}",
            why_en=f"there are: {_listed(there)}",
            field=field,
        ) from error
    return Table(
        name, MetaData(schema=schema), *(Column(each["name"], exact(each["type"])) for each in found)
    )


def column_of(system: str, table: Table, name: str, field: str) -> Column[Any]:
    """A column by its name in any case. Raises StopError naming the columns that are there."""
    for column in table.columns:
        if column.name.lower() == name.lower():
            return column
    there = _listed([column.name for column in table.columns])
    raise fault(
        COLUMN,
        system,
        f"{table.name}.{name}",
        why_zh=f"现有:{there}",
        why_en=f"there are: {there}",
        field=field,
    )


def _source(connection: Connection, system: str, options: Options, entry: Entry) -> Source:
    where = f"connector.tables.{entry.name}"
    table = reflected(connection, system, options.schema, entry.name, where)
    return source_of(system, options, entry, table, connection.dialect.name)


def source_of(system: str, options: Options, entry: Entry, table: Table, server: str) -> Source:
    """A table as it is read, by its columns as they are; `server` is SQLAlchemy's name of the dialect. Raises StopError."""
    where = f"connector.tables.{entry.name}"
    names = tuple(column.name.lower() for column in table.columns)
    if len(set(names)) != len(names):
        raise _twice(system, table, names, where)
    loose = server == "sqlite"
    converts = tuple(
        convert_for(
            column.type, padded=isinstance(column.type, CHAR | NCHAR) and server != "mysql", loose=loose
        )
        for column in table.columns
    )
    if loose:  # read as they are stored, and compared so: the declared types are only a wish there
        table = Table(
            table.name, MetaData(schema=options.schema), *(Column(c.name, NullType()) for c in table.columns)
        )
    key = column_of(system, table, entry.key, f"{where}.key")
    time = column_of(system, table, entry.time, f"{where}.time")
    _check(system, key, (String, Integer, Numeric, Uuid), f"{where}.key")
    _check(system, time, (DateTime, Date, String), f"{where}.time")
    flag = None
    if options.flag is not None:
        flag = column_of(system, table, options.flag.column, "connector.take.flag.column")
        _check(system, flag, (String, Integer, Boolean, Numeric), "connector.take.flag.column")
        for value in (options.flag.new, options.flag.taken, options.flag.refused):
            if value and isinstance(flag.type, Integer | Numeric) and not value.isdigit():
                raise _wrong_type(system, flag, f"{value!r}", "connector.take.flag")
    textual = loose or isinstance(time.type, String)
    columns = list(table.columns)
    at = (columns.index(time), columns.index(key))
    return Source(
        entry, table, key, time, flag, names, Lines(entry.name, names, converts), at, textual, server
    )


def _check(system: str, column: Column[Any], kinds: tuple[type[TypeEngine[Any]], ...], field: str) -> None:
    if isinstance(column.type, Float) or not isinstance(column.type, (*kinds, NullType)):
        raise _wrong_type(system, column, str(column.type), field)


def _wrong_type(system: str, column: Column[Any], seen: str, field: str) -> StopError:
    place = f"{column.table.name}.{column.name}"
    return fault(COLUMN_TYPE, system, place, why_zh=f"类型 {seen}", why_en=f"type {seen}", field=field)


def _twice(system: str, table: Table, names: Sequence[str], field: str) -> StopError:
    name = next(name for name in names if names.count(name) > 1)
    return fault(
        COLUMN,
        system,
        f"{table.name}.{name}",
        why_zh="有两列只差大小写,行集中分不开",
        why_en="two columns differ only in case and cannot be told apart in a row set",
        field=field,
    )


def _listed(names: Sequence[str]) -> str:
    more = " …" if len(names) > NAMED_AT_MOST else ""
    return ", ".join(names[:NAMED_AT_MOST]) + more if names else "-"


def exact(kind: TypeEngine[Any] | type[TypeEngine[Any]]) -> TypeEngine[Any]:
    """A type as it is read: numbers whole, never by way of a float (Oracle's and Dameng's NUMBER without a scale)."""
    found = kind() if isinstance(kind, type) else kind
    if isinstance(found, Numeric) and not isinstance(found, Float) and not found.asdecimal:
        return Numeric(found.precision, found.scale, asdecimal=True)
    if found.__visit_name__ in ("BIT", "TINYINT", "BYTE") and not isinstance(found, Boolean | Integer):
        return Integer()  # Dameng's dialect has kinds of its own for these
    return found


def flag_value(column: Column[Any], value: str) -> Any:
    """A value of the flag as the column's type wants it; an empty one stands for no value (NULL) where it is no text."""
    if isinstance(column.type, Boolean):
        return None if value == "" else value not in ("0", "false", "False")
    if isinstance(column.type, Integer | Numeric):
        return None if value == "" else int(value)
    return value


def flag_is(column: Column[Any], value: str) -> ColumnElement[bool]:
    """The condition that the flag has a value. Empty means NULL too: Oracle and its relatives know no difference."""
    if value == "":
        empty: ColumnElement[bool] = column.is_(None)
        return or_(empty, column == "") if isinstance(column.type, String | NullType) else empty
    found: ColumnElement[bool] = column == flag_value(column, value)
    return found


def key_value(column: Column[Any], text: str) -> Any:
    """A key out of a row set's text, as the column's type wants it; ValueError where it cannot be one."""
    if isinstance(column.type, Numeric) and not isinstance(column.type, Integer):
        return Decimal(int(text))  # an int would be bound by way of a float
    if isinstance(column.type, Integer):
        return int(text)
    if isinstance(column.type, Uuid):
        return UUID(text) if column.type.as_uuid else text
    return text
