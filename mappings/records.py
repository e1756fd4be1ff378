"""Finds the rows of a row set: where each lies and what it is, without keeping what it says."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from hub.errors import PackageRefused
from hub.limits import Limits
from mappings.columns import sources_of
from mappings.dialect import Dialect
from mappings.values import SPACE

_USUAL = Limits()
_HEAD = {"format": "row-set", "version": 1}


class Record(NamedTuple):
    """One row or message: bytes [offset, offset + length) of the document, first line `line` (from 1).

    `match` is the table or the message's type, `case_no` as it stands there ("" where it cannot be read): it brings
    the pieces of a case together, a piece itself is held to what its own reading says.
    """

    line: int
    case_no: str
    match: str
    offset: int
    length: int
    place: str = ""  # XPath of a message
    namespaces: bytes = b""  # declarations that a message lies under


def rows(document: Path, dialect: Dialect, limits: Limits = _USUAL) -> Iterator[Record]:
    """The rows of a row set. Raises PackageRefused: no row set, a mapped column that a table lacks, no rows."""
    finder = b'"' + dialect.case_no.encode() + b'":"'
    seen: set[str] = set()
    with document.open("rb") as file:
        offset = _head(file.readline(limits.case_bytes))
        line = 1
        while data := file.readline(limits.case_bytes + 1):
            line += 1
            if len(data) > limits.case_bytes:
                what = "行的字节数/bytes of a row"
                raise PackageRefused(
                    "ROWS_LIMIT", line=line, what=what, seen=len(data), limit=limits.case_bytes
                )
            length = len(data.rstrip(b"\r\n"))
            if length:
                table, case_no = _row(data[:length], finder, dialect.case_no)
                if table not in seen:
                    seen.add(table)
                    _columns(data, table, dialect, line)
                yield Record(line, case_no, table, offset, length)
            offset += len(data)
    if not seen:
        raise PackageRefused("PKG_NO_CASES")


def check_columns(document: Path, dialect: Dialect) -> None:
    """Look at one row of each table of a row set. Raises PackageRefused ROWS_COLUMN where a mapped column is not there."""
    seen: set[bytes] = set()
    with document.open("rb") as file:
        for line, data in enumerate(file, 1):
            table = _TABLE.search(data.rstrip(b"\r\n"))
            if table is not None and table[1] not in seen:
                seen.add(table[1])
                _columns(data, table[1].decode("utf-8", "replace"), dialect, line)


def _head(data: bytes) -> int:
    try:
        found = json.loads(data)
    except ValueError:
        found = None
    if found != _HEAD:
        raise PackageRefused("ROWS_HEAD", line=1, found=data[:80].decode("utf-8", "replace").strip() or "-")
    return len(data)


_OF_TABLE = b'},"table":"'
_TABLE = re.compile(rb'"table":"([^"\\]*)"\}$')


def _row(data: bytes, finder: bytes, column: str) -> tuple[str, str]:
    # Plain searches, since this is done for every row: what is unusual is read as JSON, with the same result.
    at, end = data.find(finder), data.rfind(_OF_TABLE)
    if (
        at > 0
        and data[at - 1] in b"{,"
        and end > at
        and data.startswith(b'{"row":{')
        and data.endswith(b'"}')
    ):
        case_no = data[at + len(finder) : data.find(b'"', at + len(finder))]
        table = data[end + len(_OF_TABLE) : -2]
        if b"\\" not in case_no and b"\\" not in table and b'"' not in table:
            return table.decode("utf-8", "replace"), case_no.decode("utf-8", "replace").strip(SPACE)
    try:
        found: Any = json.loads(data, parse_int=str, parse_float=str)
        row = found.get("row") or {}
        return str(found.get("table") or ""), _text(row.get(column)).strip(SPACE)
    except (ValueError, AttributeError, RecursionError):
        return "", ""


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _columns(data: bytes, table: str, dialect: Dialect, line: int) -> None:
    """A table that lacks a column which the dialect maps is another table than the dialect speaks of."""
    kind = next((each for each in dialect.kinds if each.match == table), None)
    try:
        row = json.loads(data)["row"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return  # that row is malformed: it alone is refused
    if kind is None or not isinstance(row, dict):
        return
    missing = [source for source in sources_of(dialect, kind) if source.partition("/")[0] not in row]
    if missing:
        raise PackageRefused(
            "ROWS_COLUMN", line=line, table=table, column=", ".join(missing), present=", ".join(sorted(row))
        )
