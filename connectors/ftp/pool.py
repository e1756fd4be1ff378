"""The conversations of one connector with its server: opened when needed, one for each thing at a time, used again."""

from __future__ import annotations

import threading
import time
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from connectors.ftp.session import Session
from connectors.ftp.wire import Refused, Unsayable
from hub.errors import HubError

IDLE_S = 20.0
"""After so long without a word a server is asked whether it is still there."""
_CLOSING = 421


class Pool:
    """Idle sessions. For several threads; connections end with the pool."""

    def __init__(self, open_session: Callable[[], Session]) -> None:
        self._open = open_session
        self._idle: list[Session] = []
        self._lock = threading.Lock()
        self._end = weakref.finalize(self, _close_all, self._idle)

    @contextmanager
    def session(self) -> Iterator[Session]:
        """A session for the length of the block; it is kept unless its conversation was left in the middle."""
        session = self.take()
        try:
            yield session
        except (Refused, Unsayable, HubError) as error:
            if isinstance(error, Refused) and error.reply.code == _CLOSING:
                session.close()
            else:
                self.give(session)
            raise
        except BaseException:
            session.close()
            raise
        self.give(session)

    def take(self) -> Session:
        """An idle session that answers, or a new one."""
        while True:
            with self._lock:
                session = self._idle.pop() if self._idle else None
            if session is None:
                return self._open()
            if time.monotonic() - session.used_at < IDLE_S or session.alive():
                return session
            session.close()

    def give(self, session: Session) -> None:
        """Keep a session for the next use, unless it was closed."""
        if session.control.sock.fileno() < 0:
            return
        session.used_at = time.monotonic()
        with self._lock:
            self._idle.append(session)

    def close(self) -> None:
        """End all idle sessions."""
        self._end()


def _close_all(idle: list[Session]) -> None:
    while idle:
        idle.pop().close()
