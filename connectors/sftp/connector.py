"""An exchange directory reached by SFTP: the same life of a package as in a local one, on a server that keeps no locks."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from copy import copy
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, cast

from connectors.base import Answer, Claim, Surroundings
from connectors.directory import Seen
from connectors.failures import CHANGED, of_one
from connectors.failures import LOST as CLAIM_LOST
from connectors.folders import answers_folder, shown_path
from connectors.names import raw_of, text_of
from connectors.returning import Parcel
from connectors.sftp import gather, listing, looking
from connectors.sftp import requests as ssh
from connectors.sftp.answers import Answers
from connectors.sftp.claims import Claims
from connectors.sftp.download import Download
from connectors.sftp.failures import Doing, explained, translated
from connectors.sftp.fields import Attributes, Lost, Refused, text
from connectors.sftp.inbox import Inbox
from connectors.sftp.options import options_of
from connectors.sftp.session import Session
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
        self._given = options
        self.options = options_of(system, options)
        self.folders = self.options.folders
        self.readiness = self.options.readiness
        self.session = Session(system, self.options, around.access, around.folder)
        self._now = now or time.time
        self._pause = pause
        self._worker = Worker(system, around.state, around.work, self._now)
        self._claims = Claims(self.folders.inbox, self.readiness, self._worker)
        self._inbox = Inbox(system, self.readiness, self._claims, around.state, self._now)
        self._held: dict[str, _Held] = {}
        self._answers = Answers(system, self.session, self.folders, self._now)

    def by(self, session: Session) -> SftpConnector:
        """The same by another connection, to look around with."""
        other = copy(self)
        other.session = session
        return other

    def ready(self) -> Iterator[Notice]:
        """See `Connector.ready`. With `stable_for`, what this look saw is kept for the next one."""
        with self._translated("查看", "looking into", self.folders.inbox):
            found = self._inbox.look(self.session.wire())
        for raw, size in found:
            yield Notice(self.system, text_of(raw), size)

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
                taken = self._inbox.take(wire, raw, notice.size)
        if taken is None:
            return None
        return self._hold(notice.name, _Held(raw, taken))

    def claim_all(
        self, notices: Sequence[Notice], largest: int
    ) -> tuple[list[tuple[Claim, bytes | None]], list[tuple[Notice, HubError]]]:
        """See `Together.claim_all`."""
        fresh = self._inbox.fresh(notices, {held.raw for held in self._held.values()})
        with self._translated("领取", "claiming", self.folders.inbox):
            wire = self.session.wire()
            with explained(wire, self.folders.inbox):
                self._claims.prepare(wire)
                taken = self._claims.seize_all(wire, fresh, resting=self.readiness.stable_s is not None)
            small = {self._claims.path(raw): seen for raw, seen in taken.items() if seen.size <= largest}
            bodies = gather.contents(wire, small)
        claimed: list[tuple[Claim, bytes | None]] = []
        failed: list[tuple[Notice, HubError]] = []
        for notice in notices:
            raw = raw_of(notice.name)
            if raw in taken:
                body = bodies.get(self._claims.path(raw))
                held = _Held(raw, taken[raw], None if body is None else taken[raw].state)
                claimed.append((self._hold(notice.name, held), body))
                continue
            try:
                claim = self.claim(notice)
            except HubError as error:
                if not of_one(error):
                    raise
                failed.append((notice, error))
            else:
                claimed += [] if claim is None else [(claim, None)]
        return claimed, failed

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
                        refused.status == ssh.NO_SUCH_FILE
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

    def acknowledge_all(self, claims: Sequence[Claim]) -> list[tuple[Claim, HubError]]:
        """See `Together.acknowledge_all`."""
        mine = [(claim, held) for claim in claims if (held := self._held.get(claim.token)) is not None]
        with self._translated("删除", "removing", self.folders.inbox):
            wire = self.session.wire()
            looks = wire.ask_all(*((ssh.LSTAT, text(self._claims.path(held.raw))) for _, held in mine))
            found = [wire.maybe(number) for number in looks]
            whole = [
                each
                for each, there in zip(mine, found, strict=True)
                if there is not None and each[1].read_as == there.state
            ]
            for raw in self._claims.remove_all(wire, [held.raw for _, held in whole]):
                whole = [each for each in whole if each[1].raw != raw]
        for claim, _ in whole:
            self._held.pop(claim.token)
        failed = []
        for claim, _ in mine:
            try:
                self.acknowledge(claim)  # those that are removed already are held no more
            except HubError as error:
                failed.append((claim, error))
        return failed

    def release(self, claim: Claim) -> None:
        """See `Connector.release`. A new file of the same name in the inbox is never overwritten."""
        held = self._held.get(claim.token)
        if held is None:
            return
        with self._translated("退回", "putting back", self.folders.inbox, held.raw):
            self._claims.put_back(self.session.wire(), held.raw)
        self._held.pop(claim.token)
        self._inbox.forget()

    def deliver(self, name: str, body: bytes, signature: bytes | None = None) -> None:
        """See `Connector.deliver`: `<original name>.receipt.xml` in the receipts folder."""
        self._answers.deliver(Answer(name, body, signature))

    def deliver_all(self, receipts: Sequence[Answer]) -> Iterator[int]:
        """See `Together.deliver_all`."""
        return self._answers.deliver_all(receipts)

    def refuse(self, name: str, source: Path) -> None:
        """See `Connector.refuse`: the file under its own name in the refused folder."""
        self._answers.refuse(name, source)

    def hand_over(self, parcel: Parcel) -> None:
        """See `Returning.hand_over`: files in the receipts folder; the folder for answers is there afterwards."""
        self._answers.hand_over(parcel, answers_folder(self.system, self._given))

    def close(self) -> None:
        """End the connection and give up what is claimed; the connector may be used again afterwards."""
        mine, self._held = self._worker.id, {}
        self._inbox.forget()
        if mine is not None:
            with suppress(HubError, Refused, Lost):  # a folder that stays is tidied up by the next worker
                self._claims.leave(self.session.wire())
            self._worker.end()
        self.session.close()

    def _hold(self, name: str, held: _Held) -> Claim:
        token = secrets.token_hex(8)
        self._held[token] = held
        return Claim(Notice(self.system, name, held.attributes.size), token)

    def _doing(self, zh: str, en: str, *parts: bytes) -> Doing:
        return Doing(self.system, zh, en, shown_path(*parts))

    def _told(self, doing: Doing) -> AbstractContextManager[None]:
        return translated(doing, self.session.name, self.session.close)

    def _translated(self, zh: str, en: str, *parts: bytes) -> AbstractContextManager[None]:
        return self._told(self._doing(zh, en, *parts))
