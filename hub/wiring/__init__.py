"""The composition root: settings in, working parts out; the only place that knows how the rooms fit together."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from typing import Any

from hub.catalogue.refilling import refill_pending
from hub.central import packages
from hub.central.engine import reading, writing
from hub.central.seals import seals as seals_of
from hub.central.tables.exchange import system
from hub.clock import now_us
from hub.errors import HubError, StopError
from hub.ledger import chain
from hub.pipeline.deliver import deliver as deliver_receipts
from hub.pipeline.process import process as process_package
from hub.pipeline.registered import check_registration, stored_registration
from hub.pipeline.replay import replay as replay_package
from hub.pipeline.take import Noted, columns_looker
from hub.pipeline.take import take as take_packages
from hub.pipeline.together import process_together
from hub.pipeline.unseal import check_envelope
from hub.register import Registration
from hub.views.packages import find_package
from hub.views.waiting import waiting
from hub.wiring.parts import (
    access,
    archive,
    bench,
    catalogue,
    connector,
    engine,
    find_connections_with,
    limits,
    raw_store,
    reaching,
    registration,
    registrations,
    seals,
    settings,
    upgrade,
    watcher,
)
from mappings.dialect import delivered, load_dialect

# fmt: off
__all__ = [
    "access", "admitted", "archive", "bench", "catalogue", "connector", "deliver", "delivers", "engine", "enroll", "exchange",
    "exchange_into", "find_connections_with", "limits", "process", "process_many", "raw_store", "reaching", "registration",
    "registrations", "replay", "seals", "settings", "summary", "supervise", "take", "told", "untouched", "upgrade",
    "waiting_packages", "watcher",
]
# fmt: on

log = logging.getLogger(__name__)

TOGETHER = 100
"""Files whose arrival is noted in one transaction."""
OF_FILES = ("directory", "sftp", "ftp", "push", "memory")
"""Ways on which a worker may hold several claims; others go on only when a package is acknowledged."""


def enroll(found: Registration) -> None:
    """Write a new or changed registration down, in its table and in the hub's chain."""
    values = {
        "code": found.code,
        "name": found.name,
        "organization": ",".join(found.organizations),
        "region": found.region,
        "status": found.status,
        "supervise_from": found.supervise_from.isoformat() if found.supervise_from else None,
        "silent_after": None if found.silent_after is None else int(found.silent_after.total_seconds()),
        "registration_digest": found.digest,
        "seen_at": now_us(),
    }
    with writing(engine()) as connection:
        if packages.register(connection, values):
            sealed = {"system": seals_of(connection, system, system.c.code == found.code)}
            body: dict[str, Any] = {
                "system": found.code,
                "status": found.status,
                "digest": found.digest,
                "seals": sealed,
            }
            body["stored"] = int(stored_registration(raw_store(), found))
            chain.append(connection, "hub", "registration.changed", body, now_us())


def take(code: str, large: dict[str, int] | None = None, noted: Noted | None = None) -> list[int]:
    """Take what is ready and return the ids of all packages of the system that are not finished, oldest first.

    `large` gets what is above the limit and stays at the source: name → bytes; `noted` each group as it is taken.
    """
    found = admitted(code)
    dialect = load_dialect(found.dialect, schema=found.schema)
    if found.status != "paused":
        tables = found.connector["kind"] == "database" and dialect.format == "row-set"
        with reaching(found) as source:
            take_packages(
                engine(), source, raw_store(), limits().package_bytes,
                numbered=found.serial == "hub", look=columns_looker(found, dialect) if tables else None,
                together=TOGETHER if found.connector["kind"] in OF_FILES and found.serial == "source" else 1,
                large=large, noted=noted,
            )  # fmt: skip
    return waiting_packages(code)


def admitted(code: str) -> Registration:
    """A registration that may be worked with, written down if it is new or has changed. Raises StopError."""
    found = registration(code)
    check_envelope(found, check_registration(found), seals())
    enroll(found)
    return found


def waiting_packages(code: str) -> list[int]:
    """The ids of all packages of a system that are not finished, oldest first."""
    with reading(engine()) as connection:
        return packages.open_packages(connection, code)


def untouched(code: str, before: int) -> list[int]:
    """Packages of a system that came before `before` and that nobody has begun."""
    with reading(engine()) as connection:
        return packages.untouched(connection, code, before)


def process(code: str, package: int) -> dict[str, Any]:
    """Process one package to its receipt and say what became of it."""
    return _processed(code, package)[1]


def _processed(code: str, package: int) -> tuple[bool, dict[str, Any]]:
    """Whether there was anything to do, and what became of the package."""
    worked = process_package(bench(), registration(code), package)
    with reading(engine()) as connection:
        return worked, summary(dict(packages.find(connection, package)._mapping))


_UNFINISHED = "package %s of %s is not finished; the others go on: %s"


def process_many(
    code: str, ids: Sequence[int], *, own: bool = False
) -> Iterator[tuple[int, dict[str, Any] | Exception]]:
    """Process packages in their order; what became of each, or why it is not finished. Raises StopError.

    `own`: those that another worker has finished meanwhile are left out. Small plain ones that follow one another go
    together.
    """
    found, waiting = registration(code), list(ids)
    check_registration(found)
    while waiting:
        done = process_together(bench(), found, waiting)
        if done:
            with reading(engine()) as connection:
                rows = packages.find_all(connection, done)
            yield from ((row.id, summary(dict(row._mapping))) for row in rows)
            waiting = waiting[len(done) :]
            continue
        package = waiting.pop(0)
        try:
            worked, told = _processed(code, package)
            if worked or not own:
                yield package, told
        except StopError:
            raise
        except Exception as error:
            # An error of the hub's own says all there is to know; of any other the traceback is what helps.
            unforeseen = None if isinstance(error, HubError) else error
            log.error(_UNFINISHED, package, code, error, exc_info=unforeseen)
            yield package, error


def summary(row: Mapping[str, Any]) -> dict[str, Any]:
    """A package row as scripts see it."""
    counts = ("accepted", "rejected", "duplicate", "stale", "conflict", "pending")
    return {
        "system": row["system"],
        "package_id": row["package_id"] or row["digest"],
        "state": row["state"],
        "cases": row["cases"] or 0,
        **{name: row[name] for name in counts},
        "name": row["origin"],
    }


def deliver(code: str) -> int:
    """Deliver the receipts that are due; returns how many."""
    found = registration(code)
    with reaching(found) as source:
        return deliver_receipts(engine(), source, raw_store(), code)


@contextmanager
def told(code: str, condition: str = "exchange.failing") -> Iterator[None]:
    """A step of an exchange (or what else `condition` names) that fails is told, once, until one has come to its end again."""
    found = registration(code)
    try:
        yield
    except Exception as error:
        watcher().failed(found, condition, error)
        raise


def exchange(code: str) -> list[dict[str, Any]]:
    """Take, process and deliver. A failure that concerns one file or package is raised after all the others are done."""
    done: list[dict[str, Any]] = []
    exchange_into(done, code)
    return done


def exchange_into(done: list[dict[str, Any]], code: str) -> None:
    """The same; what became of each package is in `done` also where a failure is raised."""
    from hub.wiring.exchanging import run

    with told(code):
        run(done, code)
    watcher().done(registration(code), "exchange.failing")


def supervise(today: date | None = None, *, everything: bool = False) -> dict[str, Any]:
    """Judge every live system's cases as of the end of `today` (now without it); cards are raised and withdrawn.

    Only cases are looked at that could have changed since the last run, unless `everything` is asked for.
    The result also tells which systems have cases that wait for other pieces (see `hub.views.waiting`).
    """
    from hub.supervision.run import supervise as judge
    from hub.wiring.cards import teller

    refill_pending(engine())  # an import that was killed before it had brought the stored cases up to date
    for found in registrations()[0].values():
        enroll(found)

    told = teller()
    summary_of = judge(engine(), today=today, log=told, everything=everything, delivers=delivers()).as_dict()
    with reading(engine()) as connection:
        return {**summary_of, "waiting": waiting(connection)}


def delivers() -> dict[str, frozenset[str]]:
    """System → the fields that its dialect delivers; none where the dialect cannot be read: of that system alone nothing is judged."""
    told: dict[str, frozenset[str]] = {}
    for found in registrations()[0].values():
        try:
            told[found.code] = delivered(load_dialect(found.dialect, schema=found.schema))
        except StopError as error:
            log.warning("%s: %s", found.code, error)
            told[found.code] = frozenset()
    return told


def replay(name: str) -> dict[str, Any]:
    """Judge the refused cases of the package `SYSTEM/ID` anew, or all of it if it was refused as a whole; answer. StopError."""
    with reading(engine()) as connection:
        row = find_package(connection, name)
    found = registration(row.system)
    dialect = load_dialect(found.dialect, schema=found.schema)
    package = replay_package(
        engine(), raw_store(), settings().work, limits(), row.id, dialect, found, seals()
    )
    done = process(found.code, package)
    deliver(found.code)
    return done
