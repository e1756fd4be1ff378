"""The rows of a case's current content, and its head: replaced as a whole whenever the content changes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from sqlalchemy import Connection, bindparam, delete, update

from hub.central import bulk, telling
from hub.central.fold import Known
from hub.central.sets import among
from hub.central.tables import exchange, metadata

CASE_TABLES = (
    "approval_case",
    "applicant",
    "application",
    "acceptance",
    "material",
    "step",
    "correction_notice",
    "correction_receipt",
    "special_procedure",
    "special_procedure_result",
    "fee",
    "completion",
    "delivery",
    "evaluation",
)
"""The tables that hold the current fold of a case, in the order of the elements."""


class Reading(Protocol):
    """What a head says of how its content was read."""

    @property
    def fingerprint(self) -> str: ...
    @property
    def at(self) -> int: ...


def replace_rows(
    connection: Connection, cases: Mapping[int, Mapping[str, Sequence[str]]], old: Mapping[int, int]
) -> None:
    """Write the rows of cases (id → table → record lines without the id).

    `old`: those that had rows before, with the version that this content makes; what it tells first is noted.
    """
    before = telling.events_of(connection, list(old))
    lines: dict[str, list[str]] = {name: [] for name in CASE_TABLES}
    for case_id, content in cases.items():
        prefix = f"{case_id}\t"
        for name, records in content.items():
            lines[name] += [prefix + record for record in records]
    for name in CASE_TABLES:
        table = metadata.tables[name]
        if old:
            connection.execute(delete(table).where(among(connection, table.c.case_id, list(old))))
        bulk.load(connection, table, lines[name])
    telling.note(connection, before, old)


def update_heads(connection: Connection, batch: Reading, states: Mapping[int, Known]) -> None:
    """Write what is known of cases (id → state) into their heads."""
    if not states:
        return
    head = exchange.case_head
    statement = (
        update(head)
        .where(head.c.id == bindparam("key"))
        .values(
            version=bindparam("new_version"),
            digest=bindparam("new_digest"),
            state=bindparam("new_state"),
            basis=bindparam("new_basis"),
            value=bindparam("new_value"),
            raw_digest=bindparam("new_raw"),
            fingerprint=batch.fingerprint,
            changed_at=batch.at,
        )
    )
    connection.execute(
        statement,
        [
            {
                "key": case_id,
                "new_version": state.version,
                "new_digest": state.digest,
                "new_state": state.state,
                "new_basis": state.rank[0],
                "new_value": state.rank[1],
                "new_raw": state.raw_digest,
            }
            for case_id, state in sorted(states.items())
        ],
    )
