"""The bulk path of each database behind one seam: record lines in, rows out.

A record line is the text form of PostgreSQL's COPY: columns with tabs between, `\\N` for null, and backslash, tab,
newline and carriage return escaped.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from sqlalchemy import Connection, Table

from hub.central.engine import driving

_ESCAPED = re.compile(r"\\(.)")
_MEANING = {"t": "\t", "n": "\n", "r": "\r"}


def escape(value: str) -> str:
    """A value as it stands in a record line."""
    if "\\" not in value and value.isprintable():
        return value
    return value.replace("\\", "\\\\").replace("\t", "\\t").replace("\n", "\\n").replace("\r", "\\r")


def line(*values: object) -> str:
    """A record line of plain values; None is null."""
    return "\t".join("\\N" if value is None else escape(str(value)) for value in values)


def parse(record: str) -> list[str | None]:
    """The values of a record line."""
    values: list[str | None] = record.split("\t")  # type: ignore[assignment]
    if "\\" in record:
        return [_unescape(value) for value in values]
    return values


def _unescape(value: str | None) -> str | None:
    if value == "\\N" or value is None:
        return None
    return _ESCAPED.sub(lambda found: _MEANING.get(found[1], found[1]), value) if "\\" in value else value


def load(connection: Connection, table: Table, lines: Sequence[str]) -> None:
    """Insert record lines, all columns of the table in their order, within the connection's transaction."""
    if not lines:
        return
    loader = _LOADERS.get(connection.dialect.name, _insert)
    loader(connection, table, lines)


def _copy(connection: Connection, table: Table, lines: Sequence[str]) -> None:
    names = ", ".join(f'"{column.name}"' for column in table.columns)
    statement = f'COPY "{table.name}" ({names}) FROM STDIN'
    with driving(connection) as driver, driver.cursor() as cursor, cursor.copy(statement) as copy:
        copy.write("\n".join(lines) + "\n")


def _insert(connection: Connection, table: Table, lines: Sequence[str]) -> None:
    names = ", ".join(f'"{column.name}"' for column in table.columns)
    marks = ", ".join("?" * len(table.columns))
    statement = f'INSERT INTO "{table.name}" ({names}) VALUES ({marks})'
    with driving(connection) as driver:
        driver.executemany(statement, [parse(record) for record in lines])


_LOADERS = {"postgresql": _copy, "sqlite": _insert}
