"""Reads the log's records straight from the database for the verifier, with SQL of its own: no code of the writer."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from sqlalchemy import Connection, Row, text
from sqlalchemy.exc import DBAPIError

from hub.ledger.verify import Break, Broken, Report, verify_records

CHAINS = """
    SELECT chain FROM log_head UNION SELECT DISTINCT chain FROM exchange_log
    UNION SELECT system FROM package WHERE state IN ('closed', 'refused')
"""
CHECKPOINTS = "SELECT body, signature, public_key FROM checkpoint ORDER BY id"
ENTRIES = """
    SELECT chain, seq, "at", event, body, previous, hash FROM exchange_log WHERE chain = :chain ORDER BY seq
"""
HEAD = "SELECT seq, hash FROM log_head WHERE chain = :chain"
CLOSED = "SELECT count(*) FROM package WHERE system = :chain AND state IN ('closed', 'refused')"
PACKAGE = """
    SELECT package.id, receipt.body FROM package
    LEFT JOIN receipt ON receipt.package = package.id
    WHERE package.system = :chain AND package.digest = :digest
"""
OUTCOMES = """
    SELECT ordinal, case_no, outcome, codes, version FROM case_outcome WHERE package = :package ORDER BY ordinal
"""


def verify_database(
    connection: Connection, trusted: Iterable[str] = (), kept: Iterable[Mapping[str, Any]] = ()
) -> Report:
    """Verify the log where it lies, on one snapshot (`hub.central.engine.reading`); see `verify.verify_records`."""
    return verify_records(_records(connection), trusted, kept)


def _records(connection: Connection) -> Iterator[dict[str, Any]]:
    yield {"type": "export", "format": "suphub-log/1"}
    lines = 1
    try:
        for record in _content(connection):
            yield record
            lines += 1
    except DBAPIError as error:  # SQLite takes any bytes for text; what cannot be read back is a finding
        told = str(error.orig).splitlines()[0]
        raise Broken(
            Break(None, None, "format", "rows that can be read", f"after {lines}: {told}")
        ) from error
    yield {"type": "end", "lines": lines}


def _content(connection: Connection) -> Iterator[dict[str, Any]]:
    for row in _rows(connection, CHECKPOINTS):
        yield {"type": "checkpoint", **row._mapping}
    for (chain,) in sorted(_rows(connection, CHAINS)):
        for row in _rows(connection, ENTRIES, chain=chain):
            yield {"type": "entry", **row._mapping}
            if row.event in {"package.closed", "package.refused"}:
                yield from _evidence(connection, chain, row.body, outcomes=row.event == "package.closed")
        head = connection.execute(text(HEAD), {"chain": chain}).one_or_none()
        closed = connection.execute(text(CLOSED), {"chain": chain}).scalar_one()
        yield {
            "type": "head",
            "chain": chain,
            "seq": head[0] if head else None,
            "hash": head[1] if head else None,
            "closed": closed,
        }


def _evidence(connection: Connection, chain: str, body: str, *, outcomes: bool) -> Iterator[dict[str, Any]]:
    try:
        told = json.loads(body)
        digest = told["digest"] if isinstance(told["digest"], str) else None
    except (ValueError, TypeError, KeyError, RecursionError):
        return  # the verifier itself says what is wrong with this entry
    for row in list(_rows(connection, PACKAGE, chain=chain, digest=digest)):
        yield {"type": "package", "digest": digest, "receipt": _digest(row.body)}
        for outcome in _rows(connection, OUTCOMES, package=row.id) if outcomes else ():
            yield {"type": "outcome", **outcome._mapping}


def _digest(content: object) -> str | None:
    """SHA-256 of a receipt; SQLite may hold text where bytes were put."""
    if content is None:
        return None
    return hashlib.sha256(content if isinstance(content, bytes) else str(content).encode()).hexdigest()


def _rows(connection: Connection, sql: str, **values: object) -> Iterator[Row[Any]]:
    yield from connection.execute(text(sql).execution_options(yield_per=1000), values)
