"""A small life-like log for tests: systems with closed packages, outcomes and receipts, and the hub's own chain."""

from __future__ import annotations

import io
import json
from collections.abc import Sequence
from hashlib import sha256
from typing import Any

from sqlalchemy import Connection, insert

from hub.central.tables.exchange import case_outcome, package, receipt
from hub.ledger import merkle
from hub.ledger.chain import append
from hub.ledger.encoding import leaf_bytes
from hub.ledger.export import export

NOON = 1_796_097_600_000_000  # 2026-12-01T12:00+08:00 in µs
OUTCOMES = ("accepted", "rejected", "duplicate", "stale", "conflict", "pending")
CASES: tuple[tuple[str | None, str, str, int | None], ...] = (
    ("A-1", "accepted", "", 1),
    ("A-2", "rejected", "VALUE_EMPTY,CODE_UNKNOWN", None),
    (None, "rejected", "CASE_MALFORMED", None),
    ("𠮷-3", "duplicate", "", 1),
    ("A-4", "conflict", "CASE_CONFLICT", 2),
)


def close_package(
    connection: Connection,
    system: str,
    number: int,
    cases: Sequence[tuple[str | None, str, str, int | None]] = CASES,
) -> int:
    """A package of `cases` (case number, outcome, codes, version) as the pipeline leaves it; its row's id."""
    digest, body = sha256(f"{system}/{number}".encode()).hexdigest(), f"receipt {system}/{number}".encode()
    added = connection.execute(
        insert(package).values(
            system=system, digest=digest, package_id=f"P{number}", serial=number, state="closed",
            origin=f"P{number}.xml", size=1, received_at=NOON,
        )
    )  # fmt: skip
    (key,) = added.inserted_primary_key or (None,)
    names = ("case_no", "outcome", "codes", "version")
    rows = [
        {"package": key, "ordinal": ordinal, **dict(zip(names, case, strict=True))}
        for ordinal, case in enumerate(cases, 1)
    ]
    connection.execute(insert(case_outcome), rows)
    connection.execute(
        insert(receipt).values(package=key, body=body, digest=sha256(body).hexdigest(), made_at=NOON)
    )
    counts = {name: sum(case[1] == name for case in cases) for name in OUTCOMES}
    leaves = (leaf_bytes(digest, ordinal, *case) for ordinal, case in enumerate(cases, 1))
    told: dict[str, Any] = {
        "package": f"P{number}",
        "digest": digest,
        "serial": number,
        "counts": {"received": len(cases), **counts},
        "root": merkle.root(leaves).hex(),
        "receipt": sha256(body).hexdigest(),
    }
    append(connection, system, "package.closed", told, NOON + number)
    return int(key)


def refuse_package(connection: Connection, system: str, number: int) -> None:
    """A package that was refused as a whole, as the pipeline leaves it."""
    digest, body = sha256(f"{system}/{number}".encode()).hexdigest(), f"refusal {number}".encode()
    added = connection.execute(
        insert(package).values(
            system=system, digest=digest, state="refused", origin=f"P{number}.xml", size=1, received_at=NOON
        )
    )
    (key,) = added.inserted_primary_key or (None,)
    answer = sha256(body).hexdigest()
    connection.execute(insert(receipt).values(package=key, body=body, digest=answer, made_at=NOON))
    told = {"package": None, "digest": digest, "code": "PKG_EMPTY", "receipt": answer}
    append(connection, system, "package.refused", told, NOON)


def write_log(connection: Connection) -> None:
    """Two systems and the hub: land-bureau has six entries (numbers 2, 4 and 6 close a package), water-bureau two."""
    for number in (1, 2, 3):
        append(connection, "land-bureau", "package.received", {"package": f"P{number}", "名称": "包"}, NOON)
        close_package(connection, "land-bureau", number)
    append(connection, "water-bureau", "package.received", {"package": "P1"}, NOON)
    close_package(connection, "water-bureau", 1, [("W-1", "accepted", "", 1)])
    append(connection, "hub", "login.refused", {"node": "unknown"}, NOON)


def exported(connection: Connection) -> list[dict[str, Any]]:
    """The records of an export."""
    stream = io.StringIO()
    export(connection, stream, NOON)
    return [json.loads(line) for line in stream.getvalue().splitlines()]
