"""Serves the application over HTTP or TLS: client certificates are handed on, and connections that say nothing are closed."""

from __future__ import annotations

import asyncio
import ssl
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import h11
import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

HEAD_SECONDS = 20.0
"""How long a connection may take for the head of a request."""
CONNECTIONS = 2000
"""Connections and requests at a time; above that the answer is 503."""
HEAD_BYTES = 32_768
GRACE_SECONDS = 30
"""How long packages that are being received may go on when the service is ended."""


@dataclass(frozen=True, slots=True)
class Listening:
    """Where the door is, and by what it proves and asks for identity. Without a certificate it speaks plain HTTP."""

    host: str
    port: int
    certificate: Path | None = None
    key: Path | None = None
    authorities: Path | None = (
        None  # whose client certificates are asked for; not demanded: a token does as well
    )


class Identified:
    """The application as one connection sees it: with the client's certificate in the scope (ASGI's TLS extension)."""

    def __init__(self, app: Any, der: bytes) -> None:
        self._app = app
        self._chain = [ssl.DER_cert_to_PEM_cert(der)]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        scope.setdefault("extensions", {})["tls"] = {"client_cert_chain": self._chain}
        await self._app(scope, receive, send)


class DoorProtocol(H11Protocol):
    """HTTP/1.1 with a time limit for heads; bodies are timed by the application."""

    head_seconds = HEAD_SECONDS
    _late: asyncio.TimerHandle | None = None

    def connection_made(self, transport: Any) -> None:
        """Look at the certificate that the handshake has proved, and wait for a head."""
        super().connection_made(transport)
        tls = transport.get_extra_info("ssl_object")
        der = tls.getpeercert(binary_form=True) if tls is not None else None
        if der:
            self.app = Identified(self.app, der)
        self._wait()

    def data_received(self, data: bytes) -> None:
        """A head that has begun must end in time."""
        super().data_received(data)
        if self.conn.their_state is not h11.IDLE:
            self._waited()
        elif self._late is None:
            self._wait()

    def connection_lost(self, exc: Exception | None) -> None:
        """Nothing is waited for any more."""
        self._waited()
        super().connection_lost(exc)

    def _wait(self) -> None:
        self._late = self.loop.call_later(self.head_seconds, self.transport.abort)

    def _waited(self) -> None:
        if self._late is not None:
            self._late.cancel()
            self._late = None


def server(app: ASGIApp, where: Listening) -> uvicorn.Server:
    """A server that is not started yet. Raises OSError, ssl.SSLError for certificates and keys that cannot be used."""
    config = uvicorn.Config(
        app, host=where.host, port=where.port, http=DoorProtocol, ws="none", loop="asyncio", lifespan="off",
        proxy_headers=False, server_header=False, access_log=False, log_config=None, limit_concurrency=CONNECTIONS,
        h11_max_incomplete_event_size=HEAD_BYTES, timeout_graceful_shutdown=GRACE_SECONDS,
        ssl_certfile=where.certificate, ssl_keyfile=where.key,
        ssl_ca_certs=where.authorities, ssl_cert_reqs=ssl.CERT_OPTIONAL if where.authorities else ssl.CERT_NONE,
    )  # fmt: skip
    config.load()
    if config.ssl is not None:
        config.ssl.minimum_version = ssl.TLSVersion.TLSv1_2
    return uvicorn.Server(config)
