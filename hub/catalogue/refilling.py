"""Brings stored cases up to date with a changed catalogue, without a new version (what changes: `hub.catalogue.refilled`).

In batches of their own transactions, which any program that was killed leaves for the next to go on with.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

from sqlalchemy import Connection, Engine, bindparam, select, update

from hub.catalogue.refilled import Changes, case_columns, changes_of, column_of, table_of
from hub.central.engine import reading, writing
from hub.central.sets import among
from hub.central.tables import exchange, items
from hub.central.tables.process import approval_case
from hub.clock import now_us
from hub.items import ROWS

BATCH = 500


def refill_pending(engine: Engine) -> int:
    """Bring cases up to date with every change of the catalogue that they do not know yet; how many cases changed."""
    table, count = items.catalogue_change, 0
    with reading(engine) as connection:
        waiting = connection.execute(
            select(table.c.id).where(table.c.refilled_at.is_(None)).order_by(table.c.id)
        ).scalars().all()  # fmt: skip
    for change in waiting:
        count += _refill_change(engine, change)
        with writing(engine) as connection:
            connection.execute(update(table).where(table.c.id == change).values(refilled_at=now_us()))
    return count


def refill(engine: Engine, codes: Sequence[str]) -> int:
    """Bring the cases of these items up to date; how many changed."""
    # A handling item of 33 characters fills cases that name the item of 31 before it.
    wanted = sorted({*codes, *(code[:31] for code in codes if len(code) == 33)})
    count = 0
    for part in _parts(wanted, BATCH):
        count += _refill(engine, approval_case.c.item_code, part)
    return count


def _refill_change(engine: Engine, change: int) -> int:
    count, last = 0, ""
    table = items.service_item
    while True:
        with reading(engine) as connection:
            codes = connection.execute(
                select(table.c.item_code)
                .where(table.c.change == change, table.c.item_code > last)
                .order_by(table.c.item_code).distinct().limit(BATCH)
            ).scalars().all()  # fmt: skip
        if not codes:
            break
        count, last = count + refill(engine, codes), codes[-1]
    named = items.organization
    with reading(engine) as connection:
        known = connection.execute(select(named.c.org_uscc).where(named.c.change == change)).scalars().all()
    for part in _parts(sorted(set(known)), BATCH):
        count += _refill(engine, approval_case.c.org_uscc, part)
    return count


def _refill(engine: Engine, column: Any, values: Sequence[str]) -> int:
    """The cases whose column is one of the values, a batch a transaction."""
    count, last = 0, 0
    while True:
        with reading(engine) as connection:
            ids = connection.execute(
                select(approval_case.c.case_id)
                .where(approval_case.c.case_id > last, among(connection, column, values))
                .order_by(approval_case.c.case_id).limit(BATCH)
            ).scalars().all()  # fmt: skip
        if not ids:
            return count
        with writing(engine) as connection:
            count += refill_cases(connection, ids)
        last = ids[-1]


def refill_cases(connection: Connection, case_ids: Sequence[int]) -> int:
    """The same for these cases (some hundred), in the caller's transaction."""
    head = exchange.case_head
    # The order in which batches of packages lock heads: nobody waits in a circle, and nobody reads what is being replaced.
    connection.execute(
        select(head.c.id).where(among(connection, head.c.id, case_ids)).order_by(head.c.system, head.c.case_no).with_for_update()
    )  # fmt: skip
    changes = changes_of(connection, case_ids)
    _write(connection, changes)
    return len(changes.cases)


def due(connection: Connection, case_ids: Sequence[int]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """What `refill_cases` would write, without writing: table, and the row's `the_case`, `the_seq` (if it has one) and columns.

    Once every change of the catalogue is known to the cases (`refill_pending`), that is nothing.
    """
    changes = changes_of(connection, case_ids)
    for values in changes.cases:
        yield approval_case.name, values
    for element, rows in changes.rows.items():
        for values in rows:
            yield table_of(element).name, values


def _write(connection: Connection, changes: Changes) -> None:
    if changes.cases:
        binds: dict[str, Any] = {column: bindparam(column) for column in (*case_columns(), "derived")}
        connection.execute(
            update(approval_case).where(approval_case.c.case_id == bindparam("the_case")).values(binds),
            changes.cases,
        )
    for element, rows in changes.rows.items():
        table = table_of(element)
        same = (table.c.case_id == bindparam("the_case")) & (table.c.seq == bindparam("the_seq"))
        columns: dict[str, Any] = {
            column_of(element, each): bindparam(column_of(element, each)) for each in ROWS[element][2]
        }
        connection.execute(update(table).where(same).values(columns), rows)


def _parts(values: Sequence[str], size: int) -> Iterator[list[str]]:
    rest = iter(values)
    while part := list(islice(rest, size)):
        yield part
