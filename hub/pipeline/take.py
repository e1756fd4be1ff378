"""Takes packages from a system: bytes into the raw store, a row and a log entry, and only then away from the source."""

from __future__ import annotations

import logging

from sqlalchemy import Engine

from connectors import Claim, Connector
from hub.central import packages
from hub.central.engine import writing
from hub.clock import now_us
from hub.errors import HubError, PackageRefused
from hub.ledger import chain
from hub.rawstore import RawStore
from hub.shapes import Package

log = logging.getLogger(__name__)


def take(
    engine: Engine, connector: Connector, store: RawStore, limit: int, *, numbered: bool = False
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
            taken.append(_store(engine, connector, store, claim, limit, numbered))
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
    engine: Engine, connector: Connector, store: RawStore, claim: Claim, limit: int, numbered: bool
) -> Package:
    notice = claim.notice
    with connector.read(claim) as stream:
        digest, size = store.put(stream, limit)
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
