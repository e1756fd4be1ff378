"""Where the rows of a case are not the record that was made of it: table, row, column, both values."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from hub.audit.content import Rows, columns_of, said
from hub.audit.findings import NOTHING, Difference, shown
from hub.central import bulk
from hub.central.caserows import CASE_TABLES
from hub.central.tables import metadata

Values = Mapping[str, str | None]


def differing_lines(name: str, rows: Rows, lines: Mapping[str, Sequence[str]]) -> Iterator[Difference]:
    """The differences of the case `name` from its record; what the catalogue has added to the rows is left aside."""
    try:
        own = said(rows) if rows.get(CASE_TABLES[0]) else rows
    except ValueError:
        own = rows  # the column that tells the origins is no JSON any more: it differs itself
    for table in CASE_TABLES:
        expected = {_number(table, each): each for each in map(_parsed(table), lines.get(table, ()))}
        found = {_number(table, each): each for each in map(_plain(table), own.get(table, ()))}
        for number in sorted(expected.keys() | found.keys(), key=lambda each: (len(each), each)):
            key = f"{name}/{number}" if number else name
            yield from _row(table, key, expected.get(number), found.get(number))


def _row(table: str, key: str, expected: Values | None, found: Values | None) -> Iterator[Difference]:
    if expected is None or found is None:
        there = expected or found or {}
        told = next((value for value in there.values() if value), NOTHING)
        logged, now = (NOTHING, told) if expected is None else (told, NOTHING)
        hidden = shown(table, next(iter(there)), told)
        yield Difference(
            "case", table, key, "row", logged if logged == NOTHING else hidden, now if now == NOTHING else hidden,
            "unknown" if expected is None else "gone",
        )  # fmt: skip
        return
    for column in columns_of(table):
        if expected[column] != found[column]:
            yield Difference(
                "case", table, key, column, _shown(table, column, expected[column]),
                _shown(table, column, found[column]), "mapped",
            )  # fmt: skip


def _shown(table: str, column: str, value: str | None) -> str:
    is_instant = column.endswith("_at") and value is not None and value.lstrip("-").isdigit()
    return shown(table, column, int(value) if is_instant and value is not None else value)


def _parsed(table: str) -> Any:
    names = columns_of(table)
    return lambda line: dict(zip(names, bulk.parse(line), strict=True))


def _plain(table: str) -> Any:
    names = columns_of(table)
    return lambda row: {name: None if row[name] is None else str(row[name]) for name in names}


def _number(table: str, values: Values) -> str:
    """The row's number within its case; "" where there is one at most."""
    [_, *own] = [column.name for column in metadata.tables[table].primary_key.columns]
    return (values[own[0]] or "") if own else ""
