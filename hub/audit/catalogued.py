"""What the item catalogue has added to cases: still what it says, as long as every change of it has reached them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from sqlalchemy import Connection, RowMapping, func, select

from hub.audit.content import Rows
from hub.audit.findings import Difference, shown
from hub.catalogue.refilling import due
from hub.central.tables import items

PENDING = (
    "事项库有变更尚未补入办件，由事项库补入的各栏未核对",
    "a change of the item catalogue has not reached the cases yet: what it adds was not compared",
)


def reached(connection: Connection) -> bool:
    """Whether the cases know every change of the catalogue."""
    table = items.catalogue_change
    waiting = select(func.count()).where(table.c.refilled_at.is_(None))
    return int(connection.execute(waiting).scalar_one()) == 0


def added(
    connection: Connection, heads: Sequence[RowMapping], content: Mapping[int, Rows]
) -> Iterator[Difference]:
    """The columns of some hundred cases in which the catalogue's word is not what stands there."""
    names = {head["id"]: f"{head['system']}/{head['case_no']}" for head in heads}
    for table, values in due(connection, list(names)):
        case_id, number = values["the_case"], values.get("the_seq")
        row = next(
            (each for each in content[case_id].get(table, ()) if number is None or each["seq"] == number),
            None,
        )
        if row is None:
            continue
        key = names[case_id] if number is None else f"{names[case_id]}/{number}"
        for column, value in values.items():
            if not column.startswith("the_") and row[column] != value:
                yield Difference(
                    "case", table, key, column, shown(table, column, value), shown(table, column, row[column]),
                    "catalogue",
                )  # fmt: skip
