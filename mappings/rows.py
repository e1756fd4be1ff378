"""Turns what pieces say (element → field → value) into the rows of a case, as the flat pass over a whole case does."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache

from mappings.plan import Plan, RowPlan
from mappings.shred import Row, Shredded
from mappings.values import NULL

Fields = Mapping[str, str | Sequence[str | None]]
"""Field → value in the form of a slot; a point in time is [µs or null, day]."""


def blank_row(plan: RowPlan) -> Row:
    """A row of nulls."""
    return [NULL] * plan.width


@lru_cache(maxsize=64)
def places(plan: RowPlan) -> Mapping[str, int]:
    """Field → index of its first column."""
    return {name: slot.index for name, slot in plan.fields.items()}


def supply(row: Row, at: Mapping[str, int], fields: Fields) -> None:
    """Put values where the row has none yet, or a blank one: who speaks first wins.

    A point in time is never mixed from two pieces.
    """
    for name, value in fields.items():
        index = at[name]
        if isinstance(value, str):
            if row[index] is NULL or not row[index]:
                row[index] = value
        elif row[index + 1] is NULL:
            instant, day = value
            row[index] = NULL if instant is None else instant
            row[index + 1] = day or NULL


def fill(row: Row, at: Mapping[str, int], fields: Fields) -> None:
    """Put values into a blank row."""
    for name, value in fields.items():
        index = at[name]
        if isinstance(value, str):
            row[index] = value
        else:
            instant, day = value
            row[index] = NULL if instant is None else instant
            row[index + 1] = day or NULL


def shredded(said: Mapping[str, Fields], plan: Plan) -> Shredded:
    """The rows of one piece by itself."""
    found = Shredded(shared=blank_row(plan.rows["Organization"]))
    for name, fields in said.items():
        row_plan = plan.rows[name]
        row = found.shared if row_plan.shared else blank_row(row_plan)
        supply(row, places(row_plan), fields)
        found.rows[name] = [row]
    return found
