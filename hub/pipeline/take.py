"""Takes packages from a system: bytes into the raw store, a row and a log entry, and only then away from the source."""

from __future__ import annotations

import logging
from collections.abc import Callable
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
) -> list[Package]:
    """Take everything that is ready; `numbered`: the hub numbers the packages (registration: `serial: hub`).

    A package that cannot be taken now stays where it is; the first reason is raised when all the others have been tried.
    """
    taken: list[Package] = []
    first: HubError | None = None
    for notice in connector.ready():
        claim = connector.claim(notice)
        if claim is None:
            continue
        try:
            taken.append(_store(engine, connector, store, claim, limit, numbered, look))
        except PackageRefused as error:
            # Larger than the hub may store: it stays at the source, named in the log, and holds nobody up.
            connector.release(claim)
            log.error("%s/%s: %s", notice.system, notice.name, error)
            _note(engine, notice.system, notice.name, error)
        except HubError as error:
            connector.release(claim)
            log.error("%s/%s: %s", notice.system, notice.name, error)
            first = first or error
    if first is not None:
        raise first
    return taken


def _store(
    engine: Engine,
    connector: Connector,
    store: RawStore,
    claim: Claim,
    limit: int,
    numbered: bool,
    look: Look | None,
) -> Package:
    notice = claim.notice
    with connector.read(claim) as stream:
        digest, size = store.put(stream, limit)
    if look is not None:
        look(store.path(digest))
    at = now_us()
    with writing(engine) as connection:
        serial = packages.next_serial(connection, notice.system) if numbered else None
        package, new = packages.arrive(connection, notice.system, digest, notice.name, size, at, serial)
        event = "package.received" if new else "package.repeated"
        body = {"digest": digest, "origin": notice.name.encode("utf-8", "replace").decode(), "size": size}
        chain.append(connection, notice.system, event, body, at)
    connector.acknowledge(claim)
    return package


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
