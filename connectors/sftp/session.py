"""The connection to an SFTP server: made when first needed, its host key checked before anything secret is sent."""

from __future__ import annotations

import logging
import socket
import weakref
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from paramiko import Transport
from paramiko.ssh_exception import (
    AuthenticationException,
    BadAuthenticationType,
    ChannelException,
    IncompatiblePeer,
    SSHException,
)

from connectors.base import Access
from connectors.sftp import hostkeys
from connectors.sftp.buffered import Buffered
from connectors.sftp.credentials import Credentials, credentials_of
from connectors.sftp.failures import (
    ALGORITHMS,
    HANDSHAKE,
    LOGIN,
    LOST,
    NO_HOST,
    NO_SFTP,
    UNREACHABLE,
    fault,
    outage,
)
from connectors.sftp.fields import Lost, Refused, Silent
from connectors.sftp.options import Options
from connectors.sftp.wire import Wire

PORT = 22
KEEPALIVE_S = 30
WINDOW = 1 << 24  # bytes that the server may send ahead
PACKET = 1 << 17  # bytes of one SSH packet: larger ones cost less each
CIPHERS = ("aes128-gcm@openssh.com", "aes256-gcm@openssh.com", "aes128-ctr", "aes192-ctr", "aes256-ctr")
"""The ones that are fast and sound; no CBC, no 3DES."""
QUIET = "connectors.sftp.transport"
"""The log of the transports. What they meet they also raise, and it is told as an error of the hub; their own tracebacks
would come before it, so that they go no further. Whoever looks for a fault of the protocol adds a handler here."""


@dataclass(frozen=True, slots=True)
class Server:
    """Where a connection leads."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


class Session:
    """One connection of one connector, made anew after a loss. Not for two threads at once; a fork makes its own."""

    def __init__(self, system: str, options: Options, access: Callable[[str], Access], folder: Path) -> None:
        self.system = system
        self._options = options
        self._access = access
        self._folder = folder
        self._transport: Transport | None = None
        self._wire: Wire | None = None
        self._others: list[Wire] = []
        self._others_at_most: int | None = None
        self._end: weakref.finalize[Any, Session] | None = None

    @property
    def name(self) -> str:
        """The server, for people."""
        return str(self.server()[0])

    def server(self) -> tuple[Server, Access]:
        """Where the connection leads. Raises StopError."""
        access = self._access(self._options.connection)
        if not access.host:
            raise fault(NO_HOST, self.system, access.name)
        return Server(access.host, access.port or PORT), access

    def wire(self) -> Wire:
        """The session, connected and logged in. Raises RetryError and StopError."""
        if self._wire is None or self._transport is None or not self._transport.is_active():
            self.close()
            self._connect()
        assert self._wire is not None
        return self._wire

    def wires(self, wanted: int) -> list[Wire]:
        """`wire` and other channels of the same connection, `wanted` in all or as many as the server lets there be.

        Whoever works on them together loses all of them together: `close`. Raises RetryError and StopError.
        """
        first = self.wire()
        while len(self._others) + 1 < wanted and self._others_at_most is None:
            transport = self._transport
            assert transport is not None
            try:
                self._others.append(self._channel(transport))
            except (Lost, Refused, SSHException, EOFError, OSError):
                # What it let there be will do; a server that ends the connection over it is asked no more.
                self._others_at_most = len(self._others) if transport.is_active() else 0
                first = self.wire()
        return [first, *self._others[: max(0, wanted - 1)]]

    def close(self) -> None:
        """End the connection; the next use makes a new one."""
        self._others = []
        if self._end is not None:
            self._end()
        self._transport = self._wire = self._end = None

    def _connect(self) -> None:
        server, access = self.server()
        credentials = credentials_of(self.system, access, self._folder)
        transport = self.trusted(server, access)
        try:
            self._log_in(server, transport, credentials)
            self._wire = self._open(server, transport)
        except BaseException:
            transport.close()
            raise
        self._transport = transport
        # A connector that nobody closes must not leave a thread and a connection behind.
        self._end = weakref.finalize(self, transport.close)

    def trusted(self, server: Server, access: Access) -> Transport:
        """A connection to the pinned host, not logged in. Raises StopError for any other host."""
        pins = hostkeys.pins_of(self.system, self._options.host_keys, access.extra.get("host_key"))
        kind, blob = "", b""
        for wanted in _attempts(pins):
            transport = self._shake_hands(server, wanted)
            if transport is None:
                continue  # the server has no key of this kind
            key = transport.get_remote_server_key()
            kind, blob = key.get_name(), key.asbytes()
            if hostkeys.fingerprint(blob) in {pin.fingerprint for pin in pins}:
                return transport
            transport.close()
            if not pins:
                raise hostkeys.unpinned(self.system, str(server), kind, blob)
            if all(pin.kind is not None for pin in pins):
                break
        if not blob:
            raise fault(ALGORITHMS, self.system, str(server))
        raise hostkeys.changed(self.system, str(server), kind, blob, pins)

    def _shake_hands(self, server: Server, algorithms: Sequence[str]) -> Transport | None:
        timeout = self._options.timeout_s
        try:
            plain = socket.create_connection((server.host, server.port), timeout)
        except OSError as error:
            raise outage(UNREACHABLE, self.system, str(server), error.strerror or error) from error
        transport: Transport | None = None
        try:
            plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            # Of what it reads and sends, all that paramiko asks of a socket.
            transport = Transport(
                cast("socket.socket", Buffered(plain)),
                default_window_size=WINDOW,
                default_max_packet_size=PACKET,
            )
            _quiet(transport)
            transport.banner_timeout = transport.handshake_timeout = transport.auth_timeout = timeout
            security = transport.get_security_options()
            security.ciphers = CIPHERS
            security.key_types = tuple(algorithms)
            transport.start_client(timeout=timeout)
            transport.get_remote_server_key()  # fails if the time is over: start_client itself does not tell
            transport.set_keepalive(KEEPALIVE_S)
        except IncompatiblePeer:
            (transport or plain).close()
            return None  # told by the caller, once no other kind of key fits either
        except (SSHException, EOFError, OSError) as error:
            (transport or plain).close()
            raise outage(HANDSHAKE, self.system, str(server), error) from error
        except BaseException:
            (transport or plain).close()
            raise
        return transport

    def _log_in(self, server: Server, transport: Transport, credentials: Credentials) -> None:
        ways: list[Callable[[], list[str]]] = []
        if credentials.key is not None:
            key = credentials.key
            ways.append(lambda: transport.auth_publickey(credentials.login, key))
        if credentials.password is not None:
            password = credentials.password
            ways.append(lambda: transport.auth_password(credentials.login, password))
        refusal: Exception | None = None
        for way in ways:
            try:
                way()
            except AuthenticationException as error:
                refusal = error
            except (SSHException, EOFError, OSError) as error:
                raise outage(LOST, self.system, str(server), error) from error
            if transport.is_authenticated():
                return
        allowed = (
            f"; {', '.join(refusal.allowed_types)}" if isinstance(refusal, BadAuthenticationType) else ""
        )
        tried = "publickey" if credentials.key is not None else "password"
        raise fault(LOGIN, self.system, str(server), f"{credentials.login}, {tried}{allowed}") from refusal

    def _open(self, server: Server, transport: Transport) -> Wire:
        try:
            return self._channel(transport)
        except ChannelException as error:
            raise fault(NO_SFTP, self.system, str(server), error) from error
        except (Lost, Refused, SSHException, EOFError, OSError) as error:
            if isinstance(error, Silent) or not transport.is_active():
                raise outage(LOST, self.system, str(server), error) from error
            # What the account's shell or a failed chroot says in place of SFTP ends the channel, not the connection.
            raise fault(NO_SFTP, self.system, str(server), error) from error

    def _channel(self, transport: Transport) -> Wire:
        """A channel with SFTP on it. Raises Lost, Refused and paramiko's errors."""
        channel = transport.open_session(timeout=self._options.timeout_s)
        try:
            channel.settimeout(self._options.timeout_s)
            channel.invoke_subsystem("sftp")
            wire = Wire(channel)
            wire.greet()
        except (Lost, Refused, SSHException, EOFError, OSError):
            channel.close()
            raise
        return wire


def _quiet(transport: Transport) -> None:
    log = logging.getLogger(QUIET)
    log.propagate = False
    if not any(isinstance(each, logging.NullHandler) for each in log.handlers):
        log.addHandler(logging.NullHandler())
    transport.set_log_channel(QUIET)


def _attempts(pins: Sequence[hostkeys.Pin]) -> list[tuple[str, ...]]:
    """The kinds of host keys to ask for, one attempt after the other.

    A server shows one key of many; a bare fingerprint does not say of which kind it is, so that each must be looked at.
    """
    if any(pin.kind is None for pin in pins):
        return list(hostkeys.ALGORITHMS.values())
    if not pins:
        return [hostkeys.algorithms(pins)]
    pinned = hostkeys.algorithms(pins)
    others = tuple(name for name in hostkeys.algorithms(()) if name not in pinned)
    return [pinned, others]
