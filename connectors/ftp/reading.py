"""A file as a stream that survives cuts: after each it goes on where it was (REST), if the file is still the same."""

from __future__ import annotations

import io
import time
from collections.abc import Callable
from typing import Any

from connectors.failures import CHANGED, endpoint_failed
from connectors.ftp.data import Data
from connectors.ftp.failures import translated
from connectors.ftp.pool import Pool
from connectors.ftp.session import BLOCK, Mark, Session
from connectors.ftp.wire import DataFailed, Garbled, Refused

CUTS = 5
"""So many cuts without a byte between them, and the file is left for later."""
PAUSE_S = 0.2
_MENDABLE = (421, 425, 426, 450, 451, 522)


class Reading(io.RawIOBase):
    """The bytes of a file from its begin to the length that it had when it was claimed."""

    def __init__(
        self, pool: Pool, system: str, path: bytes, shown: str, size: int | None, *, live: Callable[[], None]
    ) -> None:
        """`size` None: the server does not tell lengths. `live` is called with each block."""
        super().__init__()
        self.offset = 0
        self.cuts = 0
        self._pool, self._system, self._path, self._shown = pool, system, path, shown
        self._size, self._live = size, live
        self._session: Session | None = None
        self._data: Data | None = None
        self.ended = False
        self._began: Mark | None = None
        self._in_row = 0

    def readable(self) -> bool:
        """See `io.IOBase`."""
        return True

    def readinto(self, buffer: Any, /) -> int:
        """See `io.RawIOBase`. Raises RetryError, StopError."""
        self._live()
        wanted = min(len(buffer), BLOCK)
        while not self.ended:
            try:
                block = self._next(wanted)
            except (Refused, DataFailed, Garbled, EOFError, OSError) as error:
                self._drop()
                self._cut(error)
                continue
            if block:
                buffer[: len(block)] = block
                self.offset += len(block)
                self._in_row = 0
                return len(block)
        return 0

    def close(self) -> None:
        """Let go of the connection; a transfer in the middle costs the session."""
        self._drop()
        super().close()

    def _next(self, wanted: int) -> bytes:
        """The next bytes; none after the last, or after a cut that was not told as one."""
        if self._data is None:
            self._open()
        assert self._data is not None
        block = self._data.receive(wanted)
        if block:
            return block
        self._data.finish("RETR")
        self._data = None
        if self._session is not None:
            self._pool.give(self._session)
            self._session = None
        if self._size is not None and self.offset < self._size:
            raise EOFError(f"{self.offset} / {self._size} bytes")
        self.ended = True
        return b""

    def _open(self) -> None:
        self._session = self._pool.take()
        mark = self._session.mark(self._path)
        if self._began is None:
            self._began = mark
        elif mark != self._began:
            raise endpoint_failed(
                CHANGED, system=self._system, doing_zh="续传", doing_en="resuming", path=self._shown
            )
        try:
            self._data = self._session.fetch(self._path, self.offset)
        except Refused as error:
            if error.verb != "REST":
                raise
            self._data = self._session.fetch(self._path)  # a server that cannot begin in the middle
            self._skip(self._data, self.offset)

    def _skip(self, data: Data, count: int) -> None:
        while count:
            block = data.receive(min(count, BLOCK))
            if not block:
                raise EOFError("shorter than before")
            count -= len(block)
            self._live()

    def _cut(self, error: Exception) -> None:
        """Whether to go on after a cut. Raises RetryError where it is of no use, or has been tried enough."""
        self.cuts += 1
        self._in_row += 1
        lasting = isinstance(error, Refused) and error.reply.code not in _MENDABLE
        if lasting or self._in_row > CUTS:
            with translated(self._system, "读取", "reading", self._shown):
                raise error
        time.sleep(PAUSE_S * self._in_row)

    def _drop(self) -> None:
        if self._data is not None:
            self._data.abort()
            self._data = None
        if self._session is not None:
            self._session.close()
            self._session = None
