"""SFTP version 3 (draft-ietf-secsh-filexfer-02) over an SSH channel: names are bytes, requests may be sent ahead of answers.

paramiko's own client decodes names as UTF-8, so that one GBK name makes a whole listing fail; here nothing is decoded.
"""

from __future__ import annotations

import struct
from collections import deque
from collections.abc import Iterator, Sequence
from typing import Protocol

from paramiko.ssh_exception import SSHException

from connectors.sftp.fields import Attributes, Entry, Lost, Reader, Refused, Silent, Space, text

INIT, VERSION, OPEN, CLOSE, READ, WRITE, LSTAT, FSTAT = 1, 2, 3, 4, 5, 6, 7, 8
OPENDIR, READDIR, REMOVE, MKDIR, RMDIR, STAT, RENAME = 11, 12, 13, 14, 15, 17, 18
STATUS, HANDLE, DATA, NAMES, ATTRIBUTES, EXTENDED, EXTENDED_REPLY = 101, 102, 103, 104, 105, 200, 201
OK, EOF, NO_SUCH_FILE, DENIED, FAILURE, UNSUPPORTED = 0, 1, 2, 3, 4, 8
FOR_READING, FOR_WRITING, CREATE, EXCLUSIVE = 0x01, 0x02, 0x08, 0x20

POSIX_RENAME, FSYNC, STATVFS, LIMITS = (
    b"posix-rename@openssh.com",
    b"fsync@openssh.com",
    b"statvfs@openssh.com",
    b"limits@openssh.com",
)
USUAL_BLOCK = 32_768  # bytes of one READ or WRITE that every server must serve
LONGEST_ANSWER = 1 << 20
_TAKEN_AT_ONCE = 1 << 22
_LARGEST_BLOCK = 1 << 18
_NO_ATTRIBUTES = struct.pack(">I", 0)


class Channel(Protocol):
    """What of paramiko's channel is used; both raise TimeoutError after the channel's time limit."""

    def sendall(self, data: bytes, /) -> None: ...
    def recv(self, size: int, /) -> bytes: ...


class Wire:
    """One session. Not for two threads at once. All methods raise Refused and Lost."""

    def __init__(self, channel: Channel) -> None:
        self._channel = channel
        self._last = 0
        self._buffer = bytearray()
        self._open: set[int] = set()  # asked, and not answered yet
        self._early: dict[int, tuple[int, bytes]] = {}
        self._unwanted: set[int] = set()
        self.extensions: dict[bytes, bytes] = {}
        self.read_block = self.write_block = USUAL_BLOCK

    def greet(self) -> None:
        """Agree on the version and learn what the server can do beyond it."""
        self._send(struct.pack(">IBI", 5, INIT, 3))
        kind, body = self._packet()
        if kind != VERSION:
            raise Lost(f"unexpected greeting {kind}")
        found = Reader(body)
        found.number()
        while found.more:
            name = found.text()
            self.extensions[name] = found.text()
        if LIMITS in self.extensions:
            limits = Reader(self._body(self.ask(EXTENDED, text(LIMITS)), EXTENDED_REPLY))
            _, read, write, _ = (limits.long() for _ in range(4))
            self.read_block = min(read or USUAL_BLOCK, _LARGEST_BLOCK)
            self.write_block = min(write or USUAL_BLOCK, _LARGEST_BLOCK)

    def ask(self, kind: int, *parts: bytes) -> int:
        """Send a request and return its number, without waiting for the answer."""
        return self.ask_all((kind, b"".join(parts)))[0]

    def ask_all(self, *requests: tuple[int, bytes]) -> list[int]:
        """Send several requests in one go; the server takes them in this order."""
        if not requests:
            return []
        numbers, packets = [], []
        for kind, body in requests:
            self._last = (self._last + 1) & 0xFFFFFFFF
            numbers.append(self._last)
            packets.append(struct.pack(">IBI", 5 + len(body), kind, self._last) + body)
        self._open.update(numbers)
        self._send(b"".join(packets))
        return numbers

    def forget(self, number: int) -> None:
        """The answer to a request is not wanted any more."""
        if self._early.pop(number, None) is None:
            self._unwanted.add(number)

    def done(self, number: int) -> None:
        """Wait for a request that is answered by yes or no."""
        self._body(number, None)

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
            body = self._body(number, DATA)
        except Refused as refused:
            if refused.status == EOF:
                return b""
            raise
        return body[4:]

    def attributes(self, number: int) -> Attributes:
        """Wait for the answer to an LSTAT, STAT or FSTAT."""
        return Reader(self._body(number, ATTRIBUTES)).attributes()

    def found(self, number: int) -> Attributes | None:
        """The same; None where there is no such file."""
        try:
            return self.attributes(number)
        except Refused as refused:
            if refused.status == NO_SUCH_FILE:
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
        return self.found(self.ask(LSTAT, text(path)))

    def open(self, path: bytes, flags: int) -> bytes:
        """A handle for a file. A new one gets the rights that the server's umask leaves."""
        return self.handle(self.ask(*self.opening(path, flags)))

    @staticmethod
    def opening(path: bytes, flags: int) -> tuple[int, bytes]:
        """The request for `open`, to be sent with others."""
        return OPEN, text(path) + struct.pack(">I", flags) + _NO_ATTRIBUTES

    def handle(self, number: int) -> bytes:
        """Wait for the answer to an OPEN or OPENDIR."""
        return Reader(self._body(number, HANDLE)).text()

    def close(self, handle: bytes) -> None:
        """Let go of a handle."""
        self.done(self.ask(CLOSE, text(handle)))

    def ask_read(self, handle: bytes, offset: int, size: int) -> int:
        """Ask for a block of a file."""
        return self.ask(*self.reading(handle, offset, size))

    @staticmethod
    def reading(handle: bytes, offset: int, size: int) -> tuple[int, bytes]:
        """The request for a block of a file, to be sent with others."""
        return READ, text(handle) + struct.pack(">QI", offset, size)

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
                waiting.append(self.ask(WRITE, text(handle), position, text(piece)))
                offset += len(piece)
                if len(waiting) >= ahead:
                    self.done(waiting.popleft())
        while waiting:
            self.done(waiting.popleft())
        return offset

    def entries(self, folder: bytes, ahead: int = 8) -> Iterator[Entry]:
        """The names in a folder, in the server's order; a few answers are held in memory, however large it is."""
        handle = self.handle(self.ask(OPENDIR, text(folder)))
        waiting = deque(self.ask_all(*[(READDIR, text(handle))] * ahead))
        try:
            while True:
                try:
                    answer = Reader(self._body(waiting.popleft(), NAMES))
                except Refused as refused:
                    if refused.status == EOF:
                        return
                    raise
                waiting.append(self.ask(READDIR, text(handle)))
                for _ in range(answer.number()):
                    name = answer.text()
                    answer.text()  # the same for people, in the server's own form
                    attributes = answer.attributes()
                    if name not in (b".", b".."):
                        yield Entry(name, attributes)
        finally:
            for number in (*waiting, self.ask(CLOSE, text(handle))):
                self.forget(number)

    def rename(self, old: bytes, new: bytes) -> None:
        """Move a file; OpenSSH refuses (FAILURE) where something lies at `new`, other servers may replace it."""
        self.done(self.ask(RENAME, text(old), text(new)))

    def move_without_link(self, old: bytes, new: bytes) -> bool:
        """Move a file to a name that is known to be free; False where the server does not offer it.

        OpenSSH's plain rename makes a second link first, which a kernel with protected_hardlinks forbids for another
        account's file that the hub may not write to; this rename does not, but it would replace what lies at `new`.
        """
        if POSIX_RENAME not in self.extensions:
            return False
        self.done(self.ask(EXTENDED, text(POSIX_RENAME), text(old), text(new)))
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
        if POSIX_RENAME in self.extensions:
            self.done(self.ask(EXTENDED, text(POSIX_RENAME), text(old), text(new)))
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
        self.done(self.ask(REMOVE, text(path)))

    def make_folder(self, path: bytes, mode: int | None = None) -> None:
        """Make a folder."""
        rights = _NO_ATTRIBUTES if mode is None else struct.pack(">II", 0x04, mode)
        self.done(self.ask(MKDIR, text(path), rights))

    def remove_folder(self, path: bytes) -> None:
        """Remove an empty folder."""
        self.done(self.ask(RMDIR, text(path)))

    def ask_sync(self, handle: bytes) -> int | None:
        """Ask for an open file to be written to the server's disk; None where the server has no such request."""
        return self.ask(EXTENDED, text(FSYNC), text(handle)) if FSYNC in self.extensions else None

    def space(self, path: bytes) -> Space | None:
        """Room on the file system of a path; None where the server does not tell."""
        if STATVFS not in self.extensions:
            return None
        found = Reader(self._body(self.ask(EXTENDED, text(STATVFS), text(path)), EXTENDED_REPLY))
        values = [found.long() for _ in range(11)]
        return Space(values[1] * values[4], bool(values[9] & 1))

    def _send(self, packet: bytes) -> None:
        try:
            self._channel.sendall(packet)
        except TimeoutError as error:
            raise Silent("no answer in time") from error
        except (OSError, EOFError, SSHException) as error:
            raise Lost(str(error) or type(error).__name__) from error

    def _body(self, number: int, wanted: int | None) -> bytes:
        while number not in self._early:
            kind, body = self._packet()
            told = int.from_bytes(body[:4], "big")
            if told not in self._open:  # kept, such answers would fill the memory
                raise Lost(f"an answer to request {told}, which was never made or is answered already")
            self._open.remove(told)
            if told == number:
                break
            if told in self._unwanted:
                self._unwanted.discard(told)
                continue
            self._early[told] = (kind, body)
        else:
            kind, body = self._early.pop(number)
        if kind == wanted:
            return body[4:]
        if kind != STATUS:
            raise Lost(f"answer {kind} instead of {wanted}")
        found = Reader(body[4:])
        status = found.number()
        if status == OK and wanted is None:
            return b""
        raise Refused(status, found.text().decode("utf-8", "replace") if found.more else "")

    def _packet(self) -> tuple[int, bytes]:
        size = int.from_bytes(self._take(4), "big")
        if not 5 <= size <= LONGEST_ANSWER:
            raise Lost(f"an answer of {size} bytes")
        packet = self._take(size)
        return packet[0], packet[1:]

    def _take(self, size: int) -> bytes:
        while len(self._buffer) < size:
            try:
                block = self._channel.recv(_TAKEN_AT_ONCE)
            except TimeoutError as error:
                raise Silent("no answer in time") from error
            except (OSError, EOFError, SSHException) as error:
                raise Lost(str(error) or type(error).__name__) from error
            if not block:
                raise Lost("the server closed the connection")
            self._buffer += block
        taken = bytes(self._buffer[:size])
        del self._buffer[:size]
        return taken
