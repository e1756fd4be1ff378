"""Processes one package from its raw bytes to its receipt; safe to kill at any instant and to repeat."""

from __future__ import annotations

import gc
import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from shutil import rmtree
from tempfile import mkdtemp
from typing import Any

from sqlalchemy import Engine, Row

from hub.central import packages
from hub.central.batch import Batch, Moved, store
from hub.central.engine import reading, writing
from hub.central.heads import unchanged
from hub.central.outcomes import known_outcomes
from hub.clock import now_us
from hub.envelope import Limits, open_package
from hub.errors import HubError, PackageRefused, Place, RetryError, StopError
from hub.items import Items
from hub.ledger import chain
from hub.pipeline.closing import close, refuse
from hub.pipeline.narrowing import narrowed
from hub.pipeline.piece_reader import PieceReader
from hub.pipeline.pieces import store_package
from hub.pipeline.reader import Item, Part, Reader, parts
from hub.pipeline.tickets import followed, ticket_in
from hub.pipeline.unseal import Seals, check_attachments, password_of, seal_columns, unseal
from hub.rawstore import RawStore
from hub.register import Registration
from hub.shapes import Head, OpenedPackage
from mappings.dialect import Dialect, load_dialect
from schemas.head import check_version
from schemas.survey import Survey, survey

log = logging.getLogger(__name__)

USUAL = gc.get_threshold()
COLLECTED = (50_000, 100, 1000)
"""How rarely the collector looks for circles while a package is processed: a batch makes hundreds of thousands of
objects and hardly a circle, and looking cost a twelfth of the time."""
ATTEMPTS = 3
"""Unexpected failures after which a package is set aside, so that it no longer holds the others up."""


@dataclass(frozen=True, slots=True)
class Bench:
    """What a package is processed with: database, raw store, scratch folder, limits, item catalogue, keys for seals."""

    engine: Engine
    raw: RawStore
    work: Path
    limits: Limits
    items: Items | None = None
    seals: Seals = field(default_factory=Seals)


def process(bench: Bench, registration: Registration, package: int) -> bool:
    """Process one package to its end; False if it was finished already. Raises StopError, RetryError.

    A refused package is no error.

    Anything else is a fault of the hub: counted, raised, and after three times the package is set aside.
    """
    engine = bench.engine
    with reading(engine) as connection:
        row = packages.find(connection, package)
    if row.state not in packages.OPEN_STATES:
        return False
    dialect = load_dialect(registration.dialect, schema=registration.schema)
    check_serial(registration, dialect)
    folder = scratch(bench.work, f"{registration.code}-{package}-")
    try:
        gc.set_threshold(*COLLECTED)
        if dialect.format == "exchange-package":
            _process_cases(bench, registration, folder, package, row)
        else:
            _process_pieces(bench, registration, dialect, folder, package, row)
    except PackageRefused as error:
        _remember(engine, package, error)
        refuse(engine, package, error, bench.seals.sign)
    except HubError:
        raise
    except Exception:
        _count_failure(engine, package)
        raise
    finally:
        gc.set_threshold(*USUAL)
        rmtree(folder, ignore_errors=True)
    return True


def scratch(work: Path, prefix: str) -> Path:
    """A new folder for the files of one package. Raises RetryError where the disk does not give one."""
    try:
        work.mkdir(parents=True, exist_ok=True)
        return Path(mkdtemp(prefix=prefix, dir=work))
    except OSError as error:
        raise RetryError(
            "WORK_IO",
            zh=f"无法在 {work} 中建立工作目录:{error.strerror}",
            en=f"No work folder can be made in {work}: {error.strerror}",
            remedy_zh="检查磁盘空间和权限(SUPHUB_HOME 下的 work)。原始报文已存妥,恢复后自动继续",
            remedy_en="Check disk space and permissions (work under SUPHUB_HOME). The raw package is kept; the hub goes on by itself",
            place=Place(file=str(work)),
        ) from error


def check_serial(registration: Registration, dialect: Dialect) -> None:
    """Raises StopError where the registration and the dialect disagree on who numbers the packages."""
    own = dialect.format == "exchange-package"
    if own == (registration.serial == "source"):
        return
    wanted = "source" if own else "hub"
    raise StopError(
        "REGISTRATION_SERIAL",
        zh=f"方言 {dialect.name} 的报文包{'自带' if own else '没有'}序号,登记却写 serial: {registration.serial}",
        en=f"Packages of the dialect {dialect.name} {'bring' if own else 'have no'} numbers; "
        f"the registration says serial: {registration.serial}",
        remedy_zh=f"写 serial: {wanted}",
        remedy_en=f"Write serial: {wanted}",
        place=Place(system=registration.code, file=registration.path or None, field="serial"),
    )


def _process_cases(
    bench: Bench, registration: Registration, folder: Path, package: int, row: Row[Any]
) -> None:
    opened = _opened(bench, registration, folder, row)
    found = survey(opened.document, bench.limits)
    if not _identify(bench.engine, registration, package, found, opened.notes):
        return
    bound = narrowed(bench.engine, registration, package)
    reader = Reader(bound, opened, found, items=bench.items, limits=bench.limits)
    _store_parts(bench.engine, registration.code, package, reader, parts(found))
    close(bench.engine, package, bench.seals.sign)


def _process_pieces(
    bench: Bench, registration: Registration, dialect: Dialect, folder: Path, package: int, row: Row[Any]
) -> None:
    opened = _open_pieces(bench, registration, dialect, folder, row)
    bound = narrowed(bench.engine, registration, package)
    reader = PieceReader(bound, dialect, opened.document, row.serial, bench.items, bench.limits)
    records = reader.records()
    if not records:
        raise PackageRefused("PKG_NO_CASES")
    head = Head(row.digest, registration.code, row.serial, "", len(records))
    if not _enter(bench.engine, package, head, len(records), opened.notes):
        return
    store_package(bench.engine, bound, package, reader, records)
    close(bench.engine, package, bench.seals.sign)


def _open_pieces(
    bench: Bench, registration: Registration, dialect: Dialect, folder: Path, row: Row[Any]
) -> OpenedPackage:
    """The document of a package of pieces. A row set is the hub's own writing and needs no opening."""
    if dialect.format == "row-set":
        file = bench.raw.path(row.digest)
        if row.replay_of is not None:
            file, _ = followed(bench.raw, file, row.received_at)
        return OpenedPackage(row.digest, file)
    return _opened(bench, registration, folder, row)


def _opened(bench: Bench, registration: Registration, folder: Path, row: Row[Any]) -> OpenedPackage:
    """The document of a package; what its seal was is noted at once, to be known of a refused package too."""
    raw, at = bench.raw.path(row.digest), row.received_at
    if row.replay_of is not None:
        ticket = ticket_in(raw)
        if ticket is None:  # the hub's own writing, out of a package whose seal was opened
            return open_package(raw, folder, bench.limits, bench.raw, digest=row.digest)
        raw, at = bench.raw.path(ticket.of), ticket.at
    found = unseal(raw, folder, registration, bench.seals, at, bench.limits)
    if found.seal is not None:
        with writing(bench.engine) as connection:
            packages.finish(connection, row.id, seal_columns(found.seal))
    password = password_of(registration, bench.seals)
    opened = open_package(found.file, folder, bench.limits, bench.raw, digest=row.digest, password=password)
    check_attachments(registration, opened, found)
    return opened


def _identify(
    engine: Engine, registration: Registration, package: int, found: Survey, notes: Sequence[str]
) -> bool:
    """Enter what the head says; False if another worker has finished the package meanwhile."""
    try:
        check_head(found.head, registration)
    except PackageRefused as refusal:
        refusal.claimed = (found.head.system_code, found.head.package_id, found.head.serial)
        raise
    return _enter(engine, package, found.head, found.cases, notes)


def check_head(head: Head, registration: Registration) -> None:
    """Raises PackageRefused PKG_SYSTEM for another system's package, PKG_VERSION for a newer one than is registered."""
    if head.system_code != registration.code:
        line = head.lines.get("SystemCode")
        raise PackageRefused("PKG_SYSTEM", line=line, found=head.system_code, expected=registration.code)
    check_version(head, registration.schema)


def _enter(engine: Engine, package: int, head: Head, cases: int, notes: Sequence[str]) -> bool:
    with writing(engine) as connection:
        row = packages.find(connection, package, hold=True)
        if row.package_id is not None or row.state not in packages.OPEN_STATES:
            return row.state in packages.OPEN_STATES
        if packages.identify(connection, package, head, cases, "; ".join(notes) or None):
            return True
        other = packages.holder(connection, row.system, head.package_id)
        packages.finish(connection, package, {"claimed_id": head.package_id, "serial": head.serial})
    line = head.lines.get("PackageId")
    raise PackageRefused("PKG_ID_CONFLICT", line=line, package_id=head.package_id, digest=other or "-")


def _remember(engine: Engine, package: int, refusal: PackageRefused) -> None:
    """What a refused package calls itself, so that it is known when it comes again, and its number as come.

    The head of another system's package says nothing of this one's numbers.
    """
    if refusal.claimed is None:
        return
    system, package_id, serial = refusal.claimed
    with writing(engine) as connection:
        row = packages.find(connection, package, hold=True)
        if row.system == system and row.package_id is None and row.state in packages.OPEN_STATES:
            packages.finish(connection, package, {"claimed_id": package_id, "serial": serial})


def _store_parts(engine: Engine, system: str, package: int, reader: Reader, todo: Iterable[Part]) -> None:
    """Store what has no outcome yet. The next batch is read by a second thread while the database takes this one."""
    with reading(engine) as connection:
        waiting = [part for part in todo if not known_outcomes(connection, package, part.first, part.last)]

    def read(part: Part) -> Sequence[Item]:
        with reading(engine) as connection:

            def same(digests: Mapping[str, str]) -> set[str]:
                return unchanged(connection, system, reader.fingerprint, reader.serial, digests)

            return reader.read(part, same)

    if len(waiting) == 1:  # most packages: a thread would cost more than it saves
        [part] = waiting
        _settle(engine, system, package, reader, part, read(part), lambda: reader.read(part))
        return
    with ThreadPoolExecutor(max_workers=1, thread_name_prefix="suphub-read") as ahead:
        coming = [ahead.submit(read, part) for part in waiting[:1]]
        for index, part in enumerate(waiting):
            items = coming.pop().result()
            if index + 1 < len(waiting):
                coming.append(ahead.submit(read, waiting[index + 1]))

            def again(part: Part = part) -> Sequence[Item]:
                # In that thread: a schema validates one document at a time.
                return ahead.submit(reader.read, part).result()

            _settle(engine, system, package, reader, part, items, again)


def _settle(
    engine: Engine,
    system: str,
    package: int,
    reader: Reader,
    part: Part,
    items: Sequence[Item],
    again: Callable[[], Sequence[Item]],
) -> None:
    """Write one batch; read it again without the short cut if a case has changed meanwhile."""
    try:
        _write(engine, system, package, reader, part, items)
    except Moved:
        _write(engine, system, package, reader, part, again())


def _write(
    engine: Engine, system: str, package: int, reader: Reader, part: Part, items: Sequence[object]
) -> None:
    batch = Batch(package, system, part.first, part.last, reader.fingerprint, reader.serial, items, now_us())  # type: ignore[arg-type]
    with writing(engine) as connection:
        store(connection, batch)


def _count_failure(engine: Engine, package: int) -> None:
    with writing(engine) as connection:
        row = packages.find(connection, package, hold=True)
        if row.state not in packages.OPEN_STATES:
            return
        values: dict[str, object] = {"attempts": row.attempts + 1}
        if row.attempts + 1 >= ATTEMPTS:
            values["state"] = "set_aside"
        packages.finish(connection, package, values)
        if "state" in values:
            body = {"package": row.package_id, "digest": row.digest, "attempts": row.attempts + 1}
            chain.append(connection, row.system, "package.set_aside", body, now_us())
            log.error("package %s/%s set aside after %d failures", row.system, row.digest, ATTEMPTS)
