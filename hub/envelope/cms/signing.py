"""Makes detached CMS signatures that `openssl cms -verify` checks; DER put together by hand, a fraction of a millisecond each."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from functools import lru_cache

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from hub.envelope.cms.der import tlv
from hub.envelope.keys import HubKey

_DATA = bytes.fromhex("06092a864886f70d010701")
_SIGNED_DATA = bytes.fromhex("06092a864886f70d010702")
_CONTENT_TYPE = bytes.fromhex("06092a864886f70d010903")
_MESSAGE_DIGEST = bytes.fromhex("06092a864886f70d010904")
_SIGNING_TIME = bytes.fromhex("06092a864886f70d010905")
_SHA256 = tlv(0x30, bytes.fromhex("0609608648016503040201"))
_RSA = tlv(0x30, bytes.fromhex("06092a864886f70d010101") + b"\x05\x00")
_ECDSA_SHA256 = tlv(0x30, bytes.fromhex("06082a8648ce3d040302"))
_ONE = tlv(0x02, b"\x01")


def detached_signature(body: bytes, key: HubKey, at: int) -> bytes:
    """A SignedData over `body` without it, SHA-256, with certificate and time of signing (`at`, µs). DER."""
    certificate = key.certificate
    before, after = _around(certificate.der, certificate.issuer, certificate.serial)
    attributes = _attributes(hashlib.sha256(body).digest(), at)
    algorithm, signature = _signed(tlv(0x31, attributes), key)
    signer = tlv(0x30, after + tlv(0xA0, attributes) + algorithm + tlv(0x04, signature))
    return tlv(0x30, _SIGNED_DATA + tlv(0xA0, tlv(0x30, before + tlv(0x31, signer))))


@lru_cache(maxsize=8)
def _around(der: bytes, issuer: bytes, serial: int) -> tuple[bytes, bytes]:
    """What the data begin with, and what their signer begins with: the same for every signature of a key."""
    named = tlv(0x30, issuer + _integer(serial))
    data = _ONE + tlv(0x31, _SHA256) + tlv(0x30, _DATA) + tlv(0xA0, der)
    return data, _ONE + named + _SHA256


def _attributes(digest: bytes, at: int) -> bytes:
    # In the order of their bytes, as DER has a set.
    kind, time = _of_no_body(at // 1_000_000)
    values = (kind, time, tlv(0x30, _MESSAGE_DIGEST + tlv(0x31, tlv(0x04, digest))))
    return b"".join(sorted(values))


@lru_cache(maxsize=8)
def _of_no_body(second: int) -> tuple[bytes, bytes]:
    """Content type and time of signing."""
    moment = datetime.fromtimestamp(second, UTC)
    if moment.year < 2050:
        time = tlv(0x17, moment.strftime("%y%m%d%H%M%SZ").encode())
    else:
        time = tlv(0x18, moment.strftime("%Y%m%d%H%M%SZ").encode())
    return tlv(0x30, _CONTENT_TYPE + tlv(0x31, _DATA)), tlv(0x30, _SIGNING_TIME + tlv(0x31, time))


def _signed(data: bytes, key: HubKey) -> tuple[bytes, bytes]:
    if isinstance(key.private, RSAPrivateKey):
        return _RSA, key.private.sign(data, padding.PKCS1v15(), hashes.SHA256())
    return _ECDSA_SHA256, key.private.sign(data, ec.ECDSA(hashes.SHA256()))


def _integer(number: int) -> bytes:
    return tlv(0x02, number.to_bytes(number.bit_length() // 8 + 1, "big", signed=True))
