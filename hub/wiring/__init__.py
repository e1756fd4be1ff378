"""The composition root: settings in, working parts out; the only place that knows how the rooms fit together."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import Engine

from connectors import Access, Connector, Surroundings, open_connector
from hub import connections
from hub.catalogue.lookup import Lookup, catalogue_digest
from hub.catalogue.refilling import refill_pending
from hub.central import packages
from hub.central.engine import create_engine, reading, writing
from hub.central.memory import Memory
from hub.central.upgrade import if_there
from hub.central.upgrade import upgrade as upgrade_database
from hub.clock import now_us
from hub.errors import HubError, StopError
from hub.ledger import chain
from hub.limits import Limits, load_limits
from hub.nodes.authority import CERTIFICATE_FILE
from hub.nodes.store import revoked_at, signing_certificates, signing_public
from hub.pipeline.deliver import deliver as deliver_receipts
from hub.pipeline.hub_keys import HubKeys
from hub.pipeline.process import Bench
from hub.pipeline.process import process as process_package
from hub.pipeline.registered import check_registration, standing
from hub.pipeline.replay import replay as replay_package
from hub.pipeline.take import Noted, columns_looker
from hub.pipeline.take import take as take_packages
from hub.pipeline.tickets import followed
from hub.pipeline.together import process_together
from hub.pipeline.unseal import Seals, check_envelope, open_sealed
from hub.rawstore import RawStore
from hub.register import Registration, find_registration, load_registrations
from hub.settings import Settings, load_settings
from hub.shapes import OpenedPackage
from hub.views.archive import Archive
from hub.views.packages import find_package
from hub.views.waiting import waiting
from mappings.dialect import delivered, load_dialect

if TYPE_CHECKING:
    from hub.watch.running import Watcher

log = logging.getLogger(__name__)

TOGETHER = 50
"""Files whose arrival is noted in one transaction."""
OF_FILES = ("directory", "sftp", "ftp", "memory")
"""Ways on which a worker may hold several claims; others go on only when a package is acknowledged."""


def settings() -> Settings:
    """The settings in force now."""
    return load_settings()


def limits() -> Limits:
    """The limits of packages in force now (docs/limits.md). Raises StopError."""
    return load_limits(settings().limits)


@lru_cache(maxsize=4)
def _engine(url: str) -> Engine:
    return create_engine(url)


def engine() -> Engine:
    """The engine of the central database; one per process and address."""
    return _engine(settings().database_url)


def upgrade() -> list[str]:
    """Bring the database to the present revision and seed calendar and rules; returns the revisions applied."""
    from hub.supervision.seed import ensure_seeded

    return upgrade_database(engine(), after=ensure_seeded)


def registrations() -> tuple[dict[str, Registration], dict[str, HubError]]:
    """Good registrations by code, and the errors of bad ones by file stem."""
    return load_registrations(settings().systems)


def registration(code: str) -> Registration:
    """One registration. Raises StopError."""
    path = settings().systems / f"{code}.yaml"
    try:
        state = path.stat()
    except FileNotFoundError:
        return find_registration(settings().systems, code)
    return _registration(path.parent, code, state.st_mtime_ns, state.st_size)


@lru_cache(maxsize=1024)
def _registration(folder: Path, code: str, changed: int, size: int) -> Registration:
    """Read once for as long as the file stays as it is."""
    return find_registration(folder, code)


def raw_store() -> RawStore:
    """The store of raw packages."""
    return RawStore(settings().raw)


def connector(found: Registration) -> Connector:
    """The connector of a registration. Raises StopError for wrong options."""
    state = Memory(engine(), found.code)
    folder = Path(found.path).parent if found.path else settings().systems
    with standing(found, "connector"):
        return open_connector(
            found.connector, found.code, Surroundings(state, access, settings().work, folder)
        )


@contextmanager
def reaching(found: Registration) -> Iterator[Connector]:
    """The connector of a registration; what it holds open is closed at the end."""
    made = connector(found)
    try:
        yield made
    finally:
        close = getattr(made, "close", None)
        if close is not None:
            close()


Finder = Callable[[str], Access | None]
_finders: list[Finder] = [connections.from_environment]


def find_connections_with(finder: Finder) -> None:
    """Look connections up there too, where the environment has none: Airflow's edge says so in its tasks."""
    if finder not in _finders:
        _finders.append(finder)


def access(name: str) -> Access:
    """The connection of that name. Raises StopError where nobody knows it."""
    found = _connection(name)
    if found is None:
        raise connections.unknown(name)
    return found


def _connection(name: str) -> Access | None:
    return next((found for finder in _finders if (found := finder(name)) is not None), None)


def bench() -> Bench:
    """What packages are processed with."""
    with reading(engine()) as connection:
        digest = catalogue_digest(connection)
    return Bench(
        engine(), raw_store(), settings().work, limits(), _catalogue(settings().database_url, digest), seals()
    )


def archive() -> Archive:
    """The raw packages, for those who ask where something came from; seals are opened as when the packages came."""

    def opened(file: Path, folder: Path, found: Registration, at: int) -> OpenedPackage:
        source, came = followed(raw_store(), file, at)
        return open_sealed(source, folder, found, seals(), came, limits())

    return Archive(raw_store(), settings().work, opened)


def seals() -> Seals:
    """What sealed packages are opened with, and receipts signed. Nothing is read before it is needed."""
    folder = settings().keys
    keys = HubKeys(folder, _connection)

    def bound(system: str, at: int) -> set[str]:
        return if_there(engine(), lambda connection: signing_certificates(connection, system, at)) or set()

    def revoked(system: str, fingerprint: str, at: int) -> int | None:
        return if_there(engine(), lambda connection: revoked_at(connection, system, fingerprint, at))

    def public(system: str, at: int) -> list[str]:
        return if_there(engine(), lambda connection: signing_public(connection, system, at)) or []

    return Seals(
        keys.opening,
        bound,
        (folder / CERTIFICATE_FILE,),
        keys.sign,
        lambda name: access(name).password,
        revoked,
        public,
    )


def catalogue() -> Lookup | None:
    """The item catalogue; None while there is no database to ask, and none is made for it."""
    return if_there(engine(), lambda connection: Lookup(engine(), catalogue_digest(connection)))


@lru_cache(maxsize=1)
def _catalogue(url: str, digest: str) -> Lookup:
    """The catalogue as it is asked, the same until it changes: what was read of it stays at hand."""
    return Lookup(_engine(url), digest)


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
            body = {"system": found.code, "status": found.status, "digest": found.digest}
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


def watcher() -> Watcher:
    """What looks after the systems, and tells people."""
    from hub.messages.book import load_book
    from hub.pipeline.sample import Sample, read_sample
    from hub.watch.probing import Tools
    from hub.watch.running import Watcher
    from hub.wiring.returning import answers_to_probe

    def sample(file: Path, name: str, found: Registration, work: Path) -> Sample:
        return read_sample(
            file,
            name,
            found,
            load_dialect(found.dialect, schema=found.schema),
            limits(),
            work,
            catalogue(),
            seals(),
        )

    here = settings()
    keys = HubKeys(here.keys, _connection).known
    tools = Tools(engine(), connector, access, limits, sample, here.home, here.work, keys, answers_to_probe)
    return Watcher(tools, lambda: load_book(here.messages))


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
