"""Where a service is and who the hub is there: an address made of the connection, never of what a WSDL says alone."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote, urlsplit, urlunsplit

from connectors.base import Access
from connectors.soap.failures import CONNECTION, At, stopping

PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class Address:
    """The origin (scheme, host, port) that alone is called, the path if the connection has one, login and TLS files."""

    origin: str
    path: str | None
    login: str | None
    password: str | None = field(default=None, repr=False)
    ca: str | None = None
    certificate: tuple[str, str] | str | None = None

    def at(self, location: str | None) -> str:
        """The URL to call for a port whose WSDL says `location`: its path is taken, its host never."""
        if self.path is not None:
            return self.origin + self.path
        said = urlsplit(location or "")
        return urlunsplit((*urlsplit(self.origin)[:2], said.path or "/", said.query, ""))

    def wsdl(self, asked: str) -> str:
        """The URL of the service's own WSDL; `asked` is `?wsdl` or a path with it."""
        base = asked if asked.startswith("/") else (self.path or "/") + asked
        return self.origin + base

    def owns(self, url: str) -> bool:
        """Whether a URL lies at the same origin."""
        return origin_of(url) == origin_of(self.origin)

    def hide(self, text: str) -> str:
        """A text of the service's with our password left out, should it repeat it."""
        return text.replace(self.password, "***") if self.password else text


def address_of(access: Access, system: str) -> Address:
    """The address that a connection means. Raises StopError SOAP_CONNECTION."""
    scheme, host = access.kind, access.host or ""
    if "://" in host:  # Airflow lets people write the scheme into the host
        scheme, host = host.split("://", 1)
    where = At(system, access.name)
    if scheme not in PORTS:
        raise stopping(CONNECTION, where, f"{access.name}: {scheme!r}")
    host, _, below = host.partition("/")
    if not host or any(letter in host for letter in "@?# "):
        raise stopping(CONNECTION, where, f"{access.name}: host {host!r}")
    netloc = f"[{host}]" if ":" in host and not host.startswith("[") and access.port else host
    if access.port:
        netloc += f":{access.port}"
    path = "/".join(part for part in (below.strip("/"), (access.path or "").lstrip("/")) if part)
    ca, cert, key = (_file(access, name, where) for name in ("ca", "cert", "key"))
    return Address(
        origin=f"{scheme}://{netloc}",
        path=quote("/" + path, safe="/?&=%:;,+@!$'()*~.-_") if path else None,
        login=access.login or None,
        password=access.password,
        ca=ca,
        certificate=(cert, key) if cert and key else cert,
    )


def origin_of(url: str) -> tuple[str, str, int]:
    """Scheme, host and port of a URL, the usual port filled in."""
    parts = urlsplit(url)
    scheme = parts.scheme.lower()
    try:
        port = parts.port
    except ValueError:
        port = -1
    return scheme, (parts.hostname or "").lower(), PORTS.get(scheme, 0) if port is None else port


def plain_url(url: str) -> str:
    """A URL for messages: without login and query, either of which may hold a secret."""
    parts = urlsplit(url)
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))


def _file(access: Access, name: str, where: At) -> str | None:
    value = access.extra.get(name)
    if value is None:
        return None
    try:
        with Path(str(value)).open("rb"):
            return str(value)
    except OSError as error:
        raise stopping(CONNECTION, where, f"extra.{name} {value}: {error.strerror}") from error
