"""One package on its way into the spool: written beside its place, synced, and given its name when it is whole and right."""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
from base64 import b64decode
from binascii import Error as NoBase64
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from io import FileIO
from pathlib import Path

from connectors import locks, placing
from connectors.names import raw_of, shown
from connectors.push import spool
from hub.errors import StopError
from hub.inbox import problems, refusals

FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


def checked_name(name: str) -> str:
    """A name that a package may have in the spool. Raises RefusedError PUSH_NAME."""
    try:
        raw = raw_of(name)
    except StopError as error:
        raise refusals.name(name) from error
    hidden = name.startswith(".") or name.endswith(spool.WRITING)
    # U+FFFD stands for bytes that were no UTF-8: two such names would be one.
    unclear = "\ufffd" in name or shown(name) != name or raw != name.encode("utf-8")
    if hidden or unclear or len(raw) > spool.LONGEST:
        raise refusals.name(name)
    return name


def said_digest(header: str | None) -> bytes | None:
    """The SHA-256 of Content-Digest (RFC 9530); None where there is none. Raises RefusedError PUSH_DIGEST_FORM.

    Other algorithms are left to those who know them, as the RFC has it.
    """
    for member in (header or "").split(","):
        key, _, value = member.strip().partition("=")
        if key.lower() != "sha-256":
            continue
        try:
            found = b64decode(value.strip().strip(":"), validate=True)
        except (NoBase64, ValueError):
            found = b""
        if len(found) != hashlib.sha256().digest_size or not value.strip().startswith(":"):
            raise refusals.digest_form()
        return found
    return None


def said_length(header: str | None, limit: int) -> int | None:
    """Content-Length, where there is one. Raises RefusedError PUSH_LENGTH, PUSH_EMPTY, PUSH_TOO_LARGE."""
    if header is None:
        return None
    if not (header.isascii() and header.isdigit()):
        raise refusals.length_form()
    if len(header) > 18 or int(header) > limit:
        raise refusals.too_large(limit)
    if int(header) == 0:
        raise refusals.empty()
    return int(header)


@contextmanager
def on_disk() -> Iterator[None]:
    """A disk without room becomes RetryError PUSH_FULL; other failures pass, and are told as the hub's."""
    try:
        yield
    except OSError as error:
        if error.errno in FULL:
            raise problems.full() from error
        raise


class Upload:
    """A file without a name, which nobody takes; `discard` leaves nothing behind, and must be called in the end."""

    def __init__(self, folder: Path, limit: int, reserve: int) -> None:
        self.size = 0
        self._folder, self._limit, self._reserve = folder, limit, reserve
        self._hash = hashlib.sha256()
        self._handle: FileIO | None = None
        self._path = b""

    def begin(self, expected: int | None) -> None:
        """Make the file, if there is room for what is expected. Raises RetryError PUSH_FULL."""
        with on_disk():
            self._room(expected or 0)
            folder = bytes(self._folder)
            placing.sweep(folder)  # of servers that died
            while self._handle is None:
                self._path = placing.temporary_in(folder)
                self._handle = locks.take(self._path)

    def write(self, block: bytes) -> None:
        """Append. Raises RefusedError PUSH_TOO_LARGE, RetryError PUSH_FULL."""
        self.size += len(block)
        if self.size > self._limit:
            raise refusals.too_large(self._limit)
        with on_disk():
            self._room(len(block))
            self._hash.update(block)
            left = memoryview(block)
            while left:
                left = left[os.write(self._open().fileno(), left) :]

    @property
    def digest(self) -> str:
        """SHA-256 of what came, in hex."""
        return self._hash.hexdigest()

    def complete(self, length: int | None, digest: bytes | None) -> None:
        """Hold it to what was said of it, and to the disk. Raises RefusedError, RetryError PUSH_FULL."""
        if length is not None and length != self.size:
            raise refusals.length(length, self.size)
        if not self.size:
            raise refusals.empty()
        if digest is not None and digest != self._hash.digest():
            raise refusals.digest(self.digest)
        with on_disk():
            os.fsync(self._open().fileno())

    def named(self, folder: Path, name: str) -> bool:
        """Give it its name, durably; False, and nothing done, where a file of that name lies there."""
        target = bytes(folder / name)
        with on_disk():
            try:
                os.link(self._path, target, follow_symlinks=False)  # unlike rename, it never overwrites
            except FileExistsError:
                return False
            self.discard()
            placing.sync_folder(bytes(folder))
        return True

    def discard(self) -> None:
        """Remove the nameless file, if there still is one."""
        handle, self._handle = self._handle, None
        if handle is not None:
            with suppress(FileNotFoundError):
                locks.drop(handle, self._path)

    def _open(self) -> FileIO:
        if self._handle is None:
            raise ValueError("the upload has not begun, or is over")
        return self._handle

    def _room(self, more: int) -> None:
        if shutil.disk_usage(self._folder).free - more < self._reserve:
            raise problems.full()


def digest_of(path: Path) -> str:
    """SHA-256 of a file, in hex. Raises OSError."""
    found = hashlib.sha256()
    for block in placing.file_blocks(path):
        found.update(block)
    return found.hexdigest()
