"""The rows of a group, handed to PostgreSQL as one JSON text: one statement, however many they are.

Sent one by one, as other databases get them, each row costs the driver and the server more than the row itself.
"""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, LargeBinary, Table, TextClause, bindparam, insert, text, update
from sqlalchemy.dialects import postgresql

_POSTGRESQL = postgresql.dialect()  # type: ignore[no-untyped-call]
Rows = Sequence[Mapping[str, Any]]


def insert_all(connection: Connection, table: Table, rows: Rows) -> None:
    """Insert rows that all have the same names, in their order."""
    if not rows:
        return
    if connection.dialect.name == "postgresql":
        connection.execute(_insertion(table, tuple(rows[0])), {"rows": packed(rows)})
    else:
        connection.execute(insert(table), [dict(row) for row in rows])


def update_all(connection: Connection, table: Table, rows: Rows) -> None:
    """Write values into the rows of `table` whose `id` is each one's `of`; all have the same names."""
    if not rows:
        return
    names = tuple(name for name in rows[0] if name != "of")
    if connection.dialect.name == "postgresql":
        connection.execute(_change(table, names), {"rows": packed(rows)})
        return
    named: dict[str, Any] = {name: bindparam(f"new_{name}") for name in names}
    statement = update(table).where(table.c.id == bindparam("of")).values(named)
    connection.execute(statement, [{"of": row["of"]} | {f"new_{n}": row[n] for n in names} for row in rows])


def packed(rows: Rows) -> str:
    """The rows as the parameter `rows`; bytes are Base64, `place` is where each stands."""
    placed = [{**row, "place": place} for place, row in enumerate(rows)]
    return json.dumps(placed, ensure_ascii=False, separators=(",", ":"), default=_bytes)


def recordset(table: Table, names: Sequence[str]) -> str:
    """SQL for the parameter `rows` as a table `given`, with these columns of `table`, `of` and `place`."""
    columns = ", ".join(f'"{name}" {_kind(table, name)}' for name in names)
    return f'json_to_recordset(CAST(:rows AS json)) AS given ({columns}, "of" bigint, place integer)'


def values(table: Table, names: Sequence[str]) -> list[str]:
    """SQL for these columns of `given`."""
    return [
        f"decode(given.\"{name}\", 'base64')" if _binary(table, name) else f'given."{name}"' for name in names
    ]


@lru_cache
def _insertion(table: Table, names: tuple[str, ...]) -> TextClause:
    into = ", ".join(f'"{name}"' for name in names)
    return text(
        f'INSERT INTO "{table.name}" ({into}) SELECT {", ".join(values(table, names))}'
        f" FROM {recordset(table, names)} ORDER BY given.place"
    )


@lru_cache
def _change(table: Table, names: tuple[str, ...]) -> TextClause:
    changes = ", ".join(
        f'"{name}" = {value}' for name, value in zip(names, values(table, names), strict=True)
    )
    return text(
        f'UPDATE "{table.name}" SET {changes} FROM {recordset(table, names)} WHERE "{table.name}".id = given."of"'
    )


def _kind(table: Table, name: str) -> str:
    return "text" if _binary(table, name) else table.c[name].type.compile(_POSTGRESQL)


def _binary(table: Table, name: str) -> bool:
    return isinstance(table.c[name].type, LargeBinary)


def _bytes(value: object) -> str:
    if isinstance(value, bytes):
        return b64encode(value).decode("ascii")
    raise TypeError(f"neither text nor number nor bytes: {type(value).__name__}")
