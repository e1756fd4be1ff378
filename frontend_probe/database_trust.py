"""Whether what is said to an exchange database can be overheard, whether its server was verified, and how long its certificate is good."""

from __future__ import annotations

import ipaddress
import socket
import ssl
import struct
from typing import Any

from cryptography import x509
from sqlalchemy import Connection

from connectors.base import Access
from frontend_probe.report import FAIL, OK, WARN, Finding

PATIENCE_S = 10.0
DAYS_WARN = 30
_ASK_FOR_TLS = struct.pack("!ii", 8, 80877103)
"""PostgreSQL's SSLRequest (protocol 3.0): answered by one byte, S or N."""
_VERIFYING = ("verify-ca", "verify-full")
_EXPECTED = f"TLS,服务器证书可信,还有 {DAYS_WARN} 天以上 / TLS, a certificate that verifies, more than {DAYS_WARN} days left"
_HOW = {
    "postgresql": "?sslmode=verify-full&sslrootcert=/etc/suphub/land-ca.pem",
    "mysql": 'extra: {"ssl": {"ca": "/etc/suphub/land-ca.pem"}}',
}


def trusted(connection: Connection, access: Access, now: int) -> Finding:
    """The finding on an open session; `now` is the hub's clock in µs. A server on the hub's own machine needs no TLS."""
    kind = connection.dialect.name
    if kind == "sqlite":
        return Finding(OK, "文件 / a file", _EXPECTED)
    if on_this_machine(access.host):
        return Finding(OK, "本机 / this machine", _EXPECTED)
    if kind not in _HOW:
        return Finding(OK, "驱动不告知 / the driver does not tell", _EXPECTED)
    session: Any = connection.connection.driver_connection
    secured = _of_postgresql(session, access) if kind == "postgresql" else _of_mysql(session)
    if secured is None:
        remedy = f"请部门启用 TLS,连接写 {_HOW[kind]};在此之前只走专网 / Ask for TLS and write that into the connection; until then use a private network"
        return Finding(
            WARN, "没有 TLS:口令和数据不加密 / no TLS: password and data travel in clear", _EXPECTED, remedy
        )
    return _judged(kind, *secured, now)


def on_this_machine(host: str | None) -> bool:
    """Whether an address of a connection never leaves the machine."""
    if not host or host.startswith("/") or host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _judged(kind: str, verified: bool, certificate: bytes | None, now: int) -> Finding:
    seen = "TLS"
    if certificate:
        ends = x509.load_der_x509_certificate(certificate).not_valid_after_utc
        days = (ends.timestamp() - now / 1e6) / 86_400
        seen = f"TLS, {ends:%Y-%m-%d} ({days:.0f} 天 / days)"
        if days < DAYS_WARN:
            remedy = (
                "请部门在到期前更换证书 / Let the department renew the server's certificate before it ends"
            )
            return Finding(FAIL if days <= 0 and verified else WARN, seen, _EXPECTED, remedy)
    if verified:
        return Finding(OK, seen, _EXPECTED)
    remedy = f"连接写 {_HOW[kind]},证书由部门另行交来 / Write that into the connection; the department hands its CA over by another way"
    return Finding(
        WARN, f"{seen}:服务器证书没有核验 / the server's certificate is not verified", _EXPECTED, remedy
    )


def _of_postgresql(session: Any, access: Access) -> tuple[bool, bytes | None] | None:
    """Whether the server was verified, and its certificate; None without TLS."""
    if not session.pgconn.ssl_in_use:
        return None
    return access.extra.get("sslmode") in _VERIFYING, _certificate(str(access.host), access.port or 5432)


def _of_mysql(session: Any) -> tuple[bool, bytes | None] | None:
    wire = session._sock  # PyMySQL tells of its TLS in no other way
    if not isinstance(wire, ssl.SSLSocket):
        return None
    return wire.context.verify_mode == ssl.CERT_REQUIRED, wire.getpeercert(binary_form=True)


def _certificate(host: str, port: int) -> bytes | None:
    """The certificate that a PostgreSQL server shows: libpq does not give it away. Only its days are looked at."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    try:
        with socket.create_connection((host, port), PATIENCE_S) as plain:
            plain.sendall(_ASK_FOR_TLS)
            if plain.recv(1) != b"S":
                return None
            with context.wrap_socket(plain, server_hostname=host) as secured:
                return secured.getpeercert(binary_form=True)
    except OSError:
        return None  # the session itself stands: only the days are not known
