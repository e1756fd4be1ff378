"""Case heads: who is known, claiming new case numbers without deadlocks, and the short cut for unchanged bytes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from sqlalchemy import Connection, Row, select
from sqlalchemy.dialects import postgresql, sqlite

from hub.central.fold import Known
from hub.central.tables import exchange

_INSERT: dict[str, Any] = {"postgresql": postgresql.insert, "sqlite": sqlite.insert}
_HEAD = exchange.case_head


class Claimant(Protocol):
    """What a claim needs to know of its batch."""

    @property
    def system(self) -> str: ...
    @property
    def fingerprint(self) -> str: ...
    @property
    def at(self) -> int: ...


def claim(
    connection: Connection, batch: Claimant, firsts: Mapping[str, Known]
) -> tuple[dict[str, int], dict[str, Known]]:
    """Claim case numbers; new ones get a head as in `firsts`, known ones are locked and read.

    Returns the ids of all, and what was known of those that already had a head.
    """
    ids: dict[str, int] = {}
    known = _read(connection, batch.system, sorted(firsts))
    fresh = [no for no in sorted(firsts) if no not in known]
    if fresh:
        ids = _insert(connection, batch, firsts, fresh)
        raced = [
            no for no in fresh if no not in ids
        ]  # another worker claimed them between the two statements
        known |= _read(connection, batch.system, raced)
    _read_orders(connection, known)
    ids |= {no: state.case_id for no, state in known.items() if state.case_id is not None}
    return ids, known


def newest_raw(
    connection: Connection, system: str, fingerprint: str, case_nos: Sequence[str]
) -> dict[str, Row[Any]]:
    """Id, version and raw digest of the newest fragment of cases that were read under this fingerprint."""
    found: dict[str, Row[Any]] = {}
    columns = (_HEAD.c.case_no, _HEAD.c.id, _HEAD.c.version, _HEAD.c.raw_digest)
    for part in _parts(sorted(set(case_nos))):
        rows = connection.execute(
            select(*columns).where(
                _HEAD.c.system == system, _HEAD.c.case_no.in_(part), _HEAD.c.fingerprint == fingerprint
            )
        )
        found |= {row.case_no: row for row in rows}
    return found


def _insert(
    connection: Connection, batch: Claimant, firsts: Mapping[str, Known], fresh: Sequence[str]
) -> dict[str, int]:
    statement = (
        _INSERT[connection.dialect.name](_HEAD)
        .on_conflict_do_nothing(index_elements=["system", "case_no"])
        .returning(_HEAD.c.case_no, _HEAD.c.id)
    )
    rows = [
        {
            "system": batch.system,
            "case_no": no,
            "version": firsts[no].version,
            "digest": firsts[no].digest,
            "state": firsts[no].state,
            "basis": firsts[no].rank[0],
            "value": firsts[no].rank[1],
            "raw_digest": firsts[no].raw_digest,
            "fingerprint": batch.fingerprint,
            "changed_at": batch.at,
        }
        for no in fresh
    ]
    return {row.case_no: row.id for row in connection.execute(statement, rows)}


def _read(connection: Connection, system: str, case_nos: Sequence[str]) -> dict[str, Known]:
    found: dict[str, Known] = {}
    for part in _parts(case_nos):
        rows = connection.execute(
            select(_HEAD)
            .where(_HEAD.c.system == system, _HEAD.c.case_no.in_(part))
            .order_by(_HEAD.c.case_no)
            .with_for_update()
        )
        for row in rows:
            found[row.case_no] = Known(
                row.id, row.version, row.digest, row.state, (row.basis, row.value), row.raw_digest
            )
    return found


def _read_orders(connection: Connection, known: Mapping[str, Known]) -> None:
    """Fill in, for known cases, the digest under each order seen."""
    table = exchange.fragment
    by_id = {state.case_id: state for state in known.values()}
    for part in _parts(sorted(key for key in by_id if key is not None)):
        rows = connection.execute(
            select(table.c.case_id, table.c.basis, table.c.value, table.c.digest).where(
                table.c.case_id.in_(part), table.c.kind == "case", table.c.source_key == ""
            )
        )
        for row in rows:
            by_id[row.case_id].seen[row.basis, row.value] = row.digest


def _parts(items: Sequence[Any], size: int = 1000) -> list[Sequence[Any]]:
    return [items[start : start + size] for start in range(0, len(items), size)]
