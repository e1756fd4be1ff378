"""Requests and answers of SFTP version 3 (draft-ietf-secsh-filexfer-02) on an SSH channel: sent ahead, matched by number."""

from __future__ import annotations

import struct
from typing import Protocol

from paramiko.ssh_exception import SSHException

from connectors.sftp.fields import Lost, Reader, Refused, Silent

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
_BEGIN = struct.Struct(">IBI")  # length, kind and number
_SHORTEST = 5  # kind and number
_YES = struct.pack(">I", OK)


class Channel(Protocol):
    """What of paramiko's channel is used; both raise TimeoutError after the channel's time limit."""

    def sendall(self, data: bytes, /) -> None: ...
    def recv(self, size: int, /) -> bytes: ...


class Requests:
    """One session's requests. Not for two threads at once. All methods raise Refused and Lost."""

    def __init__(self, channel: Channel) -> None:
        self._channel = channel
        self._last = 0
        self._buffer = b""
        self._at = 0  # so much of the buffer has been taken
        self._open: set[int] = set()  # asked, and not answered yet
        self._early: dict[int, tuple[int, bytes]] = {}
        self._unwanted: set[int] = set()

    def greet(self) -> dict[bytes, bytes]:
        """Agree on the version; the extensions that the server names."""
        self._send(struct.pack(">IBI", 5, INIT, 3))
        kind, body = self._packet()
        if kind != VERSION:
            raise Lost(f"unexpected greeting {kind}")
        found, extensions = Reader(body), dict[bytes, bytes]()
        found.number()
        while found.more:
            name = found.text()
            extensions[name] = found.text()
        return extensions

    def ask(self, kind: int, *parts: bytes) -> int:
        """Send a request and return its number, without waiting for the answer."""
        return self.ask_all((kind, b"".join(parts)))[0]

    def ask_all(self, *requests: tuple[int, bytes]) -> list[int]:
        """Send several requests in one go; the server takes them in this order."""
        if not requests:
            return []
        numbers, packets = list[int](), list[bytes]()
        for kind, body in requests:
            self._last = (self._last + 1) & 0xFFFFFFFF
            numbers.append(self._last)
            packets += (_BEGIN.pack(5 + len(body), kind, self._last), body)
        self._open.update(numbers)
        self._send(b"".join(packets))
        return numbers

    def forget(self, number: int) -> None:
        """The answer to a request is not wanted any more."""
        if self._early.pop(number, None) is None:
            self._unwanted.add(number)

    def done(self, number: int) -> None:
        """Wait for a request that is answered by yes or no."""
        self.answer(number, None)

    def answer(self, number: int, wanted: int | None) -> bytes:
        """Wait for the answer to a request and give its body; `wanted` is its kind, None a mere yes."""
        if number in self._early:
            kind, body = self._early.pop(number)
        else:
            kind, body = self._awaited(number)
        if kind == wanted:
            return body
        if kind != STATUS:
            raise Lost(f"answer {kind} instead of {wanted}")
        if wanted is None and body.startswith(_YES):
            return b""
        found = Reader(body)
        raise Refused(found.number(), found.text().decode("utf-8", "replace") if found.more else "")

    def _awaited(self, number: int) -> tuple[int, bytes]:
        """The next answer to this request; those to others that come before it are kept."""
        while True:
            kind, told, body = self._answer()
            if told not in self._open:  # kept, such answers would fill the memory
                raise Lost(f"an answer to request {told}, which was never made or is answered already")
            self._open.remove(told)
            if told == number:
                return kind, body
            if told in self._unwanted:
                self._unwanted.discard(told)
            else:
                self._early[told] = (kind, body)

    def _send(self, packet: bytes) -> None:
        try:
            self._channel.sendall(packet)
        except TimeoutError as error:
            raise Silent("no answer in time") from error
        except (OSError, EOFError, SSHException) as error:
            raise Lost(str(error) or type(error).__name__) from error

    def _packet(self) -> tuple[int, bytes]:
        """Kind and body of what comes next."""
        packet = self._take(int.from_bytes(self._take(4), "big"))
        return packet[0], packet[1:]

    def _answer(self) -> tuple[int, int, bytes]:
        """Kind, number and the rest of what comes next; nearly always it has come already."""
        start, come = self._at, len(self._buffer)
        if come - start >= _BEGIN.size:
            size, kind, told = _BEGIN.unpack_from(self._buffer, start)
            end = start + 4 + size
            if _SHORTEST <= size <= LONGEST_ANSWER and end <= come:
                self._at = end
                return kind, told, self._buffer[start + _BEGIN.size : end]
        kind, body = self._packet()
        if len(body) < 4:
            raise Lost(f"an answer of {len(body) + 1} bytes")
        return kind, int.from_bytes(body[:4], "big"), body[4:]

    def _take(self, size: int) -> bytes:
        if size > LONGEST_ANSWER or size < 1:
            raise Lost(f"an answer of {size} bytes")
        come = len(self._buffer) - self._at
        if come < size:
            blocks = [self._buffer[self._at :]]
            while come < size:
                blocks.append(self._receive())
                come += len(blocks[-1])
            self._buffer, self._at = b"".join(blocks), 0
        taken = self._buffer[self._at : self._at + size]
        self._at += size
        return taken

    def _receive(self) -> bytes:
        try:
            block = self._channel.recv(_TAKEN_AT_ONCE)
        except TimeoutError as error:
            raise Silent("no answer in time") from error
        except (OSError, EOFError, SSHException) as error:
            raise Lost(str(error) or type(error).__name__) from error
        if not block:
            raise Lost("the server closed the connection")
        return block
