"""Takes packages from a system: bytes into the raw store, a row and a log entry, and only then away from the source."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import Engine

from connectors import Claim, Connector
from hub.central import packages
from hub.central.engine import writing
from hub.clock import now_us
from hub.errors import HubError, PackageRefused, Place, StopError
from hub.ledger import chain
from hub.rawstore import RawStore
from hub.register import Registration
from hub.shapes import Package
from mappings.dialect import Dialect
from mappings.records import check_columns

log = logging.getLogger(__name__)


Look = Callable[[Path], None]
"""Looks at stored bytes before they are acknowledged. Raises StopError where taking them would lose what is right in them."""


def take(
    engine: Engine,
    connector: Connector,
    store: RawStore,
    limit: int,
    *,
    numbered: bool = False,
    look: Look | None = None,
    together: int = 1,
) -> list[Package]:
    """Take everything that is ready; `numbered`: the hub numbers the packages (registration: `serial: hub`).

    The arrival of up to `together` files is noted in one transaction, for connectors that may hold so many claims. A
    package that cannot be taken now stays where it is; the first reason is raised when all the others have been tried.
    """
    taking = _Taking(engine, connector, numbered)
    for notice in connector.ready():
        claim = connector.claim(notice)
        if claim is None:
            continue
        try:
            with connector.read(claim) as stream:
                digest, size = store.put(stream, limit)
            if look is not None:
                look(store.path(digest))
        except PackageRefused as error:
            # Larger than the hub may store: it stays at the source, named in the log, and holds nobody up.
            connector.release(claim)
            log.error("%s/%s: %s", notice.system, notice.name, error)
            _note(engine, notice.system, notice.name, error)
        except HubError as error:
            taking.failed([claim], error)
        else:
            taking.held.append((claim, packages.Arrival(digest, notice.name, size)))
            if len(taking.held) >= together:
                taking.note()
    taking.note()
    if taking.first is not None:
        raise taking.first
    return taking.taken


@dataclass(slots=True)
class _Taking:
    """Files whose bytes are stored and whose arrival is still to be noted; what was taken; the first failure."""

    engine: Engine
    connector: Connector
    numbered: bool
    held: list[tuple[Claim, packages.Arrival]] = field(default_factory=list)
    taken: list[Package] = field(default_factory=list)
    first: HubError | None = None

    def note(self) -> None:
        """Note what is held, and only then remove it at the source."""
        held, self.held = self.held, []
        if not held:
            return
        claims = [claim for claim, _ in held]
        try:
            noted = self._arrived(claims[0].notice.system, [each for _, each in held])
        except HubError as error:
            self.failed(claims, error)
            return
        for claim, package in zip(claims, noted, strict=True):
            try:
                self.connector.acknowledge(claim)
            except HubError as error:
                self.failed([claim], error)
            else:
                self.taken.append(package)

    def failed(self, claims: Sequence[Claim], error: HubError) -> None:
        """Put files back at the source; the first failure is raised in the end."""
        for claim in claims:
            self.connector.release(claim)
            log.error("%s/%s: %s", claim.notice.system, claim.notice.name, error)
        self.first = self.first or error

    def _arrived(self, system: str, files: Sequence[packages.Arrival]) -> list[Package]:
        at = now_us()
        with writing(self.engine) as connection:
            if self.numbered:
                [each] = files
                serial = packages.next_serial(connection, system)
                found = [packages.arrive(connection, system, each.digest, each.origin, each.size, at, serial)]
            else:
                found = packages.arrive_all(connection, system, files, at)
            events = [
                ("package.received" if new else "package.repeated", _told(each))
                for each, (_, new) in zip(files, found, strict=True)
            ]
            chain.append_all(connection, system, events, at)
        return [package for package, _ in found]


def _told(each: packages.Arrival) -> dict[str, object]:
    origin = each.origin.encode("utf-8", "replace").decode()
    return {"digest": each.digest, "origin": origin, "size": each.size}


def _note(engine: Engine, system: str, name: str, error: PackageRefused) -> None:
    with writing(engine) as connection:
        body = {"origin": name.encode("utf-8", "replace").decode(), "code": error.code}
        chain.append(connection, system, "package.untaken", body, now_us())


def columns_looker(registration: Registration, dialect: Dialect) -> Look:
    """For exchange databases: a table without a column that the dialect maps stops the system, nothing is taken.

    Refused as a package its rows would be marked as taken, those of the other tables too.
    """

    def look(path: Path) -> None:
        try:
            check_columns(path, dialect)
        except PackageRefused as error:
            table, column, present = (str(error.params[name]) for name in ("table", "column", "present"))
            raise StopError(
                "SOURCE_COLUMN",
                zh=f"交换库的表 {table} 没有方言 {dialect.name} 所用的列 {column}；现有列：{present}",
                en=f"The table {table} of the exchange database lacks {column}, which the dialect {dialect.name} uses; it has {present}",
                remedy_zh="请部门补上该列；若该列已改名或不再有，改方言或另写一份。没有取走任何行，恢复后照常取",
                remedy_en="Have the column put back; if it was renamed or is gone, change the dialect or write another one. No row was taken",
                place=Place(
                    system=registration.code, file=registration.path or None, field=f"{table}.{column}"
                ),
            ) from error

    return look
