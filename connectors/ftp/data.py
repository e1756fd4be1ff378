"""The FTP data connection: passive or active, only ever to the server itself, and under the control connection's TLS session."""

from __future__ import annotations

import contextlib
import re
import socket
import ssl
import time

from connectors.ftp.trust import Trust
from connectors.ftp.wire import Control, DataFailed, Garbled, Refused

_UNKNOWN_COMMAND = (500, 501, 502, 504, 522)


class Data:
    """One transfer. The final reply is read by `finish`; without it the session is of no use any more."""

    def __init__(self, control: Control, sock: socket.socket) -> None:
        self._control = control
        self._sock = sock

    def receive(self, size: int) -> bytes:
        """The next bytes, empty at the end."""
        return self._sock.recv(size)

    def send(self, block: bytes) -> None:
        """All of a block."""
        self._sock.sendall(block)

    def finish(self, verb: str) -> None:
        """Close, and hear from the server that it was all. Raises Refused."""
        if isinstance(self._sock, ssl.SSLSocket):
            with contextlib.suppress(
                OSError, ValueError
            ):  # many servers close without a word; lengths are compared
                self._sock.unwrap()
        self._sock.close()
        self._control.checked(verb, self._control.reply())

    def abort(self) -> None:
        """Close in the middle."""
        self._sock.close()


def open_data(
    control: Control,
    trust: Trust | None,
    verb: str,
    argument: bytes,
    *,
    offset: int = 0,
    active: bool = False,
) -> Data:
    """Begin a transfer at `offset`; under TLS with `trust`. Raises Refused, DataFailed, OSError, EOFError."""
    sock = (_active if active else _passive)(control, verb, argument, offset)
    try:
        sock.settimeout(control.timeout_s)
        return Data(control, sock if trust is None else _secured(control, trust, sock))
    except BaseException:
        sock.close()
        raise


def _passive(control: Control, verb: str, argument: bytes, offset: int) -> socket.socket:
    port = _passive_port(control)
    try:
        # The reply may name any host: only the one that the control connection leads to is asked.
        sock = socket.create_connection((control.peer, port), control.timeout_s)
    except OSError as error:
        raise DataFailed(f"{control.peer}:{port} {error.strerror or error}") from error
    try:
        _begin(control, verb, argument, offset)
    except BaseException:
        sock.close()
        raise
    return sock


def _passive_port(control: Control) -> int:
    if control.sock.family == socket.AF_INET:
        try:
            reply = control.ask("PASV")
        except Refused as error:
            if error.reply.code not in _UNKNOWN_COMMAND:
                raise
        else:
            found = re.search(rb"(\d+),(\d+),(\d+),(\d+),(\d+),(\d+)", reply.lines[-1])
            if found is None:
                raise Garbled(reply.lines[-1], greeting=False)
            return int(found[5]) * 256 + int(found[6])
    reply = control.ask("EPSV")
    found = re.search(rb"\((.)\1\1(\d+)\1\)", reply.lines[-1])
    if found is None:
        raise Garbled(reply.lines[-1], greeting=False)
    return int(found[2])


def _active(control: Control, verb: str, argument: bytes, offset: int) -> socket.socket:
    family = control.sock.family
    here = str(control.sock.getsockname()[0])
    with socket.create_server((here, 0), family=family, backlog=1) as listener:
        port = listener.getsockname()[1]
        if family == socket.AF_INET:
            control.ask("PORT", f"{here.replace('.', ',')},{port // 256},{port % 256}".encode("ascii"))
        else:
            control.ask("EPRT", f"|2|{here}|{port}|".encode("ascii"))
        _begin(control, verb, argument, offset)
        return _accepted(control, listener)


def _accepted(control: Control, listener: socket.socket) -> socket.socket:
    """The server's own connection; anybody else's is turned away."""
    end = time.monotonic() + control.timeout_s
    while (left := end - time.monotonic()) > 0:
        listener.settimeout(left)
        try:
            sock, (host, *_) = listener.accept()
        except TimeoutError:
            break
        if host == control.peer:
            return sock
        sock.close()
    raise DataFailed("the server did not connect back")


def _begin(control: Control, verb: str, argument: bytes, offset: int) -> None:
    if offset:
        control.ask("REST", str(offset).encode("ascii"))
    reply = control.ask(verb, argument)
    while reply.code >= 200:  # some servers say 200 first, and 150 only then
        reply = control.checked(verb, control.reply())


def _secured(control: Control, trust: Trust, sock: socket.socket) -> ssl.SSLSocket:
    """The data connection under the session of the control connection, as many servers demand (522 otherwise)."""
    parent = control.secured
    session = None if parent is None else parent.session
    secured = trust.context.wrap_socket(sock, server_hostname=control.host, session=session)
    if not trust.holds(secured):
        secured.close()
        raise DataFailed("another certificate on the data connection")
    return secured
