"""A case's rows as the record that its digest was taken of: without what the item catalogue has added."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from sqlalchemy import Connection, RowMapping, select

from hub.central import bulk
from hub.central.caserows import CASE_TABLES
from hub.central.sets import among
from hub.central.tables import metadata
from hub.items import ORIGIN, came_from
from mappings.lines import content_digest
from schemas.contract import VERSIONS, load_contract

Rows = Mapping[str, Sequence[Mapping[Any, Any]]]
"""Table → the rows of one case, in the order of their numbers."""
OPERATIONS: Mapping[str, str] = {"current": "U", "deleted": "D", "pending": "U"}
SHARED = CASE_TABLES[0]
DERIVED = "derived"


def read_rows(connection: Connection, case_ids: Sequence[int]) -> dict[int, dict[str, list[RowMapping]]]:
    """The rows of some hundred cases: id → table → rows."""
    found: dict[int, dict[str, list[RowMapping]]] = {number: {} for number in case_ids}
    for name in CASE_TABLES:
        table = metadata.tables[name]
        rows = connection.execute(
            select(table)
            .where(among(connection, table.c.case_id, case_ids))
            .order_by(*table.primary_key.columns)
        ).mappings()
        for row in rows:
            found[row["case_id"]].setdefault(name, []).append(row)
    return found


def digest_of(rows: Rows, state: str) -> str | None:
    """The digest of what the message said, from the rows; None where they are none that the hub writes.

    Where a message numbers its rows in another order than it lists them, its own digest is another one: who finds a
    difference looks at the bytes.
    """
    if len(rows.get(SHARED, ())) != 1:
        return None
    try:
        return content_digest(OPERATIONS[state], lines_of(said(rows)))
    except (ValueError, KeyError):
        return None


def lines_of(rows: Rows) -> dict[str, list[str]]:
    """The record lines of rows."""
    return {
        name: [bulk.line(*(_text(row[column]) for column in columns_of(name))) for row in rows[name]]
        for name in CASE_TABLES
        if rows.get(name)
    }


@cache
def columns_of(table: str) -> tuple[str, ...]:
    """The columns of a record line of a table."""
    return tuple(column.name for column in metadata.tables[table].columns if column.name != "case_id")


def said(rows: Rows) -> Rows:
    """The rows without what came from the catalogue. Raises ValueError where `derived` is no JSON object."""
    [shared] = rows[SHARED]
    derived = json.loads(shared[DERIVED]) if shared[DERIVED] else {}
    if not isinstance(derived, dict):
        raise ValueError(DERIVED)
    added = {name: told for name, told in derived.items() if str(told).partition(":")[0] == ORIGIN}
    if not added:
        return rows
    own = {name: told for name, told in derived.items() if name not in added}
    places: dict[str, list[tuple[str, tuple[str, ...]]]] = defaultdict(list)
    for name in added:
        table, columns = _place(name)
        places[table].append((name, columns))
    found = {name: [dict(row) for row in given] for name, given in rows.items()}
    for table, names in places.items():
        for row in found.get(table, ()):
            number = str(row["seq"]) if "seq" in row else None
            for name, columns in names:
                if came_from(derived, name, number) == ORIGIN:
                    row.update(dict.fromkeys(columns))
    found[SHARED][0][DERIVED] = json.dumps(own, ensure_ascii=False, sort_keys=True) if own else None
    return found


@cache
def _place(name: str) -> tuple[str, tuple[str, ...]]:
    """Table and columns of `Element.Field`. Raises ValueError for what is none."""
    element, _, field = name.partition(".")
    try:
        found = load_contract(VERSIONS[-1]).element(element)
        return found.table, tuple(found.field(field).columns)
    except (KeyError, StopIteration, LookupError) as error:
        raise ValueError(name) from error


def _text(value: Any) -> str | None:
    return None if value is None else str(value)
