"""A time limit for a whole HTTP call: when it is over the connection is hung up, whatever is being waited for."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Iterator
from threading import Timer
from typing import Any
from weakref import WeakSet

from requests.adapters import HTTPAdapter


class Deadline(HTTPAdapter):
    """Makes the connections of one session, and hangs them up; the libraries' own limits are per read, not per call.

    For one call at a time. After `within`, `passed` tells whether its time was over.
    """

    def __init__(self) -> None:
        super().__init__()
        self.passed = False
        self._open: WeakSet[socket.socket] = WeakSet()

    @contextlib.contextmanager
    def within(self, seconds: float) -> Iterator[None]:
        """Everything inside has this many seconds."""
        self.passed = False
        timer = Timer(seconds, self._hang_up)
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()

    def get_connection_with_tls_context(self, *args: Any, **named: Any) -> Any:
        """See `HTTPAdapter`; the sockets of the pool's connections are noted as they are opened."""
        pool = super().get_connection_with_tls_context(*args, **named)
        if not issubclass(pool.ConnectionCls, _Noted):
            pool.ConnectionCls = type("Noted", (_Noted, pool.ConnectionCls), {"noted": self._open})
        return pool

    def _hang_up(self) -> None:
        self.passed = True
        for each in list(self._open):
            with contextlib.suppress(OSError):  # closed already
                each.shutdown(socket.SHUT_RDWR)


class _Noted:
    """Put before a connection's class: enters its socket into `noted` once it is open.

    The socket itself, since a connection lets go of it as soon as the reply's headers say that it will be closed.
    """

    noted: WeakSet[socket.socket]
    sock: socket.socket

    def connect(self) -> None:
        super().connect()  # type: ignore[misc]  # of the class it is put before
        self.noted.add(self.sock)
