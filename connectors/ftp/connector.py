"""The connector `ftp`: takes files from a folder of an FTP server and lays receipts into another, one rename at a time."""

from __future__ import annotations

import heapq
import logging
import secrets
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from functools import partial
from io import BufferedReader
from pathlib import Path
from typing import Any, BinaryIO

from connectors import placing as local
from connectors.base import LISTED_AT_MOST, Claim, Surroundings
from connectors.directory import Seen
from connectors.failures import CHANGED, LOST, endpoint_failed
from connectors.folders import answers_folder, folders_of, shown_path
from connectors.ftp.claims import Claims, join
from connectors.ftp.failures import SHORT, passing, translated, unsayable
from connectors.ftp.inbox import packages, seen_of
from connectors.ftp.listing import FILE, Entry
from connectors.ftp.login import log_in
from connectors.ftp.options import Address, address_of, options_of
from connectors.ftp.placing import Blocks, Placing, ShortTransfer
from connectors.ftp.pool import Pool
from connectors.ftp.reading import Reading
from connectors.ftp.session import BLOCK, Mark, Session
from connectors.ftp.trust import Trust, trust_of
from connectors.ftp.wire import Garbled, Refused, Unsayable
from connectors.looks import Looks
from connectors.names import SIGNATURE, raw_of, receipt_name, refused_name, text_of
from connectors.readiness import readiness_of
from connectors.returning import Parcel
from connectors.workers import Worker
from hub.errors import RetryError
from hub.shapes import Notice

_log = logging.getLogger(__name__)


@dataclass(slots=True)
class _Held:
    raw: bytes
    mark: Mark
    read_as: Mark | None = None


class FtpConnector:
    """See `connectors.base.Connector`. Several workers on several machines may share one inbox."""

    def __init__(
        self,
        system: str,
        options: Mapping[str, Any],
        around: Surroundings,
        now: Callable[[], float] = time.time,
    ) -> None:
        """Nothing is connected yet. `now` is the hub's clock in seconds since 1970. Raises StopError for a wrong option."""
        self.system = system
        self._given = options
        self.folders = folders_of(system, options)
        self.readiness = readiness_of(system, options)
        self.options = options_of(system, options)
        self.around = around
        self.pool = Pool(self._log_in)
        self.unread: tuple[bytes, ...] = ()  # lines of the inbox's last listing that could not be read
        stable_s = self.readiness.stable_s
        self._looks = None if stable_s is None else Looks(around.state, stable_s)
        self._rested: dict[bytes, int | None] | None = (
            None  # name → size of files found at rest in the last look
        )
        self._worker = Worker(around.state, now)
        self._claims = Claims(self.folders.inbox, self.readiness, self._worker)
        self._placing = Placing(self._worker)
        self._now = now
        self._held: dict[str, _Held] = {}
        self._trust: Trust | None = None

    def address(self) -> Address:
        """The server, by the connection. Raises StopError."""
        access = self.around.access(self.options.connection)
        return address_of(self.system, self.options, access, self.around.folder)

    def ready(self) -> Iterator[Notice]:
        """See `Connector.ready`. With `stable_for`, what this look saw is kept for the next one."""
        if self._looks is not None:
            self._looks.begin()
            self._rested = {}
        listed = ((seen.raw, seen.name, seen.size) for seen in self.look() if self._takable(seen))
        first = heapq.nsmallest(LISTED_AT_MOST, listed)
        if self._looks is not None:
            self._looks.end()
        before = None
        for raw, name, size in first:
            if raw != before:  # a new file of a name that is still claimed: told once
                yield Notice(self.system, name, size)
            before = raw

    def look(self) -> list[Seen]:
        """Every file that is or may become a package, ready or not, in no order. Raises RetryError, StopError."""
        with self._session("查看", "looking into", self.folders.inbox) as session:
            left = self._claims.survey(session, {held.raw for held in self._held.values()})
            entries = [each for each in session.list(self.folders.inbox) if each.kind == FILE]
            self.unread = tuple(session.unread)
        self._warn_of_unread()
        claimed = [seen_of(each, ready=True, claimed=True) for each in left]
        return claimed + self._packages(entries)

    @contextmanager
    def peek(self) -> Iterator[tuple[str, BinaryIO] | None]:
        """See `Peeking.peek`: neither the claims nor their folder are touched."""
        with self._session("查看", "looking into", self.folders.inbox) as session:
            entries = [each for each in session.list(self.folders.inbox) if each.kind == FILE]
        ready = sorted((seen.raw, seen.size) for seen in self._packages(entries) if seen.ready)
        if not ready:
            yield None
            return
        raw, size = ready[0]
        path, where = join(self.folders.inbox, raw), shown_path(self.folders.inbox, raw)
        with BufferedReader(
            Reading(self.pool, self.system, path, where, size, live=_nobody), BLOCK
        ) as stream:
            yield text_of(raw), stream

    def _warn_of_unread(self) -> None:
        for line in self.unread[:1]:
            _log.warning(
                "%s: 目录中 %d 行看不懂,已跳过,如 %r / lines of the listing that cannot be read are skipped",
                self.system, len(self.unread), line[:200],
            )  # fmt: skip

    def _packages(self, entries: Sequence[Entry]) -> list[Seen]:
        return packages(entries, self.readiness, self._now())

    def claim(self, notice: Notice) -> Claim | None:
        """See `Connector.claim`: a rename into this worker's own folder decides who has it."""
        raw = raw_of(notice.name)
        if any(held.raw == raw for held in self._held.values()):
            return None
        if self._looks is not None and self._rested is None:
            list(self.ready())
        with self._session("领取", "claiming", self.folders.inbox, raw) as session:
            self._worker.live()
            if self._claims.left is None:
                self._claims.survey(session, {held.raw for held in self._held.values()})
            mark = self._claims.take_left(session, raw)
            if mark is None and self._may_take(session, raw, notice.size):
                mark = self._claims.take(session, raw)
        if mark is None:
            return None
        token = secrets.token_hex(8)
        self._held[token] = _Held(raw, mark)
        return Claim(Notice(self.system, notice.name, mark.size or 0), token)

    @contextmanager
    def read(self, claim: Claim) -> Iterator[BinaryIO]:
        """See `Connector.read`. A connection that is cut is made again, and the file read on from there."""
        held = self._held.get(claim.token)
        if held is None:
            raise self._failed(LOST, "读取", "reading", raw_of(claim.notice.name))
        path = self._claims.path(held.raw)
        where = shown_path(self.folders.inbox, held.raw)
        raw = Reading(self.pool, self.system, path, where, held.mark.size, live=self._worker.live)
        with BufferedReader(raw, BLOCK) as stream:
            yield stream
            taken = raw.offset
            complete = raw.ended
        with self._session("读取", "reading", self.folders.inbox, held.raw) as session:
            after = session.mark(path)
        if after != held.mark or (complete and held.mark.size not in (None, taken)):
            self.release(claim)
            raise self._failed(CHANGED, "读取", "reading", held.raw)
        held.read_as = after

    def acknowledge(self, claim: Claim) -> None:
        """See `Connector.acknowledge`. Raises RetryError (CONNECTOR_CHANGED) if the file changed after it was read."""
        held = self._held.get(claim.token)
        if held is None:
            return
        with self._session("删除", "removing", self.folders.inbox, held.raw) as session:
            found = session.mark(self._claims.path(held.raw))
            changed = found is not None and held.read_as not in (None, found)
            if not changed:
                self._claims.remove(session, held.raw)
        if changed:
            self.release(claim)
            raise self._failed(CHANGED, "删除", "removing", held.raw)
        self._held.pop(claim.token, None)

    def release(self, claim: Claim) -> None:
        """See `Connector.release`. A new file of the same name in the inbox stays; see `Claims.put_back`."""
        held = self._held.get(claim.token)
        if held is None:
            return
        with self._session("退回", "putting back", self.folders.inbox, held.raw) as session:
            self._claims.put_back(session, held.raw)
        self._held.pop(claim.token, None)

    def deliver(self, name: str, body: bytes, signature: bytes | None = None) -> None:
        """See `Connector.deliver`: `<original name>.receipt.xml` in the receipts folder, its signature before it."""
        target, folder = receipt_name(raw_of(name)), self.folders.receipts
        with self._session("写回执", "writing the receipt", folder, target) as session:
            if signature is not None:
                self._place(session, folder, target + SIGNATURE, lambda: (signature,), len(signature))
            self._place(session, folder, target, lambda: (body,), len(body))

    def refuse(self, name: str, source: Path) -> None:
        """See `Connector.refuse`: the file under its own name in the refused folder."""
        target, folder = refused_name(raw_of(name)), self.folders.refused
        size = source.stat().st_size
        with self._session("写回被拒报文", "writing back the refused", folder, target) as session:
            self._place(session, folder, target, lambda: local.file_blocks(source), size)

    def hand_over(self, parcel: Parcel) -> None:
        """See `Returning.hand_over`: files in the receipts folder; the folder for answers is there afterwards."""
        folder, answers = self.folders.receipts, answers_folder(self.system, self._given)
        with self._session("交付", "handing over", folder, raw_of(parcel.name)) as session:
            for suffix, body in parcel.files:
                self._place(session, folder, raw_of(parcel.name + suffix), partial(_whole, body), len(body))
        with self._session("建立", "making", answers) as session:
            if not session.is_folder(answers):
                session.make_folder(answers)

    def close(self) -> None:
        """Hang up, and let others take what is still claimed; whatever is called later connects anew."""
        self._held.clear()
        try:
            self._worker.end()
        finally:
            self.pool.close()

    def _place(self, session: Session, folder: bytes, name: bytes, blocks: Blocks, size: int) -> None:
        try:
            self._placing.place(session, folder, name, blocks, size)
        except ShortTransfer as error:
            raise passing(
                SHORT,
                self.system,
                shown_path(folder, name),
                doing_zh="写",
                doing_en="writing",
                why=str(error),
            ) from error

    def _log_in(self) -> Session:
        address = self.address()
        if self._trust is None and self.options.tls != "none":
            self._trust = trust_of(self.system, address)
        try:
            return log_in(self.system, self.options, address, self._trust)
        except (OSError, EOFError, Garbled, Refused) as error:
            error.add_note(str(address))
            raise

    def _may_take(self, session: Session, raw: bytes, size: int | None) -> bool:
        if raw.startswith(b".") or not self.readiness.is_package(raw):
            return False
        source = join(self.folders.inbox, raw)
        if self.readiness.marker is not None:
            return session.mark(source + self.readiness.marker) is not None
        if self._rested is None:
            return True
        found = session.mark(source) if raw in self._rested else None
        return found is not None and {self._rested[raw], size, found.size} <= {found.size, None}

    def _takable(self, seen: Seen) -> bool:
        if seen.claimed or self._looks is None or self._rested is None:
            return seen.ready
        rested = self._looks.rested(seen.name, (seen.size, seen.modified_ns), self._now())
        if rested:
            self._rested[seen.raw] = seen.size
        return rested

    @contextmanager
    def _session(self, zh: str, en: str, *parts: bytes) -> Iterator[Session]:
        with self._translated(zh, en, *parts):
            try:
                with self.pool.session() as session:
                    yield session
            except Unsayable as error:
                raise unsayable(self.system, parts[-1]) from error

    def _translated(self, zh: str, en: str, *parts: bytes) -> AbstractContextManager[None]:
        return translated(self.system, zh, en, shown_path(*parts))

    def _failed(self, texts: Any, zh: str, en: str, raw: bytes) -> RetryError:
        path = shown_path(self.folders.inbox, raw)
        return endpoint_failed(texts, system=self.system, doing_zh=zh, doing_en=en, path=path)


def _whole(body: bytes) -> tuple[bytes, ...]:
    return (body,)


def _nobody() -> None:
    """A look gives no sign of life: it holds nothing."""
