"""Membership in a set of values without a parameter for each: PostgreSQL takes an array, others an expanding IN."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import Column, ColumnElement, Connection, any_, bindparam
from sqlalchemy.dialects.postgresql import ARRAY


def among(connection: Connection, column: Column[Any], values: Collection[Any]) -> ColumnElement[bool]:
    """`column` is one of `values` (at most some thousand)."""
    if connection.dialect.name == "postgresql":
        # A thousand parameters cost the driver more to number than the server to look up.
        return column == any_(bindparam(None, list(values), type_=ARRAY(column.type)))
    return column.in_(values)
