"""What ends soon of all that signing and sealing rest on: nodes' credentials, certificates, revocation lists, the hub's keys."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from pathlib import Path

from asn1crypto import pem  # type: ignore[import-untyped]
from cryptography import x509
from sqlalchemy import Connection

from hub import nodes
from hub.clock import MICROSECOND, to_us
from hub.envelope.certificates import FAULTS, Certificate, certificates_of
from hub.envelope.keys import ENVELOPE, RECEIPTS, HubKey
from hub.register import Registration

SOON = timedelta(days=30)
LISTS_SOON = timedelta(days=2)
"""Revocation lists live for days; their authority renews them before they end."""


Own = Callable[[str], Sequence[HubKey]]
"""The hub's own keys of a kind (`envelope`, `receipts`), from files or a Connection; raises StopError where they cannot be used."""


def ending(connection: Connection, found: Registration, keys: Own, now: int) -> list[tuple[int, str]]:
    """When (µs) what ends, soonest first: of the nodes of a system, of its registration, and of the hub's own `keys`.

    A file of the registration that cannot be read is the matter of `suphub system check`; raises StopError as `keys` does.
    """
    last = now + SOON // MICROSECOND
    of_nodes = (each for each in nodes.expiring(connection, SOON, now=now) if each.system == found.code)
    ends = [(each.valid_to, f"{each.name} {each.kind}") for each in of_nodes]
    for name in ("certificates", "authorities"):
        ends += [(_end(each), each.subject) for each in _named(found, name) if _end(each) <= last]
    ends += [each for each in _lists(found) if each[0] <= now + LISTS_SOON // MICROSECOND]
    ends += [each for each in _own(found, keys) if each[0] <= last]
    return sorted(ends)


def _named(found: Registration, name: str) -> Iterator[Certificate]:
    for file in found.envelope.get(name, ()):
        yield from _certificates(Path(found.path).parent / file)


def _certificates(file: Path) -> list[Certificate]:
    try:
        return certificates_of(file.read_bytes())
    except FAULTS:
        return []


def _end(certificate: Certificate) -> int:
    return to_us(certificate.parsed.not_valid_after_utc)


def _lists(found: Registration) -> Iterator[tuple[int, str]]:
    for file in found.envelope.get("crls", ()):
        try:
            data = (Path(found.path).parent / file).read_bytes()
            ders = [der for _, _, der in pem.unarmor(data, multiple=True)] if pem.detect(data) else [data]
            for each in map(x509.load_der_x509_crl, ders):
                if each.next_update_utc is not None:
                    issuer = each.issuer.rfc4514_string()
                    yield to_us(each.next_update_utc), f"吊销列表 CRL {issuer}"
        except FAULTS:
            continue


def _own(found: Registration, keys: Own) -> Iterator[tuple[int, str]]:
    """Of each of the hub's kinds of keys the one that ends last: an older one stays beside it on purpose."""
    kinds = [(RECEIPTS, "枢纽的回执签名密钥 the hub's key for receipts")]
    if found.envelope.get("encrypted") == "required":
        kinds.append((ENVELOPE, "枢纽的解密密钥 the hub's key for envelopes"))
    for name, what in kinds:
        held = keys(name)
        if held:
            last = max(held, key=lambda each: _end(each.certificate))
            yield _end(last.certificate), f"{what} ({last.source})"
