"""Case heads: who is known, claiming new case numbers without deadlocks, and the short cut for unchanged bytes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from sqlalchemy import Connection, or_, select, text
from sqlalchemy.dialects import sqlite

from hub.central.fold import Known
from hub.central.sets import among
from hub.central.tables import exchange

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
    # All are claimed before any that is known is locked. A worker that waits for another's claim then holds no lock,
    # and one that waits for a lock waits for no claim; each kind is asked for in one order: nobody waits in a circle.
    numbers = sorted(firsts)
    ids = _insert(connection, batch, firsts, numbers) if numbers else {}
    known = _read(connection, batch.system, [no for no in numbers if no not in ids])
    _read_orders(connection, known)
    ids |= {no: state.case_id for no, state in known.items() if state.case_id is not None}
    return ids, known


def known_numbers(connection: Connection, system: str, case_nos: Sequence[str]) -> set[str]:
    """Those of the case numbers that have a head already; nothing is locked."""
    found: set[str] = set()
    for part in _parts(sorted(case_nos)):
        rows = connection.execute(
            select(_HEAD.c.case_no).where(_HEAD.c.system == system, among(connection, _HEAD.c.case_no, part))
        )
        found.update(rows.scalars())
    return found


def unchanged(
    connection: Connection, system: str, fingerprint: str, serial: int, digests: Mapping[str, str]
) -> set[str]:
    """Those case numbers of `digests` (number → raw digest) whose newest fragment is these very bytes (see `newest`)."""
    if connection.dialect.name != "postgresql":
        return set(newest(connection, system, fingerprint, serial, digests))
    # Nearly always all of them are, or none: then a number is the answer, and no row comes back.
    count = connection.execute(_COUNT, _asked(system, fingerprint, serial, digests)).scalar_one()
    if count in (0, len(digests)):
        return set(digests) if count else set()
    return set(newest(connection, system, fingerprint, serial, digests))


def newest(
    connection: Connection, system: str, fingerprint: str, serial: int, digests: Mapping[str, str]
) -> dict[str, tuple[int, int]]:
    """Id and version of those cases of `digests` (number → raw digest) whose newest fragment is these very bytes.

    It must have been read under this fingerprint. A case that only the serials of its packages order, and that a package
    of this serial brings up to date, is left out: the head must learn that its content was still the newest then.
    """
    if connection.dialect.name == "postgresql":
        rows = connection.execute(_NEWEST, _asked(system, fingerprint, serial, digests))
        return {no: (case_id, version) for no, case_id, version in rows}
    found: dict[str, tuple[int, int]] = {}
    columns = (_HEAD.c.case_no, _HEAD.c.id, _HEAD.c.version, _HEAD.c.raw_digest)
    for part in _parts(sorted(digests)):
        rows = connection.execute(
            select(*columns).where(
                _HEAD.c.system == system,
                among(connection, _HEAD.c.case_no, part),
                _HEAD.c.fingerprint == fingerprint,
                or_(_HEAD.c.basis > 0, _HEAD.c.value >= serial),
            )
        )
        found |= {no: (case_id, version) for no, case_id, version, raw in rows if raw == digests[no]}
    return found


def _asked(system: str, fingerprint: str, serial: int, digests: Mapping[str, str]) -> dict[str, Any]:
    # Joined, since the driver would look at each of two thousand values; no XML holds the character between them.
    texts = {"case_nos": "\x1f".join(digests), "raws": "\x1f".join(digests.values())}
    return {"system": system, "fingerprint": fingerprint, "serial": serial} | texts


_UNCHANGED = """
    FROM case_head AS head
    JOIN unnest(string_to_array(CAST(:case_nos AS text), chr(31)), string_to_array(CAST(:raws AS text), chr(31)))
        AS asked (case_no, raw_digest) ON head.case_no = asked.case_no AND head.raw_digest = asked.raw_digest
    WHERE head.system = :system AND head.fingerprint = :fingerprint AND (head.basis > 0 OR head.value >= :serial)
"""
_COUNT = text(f"SELECT count(*) {_UNCHANGED}")
_NEWEST = text(f"SELECT head.case_no, head.id, head.version {_UNCHANGED}")
_CLAIM_ARRAYS = text(
    """
    INSERT INTO case_head
        (system, case_no, version, digest, state, basis, value, raw_digest, fingerprint, changed_at)
    SELECT :system, claimed.*, :fingerprint, :at
    FROM unnest(CAST(:case_nos AS text[]), CAST(:versions AS integer[]), CAST(:digests AS text[]),
                CAST(:states AS text[]), CAST(:bases AS smallint[]), CAST(:values AS bigint[]),
                CAST(:raws AS text[]))
        AS claimed (case_no, version, digest, state, basis, value, raw_digest)
    ORDER BY claimed.case_no
    ON CONFLICT (system, case_no) DO NOTHING
    RETURNING case_no, id
    """
)


def _insert(
    connection: Connection, batch: Claimant, firsts: Mapping[str, Known], fresh: Sequence[str]
) -> dict[str, int]:
    if connection.dialect.name == "postgresql":
        states = [firsts[no] for no in fresh]
        rows = connection.execute(
            _CLAIM_ARRAYS,
            {
                "system": batch.system,
                "fingerprint": batch.fingerprint,
                "at": batch.at,
                "case_nos": list(fresh),
                "versions": [state.version for state in states],
                "digests": [state.digest for state in states],
                "states": [state.state for state in states],
                "bases": [state.rank[0] for state in states],
                "values": [state.rank[1] for state in states],
                "raws": [state.raw_digest for state in states],
            },
        )
        return {row.case_no: row.id for row in rows}
    statement = (
        sqlite.insert(_HEAD)
        .on_conflict_do_nothing(index_elements=["system", "case_no"])
        .returning(_HEAD.c.case_no, _HEAD.c.id)
    )
    claimed = connection.execute(statement, [_head_row(batch, no, firsts[no]) for no in fresh])
    return {row.case_no: row.id for row in claimed}


def _head_row(batch: Claimant, case_no: str, state: Known) -> dict[str, Any]:
    return {
        "system": batch.system,
        "case_no": case_no,
        "version": state.version,
        "digest": state.digest,
        "state": state.state,
        "basis": state.rank[0],
        "value": state.rank[1],
        "raw_digest": state.raw_digest,
        "fingerprint": batch.fingerprint,
        "changed_at": batch.at,
    }


def _read(connection: Connection, system: str, case_nos: Sequence[str]) -> dict[str, Known]:
    found: dict[str, Known] = {}
    for part in _parts(case_nos):
        rows = connection.execute(
            select(_HEAD)
            .where(_HEAD.c.system == system, among(connection, _HEAD.c.case_no, part))
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
                among(connection, table.c.case_id, part), table.c.kind == "case", table.c.source_key == ""
            )
        )
        for row in rows:
            by_id[row.case_id].seen[row.basis, row.value] = row.digest


def _parts(items: Sequence[Any], size: int = 1000) -> list[Sequence[Any]]:
    return [items[start : start + size] for start in range(0, len(items), size)]
