"""Certificates as the envelope looks at them: read from PEM or DER, named, and recognised by issuer and serial, key or fingerprint."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field
from pathlib import Path

from asn1crypto import pem  # type: ignore[import-untyped]
from asn1crypto import x509 as plain
from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm

from hub.errors import Place, StopError

FAULTS = (
    ValueError, TypeError, KeyError, IndexError, AttributeError, OSError, UnsupportedAlgorithm, x509.InvalidVersion,
    x509.DuplicateExtension, x509.UnsupportedGeneralNameType,
)  # fmt: skip
"""What parsers of certificates raise over bytes that are none."""
LONGEST_SERIAL = 64
"""Hexadecimal digits of a serial number, or a key identifier, that a message shows; twenty bytes are the most there may be."""
_LABEL = re.compile(rb"-----BEGIN ([A-Z0-9 ]+)-----")


@dataclass(frozen=True, slots=True)
class Certificate:
    """One certificate: its bytes, what names it in messages, and what people know it by."""

    der: bytes = field(repr=False)
    issuer: bytes = field(repr=False)  # the issuer's name, DER
    serial: int
    key_id: bytes | None = field(repr=False)
    key: bytes = field(repr=False)  # SubjectPublicKeyInfo, DER
    subject: str
    parsed: x509.Certificate = field(repr=False)

    @property
    def fingerprint(self) -> str:
        """SHA-256 over the whole certificate, lower-case hex."""
        return hashlib.sha256(self.der).hexdigest()

    @property
    def serial_hex(self) -> str:
        """The serial number as `openssl x509 -serial` prints it."""
        return in_hex(self.serial)

    @property
    def shown(self) -> str:
        """As messages name it."""
        return f"{self.subject} (serial {self.serial_hex}, SHA-256 {self.fingerprint[:16]}…)"


def in_hex(number: int) -> str:
    """A serial number as `openssl x509 -serial` prints it; one longer than there can be (RFC 5280, 4.1.2.2) is cut."""
    digits = f"{number >> max(number.bit_length() - 4 * LONGEST_SERIAL, 0):X}"
    shown = digits.zfill(len(digits) + len(digits) % 2)
    return shown if number.bit_length() <= 4 * LONGEST_SERIAL else f"{shown}…"


def key_shown(key_id: bytes) -> str:
    """A key identifier as messages name it."""
    digits = key_id[: LONGEST_SERIAL // 2].hex().upper()
    return f"key id {digits}{'…' if len(key_id) > LONGEST_SERIAL // 2 else ''}"


def certificate(der: bytes) -> Certificate:
    """One certificate. Raises any of FAULTS for bytes that are none."""
    body = plain.Certificate.load(der, strict=True)["tbs_certificate"]
    if body["serial_number"].native <= 0:
        raise ValueError("a serial number must be positive (RFC 5280, 4.1.2.2)")
    parsed = x509.load_der_x509_certificate(der)
    try:
        key_id = parsed.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value.digest
    except x509.ExtensionNotFound:
        key_id = None
    name = "".join(c if c.isprintable() else "?" for c in parsed.subject.rfc4514_string()) or "-"
    return Certificate(
        der, body["issuer"].dump(), parsed.serial_number, key_id, body["subject_public_key_info"].dump(), name[:200],
        parsed,
    )  # fmt: skip


def certificates_of(data: bytes) -> list[Certificate]:
    """The certificates of a PEM text (other blocks are passed over), or the one of a DER file. Raises FAULTS."""
    if not pem.detect(data):
        return [certificate(data)]
    blocks = pem.unarmor(data, multiple=True)
    return [certificate(der) for label, _, der in blocks if label in ("CERTIFICATE", "X509 CERTIFICATE")]


def labels(data: bytes) -> list[str]:
    """The kinds of blocks in a PEM text, in their order."""
    return [label.decode() for label in _LABEL.findall(data)]


def file_error(file: Path, system: str, why: object) -> StopError:
    """The error for a file that the registration's envelope names and that cannot be used."""
    return StopError(
        "ENVELOPE_FILE",
        zh=f"登记的 envelope 所列文件 {file} 不能使用:{why}",
        en=f"The file {file}, named by the registration's envelope, cannot be used: {why}",
        remedy_zh="放入该文件(PEM 或 DER 证书、PEM 公钥、吊销列表);相对路径从登记所在目录算起",
        remedy_en="Put the file there (a PEM or DER certificate, PEM public key, or CRL); relative paths start at the "
        "registration's folder",
        place=Place(system=system, file=str(file), field="envelope"),
    )
