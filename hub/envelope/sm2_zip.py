"""Finds and checks the detached SM2 signature inside a zip: `<document>.sm2` beside the one document."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from hub.envelope import unzip
from hub.envelope.entry import Entry
from hub.envelope.limits import Limits
from hub.envelope.meter import Meter
from hub.envelope.sm2 import MOST_BYTES, SUFFIX, Sm2Key, signature_numbers, signer_of
from hub.envelope.trust import Policy, check_period
from hub.errors import PackageRefused

_ZIP = b"PK\x03\x04", b"PK\x07\x08"


def detached_signer(
    file: Path, policy: Policy, limits: Limits, at: int, password: bytes | None = None
) -> tuple[str, str, str | None] | None:
    """Subject, fingerprint and serial of whoever signed the document in a zip; None: no zip, or no signature in it.

    Raises PackageRefused ENVELOPE_SIGNED, SM2_DOCUMENT, SM2_SIGNATURE, SM2_SIGNER, CERT_EXPIRED, CERT_NOT_YET, ZIP_*.
    """
    meter = Meter(limits, file.stat().st_size)
    with file.open("rb") as stream:
        if stream.read(4) not in _ZIP:
            return None
        entries = [each for each in unzip.members(stream, limits, password) if "/" not in each.name]
        signatures = [each for each in entries if each.name.lower().endswith(SUFFIX)]
        if not signatures:
            return None
        if policy.signed == "forbidden":
            raise PackageRefused("ENVELOPE_SIGNED")
        document, signature = _pair(entries, signatures)
        numbers = signature_numbers(_small(signature), signature.name)
        key = None
        if known := policy.sm2_signers(at):  # else there is nothing to read the document for
            key = signer_of(meter.unpacked(document.content(), document.packed), numbers, known)
    if key is None:
        raise PackageRefused("SM2_SIGNER", name=document.name, system=policy.system)
    if key.certificate is not None:
        check_period(key.certificate, datetime.fromtimestamp(at / 1e6, UTC))
    return _told(key)


def _pair(entries: list[Entry], signatures: list[Entry]) -> tuple[Entry, Entry]:
    """The document and its signature. With a second document beside it, nobody could say which one was signed."""
    documents = [each for each in entries if each.name.lower().endswith(".xml")]
    if len(documents) != 1 or len(signatures) != 1 or signatures[0].name != documents[0].name + SUFFIX:
        names = ", ".join(each.name for each in (*documents, *signatures)[:5])
        raise PackageRefused("SM2_DOCUMENT", found=names)
    return documents[0], signatures[0]


def _small(entry: Entry) -> bytes:
    data = b""
    for block in entry.content():
        data += block
        if len(data) > MOST_BYTES:
            raise PackageRefused("SM2_SIGNATURE", name=entry.name)
    return data


def _told(key: Sm2Key) -> tuple[str, str, str | None]:
    if key.certificate is not None:
        return key.certificate.subject, key.certificate.fingerprint, key.certificate.serial_hex
    return "SM2", key.fingerprint, None
