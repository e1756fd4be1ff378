"""Writes cards, orders and letters as rows into the department's table, as often as it is told to, each once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Column, Connection, MetaData, Table, insert, select
from sqlalchemy.types import Date, DateTime, Integer, LargeBinary, NullType, Numeric

from connectors.database.charset import check, lossy
from connectors.database.options import Options
from connectors.database.rejects import Rejects, cut, server_of
from connectors.database.tables import column_of, reflected
from connectors.returning import Parcel

REQUIRED = ("id", "kind", "document")
OPTIONAL = (
    "card_id", "event_no", "order_id", "letter_id", "level_no", "state", "rule_code", "rule_name", "case_no", "org_code",
    "org_name", "step_name", "handler", "basis", "reason", "issued_on", "answer_by", "letter_no", "pdf", "created_time",
)  # fmt: skip
"""Columns that are written where the table has them (docs/departments/cards.md)."""
FIELD = "connector.cards.table"


@dataclass(frozen=True, slots=True, eq=False)
class CardTable:
    """The department's table: its columns by their usual names."""

    rows: Rejects

    @property
    def columns(self) -> Mapping[str, Column[Any]]:
        """By name in lower case."""
        return self.rows.columns


def card_table(connection: Connection, system: str, options: Options) -> CardTable | None:
    """The table of a registration, checked; None where none is named. Raises StopError."""
    if options.cards is None:
        return None
    table = reflected(connection, system, options.schema, options.cards, FIELD)
    there = {column.name.lower() for column in table.columns}
    check(connection, system, options, table, ("document", "reason"))
    if connection.dialect.name == "sqlite":
        table = Table(
            table.name, MetaData(schema=options.schema), *(Column(c.name, NullType()) for c in table.columns)
        )
    columns = {
        name: column_of(system, table, name, FIELD)
        for name in (*REQUIRED, *OPTIONAL)
        if name in REQUIRED or name in there
    }
    return CardTable(Rejects(table, columns, lossy(connection, table, columns), server_of(connection)))


def write_card(connection: Connection, table: CardTable, parcel: Parcel) -> bool:
    """Insert the parcel's row; False if it is there already, and is left as it is."""
    key = table.columns["id"]
    if connection.execute(select(key).where(key == parcel.name)).first() is not None:
        return False
    values = {"id": parcel.name, **parcel.columns}
    row = {
        column.name: _value(table, name, column, values[name])
        for name, column in table.columns.items()
        if values.get(name) is not None
    }
    connection.execute(insert(table.rows.table), [row])
    return True


def _value(table: CardTable, name: str, column: Column[Any], value: Any) -> Any:
    """What is right for the column's type; text is cut to its length."""
    kind = column.type
    if isinstance(value, datetime | date):
        if isinstance(kind, DateTime):
            return value if isinstance(value, datetime) else datetime(value.year, value.month, value.day)
        if isinstance(kind, Date):
            return value.date() if isinstance(value, datetime) else value
        return value.isoformat(sep=" ") if isinstance(value, datetime) else value.isoformat()
    if isinstance(value, bytes | int) or isinstance(kind, LargeBinary | Integer | Numeric):
        return value
    return cut(table.rows, name, str(value))
