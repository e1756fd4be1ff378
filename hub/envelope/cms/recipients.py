"""Whom an encrypted package is for, and the content key that the hub's own key gives of it."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from asn1crypto import cms  # type: ignore[import-untyped]
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.kdf.x963kdf import X963KDF
from cryptography.hazmat.primitives.keywrap import InvalidUnwrap, aes_key_unwrap

from hub.envelope.certificates import in_hex, key_shown
from hub.envelope.cms import algorithms
from hub.envelope.cms.ber import malformed, no_parameters, understood, version_of
from hub.envelope.cms.der import tlv
from hub.envelope.keys import HubKey
from hub.envelope.limits import Limits
from hub.errors import PackageRefused

OAEP_DIGESTS = {"1.3.14.3.2.26": hashes.SHA1, **algorithms.DIGESTS}
"""SHA-1 is OAEP's default and sound there."""


@dataclass(frozen=True, slots=True)
class Recipient:
    """One of those a package is encrypted for: named by issuer (DER) and serial, or by key identifier."""

    issuer: bytes
    serial: int | None
    key_id: bytes | None
    info: Any  # KeyTransRecipientInfo or KeyAgreeRecipientInfo
    encrypted_key: bytes

    @property
    def shown(self) -> str:
        """The serial number in hex, or the key identifier."""
        if self.serial is None:
            return key_shown(self.key_id or b"")
        return in_hex(self.serial)

    def is_of(self, key: HubKey) -> bool:
        """Whether this names the certificate of that key."""
        known = key.certificate
        if self.serial is None:
            return self.key_id is not None and self.key_id == known.key_id
        return (self.issuer, self.serial) == (known.issuer, known.serial)


def recipients(data: bytes, limits: Limits) -> tuple[list[Recipient], int]:
    """Everybody the RecipientInfos name, and the version that EnvelopedData must have because of them (RFC 5652, 6.1).

    Those of other kinds (passwords, shared keys) are passed over. Raises PackageRefused CMS_MALFORMED, CMS_LIMIT.
    """
    found: list[Recipient] = []
    version = 0
    with understood("RecipientInfos"):
        infos = cms.RecipientInfos.load(data, strict=True)
        _check_number(len(infos), limits)
        for choice in infos:
            kind, info = choice.name, choice.chosen
            if kind == "ktri":
                found.append(_named(info["rid"], info, info["encrypted_key"].native))
                _version(info, 0 if found[-1].key_id is None else 2)
                version = max(version, 0 if found[-1].key_id is None else 2)
            elif kind == "kari":
                _version(info, 3)
                _check_number(len(found) + len(info["recipient_encrypted_keys"]), limits)
                found += [
                    _named(each["rid"], info, each["encrypted_key"].native)
                    for each in info["recipient_encrypted_keys"]
                ]
                version = max(version, 2)
            else:
                version = 3 if kind in ("pwri", "ori") else max(version, 2)
    return found, version


def _check_number(number: int, limits: Limits) -> None:
    if number > limits.cms_recipients:
        raise limits.exceeded("cms_recipients", number)


def content_key(found: Sequence[Recipient], keys: Sequence[HubKey], length: int) -> bytes:
    """The content key of `length` bytes. A key that cannot be had is answered with a random one.

    So whoever sends made-up keys learns nothing: decryption fails later, always in the same words.
    Raises PackageRefused CMS_NOT_FOR_US, CMS_ALGORITHM.
    """
    for key in keys:
        for each in found:
            if each.is_of(key):
                spare = secrets.token_bytes(length)
                taken = (
                    _agreed(each, key)
                    if isinstance(each.info, cms.KeyAgreeRecipientInfo)
                    else _transported(each, key)
                )
                return taken if taken is not None and len(taken) == length else spare
    ours = ", ".join(f"{key.certificate.subject} {key.certificate.serial_hex}" for key in keys)
    raise PackageRefused(
        "CMS_NOT_FOR_US", found=", ".join(each.shown for each in found[:5]) or "-", ours=ours
    )


def _named(rid: Any, info: Any, encrypted_key: bytes) -> Recipient:
    if rid.name == "issuer_and_serial_number":
        chosen = rid.chosen
        return Recipient(chosen["issuer"].dump(), chosen["serial_number"].native, None, info, encrypted_key)
    key_id = rid.chosen.native
    if not isinstance(key_id, bytes):  # RecipientKeyIdentifier of a key agreement
        key_id = key_id["subject_key_identifier"]
    return Recipient(b"", None, key_id, info, encrypted_key)


def _version(info: Any, expected: int) -> None:
    number = version_of(info["version"])
    if number != expected:
        raise malformed(
            f"收件人信息的版本为 {number},应为 {expected} / a recipient's version is {number}, not {expected}"
        )


def _transported(each: Recipient, key: HubKey) -> bytes | None:
    if not isinstance(key.private, RSAPrivateKey):
        return None
    with understood("KeyEncryptionAlgorithm"):
        algorithm = each.info["key_encryption_algorithm"]
        oid = algorithm["algorithm"].dotted
    if oid == algorithms.RSA:
        with understood("KeyEncryptionAlgorithm"):
            no_parameters(algorithm["parameters"])
        way: padding.AsymmetricPadding = padding.PKCS1v15()
    elif oid == algorithms.OAEP:
        way = _oaep(algorithm)
    else:
        raise algorithms.refused("密钥加密算法 / key encryption", oid, "RSA PKCS#1 v1.5, RSA-OAEP, ECDH")
    try:
        return key.private.decrypt(each.encrypted_key, way)
    except ValueError:
        return None


def _oaep(algorithm: Any) -> padding.OAEP:
    with understood("RSAES-OAEP-params"):
        parameters = algorithm["parameters"]
        digest, mask = parameters["hash_algorithm"]["algorithm"], parameters["mask_gen_algorithm"]
        mask_digest = mask["parameters"]["algorithm"]
        for each in (parameters["hash_algorithm"], mask["parameters"]):
            no_parameters(each["parameters"])
        source = parameters["p_source_algorithm"]
        label = source["parameters"].native
        named = (mask["algorithm"].dotted, source["algorithm"].dotted)
    for oid in (digest.dotted, mask_digest.dotted):
        if oid not in OAEP_DIGESTS:
            raise algorithms.refused("OAEP 的摘要 / digest of OAEP", oid, f"SHA-1, {algorithms.DIGEST_WORDS}")
    if named != (algorithms.MGF1, algorithms.PSPECIFIED):
        raise malformed("OAEP 参数不认识 / unknown parameters of OAEP")
    made = OAEP_DIGESTS[digest.dotted](), OAEP_DIGESTS[mask_digest.dotted]()
    return padding.OAEP(padding.MGF1(made[1]), made[0], label or None)


def _agreed(each: Recipient, key: HubKey) -> bytes | None:
    """RFC 5753: ephemeral-static ECDH, the X9.63 derivation, AES key wrap."""
    if not isinstance(key.private, ec.EllipticCurvePrivateKey):
        return None
    with understood("KeyAgreeRecipientInfo"):
        algorithm = each.info["key_encryption_algorithm"]
        oid = algorithm["algorithm"].dotted
        wrap = (
            cms.KeyEncryptionAlgorithm.load(algorithm["parameters"].dump())
            if oid in algorithms.AGREEMENTS
            else None
        )
        wrap_oid = wrap["algorithm"].dotted if wrap is not None else ""
        ukm = each.info["ukm"].native
        originator = each.info["originator"]
        point = originator.chosen["public_key"].native if originator.name == "originator_key" else b""
    if wrap is None or wrap_oid not in algorithms.WRAPS:
        raise algorithms.refused(
            "密钥协商算法 / key agreement", wrap_oid or oid, "ECDH (stdDH-…kdf), AES key wrap"
        )
    length = algorithms.WRAPS[wrap_oid]
    try:
        peer = ec.EllipticCurvePublicKey.from_encoded_point(key.private.curve, point)
        shared = key.private.exchange(ec.ECDH(), peer)
        derive = X963KDF(algorithms.AGREEMENTS[oid](), length, _shared_info(wrap.dump(), ukm, length))
        return aes_key_unwrap(derive.derive(shared), each.encrypted_key)
    except (ValueError, InvalidUnwrap):
        return None


def _shared_info(wrap: bytes, ukm: bytes | None, length: int) -> bytes:
    """ECC-CMS-SharedInfo (RFC 5753, 7.2)."""
    entity = tlv(0xA0, tlv(0x04, ukm)) if ukm is not None else b""
    return tlv(0x30, wrap + entity + tlv(0xA2, tlv(0x04, (length * 8).to_bytes(4, "big"))))
