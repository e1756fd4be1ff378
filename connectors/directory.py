"""The exchange directory of a front-end machine (前置机交换目录): files in an inbox, receipts in a folder beside it."""

# ruff: noqa: PTH102, PTH112 - names of departments are bytes; pathlib knows only text
from __future__ import annotations

import heapq
import logging
import os
import secrets
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from io import BufferedReader, FileIO
from pathlib import Path
from typing import Any, BinaryIO

from connectors import placing
from connectors.base import LISTED_AT_MOST, Claim
from connectors.claims import Claims
from connectors.failures import CHANGED, LOST, Texts, endpoint_failed, option_wrong, translated
from connectors.folders import answers_folder, folders_of, shown_path
from connectors.looks import Looks
from connectors.names import SIGNATURE, raw_of, receipt_name, refused_name, shown, text_of
from connectors.readiness import plain_stat, readiness_of
from connectors.returning import Parcel
from connectors.state import State
from hub.errors import RetryError
from hub.shapes import Notice

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Seen:
    """A file that lies in the inbox or, `claimed`, among the claims of dead workers.

    `ready` is what one look can tell: with `stable_for` by the age of the file.
    """

    name: str
    raw: bytes
    size: int
    modified: float  # seconds since 1970, by the front-end machine's clock
    ready: bool
    claimed: bool = False
    modified_ns: int = 0


@dataclass(slots=True)
class _Held:
    raw: bytes
    lock: FileIO
    read_as: tuple[int, int] | None = None  # size and mtime_ns of what was read


class DirectoryConnector:
    """Takes files from a local or mounted directory; several workers and machines may share it."""

    def __init__(
        self,
        system: str,
        options: Mapping[str, Any],
        now: Callable[[], float] | None = None,
        state: State | None = None,
    ) -> None:
        """`state` remembers files at rest between looks (`stable_for`); without it only their age is judged."""
        self.system = system
        self._options = options
        self.folders = folders_of(system, options)
        self.readiness = readiness_of(system, options)
        stable_s = self.readiness.stable_s
        self._looks = Looks(state, stable_s) if state is not None and stable_s is not None else None
        self._claims = Claims(self.folders.inbox, self.readiness, self._looks)
        self._now = now or _clock
        self._held: dict[str, _Held] = {}
        self._swept: set[bytes] = set()

    def ready(self) -> Iterator[Notice]:
        """See `Connector.ready`. With `stable_for`, what this look saw is kept for the next one."""
        if self._looks is not None:
            self._looks.begin()
        listed = ((seen.raw, seen.name, seen.size) for seen in self.look() if self._takable(seen))
        with self._translated("查看", "looking into", self.folders.inbox):
            first = heapq.nsmallest(LISTED_AT_MOST, listed)
        if self._looks is not None:
            self._looks.end()
        before = None
        for raw, name, size in first:
            if raw != before:  # a new file of a name that is still claimed: told once
                yield Notice(self.system, name, size)
            before = raw

    def _takable(self, seen: Seen) -> bool:
        if seen.claimed or self._looks is None:
            return seen.ready
        return self._looks.rested(seen.name, (seen.size, seen.modified_ns), self._now())

    def look(self) -> Iterator[Seen]:
        """Every file that is or may become a package, ready or not, in no order. Raises OSError."""
        for folder in (self._claims.folder, self.folders.inbox):
            for entry in self._plain_files(folder):
                try:
                    seen = self._seen(entry, claimed=folder != self.folders.inbox)
                except FileNotFoundError:
                    continue  # taken by another worker, or withdrawn, while we looked
                if seen is not None:
                    yield seen

    def claim(self, notice: Notice) -> Claim | None:
        """See `Connector.claim`: a lock per name, then an atomic rename into the folder of claims."""
        raw = raw_of(notice.name)
        with self._translated("领取", "claiming", self.folders.inbox, raw):
            if not self._claims.prepare():
                raise self._claims_blocked()
            lock = self._claims.lock(raw)
            if lock is None:
                return None
            try:
                taken = self._claims.seize(raw, notice.size, self._now())
            except BaseException:
                lock.close()
                raise
            if taken is None:
                self._claims.unlock(raw, lock)
                return None
        token = secrets.token_hex(8)
        self._held[token] = _Held(raw, lock)
        return Claim(Notice(self.system, notice.name, taken.st_size), token)

    @contextmanager
    def read(self, claim: Claim) -> Iterator[BinaryIO]:
        """See `Connector.read`."""
        held = self._held.get(claim.token)
        if held is None:
            raise self._failed(LOST, "读取", "reading", raw_of(claim.notice.name))
        with self._reading(held.raw):
            opened = os.open(self._claims.path(held.raw), os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
        with BufferedReader(_Watched(opened, self, held.raw), placing.BLOCK) as stream:
            before = _state(os.fstat(stream.fileno()))
            yield stream
            after = _state(os.fstat(stream.fileno()))
        if before != after:
            self.release(claim)
            raise self._failed(CHANGED, "读取", "reading", held.raw)
        held.read_as = after

    def acknowledge(self, claim: Claim) -> None:
        """See `Connector.acknowledge`. Raises RetryError (CONNECTOR_CHANGED) if the file changed after it was read."""
        held = self._held.get(claim.token)
        if held is None:
            return
        with self._translated("删除", "removing", self.folders.inbox, held.raw):
            found = plain_stat(self._claims.path(held.raw))
            if found is not None and held.read_as not in (None, _state(found)):
                self.release(claim)
                raise self._failed(CHANGED, "删除", "removing", held.raw)
            self._claims.remove(held.raw)
            self._let_go(claim, held)

    def release(self, claim: Claim) -> None:
        """See `Connector.release`. A new file of the same name in the inbox is never overwritten."""
        held = self._held.get(claim.token)
        if held is None:
            return
        with self._translated("退回", "putting back", self.folders.inbox, held.raw):
            self._claims.put_back(held.raw)
            self._let_go(claim, held)

    def deliver(self, name: str, body: bytes, signature: bytes | None = None) -> None:
        """See `Connector.deliver`: `<original name>.receipt.xml` in the receipts folder."""
        target = receipt_name(raw_of(name))
        with self._translated("写回执", "writing the receipt", self.folders.receipts, target):
            if signature is not None:
                self._place(self.folders.receipts, target + SIGNATURE, lambda: iter((signature,)))
            self._place(self.folders.receipts, target, lambda: iter((body,)))

    def refuse(self, name: str, source: Path) -> None:
        """See `Connector.refuse`: the file under its own name in the refused folder."""
        target = refused_name(raw_of(name))
        with self._translated("写回被拒报文", "writing back the refused", self.folders.refused, target):
            self._place(self.folders.refused, target, lambda: placing.file_blocks(source))

    def hand_over(self, parcel: Parcel) -> None:
        """See `Returning.hand_over`: files in the receipts folder; the folder for answers is there afterwards."""
        for suffix, body in parcel.files:
            target = raw_of(parcel.name + suffix)
            with self._translated("交付", "handing over", self.folders.receipts, target):
                self._place(self.folders.receipts, target, lambda body=body: iter((body,)))  # type: ignore[misc]
        answers = answers_folder(self.system, self._options)
        with self._translated("建立", "making", answers):
            _make(answers)

    def _place(self, folder: bytes, name: bytes, blocks: placing.Blocks) -> None:
        _make(folder)
        if folder not in self._swept:
            placing.sweep(folder)
            self._swept.add(folder)
        placing.place(folder, name, blocks)

    def _plain_files(self, folder: bytes) -> Iterator[os.DirEntry[bytes]]:
        try:
            entries = os.scandir(folder)
        except FileNotFoundError:
            if folder == self._claims.folder:
                return  # nothing was ever claimed here
            raise
        with entries:
            for entry in entries:
                if entry.name.startswith(b".") or entry.is_dir(follow_symlinks=False):
                    continue
                if entry.is_file(follow_symlinks=False):
                    yield entry
                else:
                    name = shown(text_of(entry.name))
                    _log.warning(
                        "%s: %s 是链接或设备,已跳过 / is a link or a device: skipped", self.system, name
                    )

    def _seen(self, entry: os.DirEntry[bytes], *, claimed: bool) -> Seen | None:
        if not self.readiness.is_package(entry.name) or (claimed and not self._claims.abandoned(entry.name)):
            return None
        found = entry.stat(follow_symlinks=False)
        ready = claimed or self.readiness.is_ready(entry.path, found, self._now())
        return Seen(
            text_of(entry.name), entry.name, found.st_size, found.st_mtime, ready, claimed, found.st_mtime_ns
        )

    def _let_go(self, claim: Claim, held: _Held) -> None:
        self._claims.unlock(held.raw, held.lock)
        self._held.pop(claim.token, None)

    def _claims_blocked(self) -> Exception:
        return option_wrong(
            self.system,
            "inbox",
            f"{shown_path(self._claims.folder)} 不是目录",
            f"{shown_path(self._claims.folder)} is not a folder",
            "删除该文件或链接,枢纽会自己建这个目录",
            "Remove that file or link; the hub makes this folder itself",
        )

    def _reading(self, raw: bytes) -> AbstractContextManager[None]:
        return self._translated("读取", "reading", self.folders.inbox, raw)

    def _translated(self, zh: str, en: str, *parts: bytes) -> AbstractContextManager[None]:
        return translated(self.system, zh, en, shown_path(*parts))

    def _failed(self, texts: Texts, zh: str, en: str, raw: bytes) -> RetryError:
        path = shown_path(self.folders.inbox, raw)
        return endpoint_failed(texts, system=self.system, doing_zh=zh, doing_en=en, path=path)


class _Watched(FileIO):
    """A file whose read errors are the endpoint's, so that they are never taken for errors of the hub's own disk."""

    def __init__(self, descriptor: int, owner: DirectoryConnector, raw: bytes) -> None:
        super().__init__(descriptor, "rb")
        self._owner, self._raw = owner, raw

    def readinto(self, buffer: Any, /) -> int:
        with self._owner._reading(self._raw):
            return super().readinto(buffer) or 0

    def readall(self) -> bytes:
        with self._owner._reading(self._raw):
            return super().readall()


def _make(folder: bytes) -> None:
    """Only the folder itself: a missing parent is a share that is not mounted."""
    try:
        os.mkdir(folder)
    except OSError:
        if not os.path.isdir(folder):
            raise


def _clock() -> float:
    return time.time()


def _state(found: os.stat_result) -> tuple[int, int]:
    return found.st_size, found.st_mtime_ns
