"""The exchange database of a department as a connector: what waits is read as row sets, what was refused is written back."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from io import FileIO
from pathlib import Path
from typing import Any, BinaryIO

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import IntegrityError

from connectors.base import Access, Claim, Surroundings
from connectors.database import address, charset, flags, watermark
from connectors.database.batch import Batch, finish, newest_in, open_batch
from connectors.database.cards import card_table, write_card
from connectors.database.failures import COLUMN_TYPE, fault
from connectors.database.filling import fill
from connectors.database.lease import Lease
from connectors.database.options import options_of
from connectors.database.receipts import read_receipt
from connectors.database.rejects import Rejects, rejects_of, write
from connectors.database.tables import Source, sources_of
from connectors.database.translation import translated
from connectors.failures import LOST, endpoint_failed
from connectors.names import raw_of
from connectors.returning import Parcel, no_way_back
from connectors.state import State
from hub.shapes import Notice

WAITING = "rows"
"""Name of the notice that rows wait; the claim's notice has the package's name."""
PACKAGES_AT_MOST = 1_000
"""Packages of one run of `ready`; a source that is written faster than it is read must not hold a worker for ever."""

_log = logging.getLogger(__name__)


@dataclass(slots=True)
class _Held:
    batch: Batch
    lock: FileIO
    read: bool = False


@dataclass(slots=True)
class _Opened:
    """What was found out about the database; once per connector."""

    engine: Engine
    sources: tuple[Source, ...]
    rejects: Rejects | None


@dataclass(slots=True)
class _Progress:
    acknowledged: int = 0
    more: bool = False


class DatabaseConnector:
    """See `connectors.base.Connector`. A package is a row set (`docs/connectors/database.md`).

    One worker of a machine at a time reads a system (a lock file). Workers of several machines may both read the same
    rows: they make the same bytes, and only the first acknowledgement moves the state. `now` is for tests alone.
    """

    def __init__(self, system: str, options: Mapping[str, Any], around: Surroundings) -> None:
        self.system = system
        self.options = options_of(system, options)
        self._around = around
        self._lease = Lease(system, around.work)
        self._opened: _Opened | None = None
        self._held: dict[str, _Held] = {}
        self._progress = _Progress()

    def ready(self) -> Iterator[Notice]:
        """See `Connector.ready`: one notice, and after each acknowledged full package another one."""
        for _ in range(PACKAGES_AT_MOST):
            if not self._lease.free() or not self._waits():
                return
            before = self._progress.acknowledged
            yield Notice(self.system, WAITING)
            if self._progress.acknowledged == before or not self._progress.more:
                return

    def claim(self, notice: Notice) -> Claim | None:
        """See `Connector.claim`: reads what waits at this moment into a scratch file; the claim's notice names it.

        Raises RetryError where the connection is lost meanwhile: nothing is claimed then.
        """
        raw_of(notice.name)
        lock = self._lease.take()
        if lock is None:
            return None
        batch = None
        try:
            batch = self._read_batch()
            if batch.rows == 0:
                self._settle_looks(batch)
        except BaseException:
            self._let_go(batch, lock)
            raise
        if batch.rows == 0:
            self._let_go(batch, lock)
            return None
        batch.tell_untimed()
        token = secrets.token_hex(8)
        self._held[token] = _Held(batch, lock)
        return Claim(Notice(self.system, batch.name, batch.size), token)

    @contextmanager
    def read(self, claim: Claim) -> Iterator[BinaryIO]:
        """See `Connector.read`: the same bytes however often; the rows may change in the database meanwhile."""
        held = self._held.get(claim.token)
        if held is None:
            raise endpoint_failed(
                LOST, system=self.system, doing_zh="读取", doing_en="reading", path=claim.notice.name
            )
        held.read = True
        held.batch.file.seek(0)
        yield held.batch.file

    def acknowledge(self, claim: Claim) -> None:
        """See `Connector.acknowledge`: the flag is set, or the watermark moved. Nothing happens to what was not read."""
        held = self._held.get(claim.token)
        if held is None:
            return
        if held.read:
            with self._told("确认", "acknowledging"):
                self._acknowledge(held.batch)
            self._progress.acknowledged += 1
            self._progress.more = held.batch.full
        self.release(claim)

    def release(self, claim: Claim) -> None:
        """See `Connector.release`."""
        held = self._held.pop(claim.token, None)
        if held is not None:
            self._let_go(held.batch, held.lock)

    def deliver(self, name: str, body: bytes, signature: bytes | None = None) -> None:
        """See `Connector.deliver`: flags and reject rows of what was refused, in one transaction; repeatable."""
        raw_of(name)
        if self.options.rejects is None and (self.options.flag is None or self.options.flag.refused is None):
            return
        answer = read_receipt(name, body)
        if not answer.refusals:
            return
        with self._told("写回", "writing back to"):
            opened = self._open()

            def write_back(connection: Connection) -> None:
                if self.options.flag is not None:
                    for source in opened.sources:
                        keys = answer.keys(source.name)
                        flags.mark_refused(connection, self.options, source, keys, newest_in(name))
                if opened.rejects is not None:
                    write(connection, opened.rejects, opened.sources, answer)

            self._in_one_transaction(write_back)

    def refuse(self, name: str, source: Path) -> None:
        """See `Connector.refuse`: the flag of all its rows; the rows themselves stay where they are."""
        raw_of(name)
        if self.options.flag is None or self.options.flag.refused is None:
            return
        with self._told("写回", "writing back to"):
            opened = self._open()

            def write_back(connection: Connection) -> None:
                with source.open("rb") as lines:
                    flags.mark_package_refused(connection, self.options, opened.sources, lines)

            self._in_one_transaction(write_back)

    def hand_over(self, parcel: Parcel) -> None:
        """See `connectors.returning.Returning.hand_over`: one row of the table of cards. Raises StopError without one."""
        if self.options.cards is None:
            raise no_way_back(self.system, "database")
        with self._told("交付", "handing over to"):
            engine = self._engine()
            with address.reading(engine) as connection:
                table = card_table(connection, self.system, self.options)
            assert table is not None
            try:
                with address.writing(engine) as connection:
                    write_card(connection, table, parcel)
            except IntegrityError:
                with address.writing(
                    engine
                ) as connection:  # another worker was first: its row is the same one
                    write_card(connection, table, parcel)

    @property
    def state(self) -> State:
        """What it remembers between runs."""
        return self._around.state

    def reading(self) -> AbstractContextManager[Connection]:
        """A connection for looking only; for the probe. Errors are not translated."""
        return address.reading(self._engine())

    def access(self) -> Access:
        """The connection. Raises StopError for an unknown one."""
        return self._around.access(self.options.connection)

    def place(self) -> str:
        """The address for people; no login, no password. Raises StopError for an unknown connection."""
        return address.shown(self.access())

    def _engine(self) -> Engine:
        if self._opened is not None:
            return self._opened.engine
        return address.engine_for(self.access(), self.options.timeout)

    def _open(self) -> _Opened:
        if self._opened is None:
            engine = self._engine()
            with address.reading(engine) as connection:
                sources = sources_of(connection, self.system, self.options)
                for source in sources:
                    charset.check(connection, self.system, self.options, source.table, None)
                rejects = rejects_of(connection, self.system, self.options)
            self._opened = _Opened(engine, sources, rejects)
        return self._opened

    def _waits(self) -> bool:
        with self._told("查看", "looking into"):
            opened = self._open()
            with address.reading(opened.engine) as connection:
                if self.options.flag is not None:
                    return flags.waiting(connection, self.options, opened.sources)
                probe = open_batch(self.system, self._around.work, 1)
                with probe.file:
                    fill(connection, probe, self.options, opened.sources, self._around.state)
                    if probe.rows == 0:
                        self._settle_looks(probe)
                    return probe.rows > 0

    def _read_batch(self) -> Batch:
        with self._told("读取", "reading"):
            opened = self._open()
            batch = open_batch(self.system, self._around.work, self.options.batch)
            try:
                with address.reading(opened.engine) as connection, self._readable():
                    fill(connection, batch, self.options, opened.sources, self._around.state)
                finish(batch)
            except BaseException:
                batch.file.close()
                raise
            return batch

    def _acknowledge(self, batch: Batch) -> None:
        if batch.mark is not None:
            if not watermark.save(self._around.state, batch.mark):
                _log.info(
                    "%s: 另一台机器已确认这批行 / another machine was quicker to acknowledge", self.system
                )
            return
        opened = self._open()
        with address.writing(opened.engine) as connection:
            flags.mark_taken(connection, self.options, opened.sources, batch.taken)

    def _settle_looks(self, batch: Batch) -> None:
        """Nothing waits, but a look has come to its end: nothing has to be acknowledged for that."""
        if batch.mark is not None and watermark.changed(batch.mark):
            watermark.save(self._around.state, batch.mark)

    def _in_one_transaction(self, deed: Callable[[Connection], None]) -> None:
        """Do it all or nothing; once more if another worker has just written the same reject rows."""
        engine = self._open().engine
        try:
            with address.writing(engine) as connection:
                deed(connection)
        except IntegrityError:
            with address.writing(engine) as connection:
                deed(connection)

    def _let_go(self, batch: Batch | None, lock: FileIO) -> None:
        if batch is not None:
            batch.file.close()
        self._lease.drop(lock)

    @contextmanager
    def _readable(self) -> Iterator[None]:
        """A value of a kind that no row set knows is the registration's matter: a view can turn it into text."""
        try:
            yield
        except TypeError as error:
            raise fault(
                COLUMN_TYPE, self.system, self.place(), why_zh=str(error), why_en=str(error)
            ) from error

    def _told(self, zh: str, en: str) -> AbstractContextManager[None]:
        return translated(self.system, zh, en, self.place())
