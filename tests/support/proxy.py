"""A TCP proxy that breaks connections where a test wants it: after so many bytes from the server."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress


class Proxy:
    """Forwards to a port of this machine. Each connection takes the next limit of `breaks`; none: it is left alone."""

    def __init__(self, target: int, breaks: list[int]) -> None:
        self.target = target
        self.breaks = breaks
        self.connections = 0
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._open: list[socket.socket] = []

    def serve(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return  # closed
            server = socket.create_connection(("127.0.0.1", self.target))
            self.connections += 1
            limit = self.breaks.pop(0) if self.breaks else None
            self._open += [client, server]
            threading.Thread(target=self._pass, args=(client, server, None), daemon=True).start()
            threading.Thread(target=self._pass, args=(server, client, limit), daemon=True).start()

    def close(self) -> None:
        for each in (self._listener, *self._open):
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()

    def _pass(self, source: socket.socket, target: socket.socket, limit: int | None) -> None:
        passed = 0
        with suppress(OSError):  # the other direction has ended it
            while block := source.recv(65536):
                if limit is not None and passed + len(block) > limit:
                    break
                passed += len(block)
                target.sendall(block)
        for each in (source, target):
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)


@contextmanager
def breaking_proxy(target: int, *breaks: int) -> Iterator[Proxy]:
    """A proxy whose first connections break after so many bytes from the server."""
    proxy = Proxy(target, list(breaks))
    threading.Thread(target=proxy.serve, daemon=True).start()
    try:
        yield proxy
    finally:
        proxy.close()
