"""Who asks: a bearer token, a TLS client certificate, or the certificate that a trusted proxy has checked, becomes a node."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from ssl import PEM_cert_to_DER_cert

from starlette.requests import Request

from hub.clock import now_us
from hub.errors import StopError
from hub.inbox import problems
from hub.inbox.house import House
from hub.nodes import by_certificate, by_token, refusals
from hub.nodes.shapes import Node
from hub.register import Registration

PROXIED = "x-client-certificate-sha256"
"""The header by which a trusted proxy says whose certificate it has checked: SHA-256 of its DER, in hex."""
PUSHES = "push"


@dataclass(frozen=True, slots=True)
class Shown:
    """What a caller shows: its address, and credentials; their text is hidden. `proxied` came from a trusted proxy."""

    peer: str
    token: str | None = field(default=None, repr=False)
    certificate: str | None = None  # SHA-256 in hex
    stranger: bool = False  # a header that only trusted proxies may set, from somebody else


def shown(request: Request, house: House) -> Shown:
    """What a request shows; nothing is checked yet."""
    client = request.client.host if request.client else ""
    trusted = _trusted(client, house)
    told = request.headers.getlist(PROXIED)
    forwarded = [
        part.strip() for line in request.headers.getlist("x-forwarded-for") for part in line.split(",")
    ]
    peer = forwarded[-1] if trusted and forwarded and forwarded[-1] else client
    certificate = told[-1] if trusted and told else _of_connection(request)
    return Shown(peer or "?", _bearer(request.headers), certificate, bool(told) and not trusted)


def admitted(house: House, who: Shown, system: str) -> tuple[Node, Registration]:
    """The node and the registration of the system that it may enter.

    Raises RefusedError as `hub.nodes` does, and PUSH_PROXY, PUSH_SYSTEM, PUSH_CREDENTIAL; StopError for a faulty registration.
    """
    if who.stranger:
        told = {
            "kind": "certificate",
            "why": "proxy",
            "wanted": system[:64].encode("utf-8", "replace").decode(),
        }
        refusals.note(house.engine, who.peer, told, now_us())
        raise problems.header_of_a_stranger()
    if who.token is None and who.certificate is not None:
        node = by_certificate(house.engine, who.certificate, peer=who.peer, system=system)
    else:
        # Whoever shows nothing at all is turned away, counted and written down like one who shows something wrong.
        node = by_token(house.engine, who.token or "", peer=who.peer, system=system)
    try:
        found = house.registration(node.system)
    except StopError as error:
        if error.code != "SYSTEM_UNKNOWN":
            raise
        raise problems.not_pushed_to() from error
    if found.connector.get("kind") != PUSHES:
        raise problems.not_pushed_to()
    kinds = found.connector.get("credentials") or (node.kind,)
    if node.kind not in kinds:
        told = {
            "kind": node.kind,
            "why": "unfit",
            "system": node.system,
            "node": node.name,
            "id": node.credential,
        }
        refusals.note(house.engine, who.peer, told, now_us())
        raise problems.wrong_credential(", ".join(kinds))
    return node, found


def _bearer(headers: Mapping[str, str]) -> str | None:
    value = headers.get("authorization")
    if value is None:
        return None
    scheme, _, token = value.partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""  # another scheme is no token, and is told so


def _of_connection(request: Request) -> str | None:
    """The certificate whose key the TLS handshake has proved; the server hands it on (ASGI's TLS extension)."""
    chain = request.scope.get("extensions", {}).get("tls", {}).get("client_cert_chain", ())
    return sha256(PEM_cert_to_DER_cert(chain[0])).hexdigest() if chain else None


def _trusted(client: str, house: House) -> bool:
    try:
        address = ipaddress.ip_address(client)
    except ValueError:
        return False
    # A socket for both families shows IPv4 callers in IPv6's clothes.
    plain = address.ipv4_mapped or address if isinstance(address, ipaddress.IPv6Address) else address
    return any(plain in network for network in house.proxies)
