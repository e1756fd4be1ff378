"""The raw store: the bytes of every package as they came, under their SHA-256, before the source lets go of them."""

from __future__ import annotations

import errno
import hashlib
import os
import re
import secrets
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from io import BytesIO, FileIO
from pathlib import Path
from typing import BinaryIO, Protocol, TypeVar

from hub.errors import PackageRefused, Place, RetryError

BLOCK = 1 << 20
INCOMING = "incoming"
STALE_S = 86_400
AT_ONCE = 8
"""Files of a group that are synced at once: the disk then takes many of them with one of its own writes."""
_T = TypeVar("_T")
_DIGEST = re.compile(r"[0-9a-f]{64}")


class Readable(Protocol):
    """Anything that gives up to `size` bytes, and none at its end."""

    def read(self, size: int, /) -> bytes: ...


class RawStore:
    """Content-addressed files below `root`: `ab/cd/<sha256>`; never changed once they are there.

    Shared by all workers, on shared storage when there are many machines. The constructor touches nothing.
    """

    def __init__(self, root: Path) -> None:
        self.root = root

    def path(self, digest: str) -> Path:
        """Where the bytes of this digest lie, or would lie. Raises ValueError for anything but a SHA-256 in hex."""
        if not _DIGEST.fullmatch(digest):
            raise ValueError(f"not a SHA-256 in lower-case hex: {digest!r}")
        return self.root / f"{digest[:2]}/{digest[2:4]}/{digest}"

    def open(self, digest: str) -> BinaryIO:
        """The stored bytes. Raises RetryError where they are missing or cannot be read."""
        with self._told("读取", "reading", self.path(digest)):
            return self.path(digest).open("rb")

    def put_bytes(self, data: bytes) -> tuple[str, int]:
        """Store bytes; see `put`."""
        return self.put(BytesIO(data), len(data))

    def put(self, stream: Readable, limit: int) -> tuple[str, int]:
        """Store a stream durably and return its SHA-256 (hex) and size in bytes; the same bytes again change nothing.

        Raises PackageRefused PKG_TOO_LARGE beyond `limit` bytes, with nothing stored; its params tell the `size` and
        `digest` of the whole stream, so that the refusal can be named. Raises RetryError when the store itself fails;
        errors of `stream` pass through. No temporary file is left behind.
        """
        folder = self.root / INCOMING
        with self._told("写入", "writing into", self.root):
            folder.mkdir(parents=True, exist_ok=True)
        temporary = folder / secrets.token_hex(16)
        with self._removed_on_failure(temporary):
            digest, size = self._take_in(stream, limit, temporary)
            with self._told("写入", "writing into", self.path(digest)):
                self._settle(temporary, self.path(digest))
        return digest, size

    def put_all(self, bodies: Sequence[bytes]) -> list[tuple[str, int]]:
        """`put` for several small packages, which go to the disk together: SHA-256 and size of each, in order.

        When it returns, all of them lie there as durably as `put` lays one. Raises RetryError when the store fails; then
        none may be taken for stored.
        """
        digests = [hashlib.sha256(body).hexdigest() for body in bodies]
        drafts: dict[str, str] = {}
        with self._told("写入", "writing into", self.root):
            try:
                with ThreadPoolExecutor(AT_ONCE, "suphub-sync") as pool:
                    self._draft_all(dict(zip(digests, bodies, strict=True)), drafts, pool)
                    self._settle_all(sorted(set(digests)), drafts, pool)
            finally:
                for draft in drafts.values():
                    Path(draft).unlink(missing_ok=True)
        return [(digest, len(body)) for digest, body in zip(digests, bodies, strict=True)]

    def sweep(self, now: float | None = None) -> int:
        """Remove the temporary files of writers that died more than a day ago; how many there were."""
        oldest = (time.time() if now is None else now) - STALE_S
        removed = 0
        with self._told("清理", "sweeping", self.root):
            for path in (self.root / INCOMING).glob("*"):
                with suppress(FileNotFoundError):  # its writer has just finished
                    if path.stat().st_mtime < oldest:
                        path.unlink()
                        removed += 1
        return removed

    def _take_in(self, stream: Readable, limit: int, temporary: Path) -> tuple[str, int]:
        hashing, size = hashlib.sha256(), 0
        with self._told("写入", "writing into", temporary):
            file = FileIO(_create(temporary), "wb")
        with file:
            while block := stream.read(BLOCK):
                hashing.update(block)
                size += len(block)
                if size <= limit:
                    with self._told("写入", "writing into", temporary):
                        _write(file, block)
            if size > limit:
                raise PackageRefused("PKG_TOO_LARGE", size=size, limit=limit, digest=hashing.hexdigest())
            with self._told("写入", "writing into", temporary):
                os.fsync(file.fileno())
        return hashing.hexdigest(), size

    def _settle(self, temporary: Path, target: Path) -> None:
        for folder in (target.parent.parent, target.parent):
            if not folder.is_dir():
                folder.mkdir(exist_ok=True)
                _sync(folder.parent)
        if target.exists():
            temporary.unlink()
        else:
            temporary.rename(target)
        _sync(target.parent)  # also for bytes that are there: their first writer may have died before this

    def _draft_all(
        self, bodies: Mapping[str, bytes], drafts: dict[str, str], pool: ThreadPoolExecutor
    ) -> None:
        """Write what is not there yet into temporary files (`drafts`, by digest), and wait for the disk to have it."""
        folder = self.root / INCOMING
        folder.mkdir(parents=True, exist_ok=True)
        with ExitStack() as open_files:
            written, group = [], f"{folder}/{secrets.token_hex(12)}"
            for number, (digest, body) in enumerate(bodies.items()):
                if os.path.exists(self._place(digest)[1]):  # noqa: PTH110 - see _place
                    continue
                draft = f"{group}{number:08x}"
                file = open_files.enter_context(FileIO(_create(draft), "wb"))
                drafts[digest] = draft
                _write(file, body)
                written.append(file.fileno())
            _at_once(pool, os.fsync, written)

    def _settle_all(self, digests: Sequence[str], drafts: dict[str, str], pool: ThreadPoolExecutor) -> None:
        """Give the temporary files their names, and wait for the disk to have these."""
        changed: set[str] = set()
        for digest in digests:
            folder, target = self._place(digest)
            if digest in drafts:
                changed.update(_made(folder))
                os.rename(drafts.pop(digest), target)  # noqa: PTH104
            changed.add(folder)  # also for bytes that are there: their first writer may have died before this
        _at_once(pool, _sync, list(changed))

    def _place(self, digest: str) -> tuple[str, str]:
        """Folder and path of bytes, as text: of many at once the paths alone would cost more than the files."""
        folder = f"{self.root}/{digest[:2]}/{digest[2:4]}"
        return folder, f"{folder}/{digest}"

    @contextmanager
    def _removed_on_failure(self, temporary: Path) -> Iterator[None]:
        try:
            yield
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise

    @contextmanager
    def _told(self, zh: str, en: str, path: Path) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise _failure(error, zh, en, path) from error


def _failure(error: OSError, zh: str, en: str, path: Path) -> RetryError:
    full = error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
    why = error.strerror or str(error)
    return RetryError(
        "RAW_STORE_FULL" if full else "RAW_STORE_IO",
        zh=f"{zh}原始报文库 {path} 失败:{'磁盘已满或超出配额' if full else '读写错误'} ({why})",
        en=f"{en.capitalize()} the raw store {path} failed: {'disk or quota full' if full else 'I/O error'} ({why})",
        remedy_zh="腾出空间或检查磁盘(SUPHUB_HOME 下的 raw)。来源处的报文未被删除,恢复后自动继续",
        remedy_en="Free space or check the disk (raw under SUPHUB_HOME). Nothing was removed at the source; the hub goes on by itself",
        place=Place(file=str(path)),
    )


def _create(path: Path | str) -> int:
    # Personal data: for the hub's own account only; read-only, since what is stored never changes.
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o400)


def _write(file: FileIO, block: bytes) -> None:
    left = memoryview(block)
    while left:
        left = left[file.write(left) :]


def _made(folder: str) -> list[str]:
    """Make a folder and the one that it lies in, where they are missing; those that have a new name in them."""
    above = os.path.dirname(folder)  # noqa: PTH120 - see _place
    try:
        os.mkdir(folder)  # noqa: PTH102
    except FileExistsError:
        return []
    except FileNotFoundError:
        Path(above).mkdir(exist_ok=True)
        Path(folder).mkdir(exist_ok=True)
        return [os.path.dirname(above), above]  # noqa: PTH120
    return [above]


def _at_once(pool: ThreadPoolExecutor, job: Callable[[_T], None], items: Sequence[_T]) -> None:
    """Do it for all, AT_ONCE of them at a time; each worker of the pool gets its share in one piece."""
    shares = [items[first::AT_ONCE] for first in range(min(AT_ONCE, len(items)))]

    def work(share: Sequence[_T]) -> None:
        for item in share:
            job(item)

    deque(pool.map(work, shares), maxlen=0)


def _sync(folder: Path | str) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno not in (errno.EINVAL, errno.ENOTSUP):  # some shared storage cannot sync folders
            raise
    finally:
        os.close(descriptor)
