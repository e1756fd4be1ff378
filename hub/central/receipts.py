"""Receipts as rows: kept with the closing of their package, and which arrivals still wait for theirs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from hub.central import recordset
from hub.central.sets import among
from hub.central.tables import exchange

_PACKAGE = exchange.package
_ARRIVAL = exchange.arrival


def keep_receipts(connection: Connection, receipts: Sequence[Mapping[str, Any]]) -> None:
    """Store receipts: package, body, digest, made_at, signature."""
    recordset.insert_all(connection, exchange.receipt, receipts)


def keep_receipt(
    connection: Connection, package: int, body: bytes, digest: str, at: int, signature: bytes | None = None
) -> None:
    """Store the bytes of a receipt and its signature; they never change."""
    values = {"package": package, "body": body, "digest": digest, "made_at": at, "signature": signature}
    connection.execute(insert(exchange.receipt).values(values))


def unanswered(connection: Connection, system: str, after: int = 0) -> list[Row[Any]]:
    """Arrivals whose package is finished and whose receipt has not been delivered, oldest first, those after a given one."""
    receipt = exchange.receipt
    statement = (
        select(
            _ARRIVAL.c.id.label("arrival"),
            _ARRIVAL.c.origin,
            _PACKAGE.c.id,
            _PACKAGE.c.digest,
            _PACKAGE.c.state,
            _PACKAGE.c.package_id,
            _PACKAGE.c.replay_of,
            receipt.c.body,
            receipt.c.signature,
            receipt.c.digest.label("receipt_digest"),
        )
        .join(_PACKAGE, _PACKAGE.c.id == _ARRIVAL.c.package)
        .join(receipt, receipt.c.package == _PACKAGE.c.id)
        .where(_PACKAGE.c.system == system, _ARRIVAL.c.answered_at.is_(None), _ARRIVAL.c.id > after)
        .order_by(_ARRIVAL.c.id)
        .limit(1000)
    )
    return list(connection.execute(statement))


def answer(connection: Connection, arrivals: Mapping[int, int], at: int) -> set[int]:
    """Note that arrivals (id → its package) have their receipts; those that another worker has noted before are left out."""
    wanted = select(_ARRIVAL.c.id).where(
        among(connection, _ARRIVAL.c.id, sorted(arrivals)), _ARRIVAL.c.answered_at.is_(None)
    )
    noted = set(connection.execute(wanted.order_by(_ARRIVAL.c.id).with_for_update()).scalars())
    if noted:
        done = among(connection, _ARRIVAL.c.id, sorted(noted))
        connection.execute(update(_ARRIVAL).where(done).values(answered_at=at))
        receipt, answered = exchange.receipt, sorted({arrivals[arrival] for arrival in noted})
        connection.execute(
            update(receipt)
            .where(among(connection, receipt.c.package, answered), receipt.c.delivered_at.is_(None))
            .values(delivered_at=at)
        )
    return noted
