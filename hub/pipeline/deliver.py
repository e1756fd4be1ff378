"""Delivers receipts: the stored bytes, as often as needed, until the source has them."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

from sqlalchemy import Engine, Row

from connectors import Connector
from connectors.base import Answer, Together
from connectors.failures import IN_A_ROW, of_one
from connectors.names import shown
from hub.central import receipts
from hub.central.engine import reading, writing
from hub.clock import now_us
from hub.errors import HubError
from hub.ledger import chain
from hub.pipeline.tickets import ticket_in
from hub.rawstore import RawStore

log = logging.getLogger(__name__)

TOGETHER = 100
"""Receipts that are noted as delivered in one transaction. Whoever dies before it delivers the same bytes again."""


@dataclass(slots=True)
class _Failures:
    """Receipts that could not be laid: they hold up no other, unless it is the endpoint that fails."""

    system: str
    first: HubError | None = None
    in_a_row: int = 0

    def met(self, error: HubError, name: str | None, rows: int = 1) -> None:
        """Raises the error where the next receipt would meet it too; else it is kept for the end, if it is the first."""
        self.in_a_row += rows
        if not of_one(error) or self.in_a_row >= IN_A_ROW:
            raise error
        log.error("%s/%s: %s", self.system, "-" if name is None else shown(name), error)
        self.first = self.first or error


def deliver(engine: Engine, connector: Connector, raw: RawStore, system: str) -> int:
    """Answer every finished arrival of a system; returns how many.

    A receipt that cannot be laid is tried again in the next run; the first reason is raised (RetryError, StopError)
    when the others lie there, and at once where it is the endpoint that fails.
    """
    laying = Laying(engine, connector, raw, system)
    laying.go_on()
    if laying.failures.first is not None:
        raise laying.failures.first
    return laying.done


@dataclass(slots=True)
class Laying:
    """Answers finished arrivals in the order of their numbers, again and again while packages are being processed.

    Each is tried once; what could not be laid, or was finished after later ones had been answered, is left to `deliver`.
    """

    engine: Engine
    connector: Connector
    raw: RawStore
    system: str
    done: int = 0
    last: int = 0
    failures: _Failures = field(init=False)

    def __post_init__(self) -> None:
        self.failures = _Failures(self.system)

    def go_on(self) -> None:
        """Answer what has been finished since. Raises where it is the endpoint that fails (RetryError, StopError)."""
        while True:
            with reading(self.engine) as connection:
                waiting = receipts.unanswered(connection, self.system, self.last)
            if not waiting:
                return
            for start in range(0, len(waiting), TOGETHER):
                some = waiting[start : start + TOGETHER]
                self.done += _answer(self.engine, self.connector, self.raw, self.failures, some)
                self.last = some[-1].arrival


def _answer(
    engine: Engine, connector: Connector, raw: RawStore, failures: _Failures, rows: Sequence[Row[Any]]
) -> int:
    """Lay some receipts at the source, then note those that lie there, also if one of them could not be laid."""
    laid: list[Row[Any]] = []
    try:
        for refused, group in groupby(rows, lambda row: row.state == "refused"):
            some = list(group)
            if not refused and isinstance(connector, Together):
                before = len(laid)
                try:
                    for number in connector.deliver_all([_answer_of(row) for row in some]):
                        laid.append(some[number])
                        failures.in_a_row = 0
                except HubError as error:
                    failures.met(error, None, len(some) - (len(laid) - before))
                continue
            for row in some:
                try:
                    file = raw.path(row.digest)
                    if refused and (row.replay_of is None or ticket_in(file) is None):
                        connector.refuse(row.origin, file)
                    connector.deliver(row.origin, bytes(row.body), _signature(row))
                except HubError as error:
                    failures.met(error, row.origin)
                else:
                    laid.append(row)
                    failures.in_a_row = 0
    finally:
        done = _note(engine, failures.system, laid)
    return done


def _answer_of(row: Row[Any]) -> Answer:
    return Answer(row.origin, bytes(row.body), _signature(row))


def _signature(row: Row[Any]) -> bytes | None:
    return bytes(row.signature) if row.signature else None


def _note(engine: Engine, system: str, laid: Sequence[Row[Any]]) -> int:
    """How many of them another worker has not noted already: it delivered the same bytes at the same time."""
    if not laid:
        return 0
    at = now_us()
    with writing(engine) as connection:
        noted = receipts.answer(connection, {row.arrival: row.id for row in laid}, at)
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
