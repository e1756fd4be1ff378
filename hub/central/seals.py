"""Seals of rows: what an entry of the log keeps of a row, so that a later change of it by hand can be told and named.

A seal is `digest:marks`. The digest is SHA-256 over all columns of the row; the marks are 16 bits of each column, which
only say *which* one differs. Neither tells what stood there. docs/ledger.md has the form to the byte. A migration that
changes sealed rows must seal them anew in the log, and adds columns at a table's end.
"""

from __future__ import annotations

import hashlib
import json
import zlib
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Connection, Table, select

DOMAIN = "suphub/row/1\n"
WIDTH = 4
"""Hex digits of a mark."""
UNMARKED = "-" * WIDTH
UNMARKED_COLUMNS: Mapping[str, frozenset[str]] = {
    "complaint_person": frozenset({"name", "id_no", "phone", "email", "address"}),
    "node_credential": frozenset({"secret_hash", "subject", "public"}),
}
"""Columns without a mark of their own: even 16 bits narrow a name down."""


def key_of(table: Table, row: Mapping[Any, Any]) -> str:
    """The row's primary key as text, its columns with `/` between."""
    return "/".join(str(row[column.name]) for column in table.primary_key.columns)


def seal(table: Table, row: Mapping[Any, Any], salt: str = "") -> str:
    """The seal of a row as it was read from the database. `salt` keeps short personal data from being guessed by trying."""
    columns = _columns(table)
    values = [_plain(row[name]) for name, _, _ in columns]
    return f"{_digest(table, values, salt)}:{''.join(_marks(columns, values))}"


def seals(
    connection: Connection, table: Table, condition: ColumnElement[bool], salt: str = ""
) -> dict[str, str]:
    """Key → seal of the rows that meet a condition, as they stand in this transaction."""
    rows = connection.execute(select(table).where(condition)).mappings()
    return {key_of(table, row): seal(table, row, salt) for row in rows}


def differing(table: Table, row: Mapping[Any, Any], sealed: str, salt: str = "") -> list[str] | None:
    """The columns in which a row is not as it was sealed; None where it is as it was, [] where no mark tells which.

    Columns that the table got after the row was sealed are not looked at: new ones stand at a table's end.
    """
    digest, _, marks = sealed.partition(":")
    columns = _columns(table)[: len(marks) // WIDTH]
    values = [_plain(row[name]) for name, _, _ in columns]
    if _digest(table, values, salt) == digest:
        return None
    before = [marks[start : start + WIDTH] for start in range(0, len(marks), WIDTH)]
    now = _marks(columns, values)
    return [name for (name, _, _), one, other in zip(columns, before, now, strict=True) if one != other]


def within(body: Mapping[str, Any]) -> Iterable[tuple[str, str, str]]:
    """The seals that a log entry's body holds: table, key, seal."""
    told = body.get("seals")
    for table, rows in told.items() if isinstance(told, Mapping) else ():
        for key, sealed in rows.items():
            yield table, key, sealed


def _digest(table: Table, values: list[Any], salt: str) -> str:
    text = json.dumps([table.name, salt, *values], ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256((DOMAIN + text).encode("utf-8", "surrogatepass")).hexdigest()


@cache
def _columns(table: Table) -> tuple[tuple[str, int, int | None], ...]:
    """Of each column its name, the CRC of the name (null's), and of the name with `=`; None where it gets no mark."""
    hidden = UNMARKED_COLUMNS.get(table.name, frozenset())
    return tuple(
        (name, zlib.crc32(name.encode()), None if name in hidden else zlib.crc32(f"{name}=".encode()))
        for name in (column.name for column in table.columns)
    )


def _marks(columns: Sequence[tuple[str, int, int | None]], values: Sequence[Any]) -> list[str]:
    found = []
    for (_, null, begun), value in zip(columns, values, strict=True):
        if begun is None:
            found.append(UNMARKED)
            continue
        crc = null if value is None else zlib.crc32(str(value).encode("utf-8", "surrogatepass"), begun)
        found.append("%04x" % (crc & 0xFFFF))
    return found


def _plain(value: Any) -> Any:
    """A value as JSON holds it; the same on every database."""
    if value is None or type(value) in (str, int):
        return value
    if isinstance(value, int):
        return int(value)
    if isinstance(value, str):
        return str(value)
    if isinstance(value, float):
        return repr(value)
    if isinstance(value, Decimal):
        return format(value.normalize(), "f")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, bytes | memoryview):
        return hashlib.sha256(value).hexdigest()
    raise TypeError(f"no way to seal a value of {type(value).__name__}")
