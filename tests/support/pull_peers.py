"""The department's side of connectors that ask a source without files, so that one set of tests can play each: rows, and pages."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from connectors.state import MemoryState
from tests.support.exchange_database import TABLES, Exchange, keys, receipt
from tests.support.soap_fake import FakeService
from tests.support.soap_fake import connector as fake_connector
from tests.support.soap_servers import Department, open_service


class RowsPeer:
    """An exchange database: what it puts there are rows, and up to three of them are a package."""

    batch = 3
    locks = True

    def __init__(self, exchange: Exchange, take: Any) -> None:
        self.exchange, self.take = exchange, take

    def put(self, name: str, minute: int = 1) -> None:
        self.exchange.put(name, f"2026-03-05 09:{minute:02}:00")

    def connector(self) -> Any:
        return self.exchange.connector(self.take, batch=self.batch, rejects={"table": "dn_audit_abnormal"})

    def found_in(self, bodies: list[bytes]) -> list[str]:
        return keys(bodies)

    def refusal_of(self, name: str) -> bytes:
        return receipt("cd" * 32, ("up_pro_accept", name, "task_name", "VALUE_EMPTY"))

    def told(self) -> list[Any]:
        """What the hub has written there: rows of the exception table, then flags."""
        rejects = self.exchange.rejects()
        return [*rejects, self.exchange.flags()] if rejects else []


def emptied(exchange: Exchange) -> Exchange:
    """The exchange as on its first day: no rows, and a hub that remembers nothing."""
    for table in (*TABLES, "dn_audit_abnormal"):
        exchange.run(f"DELETE FROM {table}")
    exchange.state = MemoryState()
    return exchange


class PagesPeer:
    """A Web Service: what it puts there are pages, and each is a package. Nobody can lock a page of it."""

    batch = 1
    locks = False

    def __init__(
        self,
        lay: Callable[[int, str], None],
        open_: Callable[..., Any],
        receipts: Callable[[], dict[str, str]],
    ) -> None:
        self.lay, self.open, self._receipts = lay, open_, receipts
        self.state = MemoryState()
        self._last = 0

    def put(self, name: str, minute: int = 1) -> None:
        self._last += 1
        self.lay(self._last, f'<a n="{name}"/>')

    def connector(self, **options: Any) -> Any:
        """A worker; an option that is None is left out."""
        return self.open(self.state, **options)

    def found_in(self, bodies: list[bytes]) -> list[str]:
        return [name.decode() for body in bodies for name in re.findall(rb'n="(\w+)"', body)]

    def refusal_of(self, name: str) -> bytes:
        return f"<回执>{name}</回执>".encode()

    def told(self) -> list[Any]:
        """What the hub has said there."""
        return list(self.receipts.items())

    @property
    def receipts(self) -> dict[str, str]:
        return self._receipts()


def pages_in_memory() -> PagesPeer:
    """The service that stands in for all."""
    service = FakeService()
    return PagesPeer(
        service.pages.__setitem__,
        lambda state, **options: fake_connector(service, state, **options),
        lambda: service.receipts,
    )


def pages_of(department: Department, path: str) -> PagesPeer:
    """A real service below `path`, as it is on its first day."""
    department.clear()

    def opened(state: MemoryState, **options: Any) -> Any:
        version = {"soap": path[-3:]} if "/" in path else {}
        return open_service(department, path, state, system="land", **version, **options)

    return PagesPeer(department.put, opened, lambda: department.receipts)


def claimed(connector: Any) -> Any:
    claim = connector.claim(next(connector.ready()))
    assert claim is not None
    return claim


def body_of(connector: Any, claim: Any) -> bytes:
    with connector.read(claim) as stream:
        return bytes(stream.read())
