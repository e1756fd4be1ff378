"""The fields of SFTP's answers (draft-ietf-secsh-filexfer-02): what servers say of files, as bytes and numbers."""

from __future__ import annotations

import stat
import struct
from dataclasses import dataclass
from typing import NamedTuple


class Refused(Exception):
    """The server says no: `status` of the protocol and its own words."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(status, text)
        self.status = status
        self.text = text


class Full(Refused):
    """It says no since the disk or the quota is full."""


class ReadOnly(Refused):
    """It says no since the file system is read-only."""


class Lost(Exception):
    """The connection is gone; the wire is of no more use."""


class Silent(Lost):
    """The server did not answer in time."""


class Attributes(NamedTuple):
    """What the server says of a file; `modified` in whole seconds since 1970."""

    size: int
    mode: int
    modified: int

    @property
    def plain(self) -> bool:
        """Whether it is a regular file."""
        return stat.S_ISREG(self.mode)

    @property
    def folder(self) -> bool:
        """Whether it is a folder."""
        return stat.S_ISDIR(self.mode)

    @property
    def state(self) -> tuple[int, int]:
        """What changes when somebody writes into it."""
        return self.size, self.modified


@dataclass(frozen=True, slots=True)
class Entry:
    """One name of a folder."""

    name: bytes
    attributes: Attributes


@dataclass(frozen=True, slots=True)
class Space:
    """Of a file system, in bytes."""

    free: int
    read_only: bool


class Reader:
    """Reads the fields of an answer one after the other; one that is cut short is a lost connection."""

    def __init__(self, body: bytes) -> None:
        self._body = body
        self._at = 0

    @property
    def more(self) -> bool:
        return self._at < len(self._body)

    def number(self) -> int:
        return int.from_bytes(self._bytes(4), "big")

    def long(self) -> int:
        return int.from_bytes(self._bytes(8), "big")

    def text(self) -> bytes:
        return self._bytes(self.number())

    def attributes(self) -> Attributes:
        flags = self.number()
        size = self.long() if flags & 0x01 else 0
        if flags & 0x02:
            self._bytes(8)
        mode = self.number() if flags & 0x04 else stat.S_IFREG
        modified = 0
        if flags & 0x08:
            self.number()
            modified = self.number()
        if flags & 0x80000000:
            for _ in range(2 * self.number()):
                self.text()
        return Attributes(size, mode, modified)

    def _bytes(self, size: int) -> bytes:
        taken = self._body[self._at : self._at + size]
        if len(taken) < size:
            raise Lost("an answer that ends too early")
        self._at += size
        return taken


_USUAL = struct.Struct(">IQQIII")  # flags, size, owner and group, rights, read, modified
_ALL = 0x0F


def attributes_of(body: bytes) -> Attributes:
    """Attributes that are an answer of their own."""
    if len(body) == _USUAL.size:
        flags, size, _, mode, _, modified = _USUAL.unpack(body)
        if flags == _ALL:  # as OpenSSH says them
            return Attributes(size, mode, modified)
    return Reader(body).attributes()


def text(value: bytes) -> bytes:
    """A string of the protocol."""
    return struct.pack(">I", len(value)) + value
