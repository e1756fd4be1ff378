"""Files taken out of an exchange directory by atomic rename into a hidden folder of it, each under a lock."""

# ruff: noqa: PTH102, PTH104, PTH108, PTH118 - names of departments are bytes; pathlib knows only text
from __future__ import annotations

import contextlib
import os
import stat
from io import FileIO

from connectors import locks
from connectors.looks import Looks
from connectors.names import text_of
from connectors.readiness import Readiness, plain_stat

FOLDER = b".suphub-claimed"
"""The folder inside the inbox; the same file system, so that the rename is atomic."""


class Claims:
    """The claims of one inbox. A claim is the file here plus a lock; without the lock its worker is dead.

    The file moves first and its marker after it; back, the marker first. So a death in between always leaves the file
    here, where it is found again, and never a file in the inbox that waits for a marker which is gone.
    All methods raise OSError.
    """

    def __init__(self, inbox: bytes, readiness: Readiness, looks: Looks | None = None) -> None:
        self.inbox = inbox
        self.folder = os.path.join(inbox, FOLDER)
        self._readiness = readiness
        self._looks = looks

    def prepare(self) -> bool:
        """Make the folder; False if something that is no folder lies in its place."""
        with contextlib.suppress(FileExistsError):
            os.mkdir(self.folder, 0o700)
        return stat.S_ISDIR(os.lstat(self.folder).st_mode)

    def path(self, raw: bytes) -> bytes:
        """Where a claimed file lies."""
        return os.path.join(self.folder, raw)

    def lock(self, raw: bytes) -> FileIO | None:
        """The lock of a name, None if another holds it."""
        return locks.take(self._lock_path(raw))

    def unlock(self, raw: bytes, lock: FileIO) -> None:
        """Let go of a name."""
        locks.drop(lock, self._lock_path(raw))

    def abandoned(self, raw: bytes) -> bool:
        """Whether a claimed file's worker is dead (nobody holds its lock)."""
        probe = locks.take(self._lock_path(raw), create=False)
        if probe is None:
            return not os.path.lexists(self._lock_path(raw))
        probe.close()
        return True

    def seize(self, raw: bytes, size: int | None, now: float) -> os.stat_result | None:
        """Move the file here (or find it here, left by a dead worker); None if it cannot be taken. Needs the lock."""
        source = os.path.join(self.inbox, raw)
        found, left = plain_stat(source), plain_stat(self.path(raw))
        if left is None:
            if found is None or not self._may_take(source, raw, found, size, now):
                return None
            try:
                os.rename(source, self.path(raw))
            except FileNotFoundError:
                return None
            left = plain_stat(self.path(raw))
        elif found is not None and os.path.samestat(found, left):
            os.unlink(source)  # a worker died while putting it back, between link and unlink
        self._fetch_marker(raw)
        return left

    def put_back(self, raw: bytes) -> None:
        """Move the file and its marker back, unless a new file of that name lies there: then it stays. Needs the lock."""
        source, claimed = os.path.join(self.inbox, raw), self.path(raw)
        if os.path.lexists(source) or plain_stat(claimed) is None:
            return
        marker = self._readiness.marker
        if marker is not None and plain_stat(claimed + marker) is not None:
            os.rename(claimed + marker, source + marker)
        try:
            os.link(claimed, source, follow_symlinks=False)  # unlike rename, it never overwrites
        except FileExistsError:
            return
        except OSError:
            os.rename(claimed, source)  # a file system without hard links
            return
        os.unlink(claimed)

    def remove(self, raw: bytes) -> None:
        """Remove the file and its marker; what is gone already is no error. Needs the lock."""
        if self._readiness.marker is not None:
            with contextlib.suppress(
                FileNotFoundError
            ):  # first: a marker without its file would stay for ever
                os.unlink(self.path(raw) + self._readiness.marker)
        with contextlib.suppress(FileNotFoundError):
            os.unlink(self.path(raw))

    def _may_take(
        self, source: bytes, raw: bytes, found: os.stat_result, size: int | None, now: float
    ) -> bool:
        if raw.startswith(b".") or not self._readiness.is_package(raw):
            return False
        if self._readiness.stable_s is not None and size not in (None, found.st_size):
            return False  # still growing, whatever its time says
        if self._looks is not None:
            return self._looks.rested(text_of(raw), (found.st_size, found.st_mtime_ns), now)
        return self._readiness.is_ready(source, found, now)

    def _fetch_marker(self, raw: bytes) -> None:
        if self._readiness.marker is None:
            return
        source = os.path.join(self.inbox, raw)
        found, newer = plain_stat(source + self._readiness.marker), plain_stat(source)
        if found is None or (newer is not None and found.st_mtime_ns >= newer.st_mtime_ns):
            return  # none, or it belongs to a new file of the same name
        os.rename(source + self._readiness.marker, self.path(raw) + self._readiness.marker)

    def _lock_path(self, raw: bytes) -> bytes:
        return os.path.join(self.folder, locks.name_for(raw))
