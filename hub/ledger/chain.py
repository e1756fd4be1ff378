"""Writes entries into the log: one chain per system, one of the hub's own; nothing else writes exchange_log."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, insert, select, text, update
from sqlalchemy.dialects import postgresql

from hub.ledger.encoding import GENESIS, canonical_json, entry_hash
from hub.ledger.tables import exchange_log, log_head

HUB_CHAIN = "hub"
"""The chain of what concerns no single system; no system may be registered under this code."""

CHAIN_LENGTH = 64
EVENT_LENGTH = 40


_APPEND = text(
    """
    INSERT INTO exchange_log (chain, seq, at, event, body, previous, hash)
    SELECT :chain, given.seq, :at, given.event, given.body, given.previous, given.hash
    FROM json_to_recordset(CAST(:rows AS json))
        AS given (seq bigint, event text, body text, previous text, hash text)
    """
)
"""Many entries in one statement: one by one each costs the driver and the server more than the entry itself."""


@dataclass(frozen=True, slots=True)
class Entry:
    """Where an entry stands in its chain: `seq` from 1 without holes, `hash` as 64 hex digits."""

    seq: int
    hash: str


def append(connection: Connection, chain: str, event: str, body: Mapping[str, Any], at_us: int) -> Entry:
    """Add one entry to `chain` within the caller's transaction, and hold the chain until that ends.

    Do this last before the commit: everyone else who writes to the chain waits from here on. Who needs two chains
    takes the system's first and the hub's last, so that nobody waits in a circle. `at_us` is µs UTC. ValueError:
    the body cannot be written canonically, or a name is empty or too long.
    """
    [entry] = append_all(connection, chain, [(event, body)], at_us)
    return entry


def append_all(
    connection: Connection, chain: str, events: Sequence[tuple[str, Mapping[str, Any]]], at_us: int
) -> list[Entry]:
    """Add entries (event, body) to `chain` in this order, in a few statements however many they are. See `append`."""
    _check_name("chain", chain, CHAIN_LENGTH)
    for event, _ in events:
        _check_name("event", event, EVENT_LENGTH)
    texts = [canonical_json(body) for _, body in events]
    if not events:
        return []
    seq, previous = _locked_head(connection, chain)
    rows, entries = [], []
    for (event, _), body in zip(events, texts, strict=True):
        seq += 1
        digest = entry_hash(chain, seq, at_us, event, body, previous)
        rows.append({"seq": seq, "event": event, "body": body, "previous": previous, "hash": digest})
        entries.append(Entry(seq, digest))
        previous = digest
    if len(rows) > 1 and connection.dialect.name == "postgresql":
        given = json.dumps(rows, ensure_ascii=False, separators=(",", ":"))
        connection.execute(_APPEND, {"chain": chain, "at": at_us, "rows": given})
    else:
        connection.execute(insert(exchange_log), [{"chain": chain, "at": at_us, **row} for row in rows])
    connection.execute(update(log_head).where(log_head.c.chain == chain).values(seq=seq, hash=previous))
    return entries


def next_seq(connection: Connection, chain: str) -> int:
    """The number that the next entry of `chain` will have; holds the chain, as `append` does, until the transaction ends.

    For a document that names its own place in the log and whose digest the entry holds (the receipt).
    """
    return _locked_head(connection, chain)[0] + 1


def _locked_head(connection: Connection, chain: str) -> tuple[int, str]:
    """Sequence number and hash of the chain's newest entry, locked; (0, GENESIS) before the first."""
    # On SQLite the transaction already holds the only write lock, and FOR UPDATE is left out.
    wanted = select(log_head.c.seq, log_head.c.hash).where(log_head.c.chain == chain).with_for_update()
    head = connection.execute(wanted).one_or_none()
    if head is None:
        _begin_chain(connection, chain)
        head = connection.execute(wanted).one()
    return head.seq, head.hash


def _begin_chain(connection: Connection, chain: str) -> None:
    start = {"chain": chain, "seq": 0, "hash": GENESIS}
    if connection.dialect.name == "postgresql":
        # Two writers may both have seen no head: the second waits here for the first, and then inserts nothing.
        connection.execute(postgresql.insert(log_head).values(start).on_conflict_do_nothing())
    elif connection.dialect.name in ("mysql", "mariadb"):
        connection.execute(insert(log_head).prefix_with("IGNORE").values(start))
    else:
        connection.execute(insert(log_head).values(start))


def _check_name(what: str, name: str, limit: int) -> None:
    if not 1 <= len(name) <= limit:
        raise ValueError(
            f"the {what} of a log entry has 1 to {limit} characters, found {len(name)}: {name[:80]!r}"
        )
