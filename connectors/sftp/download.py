"""A file on an SFTP server, read ahead and in order; after a cut it is opened anew and goes on where it stopped."""

from __future__ import annotations

import io
from collections import deque
from collections.abc import Callable
from contextlib import suppress

from connectors.failures import CHANGED
from connectors.sftp import requests as ssh
from connectors.sftp.failures import LOST, Doing, outage, translated
from connectors.sftp.fields import Attributes, Lost, Refused, text
from connectors.sftp.session import Session
from connectors.sftp.wire import Wire
from hub.errors import RetryError

AHEAD = 1 << 22
"""Bytes that are asked for ahead of the reader: the most that a reading keeps in memory, with one block."""
PAUSES_S = (0.5, 1.0, 2.0, 4.0, 8.0)
"""Before each attempt to go on after a cut; after as many cuts without a byte in between the reading fails."""


class Download(io.BufferedIOBase):
    """The bytes of one claimed file. Errors of the endpoint come out as RetryError, never as OSError."""

    def __init__(
        self,
        session: Session,
        path: bytes,
        size: int,
        doing: Doing,
        pause: Callable[[float], None],
        alive: Callable[[], None],
    ) -> None:
        """`size` is what is expected, so that reading begins at once; `alive` is called with every block."""
        self._session = session
        self._path = path
        self._size = size
        self._doing = doing
        self._pause = pause
        self._alive = alive
        self._waiting: deque[tuple[int, int, int]] = deque()  # request, offset, bytes asked for
        self._wire: Wire | None = None
        self._handle = b""
        self._state: tuple[int, int] | None = None
        self._offset = self._asked = self._cuts = 0
        self._kept = b""
        self.short = False  # the file ended before its size

    def begin(self) -> None:
        """Open the file. Raises Refused and Lost."""
        wire = self._session.wire()
        self._handle = wire.open(self._path, ssh.FOR_READING)
        self._wire = wire
        asked = wire.ask(ssh.FSTAT, text(self._handle))
        self._asked = self._offset
        self._ask_ahead(wire)
        found = wire.attributes(asked)
        if self._state is None:
            self._state = found.state
            self._size = found.size
        elif self._state != found.state:
            raise self._doing.failed(CHANGED)

    def readable(self) -> bool:
        """Always."""
        return True

    def read(self, size: int | None = -1, /) -> bytes:
        """Exactly `size` bytes, fewer at the end only. Raises RetryError."""
        wanted = -1 if size is None or size < 0 else size
        blocks, have = [self._kept], len(self._kept)
        while wanted < 0 or have < wanted:
            block = self._block()
            if not block:
                break
            blocks.append(block)
            have += len(block)
        whole = b"".join(blocks)
        if wanted < 0:
            wanted = have
        whole, self._kept = whole[:wanted], whole[wanted:]
        return whole

    def finish(self) -> tuple[int, int] | None:
        """Close it; size and time as they were throughout, None if the file changed meanwhile. Raises Refused and Lost."""
        wire = self._wire
        assert wire is not None
        self._forget(wire)
        numbers = wire.ask_all(
            (ssh.FSTAT, text(self._handle)),
            (ssh.LSTAT, text(self._path)),
            (ssh.CLOSE, text(self._handle)),
        )
        self._wire = None
        found: list[Attributes | None] = [wire.found(number) for number in numbers[:2]]
        wire.done(numbers[2])
        same = all(each is not None and each.state == self._state for each in found)
        return self._state if same and not self.short else None

    def abandon(self) -> None:
        """Close it after a failure of somebody else."""
        wire, self._wire = self._wire, None
        if wire is None:
            return
        self._forget(wire)
        with suppress(Lost, Refused):  # the connection may be what failed; the reader's own error is told
            wire.forget(wire.ask(ssh.CLOSE, text(self._handle)))

    def _block(self) -> bytes:
        while True:
            try:
                if self._wire is None:
                    self.begin()
                return self._received()
            except Lost as lost:
                self._cut(lost)
            except Refused:
                with translated(self._doing, self._session.name, self._session.close):
                    raise

    def _received(self) -> bytes:
        assert self._wire is not None
        self._ask_ahead(self._wire)
        if not self._waiting:
            return b""
        number, offset, size = self._waiting.popleft()
        block = self._wire.data(number)
        if not block:
            self.short = True
            self._forget(self._wire)
            self._size = offset
            return b""
        if len(block) < size:  # a server may give less than it was asked for
            rest = (offset + len(block), size - len(block))
            self._waiting.appendleft((self._wire.ask_read(self._handle, *rest), *rest))
        self._offset = offset + len(block)
        self._cuts = 0
        self._alive()
        return block

    def _ask_ahead(self, wire: Wire) -> None:
        """Ask for the next blocks, several in one packet: each that is sent costs as much as receiving one."""
        if self._asked - self._offset > AHEAD // 2:
            return
        spans = []
        while self._asked < self._size and self._asked - self._offset < AHEAD:
            size = min(wire.read_block, self._size - self._asked)
            spans.append((self._asked, size))
            self._asked += size
        numbers = wire.ask_reads(self._handle, spans)
        self._waiting += [(number, *span) for number, span in zip(numbers, spans, strict=True)]

    def _cut(self, lost: Lost) -> None:
        """Get ready to go on after a cut. Raises RetryError when there were too many."""
        self._waiting.clear()
        self._wire = None
        why: Exception = outage(LOST, self._doing.system, self._session.name, f"{self._doing.path}: {lost}")
        while self._cuts < len(PAUSES_S):
            self._pause(PAUSES_S[self._cuts])
            self._cuts += 1
            self._session.close()
            try:
                self._session.wire()
            except RetryError as error:
                why = error  # not back yet
            else:
                return
        raise why from lost

    def _forget(self, wire: Wire) -> None:
        for number, _, _ in self._waiting:
            wire.forget(number)
        self._waiting.clear()
