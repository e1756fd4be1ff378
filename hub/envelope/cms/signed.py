"""Verifies SignedData: the content goes into a file while its digests are made; then every signature over it is checked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from asn1crypto import cms, core  # type: ignore[import-untyped]
from cryptography import x509
from cryptography.hazmat.primitives import hashes

from hub.envelope.certificates import Certificate, certificate, in_hex, key_shown
from hub.envelope.cms import algorithms
from hub.envelope.cms.ber import (
    OCTETS,
    SEQUENCE,
    SET,
    Walk,
    context,
    malformed,
    no_parameters,
    understood,
    version_of,
)
from hub.envelope.cms.enveloped import integer, object_id
from hub.envelope.cms.files import new_file, write_all
from hub.envelope.cms.signatures import check_signature
from hub.envelope.limits import Limits
from hub.errors import PackageRefused


@dataclass(frozen=True, slots=True)
class Signed:
    """Whose signatures hold, and the certificates that came with them. Nothing is said yet of whether they are trusted."""

    signers: tuple[Certificate, ...]
    carried: tuple[Certificate, ...]


def verify(walk: Walk, target: Path, known: Sequence[Certificate]) -> Signed:
    """Write the content of a SignedData into the new file `target` and check every signature over it.

    `known` are certificates that need not come along: they count where no certificate does. Raises PackageRefused CMS_*; then `target` is not to be used.
    """
    with walk.inside(SEQUENCE, "ContentInfo"):
        walk.skip()  # its type, known already
        with walk.inside(context(0), "content"), walk.inside(SEQUENCE, "SignedData"):
            version = integer(walk.whole("version", 16))
            digests = {oid: hashes.Hash(algorithms.digest_named(oid)) for oid in _digest_oids(walk)}
            _content(walk, target, list(digests.values()))
            carried = (
                _certificates(walk.whole("certificates"), walk.limits) if walk.peek() == context(0) else []
            )
            if walk.peek() == context(1):
                _check_lists(walk.whole("crls"), walk.limits)
            if walk.peek() != SET:
                raise malformed("缺签名信息 / SignerInfos are missing")
            infos = walk.whole("signerInfos")
    made = {oid: each.finalize() for oid, each in digests.items()}
    signers = list(_signers(infos, made, carried or known, version, walk.limits))
    walk.end()  # looked at last: what wrong padding leaves behind must change nothing of what is told before
    return Signed(tuple(signers), tuple(carried))


def _digest_oids(walk: Walk) -> list[str]:
    data = walk.whole("digestAlgorithms", 1024)
    if data[0] != SET:
        raise malformed("缺摘要算法 / DigestAlgorithms are missing")
    with understood("digestAlgorithms"):
        found = cms.DigestAlgorithms.load(data, strict=True)
        for each in found:
            no_parameters(each["parameters"])
        return list(dict.fromkeys(each["algorithm"].dotted for each in found))


def _content(walk: Walk, target: Path, digests: Sequence[hashes.Hash]) -> None:
    with walk.inside(SEQUENCE, "EncapsulatedContentInfo"):
        kind = object_id(walk.whole("eContentType", 64))
        if kind != algorithms.DATA:
            raise PackageRefused("CMS_TYPE", found=kind, expected=f"data ({algorithms.DATA})")
        if walk.peek() is None:
            raise PackageRefused("CMS_DETACHED")
        with walk.inside(context(0), "eContent"), new_file(target) as file:
            for block in walk.octets(OCTETS, "eContent"):
                for each in digests:
                    each.update(block)
                write_all(file, block)


def _certificates(data: bytes, limits: Limits) -> list[Certificate]:
    with understood("certificates"):
        choices = cms.CertificateSet.load(b"\x31" + data[1:], strict=True)
        if len(choices) > limits.cms_certificates:
            raise limits.exceeded("cms_certificates", len(choices))
        return [certificate(each.chosen.dump()) for each in choices if each.name == "certificate"]


def _check_lists(data: bytes, limits: Limits) -> None:
    """Revocation lists that come along are passed over, the hub believes its own only; but they must be such."""
    with understood("crls"):
        choices = cms.RevocationInfoChoices.load(b"\x31" + data[1:], strict=True)
        if len(choices) > limits.cms_certificates:
            raise limits.exceeded("cms_certificates", len(choices))
        for each in choices:
            x509.load_der_x509_crl(each.chosen.dump())


def _signers(
    data: bytes, digests: Mapping[str, bytes], known: Sequence[Certificate], version: int, limits: Limits
) -> Iterator[Certificate]:
    with understood("signerInfos"):
        infos = cms.SignerInfos.load(data, strict=True)
        number = len(infos)
    if not number:
        raise PackageRefused("CMS_NO_SIGNER")
    if number > limits.cms_signers:
        raise limits.exceeded("cms_signers", number)
    used = set()
    expected = 1
    for position in range(number):
        with understood("SignerInfo"):
            info = infos[position]
            by_key = info["sid"].name == "subject_key_identifier"
            expected = 3 if by_key else expected
            if version_of(info["version"]) != (3 if by_key else 1):
                raise ValueError("version")
            no_parameters(info["digest_algorithm"]["parameters"])
            oid = info["digest_algorithm"]["algorithm"].dotted
        used.add(oid)
        if oid not in digests:
            algorithms.digest_named(oid)  # names one that is not accepted
            raise malformed("签名者的摘要算法未事先列出 / the signer's digest is not among those listed")
        signer = _certificate_of(info, known)
        _check(info, oid, digests[oid], signer, limits)
        yield signer
    if version != expected or used != set(digests):
        raise malformed(
            "SignedData 的版本或摘要算法与签名不符 / version or digests of SignedData do not fit its signatures"
        )


def _certificate_of(info: Any, known: Sequence[Certificate]) -> Certificate:
    with understood("SignerIdentifier"):
        sid = info["sid"]
        if sid.name == "subject_key_identifier":
            wanted = sid.chosen.native
            found = next((each for each in known if each.key_id == wanted), None)
            shown = key_shown(wanted)
        else:
            issuer, serial = sid.chosen["issuer"].dump(), sid.chosen["serial_number"].native
            found = next((each for each in known if (each.issuer, each.serial) == (issuer, serial)), None)
            shown = in_hex(serial)
    if found is None:
        raise PackageRefused("CMS_SIGNER_UNKNOWN", serial=shown)
    return found


def _check(info: Any, oid: str, digest: bytes, signer: Certificate, limits: Limits) -> None:
    with understood("SignerInfo"):
        algorithm = info["signature_algorithm"]
        signature = info["signature"].native
        number = len(info["signed_attrs"])
        if number > limits.cms_attributes:
            raise limits.exceeded("cms_attributes", number)
        attributes = info["signed_attrs"].dump() if number else b""
    if attributes:
        _check_attributes(info["signed_attrs"], digest, signer)
        hashing = hashes.Hash(algorithms.digest_named(oid))
        hashing.update(b"\x31" + attributes[1:])  # as a SET OF, RFC 5652, 5.4
        digest = hashing.finalize()
    check_signature(signer, algorithm, oid, signature, digest)


def _check_attributes(found: Any, digest: bytes, signer: Certificate) -> None:
    """RFC 5652, 11.1 and 11.2: what kind of content was signed, and its digest; each exactly once."""
    with understood("signedAttrs"):
        values: dict[str, list[Any]] = {}
        for each in found:
            if each["type"].dotted in values:
                raise ValueError("twice")
            values[each["type"].dotted] = list(each["values"])
        [kind] = values["1.2.840.113549.1.9.3"]
        [stated] = values["1.2.840.113549.1.9.4"]
        if kind.dotted != algorithms.DATA or not isinstance(stated, core.OctetString):
            raise ValueError("attributes")
        same = stated.native == digest
    if not same:
        raise PackageRefused("CMS_DIGEST", signer=signer.shown)
