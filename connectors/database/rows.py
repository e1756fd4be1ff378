"""Rows as text: one line of canonical JSON per row, the same for the same row on every run."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy.types import Boolean, Date, DateTime, Numeric, TypeEngine

from hub.clock import SHANGHAI

FIRST_LINE = b'{"format":"row-set","version":1}\n'
Convert = Callable[[Any], Any]

_ENCODE = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False).encode
_QUOTED: Callable[[str], str] = json.encoder.encode_basestring  # what ensure_ascii=False writes, in C


class Lines:
    """Writes the rows of one table, compiled once: a column's name stands before its value in alphabetical order."""

    def __init__(self, table: str, names: Sequence[str], converts: Sequence[Convert]) -> None:
        order = sorted(range(len(names)), key=lambda at: names[at])
        self._columns = [
            (f"{'' if first == 0 else ','}{_QUOTED(names[at])}:", at, converts[at])
            for first, at in enumerate(order)
        ]
        self._end = f'}},"table":{_QUOTED(table)}}}\n'

    def line(self, values: Sequence[Any]) -> bytes:
        """One line of a row set, its newline included. Raises TypeError, naming the column, for a value of no known kind."""
        parts = ['{"row":{']
        for before, at, convert in self._columns:
            value = values[at]
            if convert is not plain or (value is not None and type(value) is not str):
                try:
                    value = convert(value)
                except TypeError as error:
                    raise TypeError(f"{before.strip(',:')} {error}") from error
            parts.append(before)
            parts.append(
                "null" if value is None else _QUOTED(value) if type(value) is str else _ENCODE(value)
            )
        parts.append(self._end)
        return "".join(parts).encode("utf-8", "backslashreplace")


def digest_of(line: bytes) -> bytes:
    """What a row is recognised by: twelve bytes of the SHA-256 of its line."""
    return hashlib.sha256(line).digest()[:12]


def convert_for(kind: TypeEngine[Any], *, padded: bool = False, loose: bool = False) -> Convert:
    """How the values of a column become JSON. `padded`: blanks at the end are the database's, not the department's.

    `loose`: SQLite, whose columns hold what they like; the declared type says what is meant.
    """
    if padded:
        return _unpadded
    if not loose:
        return plain
    if isinstance(kind, DateTime):
        return _loose_time
    if isinstance(kind, Date):
        return _loose_day
    if isinstance(kind, Boolean):
        return lambda value: bool(value) if value in (0, 1) else plain(value)
    if isinstance(kind, Numeric) and kind.scale:
        unit = Decimal(1).scaleb(-kind.scale)
        return lambda value: _loose_number(value, unit)
    return plain


def plain(value: Any) -> Any:
    """A value as the driver gave it, as JSON: whole numbers as numbers, decimals and times as text, bytes as hex."""
    kind = type(value)
    if value is None or kind is str or kind is int or kind is bool:
        return value
    if kind is datetime:
        return (value if value.tzinfo is None else value.astimezone(SHANGHAI)).isoformat()
    if kind is date or kind is time:
        return value.isoformat()
    if kind is Decimal:
        return _number(value)
    if kind is float:
        return repr(value)
    if isinstance(value, bytes | bytearray | memoryview):
        return bytes(value).hex()
    if isinstance(value, UUID | timedelta):
        return str(value)
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=plain)
    if callable(getattr(value, "read", None)):  # a large object that the driver hands out as a handle
        return plain(value.read())
    raise TypeError(kind.__name__)


def _number(value: Decimal) -> int | str:
    if not value.is_finite():
        return str(value)
    exponent = value.as_tuple().exponent
    return int(value) if isinstance(exponent, int) and exponent >= 0 else f"{value:f}"


def _unpadded(value: Any) -> Any:
    return value.rstrip(" ") if isinstance(value, str) else plain(value)


def _loose_number(value: Any, unit: Decimal) -> Any:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return plain(value)
    number = Decimal(repr(value))
    return _number(number.quantize(unit)) if number.is_finite() and abs(number) < 10**20 else plain(value)


def _loose_time(value: Any) -> Any:
    try:
        return plain(datetime.fromisoformat(value)) if isinstance(value, str) else plain(value)
    except ValueError:
        return value  # not a time: the mapping refuses the row and says so


def _loose_day(value: Any) -> Any:
    try:
        return date.fromisoformat(value).isoformat() if isinstance(value, str) else plain(value)
    except ValueError:
        return value
