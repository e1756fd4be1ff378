"""One worker of a machine at a time reads a system: a lock file in the hub's work folder that dies with its process."""

from __future__ import annotations

from dataclasses import dataclass
from io import FileIO
from pathlib import Path

from connectors import locks
from connectors.database.batch import spool_failed


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to read a system. All methods raise RetryError (DATABASE_SPOOL) where the work folder fails."""

    system: str
    work: Path

    def take(self) -> FileIO | None:
        """The lock, None if another holds it."""
        path = self._path()
        try:
            return locks.take(path)
        except OSError as error:
            raise spool_failed(self.system, error) from error

    def drop(self, lock: FileIO) -> None:
        """Let go."""
        locks.drop(lock, self._path())

    def free(self) -> bool:
        """Whether nobody holds it now."""
        lock = self.take()
        if lock is None:
            return False
        self.drop(lock)
        return True

    def _path(self) -> bytes:
        folder = self.work / "locks"
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise spool_failed(self.system, error) from error
        return bytes(folder / locks.name_for(f"database {self.system}".encode()).decode("ascii"))
