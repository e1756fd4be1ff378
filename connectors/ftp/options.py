"""The options of an `ftp` registration and its connection as one frozen value; hub/register/ftp.py explains each."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from connectors.base import Access
from connectors.failures import option_wrong
from connectors.ftp.failures import NO_CONNECTION, stopping
from hub.register import duration

TLS = ("explicit", "implicit", "none")
MODES = ("passive", "active")
NAMES = ("bytes", "utf-8")
LISTINGS = ("auto", "list")
_WORDS = {"tls": TLS, "mode": MODES, "names": NAMES, "listing": LISTINGS}
_PORTS = {"explicit": 21, "none": 21, "implicit": 990}
_PAGE = "docs/connectors/ftp.md"


@dataclass(frozen=True, slots=True)
class FtpOptions:
    """How a server is to be spoken to; `ca` is a file, `fingerprints` are SHA-256 of certificates in lower-case hex."""

    connection: str
    tls: str = "explicit"
    ca: str | None = None
    fingerprints: tuple[str, ...] = ()
    mode: str = "passive"
    names: str = "bytes"
    listing: str = "auto"
    timeout_s: float = 60.0


@dataclass(frozen=True, slots=True)
class Address:
    """Where a server is and who the hub is there; its text hides the password."""

    host: str
    port: int
    login: str
    password: str = field(repr=False)
    ca: str | None = None
    fingerprints: tuple[str, ...] = ()

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"ftp://{self.login}@{host}:{self.port}"


def options_of(system: str, given: Mapping[str, Any]) -> FtpOptions:
    """The options of a registration. Raises StopError CONNECTOR_OPTION."""
    connection = given.get("connection")
    if not isinstance(connection, str) or not connection.strip():
        raise _wrong(system, "connection", "缺少", "is missing", "Airflow Connection")
    words = {name: str(given.get(name, allowed[0])) for name, allowed in _WORDS.items()}
    for name, word in words.items():
        if word not in _WORDS[name]:
            raise _wrong(
                system, name, f"不认识 {word!r}", f"does not know {word!r}", " / ".join(_WORDS[name])
            )
    pins = given.get("fingerprints") or []
    if not isinstance(pins, list):
        raise _wrong(system, "fingerprints", "应为列表", "must be a list", "[SHA256:…]")
    if words["tls"] == "none" and (pins or given.get("ca")):
        raise _wrong(
            system, "tls", "none 时没有证书可核对", "is none: there is no certificate to check", "explicit"
        )
    return FtpOptions(
        connection=connection,
        ca=None if given.get("ca") is None else str(given["ca"]),
        fingerprints=tuple(_pin(system, str(pin)) for pin in pins),
        timeout_s=_seconds(system, given.get("timeout", "60s")),
        **words,
    )  # fmt: skip


def address_of(system: str, options: FtpOptions, access: Access, folder: Path) -> Address:
    """The server that a connection means. Raises StopError FTP_CONNECTION, or CONNECTOR_OPTION for a fingerprint."""
    host = access.host or ""
    if "://" in host:  # Airflow lets people write the scheme into the host
        host = host.split("://", 1)[1]
    host = host.strip("/").removeprefix("[").removesuffix("]")
    login = access.login or "anonymous"
    if (
        not host
        or any(letter in host for letter in "@?# /")
        or re.search(r"[\r\n\0]", f"{login}{access.password}")
    ):
        raise stopping(NO_CONNECTION, system, access.name, f"host {access.host!r}")
    more = access.extra.get("fingerprint") or access.extra.get("fingerprints") or []
    pins = [more] if isinstance(more, str) else list(more)
    ca = options.ca or access.extra.get("ca")
    return Address(
        host=host,
        port=access.port or _PORTS[options.tls],
        login=login,
        password=access.password or "",
        ca=None if ca is None else str(folder / str(ca)),
        fingerprints=(*options.fingerprints, *(_pin(system, str(pin)) for pin in pins)),
    )


def fingerprint_of(text: str) -> str:
    """A fingerprint as people copy it (`SHA256:AB:CD…`, `sha256 Fingerprint=AB:CD…`, plain hex) as 64 hex digits. ValueError."""
    digits = re.sub(r"^.*(=|(?i:sha-?256):?)", "", text.strip())
    digits = re.sub(r"[:\s]", "", digits).lower()
    if not re.fullmatch(r"[0-9a-f]{64}", digits):
        raise ValueError(text)
    return digits


def fingerprint_shown(digits: str) -> str:
    """A fingerprint as `openssl x509 -fingerprint -sha256` prints it, for people to compare."""
    return "SHA256:" + ":".join(digits[i : i + 2] for i in range(0, len(digits), 2)).upper()


def _pin(system: str, text: str) -> str:
    try:
        return fingerprint_of(text)
    except ValueError as error:
        raise _wrong(
            system, "fingerprints", f"{text!r} 不是 SHA-256 指纹", f"{text!r} is no SHA-256 fingerprint",
            "openssl x509 -noout -fingerprint -sha256 -in cert.pem",
        ) from error  # fmt: skip


def _seconds(system: str, value: object) -> float:
    try:
        return duration(str(value)).total_seconds()
    except ValueError as error:
        raise _wrong(
            system, "timeout", f"{value!r} 不是时长", f"{value!r} is no duration", "60s, 5m"
        ) from error


def _wrong(system: str, name: str, zh: str, en: str, allowed: str) -> Exception:
    return option_wrong(
        system, name, zh, en, f"可用:{allowed};见 {_PAGE}", f"Allowed: {allowed}; see {_PAGE}"
    )
