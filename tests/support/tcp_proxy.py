"""A TCP proxy that breaks connections: it stands on 127.0.0.2 before a server on 127.0.0.1, on the same ports."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterable

HERE, THERE = "127.0.0.2", "127.0.0.1"


class Proxy:
    """`budgets`: so many bytes may the next connections to one of `fragile` ports carry towards the client before they break."""

    def __init__(self, ports: Iterable[int], fragile: Iterable[int]) -> None:
        self.fragile = set(fragile)
        self.budgets: list[int] = []
        self.broken = 0
        self._listeners = [socket.create_server((HERE, port)) for port in {*ports, *self.fragile}]
        self._lock = threading.Lock()
        for listener in self._listeners:
            threading.Thread(target=self._serve, args=(listener,), daemon=True).start()

    def __enter__(self) -> Proxy:
        return self

    def __exit__(self, *_: object) -> None:
        for listener in self._listeners:
            with contextlib.suppress(OSError):
                listener.shutdown(socket.SHUT_RDWR)
            listener.close()

    def _serve(self, listener: socket.socket) -> None:
        port = listener.getsockname()[1]
        while True:
            try:
                client, _ = listener.accept()
            except OSError:
                return  # the test is over
            try:
                server = socket.create_connection((THERE, port), 10)
            except OSError:
                client.close()
                continue
            with self._lock:
                fragile = port in self.fragile and bool(self.budgets)
                budget = self.budgets.pop(0) if fragile else None
            for source, target, limit in ((client, server, None), (server, client, budget)):
                threading.Thread(target=self._copy, args=(source, target, limit), daemon=True).start()

    def _copy(self, source: socket.socket, target: socket.socket, budget: int | None) -> None:
        left = budget
        with contextlib.suppress(OSError):
            while block := source.recv(65536):
                if left is not None and len(block) >= left:
                    target.sendall(block[:left])
                    self.broken += 1
                    source.shutdown(socket.SHUT_RDWR)
                    break
                left = None if left is None else left - len(block)
                target.sendall(block)
        with contextlib.suppress(OSError):
            target.shutdown(socket.SHUT_WR if budget is None else socket.SHUT_RDWR)
