"""One package in the making: rows that wait, written line by line into a scratch file that dies with its process."""

from __future__ import annotations

import errno
import hashlib
import logging
import tempfile
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO

from connectors.database.failures import SPOOL, outage
from connectors.database.rows import FIRST_LINE
from connectors.database.scan import Position, as_time
from connectors.database.watermark import Watermark

_log = logging.getLogger(__name__)
LARGEST = 64 << 20
"""Bytes after which a package takes no further row, whatever `batch` says."""


@dataclass(slots=True)
class Batch:
    """The rows of one package. `taken` (flag mode) are key and digest of each row by table; `mark` the new watermark."""

    system: str
    file: BinaryIO
    most: int
    rows: int = 0
    size: int = 0
    full: bool = False
    newest: datetime | None = None
    digest: Any = field(default_factory=hashlib.sha256)
    taken: dict[str, list[tuple[Any, bytes]]] = field(default_factory=dict)
    mark: Watermark | None = None
    untimed: Counter[str] = field(default_factory=Counter)

    @property
    def name(self) -> str:
        """`rows-<time of the newest row>-<digest>.jsonl`: the same for the same rows."""
        when = "untimed" if self.newest is None else self.newest.strftime("%Y%m%dT%H%M%S.%f")
        return f"rows-{when}-{self.digest.hexdigest()[:12]}.jsonl"

    def take(self, table: str, line: bytes, position: Position) -> bool:
        """Add a row; False, and nothing added, where the package is full. Raises RetryError (DATABASE_SPOOL)."""
        if self.rows >= self.most or (self.rows and self.size + len(line) > LARGEST):
            self.full = True
            return False
        if self.rows == 0:
            self._write(FIRST_LINE)
        self._write(line)
        self.rows += 1
        moment = as_time(position.time)
        if moment is None:
            self.untimed[table] += 1
        elif self.newest is None or moment > self.newest:
            self.newest = moment
        return True

    def tell_untimed(self) -> None:
        """Warn of rows whose time cannot be read."""
        for table, rows in sorted(self.untimed.items()):
            _log.warning(
                "%s: %s 有 %d 行没有可读的时间 / %d rows have no readable time",
                self.system,
                table,
                rows,
                rows,
            )

    def _write(self, line: bytes) -> None:
        try:
            self.file.write(line)
        except OSError as error:
            raise spool_failed(self.system, error) from error
        self.digest.update(line)
        self.size += len(line)


def newest_in(name: str) -> datetime | None:
    """The time of the newest row of a package, out of its name; None where the name tells none."""
    parts = name.split("-")
    try:
        return datetime.strptime(parts[1], "%Y%m%dT%H%M%S.%f")
    except (IndexError, ValueError):
        return None


def open_batch(system: str, work: Path, most: int) -> Batch:
    """An empty batch. Raises RetryError (DATABASE_SPOOL)."""
    try:
        work.mkdir(parents=True, exist_ok=True)
        return Batch(system, tempfile.TemporaryFile(dir=work), most)
    except OSError as error:
        raise spool_failed(system, error) from error


def finish(batch: Batch) -> None:
    """Everything written. Raises RetryError (DATABASE_SPOOL)."""
    try:
        batch.file.flush()
    except OSError as error:
        raise spool_failed(batch.system, error) from error


def spool_failed(system: str, error: OSError) -> Exception:
    """What to say when the hub's own disk fails."""
    why = "ENOSPC" if error.errno in (errno.ENOSPC, errno.EDQUOT) else (error.strerror or str(error))
    return outage(SPOOL, system, "work", doing_zh="读取", doing_en="reading", why=why)
