"""Detached SM3withSM2 signatures (GB/T 32918.2): a zip holds the document and, beside it, `<document>.sm2`."""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from asn1crypto import keys  # type: ignore[import-untyped]
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from gmssl import sm2  # type: ignore[import-untyped]

from hub.envelope.certificates import Certificate
from hub.errors import PackageRefused

SUFFIX = ".sm2"
MOST_BYTES = 1024
"""Of a signature file; 72 bytes of DER are about 100 in Base64."""
CURVE = "1.2.156.10197.1.301"
_P = int(sm2.default_ecc_table["p"], 16)
_A = int(sm2.default_ecc_table["a"], 16)
_B = int(sm2.default_ecc_table["b"], 16)
_N = int(sm2.default_ecc_table["n"], 16)
_USERS = (b"1234567812345678", b"")
"""GB/T 35276's user id, and the empty one that `openssl dgst -sm3 -sign` takes where none is given."""


@dataclass(frozen=True, slots=True)
class Sm2Key:
    """A public SM2 key that a system signs with: x and y in hex, and its certificate where it has one."""

    x: str
    y: str
    certificate: Certificate | None = None
    source: str = field(default="", repr=False)

    @property
    def fingerprint(self) -> str:
        """SHA-256 in hex of the certificate; of a bare key, of its SubjectPublicKeyInfo as openssl writes it."""
        if self.certificate is not None:
            return self.certificate.fingerprint
        return hashlib.sha256(_INFO + bytes.fromhex(self.x + self.y)).hexdigest()


def sm2_point(public_key: bytes) -> tuple[str, str] | None:
    """x and y (64 hex digits each) of a SubjectPublicKeyInfo in DER; None for a key of another kind.

    Raises ValueError for a point that does not lie on the curve, and what certificates.FAULTS names for what is no key.
    """
    info = keys.PublicKeyInfo.load(public_key, strict=True)
    algorithm = info["algorithm"]
    if algorithm["algorithm"].native != "ec" or algorithm["parameters"].chosen.dump() != _CURVE_OID:
        return None
    point = info["public_key"].native
    if len(point) != 65 or point[0] != 4:
        raise ValueError("an uncompressed point is expected")
    x, y = int.from_bytes(point[1:33], "big"), int.from_bytes(point[33:], "big")
    if max(x, y) >= _P or (y * y - x * x * x - _A * x - _B) % _P:
        raise ValueError("the point does not lie on the curve of SM2")
    return f"{x:064x}", f"{y:064x}"


def signature_numbers(content: bytes, name: str) -> tuple[int, int]:
    """r and s of a signature file in DER or Base64. Raises PackageRefused SM2_SIGNATURE."""
    try:
        data = (
            content if content[:1] == b"\x30" else base64.b64decode(b"".join(content.split()), validate=True)
        )
        r, s = decode_dss_signature(data)
    except (ValueError, binascii.Error) as error:
        raise PackageRefused("SM2_SIGNATURE", name=name) from error
    if not (0 < r < _N and 0 < s < _N):
        raise PackageRefused("SM2_SIGNATURE", name=name)
    return r, s


def signer_of(blocks: Iterable[bytes], numbers: tuple[int, int], known: Sequence[Sm2Key]) -> Sm2Key | None:
    """Whose key has signed the document; None if none of those known. Reads the document once."""
    tried = [(key, user, hashes.Hash(hashes.SM3())) for key in known for user in _USERS]
    for key, user, hashing in tried:
        hashing.update(_identity(key, user))
    for block in blocks:
        for _, _, hashing in tried:
            hashing.update(block)
    for key, _, hashing in tried:
        if _fits(key, numbers, hashing.finalize()):
            return key
    return None


def _identity(key: Sm2Key, user: bytes) -> bytes:
    """Z_A: the digest over the signer's name and key that goes before the document (5.5)."""
    table = sm2.default_ecc_table
    hashing = hashes.Hash(hashes.SM3())
    hashing.update((len(user) * 8).to_bytes(2, "big") + user)
    hashing.update(bytes.fromhex(table["a"] + table["b"] + table["g"] + key.x + key.y))
    return hashing.finalize()


def _fits(key: Sm2Key, numbers: tuple[int, int], digest: bytes) -> bool:
    r, s = numbers
    if (r + s) % _N == 0:
        return False
    verifier = sm2.CryptSM2(private_key=None, public_key="")
    verifier.public_key = key.x + key.y  # its constructor strips leading zeros and fours off the key itself
    return bool(verifier.verify(f"{r:064x}{s:064x}", digest))


_INFO = bytes.fromhex("3059301306072a8648ce3d020106082a811ccf5501822d03420004")
"""What goes before x and y in the DER of an SM2 public key."""
_CURVE_OID = bytes.fromhex("06082a811ccf5501822d")
