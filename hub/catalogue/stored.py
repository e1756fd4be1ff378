"""What the catalogue holds already: versions of a key, the record of an item, and parts that go over into a newer version."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Column, Connection, Integer, MetaData, Row, String, Table, select, text, tuple_

from hub.catalogue import records
from hub.catalogue.columns import Kind
from hub.catalogue.records import PART_TABLES
from hub.central.sets import among
from hub.central.tables import metadata

# Versions whose parts are copied from an older one, all at once when the import ends.
COPY = Table(
    "catalogue_copy",
    MetaData(),
    Column("item_code", String(40)),
    Column("part", String(10)),
    Column("old", Integer),
    Column("new", Integer),
    prefixes=["TEMPORARY"],
)


@dataclass(slots=True)
class Known:
    """What is stored of one key: version → digest, and of its newest version the digests of the parts."""

    digests: dict[int, str] = field(default_factory=dict)
    parts: dict[str, str] = field(default_factory=dict)

    @property
    def newest(self) -> int:
        return max(self.digests, default=0)


def known_of(
    connection: Connection, kind: Kind, keys: Sequence[tuple[str, ...]]
) -> dict[tuple[str, ...], Known]:
    """What is stored of these keys."""
    table = metadata.tables[kind.table]
    columns = [table.c[name] for name in kind.key]
    found: dict[tuple[str, ...], Known] = {key: Known() for key in keys}
    parts = [table.c.parts] if kind.name == "item" else []
    wanted = select(*columns, table.c.version, table.c.digest, *parts)
    if len(columns) == 1:
        wanted = wanted.where(among(connection, columns[0], [key[0] for key in keys]))
    else:
        wanted = wanted.where(tuple_(*columns).in_(keys))
    for row in connection.execute(wanted.order_by(table.c.version)):
        known = found[tuple(row[: len(columns)])]
        known.digests[row.version] = row.digest
        if parts:
            known.parts = json.loads(row.parts)
    return found


def record_of(row: Row[Any]) -> str:
    """The record of a stored item; it begins when the change does."""
    values = {
        name: value for name, value in row._mapping.items() if value is not None and name != "valid_from"
    }
    return records.RECORDERS["item"]({**values, **json.loads(row.details)})


def copy_parts(connection: Connection) -> None:
    """Copy the parts that stay as they are into the versions that `COPY` names."""
    for part, tables in PART_TABLES.items():
        for table in tables:
            names = [
                "item_code",
                *(f'"{c.name}"' for c in table.columns if c.name not in {"item_code", "version"}),
            ]
            wanted = ", ".join(f"o.{name}" for name in names)
            connection.execute(
                text(
                    f"INSERT INTO {table.name} ({', '.join(names)}, version)"
                    f" SELECT {wanted}, c.new FROM catalogue_copy c JOIN {table.name} o"
                    f" ON o.item_code = c.item_code AND o.version = c.old WHERE c.part = :part"
                ),
                {"part": part},
            )
