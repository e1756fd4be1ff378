"""Which algorithms a sealed package may use, by object identifier; everything else is refused by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from cryptography.hazmat.decrepit.ciphers.algorithms import TripleDES
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers import BlockCipherAlgorithm
from cryptography.hazmat.primitives.ciphers.algorithms import AES, SM4

from hub.errors import PackageRefused

DATA = "1.2.840.113549.1.7.1"
SIGNED = "1.2.840.113549.1.7.2"
ENVELOPED = "1.2.840.113549.1.7.3"
AUTH_ENVELOPED = "1.2.840.113549.1.9.16.1.23"

DIGESTS: Mapping[str, Callable[[], hashes.HashAlgorithm]] = {
    "2.16.840.1.101.3.4.2.1": hashes.SHA256,
    "2.16.840.1.101.3.4.2.2": hashes.SHA384,
    "2.16.840.1.101.3.4.2.3": hashes.SHA512,
}
DIGEST_WORDS = "SHA-256, SHA-384, SHA-512"

RSA = "1.2.840.113549.1.1.1"
OAEP = "1.2.840.113549.1.1.7"
MGF1 = "1.2.840.113549.1.1.8"
PSPECIFIED = "1.2.840.113549.1.1.9"
PSS = "1.2.840.113549.1.1.10"
PKCS1_SIGNATURES: Mapping[str, str | None] = {
    RSA: None,
    "1.2.840.113549.1.1.11": "2.16.840.1.101.3.4.2.1",
    "1.2.840.113549.1.1.12": "2.16.840.1.101.3.4.2.2",
    "1.2.840.113549.1.1.13": "2.16.840.1.101.3.4.2.3",
}
"""Signature → the digest it names, None: whichever the signer names."""
ECDSA_SIGNATURES: Mapping[str, str] = {
    "1.2.840.10045.4.3.2": "2.16.840.1.101.3.4.2.1",
    "1.2.840.10045.4.3.3": "2.16.840.1.101.3.4.2.2",
    "1.2.840.10045.4.3.4": "2.16.840.1.101.3.4.2.3",
}
SIGNATURE_WORDS = "RSA (PKCS#1 v1.5, PSS), ECDSA"

AGREEMENTS: Mapping[str, Callable[[], hashes.HashAlgorithm]] = {
    "1.3.133.16.840.63.0.2": hashes.SHA1,  # what OpenSSL takes by default; as a key derivation SHA-1 is sound
    "1.3.132.1.11.1": hashes.SHA256,
    "1.3.132.1.11.2": hashes.SHA384,
    "1.3.132.1.11.3": hashes.SHA512,
}
"""dhSinglePass-stdDH-…kdf-scheme (RFC 5753) → the hash of its derivation."""
WRAPS: Mapping[str, int] = {
    "2.16.840.1.101.3.4.1.5": 16,
    "2.16.840.1.101.3.4.1.25": 24,
    "2.16.840.1.101.3.4.1.45": 32,
}
"""AES key wrap → bytes of its key."""


@dataclass(frozen=True, slots=True)
class Content:
    """A cipher for content: its name, the bytes of its key, and whether it is authenticated (GCM)."""

    name: str
    key_bytes: int
    cipher: Callable[[bytes], BlockCipherAlgorithm]
    authenticated: bool = False

    @property
    def block_bytes(self) -> int:
        """Bytes of one block, also of the initial value of CBC."""
        return 8 if self.cipher is TripleDES else 16


CONTENTS: Mapping[str, Content] = {
    "2.16.840.1.101.3.4.1.2": Content("AES-128-CBC", 16, AES),
    "2.16.840.1.101.3.4.1.22": Content("AES-192-CBC", 24, AES),
    "2.16.840.1.101.3.4.1.42": Content("AES-256-CBC", 32, AES),
    "2.16.840.1.101.3.4.1.6": Content("AES-128-GCM", 16, AES, authenticated=True),
    "2.16.840.1.101.3.4.1.26": Content("AES-192-GCM", 24, AES, authenticated=True),
    "2.16.840.1.101.3.4.1.46": Content("AES-256-GCM", 32, AES, authenticated=True),
    "1.2.156.10197.1.104.2": Content("SM4-CBC", 16, SM4),
    "1.2.840.113549.3.7": Content("3DES-CBC", 24, TripleDES),
}
TRIPLE_DES = "3DES-CBC"
CONTENT_WORDS = "AES-128/192/256-CBC, AES-128/192/256-GCM, SM4-CBC"

NAMES: Mapping[str, str] = {
    "1.3.14.3.2.26": "SHA-1",
    "1.2.840.113549.2.5": "MD5",
    "1.2.840.113549.1.1.4": "MD5 with RSA",
    "1.2.840.113549.1.1.5": "SHA-1 with RSA",
    "1.2.840.10045.4.1": "ECDSA with SHA-1",
    "2.16.840.1.101.3.4.2.4": "SHA-224",
    "1.2.156.10197.1.401": "SM3",
    "1.3.14.3.2.7": "DES-CBC",
    "1.2.840.113549.3.2": "RC2-CBC",
    "1.3.101.112": "Ed25519",
    "2.16.840.1.101.3.4.1.42": "AES-256-CBC",
}


LONGEST_NAME = 100
"""Characters of an identifier that a message shows."""


def refused(what: str, found: str, allowed: str) -> PackageRefused:
    """The refusal of an algorithm; `found` is its identifier."""
    name = NAMES.get(found)
    found = found if len(found) <= LONGEST_NAME else f"{found[:LONGEST_NAME]}…"
    return PackageRefused(
        "CMS_ALGORITHM", what=what, found=f"{name} ({found})" if name else found, allowed=allowed
    )


def digest_named(oid: str) -> hashes.HashAlgorithm:
    """The digest of that identifier. Raises PackageRefused CMS_ALGORITHM."""
    made = DIGESTS.get(oid)
    if made is None:
        raise refused("摘要算法 / digest", oid, DIGEST_WORDS)
    return made()


def content_named(oid: str, *, triple_des: bool) -> Content:
    """The content cipher of that identifier. Raises PackageRefused CMS_ALGORITHM."""
    found = CONTENTS.get(oid)
    if found is None or (found.name == TRIPLE_DES and not triple_des):
        shown = f"{found.name} ({oid})" if found else oid
        raise refused("加密算法 / content cipher", shown, CONTENT_WORDS)
    return found
