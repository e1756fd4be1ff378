"""A socket that is read in large blocks: SSH asks for each packet in two small pieces, which would be a system call each."""

from __future__ import annotations

import socket
from typing import Any

BLOCK = 16_384


class Buffered:
    """A connected socket, for one reader; everything but reading goes to the socket itself."""

    def __init__(self, plain: socket.socket) -> None:
        self._plain = plain
        self._held = b""
        self._at = 0

    def recv(self, size: int, flags: int = 0) -> bytes:
        """As of a socket: what is there, `size` bytes at most, none at the end; raises what the socket raises."""
        if self._at == len(self._held):
            if size >= BLOCK or flags:
                return self._plain.recv(size, flags)
            self._held, self._at = self._plain.recv(BLOCK), 0
        taken = self._held[self._at : self._at + size]
        self._at += len(taken)
        return taken

    def __getattr__(self, name: str) -> Any:
        return getattr(self._plain, name)
