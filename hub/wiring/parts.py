"""The parts that everything is put together from: settings, database, stores, connectors, connections and keys."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, Engine

from connectors import Access, Connector, Surroundings, open_connector
from hub import connections
from hub.catalogue.lookup import Lookup, catalogue_digest
from hub.central.engine import create_engine, reading
from hub.central.memory import Memory
from hub.central.seals import seals as seals_of
from hub.central.tables.rules import rule_version
from hub.central.upgrade import if_there
from hub.central.upgrade import upgrade as upgrade_database
from hub.clock import now_us
from hub.errors import HubError, StopError
from hub.ledger import chain
from hub.limits import Limits, load_limits
from hub.nodes.authority import CERTIFICATE_FILE
from hub.nodes.store import revoked_at, signing_certificates, signing_public
from hub.pipeline.hub_keys import HubKeys
from hub.pipeline.process import Bench
from hub.pipeline.registered import standing
from hub.pipeline.tickets import followed
from hub.pipeline.unseal import Seals, open_sealed
from hub.rawstore import RawStore
from hub.register import Registration, find_registration, load_registrations
from hub.register.place import placed
from hub.settings import Settings, load_settings
from hub.shapes import OpenedPackage
from hub.views.archive import Archive
from mappings.dialect import load_dialect

if TYPE_CHECKING:
    from hub.watch.running import Watcher


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
    return upgrade_database(engine(), after=seed)


def seed(connection: Connection) -> None:
    """Enter what the program ships into calendar and rule library, and tell the log of it; the last thing of an upgrade."""
    from hub.supervision.calendar_seal import sealed_days
    from hub.supervision.rules import SHIPPED
    from hub.supervision.seed import ensure_seeded

    made, at = ensure_seeded(connection), now_us()
    if made.calendar is not None:
        body = {"version": made.calendar, "sealed": sealed_days(connection, made.calendar)}
        chain.append(connection, chain.HUB_CHAIN, "calendar.shipped", body, at)
    if made.rules:
        mine = (rule_version.c.version == SHIPPED) & rule_version.c.rule.in_(made.rules)
        sealed = {rule_version.name: seals_of(connection, rule_version, mine)}
        chain.append(
            connection, chain.HUB_CHAIN, "rule.shipped", {"rules": len(made.rules), "seals": sealed}, at
        )


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

    def reach(name: str) -> Access:
        try:
            return access(name)
        except StopError as error:
            raise placed(found, error, "connector.connection") from error

    folder = Path(found.path).parent if found.path else settings().systems
    with standing(found, "connector"):
        return open_connector(
            found.connector, found.code, Surroundings(state, reach, settings().work, folder)
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
