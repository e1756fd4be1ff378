"""Reads a certificate that a department hands in, and says what is wrong with it before it is bound to a node."""

from __future__ import annotations

import re
import warnings
from base64 import b64decode
from hashlib import sha256
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, rsa
from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_public_key
from cryptography.x509.oid import ExtendedKeyUsageOID

from hub.clock import from_us, to_us
from hub.errors import Place, StopError
from hub.masking import mask
from hub.nodes.shapes import Material
from hub.nodes.tokens import new_id

RSA_BITS, CURVE_BITS = 2048, 256
"""The least that is accepted (GB/T 39786 and NIST SP 800-57 agree on 112 bits of strength)."""
SM2 = bytes.fromhex("06082a811ccf5501822d")  # the curve 1.2.156.10197.1.301, as DER writes it
USES = {
    "certificate": {ExtendedKeyUsageOID.CLIENT_AUTH, ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE},
    "signing": {
        ExtendedKeyUsageOID.EMAIL_PROTECTION, ExtendedKeyUsageOID.CLIENT_AUTH, ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE,
        x509.ObjectIdentifier("1.3.6.1.5.5.7.3.36"), x509.ObjectIdentifier("1.3.6.1.4.1.311.10.3.12"),
    },
}  # fmt: skip
"""Extended uses of which one must be allowed, if any is named; the last two are the signing of documents (RFC 9336, Microsoft)."""
_BARE = re.compile(rb"-----BEGIN PUBLIC KEY-----([A-Za-z0-9+/=\s]+)-----END PUBLIC KEY-----")
_NUMBER = re.compile(r"[0-9]{15,17}[0-9Xx]?")  # subjects of some authorities carry a person's identity number
_PRIVATE = re.compile(rb"-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----")
_WEAK_HASHES = ("md5", "sha1")


def read_certificate(content: bytes, kind: str, file: Path, now: int) -> Material:
    """What is kept of a certificate (PEM or DER; the first of a chain) of kind `certificate` or `signing`.

    `signing` also takes a bare SM2 public key (PEM), for departments whose software knows no SM2 certificates.
    Raises StopError: NODE_PRIVATE_KEY, NODE_CERTIFICATE, NODE_CERTIFICATE_EXPIRED, NODE_WEAK_KEY, NODE_USAGE.
    """
    if _PRIVATE.search(content):
        raise private_key_given(file)
    if kind == "signing" and b"-----BEGIN PUBLIC KEY-----" in content:
        return _bare_key(content, file)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter(
                "ignore"
            )  # cryptography's remarks on odd certificates; what matters is checked
            certificate = _load(content)
            _check_days(certificate, file, now)
            _check_strength(certificate, kind, file)
            _check_usage(certificate, kind, file)
            return _material(certificate, kind)
    except (ValueError, TypeError, x509.DuplicateExtension, UnsupportedAlgorithm) as error:
        raise _no_certificate(file, str(error)) from error


def check_public_key(key: PublicKeyTypes, file: Path) -> None:
    """Raises StopError NODE_WEAK_KEY."""
    if isinstance(key, rsa.RSAPublicKey):
        if key.key_size < RSA_BITS:
            raise _weak(file, f"RSA {key.key_size}")
    elif isinstance(key, ec.EllipticCurvePublicKey):
        if key.key_size < CURVE_BITS:
            raise _weak(file, f"{key.curve.name} ({key.key_size})")
    elif not isinstance(key, ed25519.Ed25519PublicKey | ed448.Ed448PublicKey):
        raise _weak(file, type(key).__name__.lstrip("_").removesuffix("PublicKey"))


def private_key_given(file: Path) -> StopError:
    """For whoever hands in a private key."""
    return StopError(
        "NODE_PRIVATE_KEY",
        zh=f"{file} 含有私钥。私钥只应留在部门自己的机器上",
        en=f"{file} holds a private key, which belongs on the department's own machine and nowhere else",
        remedy_zh="只交证书或公钥；此私钥若已离开过原机，请部门换一把",
        remedy_en="Hand in the certificate or the public key only; if this key has left its machine, the department makes a new one",
        place=Place(file=str(file)),
    )


def _load(content: bytes) -> x509.Certificate:
    if b"-----BEGIN" in content:
        return x509.load_pem_x509_certificates(content)[0]  # the holder's own stands first in a chain
    return x509.load_der_x509_certificate(content)


def _material(certificate: x509.Certificate, kind: str) -> Material:
    subject = _NUMBER.sub(lambda found: mask(found[0]), certificate.subject.rfc4514_string())
    return Material(
        kind, new_id(), fingerprint=certificate.fingerprint(SHA256()).hex(), subject=subject[:500],
        public=certificate.public_bytes(Encoding.PEM).decode("ascii"),
        not_before=to_us(certificate.not_valid_before_utc), not_after=to_us(certificate.not_valid_after_utc),
    )  # fmt: skip


def _check_days(certificate: x509.Certificate, file: Path, now: int) -> None:
    if to_us(certificate.not_valid_after_utc) <= now:
        raise StopError(
            "NODE_CERTIFICATE_EXPIRED",
            zh=f"证书 {file} 已于 {certificate.not_valid_after_utc:%Y-%m-%d} 过期(今天 {from_us(now):%Y-%m-%d})",
            en=f"The certificate {file} expired on {certificate.not_valid_after_utc:%Y-%m-%d} (today: {from_us(now):%Y-%m-%d})",
            remedy_zh="请部门向签发机构续期,再交新证书",
            remedy_en="Have the department renew it, and hand in the new one",
            place=Place(file=str(file)),
        )


def _check_strength(certificate: x509.Certificate, kind: str, file: Path) -> None:
    try:
        key = certificate.public_key()
    except (UnsupportedAlgorithm, ValueError):
        if SM2 not in certificate.public_bytes(Encoding.DER):
            raise
        if kind != "signing":
            raise _usage(
                file,
                "SM2 证书只能用于签名",
                "an SM2 certificate can sign packages, but not log in by TLS here",
            ) from None
        return
    check_public_key(key, file)
    hashed = certificate.signature_hash_algorithm
    if hashed is not None and hashed.name in _WEAK_HASHES:
        raise _weak(file, hashed.name.upper())


def _check_usage(certificate: x509.Certificate, kind: str, file: Path) -> None:
    extensions = certificate.extensions
    for extension in extensions:
        value = extension.value
        if isinstance(value, x509.BasicConstraints) and value.ca:
            raise _usage(file, "是签发机构的证书(CA)", "it is the certificate of an authority (CA)")
        if isinstance(value, x509.KeyUsage) and not (value.digital_signature or value.content_commitment):
            raise _usage(file, "不许用于数字签名", "its key usage does not allow digital signatures")
        if isinstance(value, x509.ExtendedKeyUsage) and not USES[kind] & set(value):
            if kind == "certificate":
                raise _usage(file, "不许用于 TLS 客户端", "its extended key usage does not allow TLS clients")
            raise _usage(file, "不许用于签名", "its extended key usage does not allow to sign packages")


def _bare_key(content: bytes, file: Path) -> Material:
    found = _BARE.search(content)
    try:
        der = b64decode(b"".join(found[1].split()), validate=True) if found else b""
    except ValueError:
        der = b""
    try:
        load_pem_public_key(content)
    except (UnsupportedAlgorithm, ValueError):
        if SM2 in der[:64]:
            text = (found or [b""])[0].decode("ascii") + "\n"
            return Material(
                "signing", new_id(), fingerprint=sha256(der).hexdigest(), subject="SM2", public=text
            )
    raise _no_certificate(file, "a bare public key is taken of SM2 only, 仅 SM2 可用裸公钥,其他请给证书")


def _no_certificate(file: Path, why: str) -> StopError:
    return StopError(
        "NODE_CERTIFICATE",
        zh=f"{file} 不是可用的 X.509 证书：{why}",
        en=f"{file} is no X.509 certificate that can be used: {why}",
        remedy_zh="给出 PEM 或 DER 证书；PKCS#12(.pfx)先用 openssl pkcs12 -nokeys 导出证书",
        remedy_en="Give a certificate as PEM or DER; of a PKCS#12 file (.pfx) export it first: openssl pkcs12 -nokeys",
        place=Place(file=str(file)),
    )


def _weak(file: Path, what: str) -> StopError:
    return StopError(
        "NODE_WEAK_KEY",
        zh=f"{file} 的密钥或签名算法过弱：{what}",
        en=f"Key or signature of {file} are too weak: {what}",
        remedy_zh="用 RSA 2048 位以上、P-256 以上曲线或 Ed25519,证书签名用 SHA-256 以上",
        remedy_en="Use RSA of 2048 bits or more, a curve from P-256 on, or Ed25519; certificates are signed with SHA-256 or better",
        place=Place(file=str(file)),
    )


def _usage(file: Path, zh: str, en: str) -> StopError:
    return StopError(
        "NODE_USAGE",
        zh=f"证书 {file} 不能作此用途：{zh}",
        en=f"The certificate {file} is not for this use: {en}",
        remedy_zh="请签发机构签发相应用途的证书(clientAuth 或 digitalSignature),或由枢纽签发;"
        "自签的签名证书(openssl req -x509 所生成的也是 CA)不在此绑定,列入登记的 envelope.certificates",
        remedy_en="Have the authority issue one for this use (clientAuth or digitalSignature), or let the hub issue it. A "
        "self-signed certificate to sign with (openssl req -x509 makes it a CA's) is not bound here: list it under "
        "envelope.certificates of the registration",
        place=Place(file=str(file)),
    )
