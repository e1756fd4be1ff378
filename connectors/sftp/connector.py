"""An exchange directory reached by SFTP: the same life of a package as in a local one, on a server that keeps no locks."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, suppress
from copy import copy
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, cast

from connectors import placing as local
from connectors.base import LISTED_AT_MOST, Claim, Surroundings
from connectors.directory import Seen
from connectors.failures import CHANGED
from connectors.failures import LOST as CLAIM_LOST
from connectors.folders import shown_path
from connectors.looks import Looks
from connectors.names import SIGNATURE, raw_of, receipt_name, text_of
from connectors.sftp import listing, looking
from connectors.sftp.claims import Claims
from connectors.sftp.download import Download
from connectors.sftp.failures import Doing, explained, translated
from connectors.sftp.fields import Attributes, Entry, Lost, Refused
from connectors.sftp.options import options_of
from connectors.sftp.placing import Blocks, place, sweep
from connectors.sftp.session import Session
from connectors.sftp.wire import NO_SUCH_FILE
from connectors.sftp.workers import Worker
from hub.errors import HubError
from hub.shapes import Notice


@dataclass(slots=True)
class _Held:
    raw: bytes
    attributes: Attributes
    read_as: tuple[int, int] | None = None  # size and time of what was read


class SftpConnector:
    """Takes files from a server by SFTP; several workers on several machines may share it. Not for two threads at once."""

    def __init__(
        self,
        system: str,
        options: Mapping[str, Any],
        around: Surroundings,
        now: Callable[[], float] | None = None,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        """`now` is the hub's clock in seconds since 1970; `pause` waits before a cut transfer is taken up again."""
        self.system = system
        self.around = around
        self.options = options_of(system, options)
        self.folders = self.options.folders
        self.readiness = self.options.readiness
        self.session = Session(system, self.options, around.access, around.folder)
        self._now = now or time.time
        self._pause = pause
        stable_s = self.readiness.stable_s
        self._looks = Looks(around.state, stable_s) if stable_s is not None else None
        self._worker = Worker(system, around.state, around.work, self._now)
        self._claims = Claims(self.folders.inbox, self.readiness, self._worker)
        self._held: dict[str, _Held] = {}
        self._listed: dict[bytes, Attributes] = {}
        self._swept: set[bytes] = set()
        self._left: dict[bytes, list[bytes]] | None = None  # name → folders of dead workers where it lies

    def by(self, session: Session) -> SftpConnector:
        """The same by another connection, to look around with."""
        other = copy(self)
        other.session = session
        return other

    def ready(self) -> Iterator[Notice]:
        """See `Connector.ready`. With `stable_for`, what this look saw is kept for the next one."""
        if self._looks is not None:
            self._looks.begin()
        with self._translated("查看", "looking into", self.folders.inbox):
            wire = self.session.wire()
            sizes = self._look_for_left()
            inbox = self.folders.inbox
            found = listing.first_ready(wire, inbox, self.system, self.readiness, self._rested)
        if self._looks is not None:
            self._looks.end()
        self._listed = {entry.name: entry.attributes for entry in found}
        sizes |= {entry.name: entry.attributes.size for entry in found if entry.name not in sizes}
        for raw in sorted(sizes)[:LISTED_AT_MOST]:
            yield Notice(self.system, text_of(raw), sizes[raw])

    def look(self) -> Iterator[Seen]:
        """Every file that is or may become a package, ready or not, in no order. Raises Refused, Lost and HubError."""
        wire, inbox = self.session.wire(), self.folders.inbox
        left = (entry for _, entry in self._claims.abandoned(wire))
        return looking.seen(
            left, lambda: listing.files(wire, inbox, self.system), self.readiness, self._now()
        )

    @contextmanager
    def peek(self) -> Iterator[tuple[str, BinaryIO] | None]:
        """See `Peeking.peek`: the first file by name that looks ready, read where it lies."""
        inbox = self.folders.inbox
        with self._translated("查看", "looking into", inbox):
            first = min(
                (s for s in self.look() if s.ready and not s.claimed), key=lambda s: s.raw, default=None
            )
        if first is None:
            yield None
            return
        doing = self._doing("读取", "reading", inbox, first.raw)
        path = inbox + b"/" + first.raw
        stream = Download(self.session, path, first.size, doing, self._pause, lambda: None)
        try:
            with self._told(doing):
                stream.begin()
            yield first.name, cast("BinaryIO", stream)
        finally:
            stream.abandon()

    def claim(self, notice: Notice) -> Claim | None:
        """See `Connector.claim`: a rename on the server into this worker's folder of claims."""
        raw = raw_of(notice.name)
        if raw.startswith(b".") or not self.readiness.is_package(raw):
            return None
        if any(held.raw == raw for held in self._held.values()):
            return None
        with self._translated("领取", "claiming", self.folders.inbox, raw):
            wire = self.session.wire()
            with explained(wire, self.folders.inbox):
                self._claims.prepare(wire)
                taken = self._take_over(raw) or self._take_new(raw, notice.size)
        if taken is None:
            return None
        token = secrets.token_hex(8)
        self._held[token] = _Held(raw, taken)
        return Claim(Notice(self.system, notice.name, taken.size), token)

    @contextmanager
    def read(self, claim: Claim) -> Iterator[BinaryIO]:
        """See `Connector.read`. A connection that breaks is made anew and the reading goes on where it stopped."""
        held = self._held.get(claim.token)
        doing = self._doing("读取", "reading", self.folders.inbox, raw_of(claim.notice.name))
        if held is None:
            raise doing.failed(CLAIM_LOST)
        path, size = self._claims.path(held.raw), held.attributes.size
        stream = Download(self.session, path, size, doing, self._pause, self._worker.renew)
        try:
            with self._told(doing):
                try:
                    stream.begin()
                except Refused as refused:
                    if (
                        refused.status == NO_SUCH_FILE
                    ):  # this worker was held for dead, and another has it now
                        raise doing.failed(CLAIM_LOST) from refused
                    raise
            yield cast("BinaryIO", stream)
            with self._told(doing):
                held.read_as = stream.finish()
        except HubError as error:
            stream.abandon()
            if error.code == CHANGED.code:
                self.release(claim)
            raise
        except BaseException:
            stream.abandon()
            raise
        if held.read_as is None:
            self.release(claim)
            raise doing.failed(CHANGED)

    def acknowledge(self, claim: Claim) -> None:
        """See `Connector.acknowledge`. Raises RetryError (CONNECTOR_CHANGED) if the file changed after it was read."""
        held = self._held.get(claim.token)
        if held is None:
            return
        with self._translated("删除", "removing", self.folders.inbox, held.raw):
            wire = self.session.wire()
            found = wire.lstat(self._claims.path(held.raw))
            if found is not None and held.read_as not in (None, found.state):
                self.release(claim)
                raise self._doing("删除", "removing", self.folders.inbox, held.raw).failed(CHANGED)
            self._claims.remove(wire, held.raw)
        self._held.pop(claim.token)

    def release(self, claim: Claim) -> None:
        """See `Connector.release`. A new file of the same name in the inbox is never overwritten."""
        held = self._held.get(claim.token)
        if held is None:
            return
        with self._translated("退回", "putting back", self.folders.inbox, held.raw):
            self._claims.put_back(self.session.wire(), held.raw)
        self._held.pop(claim.token)
        self._left = None

    def deliver(self, name: str, body: bytes, signature: bytes | None = None) -> None:
        """See `Connector.deliver`: `<original name>.receipt.xml` in the receipts folder."""
        target = receipt_name(raw_of(name))
        if signature is not None:
            self._place("写回执", "writing the receipt", self.folders.receipts, target + SIGNATURE, signature)
        self._place("写回执", "writing the receipt", self.folders.receipts, target, body)

    def refuse(self, name: str, source: Path) -> None:
        """See `Connector.refuse`: the file under its own name in the refused folder."""
        self._place("写回被拒报文", "writing back the refused", self.folders.refused, raw_of(name), source)

    def close(self) -> None:
        """End the connection and give up what is claimed; the connector may be used again afterwards."""
        mine, self._held, self._left = self._worker.id, {}, None
        if mine is not None:
            with suppress(HubError, Refused, Lost):  # a folder that stays is tidied up by the next worker
                self._claims.leave(self.session.wire())
            self._worker.end()
        self.session.close()

    def _look_for_left(self) -> dict[bytes, int]:
        """What dead workers have left, name → size; where it lies is kept."""
        self._left, sizes = {}, {}
        for folder, entry in self._claims.abandoned(self.session.wire()):
            if entry.attributes.plain and self.readiness.is_package(entry.name):
                self._left.setdefault(entry.name, []).append(folder)
                sizes[entry.name] = entry.attributes.size
        return sizes

    def _take_over(self, raw: bytes) -> Attributes | None:
        """A dead worker's claim, if there is one of that name."""
        if self._left is None:
            self._look_for_left()
        assert self._left is not None
        wire, folders = self.session.wire(), self._left.get(raw, [])
        while folders:
            folder = folders.pop()
            taken = self._claims.seize(wire, folder, raw)
            if taken is not None:
                # Its marker lies beside it, or still in the inbox if the worker died between the two moves.
                if not self._claims.fetch_marker(wire, folder, raw):
                    self._claims.fetch_marker(wire, self.folders.inbox, raw)
                return taken
        return None

    def _take_new(self, raw: bytes, size: int | None) -> Attributes | None:
        """A file of the inbox, if it is ready; what turns out not to be after the move goes back."""
        wire, inbox = self.session.wire(), self.folders.inbox
        seen = self._listed.pop(raw, None)
        if seen is None:
            seen = wire.lstat(inbox + b"/" + raw)
            if seen is None or not seen.plain or not self._rested(Entry(raw, seen)):
                return None
            marker = self.readiness.marker
            if marker is not None:
                found = wire.lstat(inbox + b"/" + raw + marker)
                if found is None or not found.plain:
                    return None
        if self.readiness.stable_s is not None and size not in (None, seen.size):
            return None  # still growing, whatever its time says
        taken = self._claims.seize(wire, inbox, raw)
        if taken is None:
            return None
        moved = self.readiness.stable_s is not None and taken.state != seen.state
        if taken.plain and not moved and self._claims.fetch_marker(wire, inbox, raw):
            return taken
        self._claims.put_back(wire, raw)
        return None

    def _rested(self, entry: Entry) -> bool:
        if self._looks is None:
            return True
        found = entry.attributes
        return self._looks.rested(text_of(entry.name), (found.size, found.modified * 10**9), self._now())

    def _place(self, zh: str, en: str, folder: bytes, name: bytes, source: bytes | Path) -> None:
        blocks: Blocks
        if isinstance(source, bytes):
            body = source
            blocks, size = lambda: iter((body,)), len(body)
        else:
            path = source
            blocks, size = lambda: local.file_blocks(path), path.stat().st_size
        doing = self._doing(zh, en, folder, name)
        with self._told(doing):
            wire = self.session.wire()
            if folder not in self._swept:
                sweep(wire, folder, self._now())
                self._swept.add(folder)
            place(wire, folder, name, blocks, size)

    def _doing(self, zh: str, en: str, *parts: bytes) -> Doing:
        return Doing(self.system, zh, en, shown_path(*parts))

    def _told(self, doing: Doing) -> AbstractContextManager[None]:
        return translated(doing, self.session.name, self.session.close)

    def _translated(self, zh: str, en: str, *parts: bytes) -> AbstractContextManager[None]:
        return self._told(self._doing(zh, en, *parts))
