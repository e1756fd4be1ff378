"""Writes the log out as JSON Lines, with everything that is needed to verify it elsewhere (docs/ledger.md, Export)."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from hashlib import sha256
from typing import Any, TextIO

from sqlalchemy import Connection, Row, distinct, func, select, union

from hub.ledger.tables import case_outcome, checkpoint, exchange_log, log_head, package, receipt

FORMAT = "suphub-log/1"
CLOSED, REFUSED = "package.closed", "package.refused"
FINISHED = package.c.state.in_(["closed", "refused"])
AT_ONCE = 1000  # rows fetched at a time: memory does not grow with the log


def export(connection: Connection, stream: TextIO, made_at: int) -> int:
    """Write the whole log, one record a line, from the single snapshot of `connection`; the number of lines.

    The receipts themselves stay in the house (they quote refused values); their digests go along.
    """
    lines = 0
    for record in records(connection, made_at):
        _write(stream, record)
        lines += 1
    _write(stream, {"type": "end", "lines": lines})
    return lines + 1


def records(connection: Connection, made_at: int) -> Iterator[dict[str, Any]]:
    """The records of an export but for the last: header, checkpoints, then chain by chain entries, evidence and head."""
    yield {"type": "export", "format": FORMAT, "made_at": made_at}
    for row in connection.execute(select(checkpoint).order_by(checkpoint.c.id)):
        yield {
            "type": "checkpoint",
            "at": row.at,
            "body": row.body,
            "signature": row.signature,
            "public_key": row.public_key,
        }
    for chain in _chains(connection):
        yield from _chain(connection, chain)


def _chains(connection: Connection) -> list[str]:
    known = union(
        select(log_head.c.chain),
        select(distinct(exchange_log.c.chain)),
        select(package.c.system).where(FINISHED),
    )
    return sorted(row.chain for row in connection.execute(known))


def _chain(connection: Connection, chain: str) -> Iterator[dict[str, Any]]:
    wanted = select(exchange_log).where(exchange_log.c.chain == chain).order_by(exchange_log.c.seq)
    for row in connection.execute(wanted.execution_options(yield_per=AT_ONCE)):
        yield {"type": "entry", **row._mapping}
        if row.event in {CLOSED, REFUSED}:
            yield from _evidence(connection, chain, row.body, outcomes=row.event == CLOSED)
    head = connection.execute(select(log_head).where(log_head.c.chain == chain)).one_or_none()
    closed = connection.execute(
        select(func.count()).select_from(package).where(package.c.system == chain, FINISHED)
    ).scalar_one()
    yield {
        "type": "head",
        "chain": chain,
        "seq": None if head is None else head.seq,
        "hash": None if head is None else head.hash,
        "closed": closed,
    }


def _evidence(connection: Connection, chain: str, body: str, *, outcomes: bool) -> Iterator[dict[str, Any]]:
    """The package that an entry speaks of; where it closes it, with the outcomes whose Merkle root the entry holds."""
    digest = _digest_in(body)
    found = connection.execute(
        select(package.c.id).where(package.c.system == chain, package.c.digest == digest)
    ).one_or_none()
    if found is None:
        return
    answer = connection.execute(
        select(receipt.c.body).where(receipt.c.package == found.id)
    ).scalar_one_or_none()
    yield {"type": "package", "digest": digest, "receipt": None if answer is None else _sha256(answer)}
    if not outcomes:
        return
    wanted = select(case_outcome).where(case_outcome.c.package == found.id).order_by(case_outcome.c.ordinal)
    for row in connection.execute(wanted.execution_options(yield_per=AT_ONCE)):
        yield _outcome(row)


def _outcome(row: Row[Any]) -> dict[str, Any]:
    return {
        "type": "outcome",
        "ordinal": row.ordinal,
        "case_no": row.case_no,
        "outcome": row.outcome,
        "codes": row.codes,
        "version": row.version,
    }


def _sha256(answer: bytes | str) -> str:
    # Only a forger's receipt is text (SQLite keeps no types); it is exported all the same, for the verifier to tell.
    return sha256(answer if isinstance(answer, bytes) else str(answer).encode()).hexdigest()


def _digest_in(body: str) -> str | None:
    """The package's digest; None when the body is not what the hub wrote: exported as it is, for the verifier to tell."""
    try:
        data = json.loads(body)
    except ValueError:
        return None
    digest = data.get("digest") if isinstance(data, dict) else None
    return digest if isinstance(digest, str) else None


def _write(stream: TextIO, record: Mapping[str, Any]) -> None:
    stream.write(json.dumps(record, ensure_ascii=False, separators=(",", ":"), default=repr) + "\n")
