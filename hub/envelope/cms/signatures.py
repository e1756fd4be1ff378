"""Checks one signature with the key of its certificate: RSA (PKCS#1 v1.5 and PSS) and ECDSA over digests made before."""

from __future__ import annotations

from typing import Any

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, padding
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed

from hub.envelope.certificates import Certificate
from hub.envelope.cms import algorithms
from hub.envelope.cms.ber import no_parameters, understood
from hub.errors import PackageRefused

RSA_BITS = 2048, 8192
"""Fewer can be broken; more only cost time."""
CURVES = ("secp256r1", "secp384r1", "secp521r1", "brainpoolP256r1", "brainpoolP384r1", "brainpoolP512r1")


def check_signature(
    signer: Certificate, algorithm: Any, digest_oid: str, signature: bytes, digest: bytes
) -> None:
    """Check a signature over `digest`. Raises PackageRefused CMS_SIGNATURE, CMS_ALGORITHM, CERT_WEAK."""
    key = public_key(signer)
    with understood("SignatureAlgorithm"):
        oid = algorithm["algorithm"].dotted
    try:
        if isinstance(key, RSAPublicKey):
            _check_rsa(key, oid, algorithm, digest_oid, signature, digest)
        else:
            _same_digest(algorithms.ECDSA_SIGNATURES, oid, digest_oid)
            no_parameters(algorithm["parameters"])
            key.verify(signature, digest, ec.ECDSA(Prehashed(algorithms.digest_named(digest_oid))))
    except (InvalidSignature, ValueError) as error:
        raise PackageRefused("CMS_SIGNATURE", signer=signer.shown) from error


def public_key(found: Certificate) -> RSAPublicKey | ec.EllipticCurvePublicKey:
    """The key of a certificate, strong enough to be believed. Raises PackageRefused CERT_WEAK, CMS_ALGORITHM."""
    with understood("SubjectPublicKeyInfo"):
        try:
            key = found.parsed.public_key()
        except UnsupportedAlgorithm as error:
            raise algorithms.refused(
                "签名者的密钥 / key of the signer", found.shown, algorithms.SIGNATURE_WORDS
            ) from error
    if isinstance(key, RSAPublicKey):
        if not RSA_BITS[0] <= key.key_size <= RSA_BITS[1]:
            raise PackageRefused("CERT_WEAK", certificate=found.shown, key=f"RSA {key.key_size}")
        return key
    if isinstance(key, ec.EllipticCurvePublicKey):
        if key.curve.name not in CURVES:
            raise PackageRefused("CERT_WEAK", certificate=found.shown, key=key.curve.name)
        return key
    raise algorithms.refused(
        "签名者的密钥 / key of the signer", type(key).__name__, algorithms.SIGNATURE_WORDS
    )


def _check_rsa(
    key: RSAPublicKey, oid: str, algorithm: Any, digest_oid: str, signature: bytes, digest: bytes
) -> None:
    made = algorithms.digest_named(digest_oid)
    if oid == algorithms.PSS:
        key.verify(signature, digest, _pss(algorithm, digest_oid), Prehashed(made))
        return
    _same_digest(algorithms.PKCS1_SIGNATURES, oid, digest_oid)
    no_parameters(algorithm["parameters"])
    key.verify(signature, digest, padding.PKCS1v15(), Prehashed(made))


def _pss(algorithm: Any, digest_oid: str) -> padding.PSS:
    with understood("RSASSA-PSS-params"):
        parameters = algorithm["parameters"]
        mask = parameters["mask_gen_algorithm"]
        named = {
            "digest": parameters["hash_algorithm"]["algorithm"].dotted,
            "mask": mask["algorithm"].dotted,
            "mask digest": mask["parameters"]["algorithm"].dotted,
        }
        for each in (parameters["hash_algorithm"], mask["parameters"]):
            no_parameters(each["parameters"])
        salt, trailer = int(parameters["salt_length"]), int(parameters["trailer_field"])
    for oid in (named["digest"], named["mask digest"]):
        algorithms.digest_named(oid)
    if (
        named["digest"] != digest_oid
        or named["mask"] != algorithms.MGF1
        or trailer != 1
        or not 0 <= salt <= 1024
    ):
        raise ValueError("parameters of PSS")
    return padding.PSS(padding.MGF1(algorithms.digest_named(named["mask digest"])), salt)


def _same_digest(known: Any, oid: str, digest_oid: str) -> None:
    if oid not in known:
        raise algorithms.refused(
            "签名算法 / signature", oid, f"{algorithms.SIGNATURE_WORDS}; {algorithms.DIGEST_WORDS}"
        )
    if known[oid] not in (None, digest_oid):
        raise ValueError("the signature names another digest")
