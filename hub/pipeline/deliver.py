"""Delivers receipts: the stored bytes, as often as needed, until the source has them."""

from __future__ import annotations

from sqlalchemy import Engine

from connectors import Connector
from hub.central import packages
from hub.central.engine import reading, writing
from hub.clock import now_us
from hub.ledger import chain
from hub.rawstore import RawStore


def deliver(engine: Engine, connector: Connector, raw: RawStore, system: str) -> int:
    """Answer every finished arrival of a system; returns how many. Raises RetryError where the source cannot be written."""
    done = 0
    while True:
        with reading(engine) as connection:
            waiting = packages.unanswered(connection, system)
        if not waiting:
            return done
        for row in waiting:
            if row.state == "refused":
                connector.refuse(row.origin, raw.path(row.digest))
            connector.deliver(row.origin, bytes(row.body), bytes(row.signature) if row.signature else None)
            at = now_us()
            with writing(engine) as connection:
                if not packages.answered(connection, row.arrival, row.id, at):
                    continue  # another worker delivered the same bytes at the same time
                origin = row.origin.encode("utf-8", "replace").decode()
                body = {
                    "package": row.package_id,
                    "digest": row.digest,
                    "origin": origin,
                    "receipt": row.receipt_digest,
                }
                chain.append(connection, system, "receipt.delivered", body, at)
            done += 1
