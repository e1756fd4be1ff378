"""What the hub asks of SFTP servers: names are bytes, requests may be sent ahead of answers.

paramiko's own client decodes names as UTF-8, so that one GBK name makes a whole listing fail; here nothing is decoded.
"""

from __future__ import annotations

import struct
from collections import deque
from collections.abc import Iterator, Sequence

from connectors.sftp import requests as ssh
from connectors.sftp.fields import Attributes, Entry, Reader, Refused, Space, attributes_of, text
from connectors.sftp.requests import Channel, Requests

_LARGEST_BLOCK = 1 << 18
_NO_ATTRIBUTES = struct.pack(">I", 0)


class Wire(Requests):
    """One session. Not for two threads at once. All methods raise Refused and Lost."""

    def __init__(self, channel: Channel) -> None:
        super().__init__(channel)
        self.extensions: dict[bytes, bytes] = {}
        self.read_block = self.write_block = ssh.USUAL_BLOCK

    def greet(self) -> dict[bytes, bytes]:
        """Agree on the version and learn what the server can do beyond it."""
        self.extensions |= super().greet()
        if ssh.LIMITS in self.extensions:
            limits = Reader(self.answer(self.ask(ssh.EXTENDED, text(ssh.LIMITS)), ssh.EXTENDED_REPLY))
            _, read, write, _ = (limits.long() for _ in range(4))
            self.read_block = min(read or ssh.USUAL_BLOCK, _LARGEST_BLOCK)
            self.write_block = min(write or ssh.USUAL_BLOCK, _LARGEST_BLOCK)
        return self.extensions

    def granted(self, number: int) -> bool:
        """Wait for a request that is answered by yes or no; which of them."""
        try:
            self.done(number)
        except Refused:
            return False
        return True

    def data(self, number: int) -> bytes:
        """Wait for the answer to a READ; nothing at the end of the file."""
        try:
            body = self.answer(number, ssh.DATA)
        except Refused as refused:
            if refused.status == ssh.EOF:
                return b""
            raise
        return body[4:]

    def attributes(self, number: int) -> Attributes:
        """Wait for the answer to an LSTAT, STAT or FSTAT."""
        return attributes_of(self.answer(number, ssh.ATTRIBUTES))

    def found(self, number: int) -> Attributes | None:
        """The same; None where there is no such file."""
        try:
            return self.attributes(number)
        except Refused as refused:
            if refused.status == ssh.NO_SUCH_FILE:
                return None
            raise

    def maybe(self, number: int) -> Attributes | None:
        """The same; None also where the server does not say."""
        try:
            return self.found(number)
        except Refused:
            return None

    def lstat(self, path: bytes) -> Attributes | None:
        """What lies there, links not followed; None if nothing does."""
        return self.found(self.ask(ssh.LSTAT, text(path)))

    def open(self, path: bytes, flags: int) -> bytes:
        """A handle for a file. A new one gets the rights that the server's umask leaves."""
        return self.handle(self.ask(*self.opening(path, flags)))

    @staticmethod
    def opening(path: bytes, flags: int) -> tuple[int, bytes]:
        """The request for `open`, to be sent with others."""
        return ssh.OPEN, text(path) + struct.pack(">I", flags) + _NO_ATTRIBUTES

    def handle(self, number: int) -> bytes:
        """Wait for the answer to an OPEN or OPENDIR."""
        return Reader(self.answer(number, ssh.HANDLE)).text()

    def close(self, handle: bytes) -> None:
        """Let go of a handle."""
        self.done(self.ask(ssh.CLOSE, text(handle)))

    def ask_read(self, handle: bytes, offset: int, size: int) -> int:
        """Ask for a block of a file."""
        return self.ask(*self.reading(handle, offset, size))

    @staticmethod
    def reading(handle: bytes, offset: int, size: int) -> tuple[int, bytes]:
        """The request for a block of a file, to be sent with others."""
        return ssh.READ, text(handle) + struct.pack(">QI", offset, size)

    def ask_reads(self, handle: bytes, spans: Sequence[tuple[int, int]]) -> list[int]:
        """Ask for several blocks (offset, bytes) in one go."""
        return self.ask_all(*(self.reading(handle, *span) for span in spans))

    def write(self, handle: bytes, blocks: Iterator[bytes], ahead: int = 16) -> int:
        """Write a file from its start, some blocks ahead of the answers; how many bytes that were."""
        waiting: deque[int] = deque()
        offset = 0
        for block in blocks:
            for start in range(0, len(block), self.write_block):
                piece = block[start : start + self.write_block]
                position = struct.pack(">Q", offset)
                waiting.append(self.ask(ssh.WRITE, text(handle), position, text(piece)))
                offset += len(piece)
                if len(waiting) >= ahead:
                    self.done(waiting.popleft())
        while waiting:
            self.done(waiting.popleft())
        return offset

    def entries(self, folder: bytes, ahead: int = 8) -> Iterator[Entry]:
        """The names in a folder, in the server's order; a few answers are held in memory, however large it is."""
        handle = self.handle(self.ask(ssh.OPENDIR, text(folder)))
        waiting = deque(self.ask_all(*[(ssh.READDIR, text(handle))] * ahead))
        try:
            while True:
                try:
                    answer = Reader(self.answer(waiting.popleft(), ssh.NAMES))
                except Refused as refused:
                    if refused.status == ssh.EOF:
                        return
                    raise
                waiting.append(self.ask(ssh.READDIR, text(handle)))
                for _ in range(answer.number()):
                    name = answer.text()
                    answer.text()  # the same for people, in the server's own form
                    attributes = answer.attributes()
                    if name not in (b".", b".."):
                        yield Entry(name, attributes)
        finally:
            for number in (*waiting, self.ask(ssh.CLOSE, text(handle))):
                self.forget(number)

    def rename(self, old: bytes, new: bytes) -> None:
        """Move a file; OpenSSH refuses (FAILURE) where something lies at `new`, other servers may replace it."""
        self.done(self.ask(ssh.RENAME, text(old), text(new)))

    def move_without_link(self, old: bytes, new: bytes) -> bool:
        """Move a file to a name that is known to be free; False where the server does not offer it.

        OpenSSH's plain rename makes a second link first, which a kernel with protected_hardlinks forbids for another
        account's file that the hub may not write to; this rename does not, but it would replace what lies at `new`.
        """
        if ssh.POSIX_RENAME not in self.extensions:
            return False
        self.done(self.ask(ssh.EXTENDED, text(ssh.POSIX_RENAME), text(old), text(new)))
        return True

    def move(self, old: bytes, new: bytes) -> None:
        """Move a file to a name that is known to be free, whatever way the server allows."""
        try:
            self.rename(old, new)
        except Refused:
            if not self.move_without_link(old, new):
                raise

    def replace(self, old: bytes, new: bytes) -> None:
        """Move a file over whatever lies at `new`: atomically where the server offers it, else removing that first."""
        if ssh.POSIX_RENAME in self.extensions:
            self.done(self.ask(ssh.EXTENDED, text(ssh.POSIX_RENAME), text(old), text(new)))
            return
        try:
            self.rename(old, new)
        except Refused:
            if self.lstat(new) is None:
                raise
            self.remove(new)
            self.rename(old, new)

    def remove(self, path: bytes) -> None:
        """Remove a file."""
        self.done(self.ask(ssh.REMOVE, text(path)))

    def make_folder(self, path: bytes, mode: int | None = None) -> None:
        """Make a folder."""
        rights = _NO_ATTRIBUTES if mode is None else struct.pack(">II", 0x04, mode)
        self.done(self.ask(ssh.MKDIR, text(path), rights))

    def remove_folder(self, path: bytes) -> None:
        """Remove an empty folder."""
        self.done(self.ask(ssh.RMDIR, text(path)))

    def ask_sync(self, handle: bytes) -> int | None:
        """Ask for an open file to be written to the server's disk; None where the server has no such request."""
        return self.ask(ssh.EXTENDED, text(ssh.FSYNC), text(handle)) if ssh.FSYNC in self.extensions else None

    def space(self, path: bytes) -> Space | None:
        """Room on the file system of a path; None where the server does not tell."""
        if ssh.STATVFS not in self.extensions:
            return None
        found = Reader(self.answer(self.ask(ssh.EXTENDED, text(ssh.STATVFS), text(path)), ssh.EXTENDED_REPLY))
        values = [found.long() for _ in range(11)]
        return Space(values[1] * values[4], bool(values[9] & 1))
