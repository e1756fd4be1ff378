"""Delivers receipts: the stored bytes, as often as needed, until the source has them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any

from sqlalchemy import Engine, Row

from connectors import Connector
from connectors.base import Answer, Together
from hub.central import packages
from hub.central.engine import reading, writing
from hub.clock import now_us
from hub.ledger import chain
from hub.pipeline.tickets import ticket_in
from hub.rawstore import RawStore

TOGETHER = 50
"""Receipts that are noted as delivered in one transaction. Whoever dies before it delivers the same bytes again."""


def deliver(engine: Engine, connector: Connector, raw: RawStore, system: str) -> int:
    """Answer every finished arrival of a system; returns how many. Raises RetryError where the source cannot be written."""
    done = 0
    while True:
        with reading(engine) as connection:
            waiting = packages.unanswered(connection, system)
        if not waiting:
            return done
        for start in range(0, len(waiting), TOGETHER):
            done += _answer(engine, connector, raw, system, waiting[start : start + TOGETHER])


def _answer(
    engine: Engine, connector: Connector, raw: RawStore, system: str, rows: Sequence[Row[Any]]
) -> int:
    """Lay some receipts at the source, then note those that lie there, also if one of them could not be laid."""
    laid: list[Row[Any]] = []
    try:
        for refused, group in groupby(rows, lambda row: row.state == "refused"):
            some = list(group)
            if refused:
                for row in some:
                    file = raw.path(row.digest)
                    if row.replay_of is None or ticket_in(file) is None:
                        connector.refuse(row.origin, file)
                    connector.deliver(row.origin, bytes(row.body), _signature(row))
                    laid.append(row)
            else:
                for number in _laid(connector, [_answer_of(row) for row in some]):
                    laid.append(some[number])
    finally:
        done = _note(engine, system, laid)
    return done


def _answer_of(row: Row[Any]) -> Answer:
    return Answer(row.origin, bytes(row.body), _signature(row))


def _signature(row: Row[Any]) -> bytes | None:
    return bytes(row.signature) if row.signature else None


def _laid(connector: Connector, answers: Sequence[Answer]) -> Iterator[int]:
    """Which of them lie at the source, as it becomes known. Raises RetryError for the first that cannot be laid."""
    if isinstance(connector, Together):
        yield from connector.deliver_all(answers)
        return
    for number, each in enumerate(answers):
        connector.deliver(each.name, each.body, each.signature)
        yield number


def _note(engine: Engine, system: str, laid: Sequence[Row[Any]]) -> int:
    """How many of them another worker has not noted already: it delivered the same bytes at the same time."""
    if not laid:
        return 0
    at = now_us()
    with writing(engine) as connection:
        noted = packages.answer(connection, {row.arrival: row.id for row in laid}, at)
        events = [("receipt.delivered", _said(row)) for row in laid if row.arrival in noted]
        chain.append_all(connection, system, events, at)
    return len(noted)


def _said(row: Row[Any]) -> dict[str, Any]:
    return {
        "package": row.package_id,
        "digest": row.digest,
        "origin": row.origin.encode("utf-8", "replace").decode(),
        "receipt": row.receipt_digest,
    }
