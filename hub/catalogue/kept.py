"""What the log keeps of an import of the catalogue: one digest for each table over the rows that the import has written."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy import Column, ColumnElement, Connection, Select, String, Table, collate, select

from hub.central.tables import items
from hub.ledger.encoding import Hashing

HEADS = (items.organization, items.region, items.post, items.staff, items.service_item, items.disclosure)
"""Tables whose rows name the import that wrote them."""
PARTS: Mapping[Table, Table] = {
    items.item_material: items.service_item,
    items.item_fee: items.service_item,
    items.item_flow_step: items.service_item,
    items.item_flow_next: items.service_item,
    items.item_flow_post: items.service_item,
    items.item_flow_apart: items.service_item,
    items.staff_post: items.staff,
}
"""Tables of parts, and the table of their versions."""
TABLES = (*HEADS, *PARTS)
_BINARY = {"postgresql": "C", "mysql": "utf8mb4_bin", "mariadb": "utf8mb4_bin"}


def kept(connection: Connection, change: int, logged: Mapping[str, str] | None = None) -> dict[str, str]:
    """Table → `columns:digest` over the rows of an import, in the order of their keys; a table without any is left out.

    With `logged` as many columns are taken as were then: a table gets new ones at its end.
    """
    found = {}
    for table in TABLES:
        then = (logged or {}).get(table.name, "").partition(":")[0]
        columns = list(table.columns)[: int(then) if then.isdigit() else None]
        hashing, any_row = Hashing(f"catalogue/{table.name}"), False
        for row in connection.execute(_rows(connection, table, columns, change)):
            hashing.add(*row)
            any_row = True
        if any_row:
            found[table.name] = f"{len(columns)}:{hashing.hexdigest()}"
    return found


def strays(connection: Connection) -> Iterator[tuple[str, str]]:
    """Table and key of rows that belong to no import, or to no version."""
    change = items.catalogue_change
    for table in HEADS:
        wanted = (
            select(*table.primary_key.columns)
            .outerjoin(change, change.c.id == table.c.change)
            .where(change.c.id.is_(None))
        )
        for row in connection.execute(wanted.execution_options(yield_per=1000)):
            yield table.name, "/".join(map(str, row))
    for table, head in PARTS.items():
        [first, *_] = head.primary_key.columns
        wanted = select(*table.primary_key.columns).outerjoin(head, _of(table, head)).where(first.is_(None))
        for row in connection.execute(wanted.execution_options(yield_per=1000)):
            yield table.name, "/".join(map(str, row))


def _rows(connection: Connection, table: Table, columns: list[Column[Any]], change: int) -> Select[Any]:
    wanted = select(*columns)
    if table in PARTS:
        head = PARTS[table]
        wanted = wanted.join(head, _of(table, head)).where(head.c.change == change)
    else:
        wanted = wanted.where(table.c.change == change)
    order = [_binary(connection, column) for column in table.primary_key.columns]
    return wanted.order_by(*order).execution_options(yield_per=1000)


def _of(table: Table, head: Table) -> ColumnElement[bool]:
    """That a part is of a version."""
    first, *rest = (column.name for column in head.primary_key.columns)
    condition: ColumnElement[bool] = table.c[first] == head.c[first]
    for name in rest:
        condition &= table.c[name] == head.c[name]
    return condition


def _binary(connection: Connection, column: Column[Any]) -> ColumnElement[Any]:
    """Texts in the order of their bytes, whatever the order of the database is."""
    name = _BINARY.get(connection.dialect.name)
    return collate(column, name) if name and isinstance(column.type, String) else column
