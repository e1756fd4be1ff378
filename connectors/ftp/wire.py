"""The FTP control connection: commands out, replies in, names as bytes; every wait is limited (RFC 959, 2228, 4217)."""

from __future__ import annotations

import re
import socket
import ssl
from dataclasses import dataclass

LONGEST_LINE = 16_384
MOST_LINES = 2_000
_TELNET = re.compile(rb"\xff[\xfb-\xfe].", re.DOTALL)  # a server's answer to what it took for a Telnet option
_FIRST = re.compile(rb"([1-6]\d\d)([ -]?)(.*)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Reply:
    """A server's reply: its code, and its lines as bytes without the code of the first and last."""

    code: int
    lines: tuple[bytes, ...]

    @property
    def text(self) -> str:
        """The last line for people, in whatever Chinese encoding it came."""
        return readable(self.lines[-1]) or readable(self.lines[0])


class Refused(Exception):
    """The server answered a command with a reply of failure; `secured`: the control connection was under TLS."""

    def __init__(self, verb: str, reply: Reply, *, secured: bool) -> None:
        super().__init__(f"{verb}: {reply.code} {reply.text}")
        self.verb = verb
        self.reply = reply
        self.secured = secured


class Garbled(Exception):
    """What came is no reply of an FTP server."""

    def __init__(self, said: bytes, *, greeting: bool) -> None:
        super().__init__(readable(said[:80]))
        self.greeting = greeting


class DataFailed(Exception):
    """The data connection could not be made, while the control connection lives."""


class Unsayable(ValueError):
    """A name that no FTP command can hold: it has a line end or a NUL in it."""


def readable(raw: bytes) -> str:
    """A line of a server for people: UTF-8, else GB18030, else with marks in place of what is neither."""
    for encoding in ("utf-8", "gb18030"):
        try:
            text = raw.decode(encoding)
        except UnicodeDecodeError:
            continue  # the next encoding is tried
        return "".join(letter if letter.isprintable() else " " for letter in text).strip()
    return readable(raw.decode("utf-8", "replace").encode())


class Control:
    """One control connection. Methods raise OSError (TimeoutError included), EOFError, Garbled, Refused."""

    def __init__(self, host: str, port: int, timeout_s: float) -> None:
        self.host = host
        self.timeout_s = timeout_s
        self.doubled = (
            False  # whether a byte 255 in a name is sent twice, as servers that know Telnet want it
        )
        self.sock: socket.socket = socket.create_connection((host, port), timeout_s)
        self._buffer = b""

    @property
    def secured(self) -> ssl.SSLSocket | None:
        """The connection under TLS, None in clear."""
        return self.sock if isinstance(self.sock, ssl.SSLSocket) else None

    @property
    def peer(self) -> str:
        """The server's address: data goes there and nowhere else."""
        return str(self.sock.getpeername()[0])

    def secure(self, context: ssl.SSLContext) -> ssl.SSLSocket:
        """Go on under TLS; anything that was sent ahead in clear is thrown away."""
        self._buffer = b""
        secured = context.wrap_socket(self.sock, server_hostname=self.host)
        self.sock = secured
        return secured

    def greeting(self) -> Reply:
        """The server's first words."""
        while True:
            reply = self.reply(greeting=True)
            if reply.code != 120:  # "ready in some minutes": wait for the real greeting, within the limit
                return self.checked("greeting", reply)

    def ask(self, verb: str, argument: bytes = b"") -> Reply:
        """Send a command; its reply unless it is one of failure. Raises Refused, Unsayable."""
        self.send(verb, argument)
        return self.checked(verb, self.reply())

    def send(self, verb: str, argument: bytes = b"") -> None:
        """Send a command and do not wait."""
        if re.search(rb"[\r\n\0]", argument):
            raise Unsayable(readable(argument))
        if self.doubled:
            argument = argument.replace(b"\xff", b"\xff\xff")
        self.sock.sendall(verb.encode("ascii") + (b" " + argument if argument else b"") + b"\r\n")

    def checked(self, verb: str, reply: Reply) -> Reply:
        """The reply, unless it is one of failure."""
        if reply.code >= 400:
            raise Refused(verb, reply, secured=self.secured is not None)
        return reply

    def reply(self, *, greeting: bool = False) -> Reply:
        """The next reply, of one line or of several."""
        first = self._line()
        found = _FIRST.fullmatch(first)
        if found is None:
            raise Garbled(first, greeting=greeting)
        code, more, text = found.groups()
        lines = [text]
        while more == b"-":
            line = self._line()
            if line[:3] == code and line[3:4] in (b" ", b""):
                lines.append(line[4:])
                break
            lines.append(line)
            if len(lines) > MOST_LINES:
                raise Garbled(first, greeting=greeting)
        return Reply(int(code), tuple(lines))

    def close(self) -> None:
        """Hang up."""
        self.sock.close()

    def _line(self) -> bytes:
        while b"\n" not in self._buffer:
            if len(self._buffer) > LONGEST_LINE:
                raise Garbled(self._buffer, greeting=False)
            block = self.sock.recv(4096)
            if not block:
                raise EOFError("the server closed the connection")
            self._buffer += block
        line, _, self._buffer = self._buffer.partition(b"\n")
        return _TELNET.sub(b"", line.rstrip(b"\r"))
