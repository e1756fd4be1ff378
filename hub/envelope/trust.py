"""Whether a signing certificate is to be believed for one system: valid, fit, not revoked, and *bound to that system*.

A certificate that the same authority issued to another department verifies just as well: being issued is never enough.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TypeVar

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.x509.oid import ExtendedKeyUsageOID as Use

from hub.clock import local_day
from hub.envelope.certificates import Certificate
from hub.envelope.cms.ber import understood
from hub.envelope.cms.signatures import public_key
from hub.envelope.sm2 import Sm2Key
from hub.errors import PackageRefused

Kind = TypeVar("Kind", bound=x509.ExtensionType)
LONGEST = 5
"""Certificates between a signer and its authority, both included."""
_USES = (
    Use.EMAIL_PROTECTION, Use.CLIENT_AUTH, Use.ANY_EXTENDED_KEY_USAGE, x509.ObjectIdentifier("1.3.6.1.5.5.7.3.36"),
    x509.ObjectIdentifier("1.3.6.1.4.1.311.10.3.12"),
)  # fmt: skip
_CRITICAL = (
    x509.BasicConstraints.oid, x509.KeyUsage.oid, x509.ExtendedKeyUsage.oid, x509.SubjectAlternativeName.oid,
    x509.CertificatePolicies.oid, x509.SubjectKeyIdentifier.oid, x509.AuthorityKeyIdentifier.oid,
)  # fmt: skip
_DIGESTS = (hashes.SHA256, hashes.SHA384, hashes.SHA512)


def _nothing(at: int) -> frozenset[str]:
    return frozenset()


def _no_keys(at: int) -> tuple[Sm2Key, ...]:
    return ()


def _never(fingerprint: str, at: int) -> int | None:
    return None


@dataclass(frozen=True, slots=True)
class Policy:
    """What one system's packages must and may be sealed with.

    `bound`: fingerprints bound to it among the nodes at an instant; `revoked`: when (µs) a certificate of a node of it was
    revoked, if by then it was; `sm2_bound`: the SM2 keys among those that are bound.
    """

    system: str
    signed: str = "allowed"
    encrypted: str = "allowed"
    certificates: tuple[Certificate, ...] = ()
    authorities: tuple[Certificate, ...] = ()
    crls: tuple[x509.CertificateRevocationList, ...] = ()
    sm2_keys: tuple[Sm2Key, ...] = ()
    bound: Callable[[int], frozenset[str]] = _nothing
    triple_des: bool = False
    revoked: Callable[[str, int], int | None] = _never
    sm2_bound: Callable[[int], tuple[Sm2Key, ...]] = _no_keys

    def trusts(self, at: int) -> bool:
        """Whether any signature at all could be accepted."""
        listed = self.certificates or self.sm2_keys
        return bool(listed or (self.authorities and self.bound(at)) or self.sm2_bound(at))

    def sm2_signers(self, at: int) -> tuple[Sm2Key, ...]:
        """The SM2 keys that may sign: listed, or bound to the system; no chain is asked of either."""
        return (*self.sm2_keys, *self.sm2_bound(at))


def check_signer(policy: Policy, signer: Certificate, carried: Sequence[Certificate], at: int) -> None:
    """Refuse a signer who may not sign for this system; `at` (µs) is when the package came.

    Raises PackageRefused CERT_EXPIRED, CERT_NOT_YET, CERT_USAGE, CERT_REVOKED, CERT_NO_CRL, CERT_UNTRUSTED, CERT_NOT_BOUND.
    """
    moment = datetime.fromtimestamp(at / 1e6, UTC)
    with understood("certificate"):
        check_period(signer, moment)
        _check_use(signer)
        if any(signer.der == each.der for each in policy.certificates):
            check_revoked(policy, signer, moment)
            return
        since = policy.revoked(signer.fingerprint, at)
        if since is not None:
            raise PackageRefused("CERT_REVOKED", certificate=signer.shown, date=local_day(since).isoformat())
        if policy.authorities:
            path = next(_paths(signer, carried, policy.authorities, moment), None)
            if path is None:
                raise PackageRefused("CERT_UNTRUSTED", certificate=signer.shown)
            for each in path[:-1]:
                check_revoked(policy, each, moment, needed=True)
    if not policy.authorities or signer.fingerprint not in policy.bound(at):
        raise PackageRefused("CERT_NOT_BOUND", certificate=signer.shown, system=policy.system)


def check_period(found: Certificate, moment: datetime) -> None:
    """Raises PackageRefused CERT_NOT_YET, CERT_EXPIRED."""
    start, end = found.parsed.not_valid_before_utc, found.parsed.not_valid_after_utc
    if moment < start:
        raise PackageRefused("CERT_NOT_YET", certificate=found.shown, start=f"{start:%Y-%m-%d %H:%M} UTC")
    if moment > end:
        raise PackageRefused("CERT_EXPIRED", certificate=found.shown, end=f"{end:%Y-%m-%d %H:%M} UTC")


def _check_use(signer: Certificate) -> None:
    usage = _extension(signer, x509.KeyUsage)
    if usage is not None and not (usage.digital_signature or usage.content_commitment):
        raise PackageRefused("CERT_USAGE", certificate=signer.shown, usage="keyUsage")
    extended = _extension(signer, x509.ExtendedKeyUsage)
    if extended is not None and not any(use in _USES for use in extended):
        raise PackageRefused("CERT_USAGE", certificate=signer.shown, usage="extendedKeyUsage")


def check_revoked(policy: Policy, found: Certificate, moment: datetime, *, needed: bool = False) -> None:
    """By the lists of its own authority; where lists are registered, an issued certificate needs one.

    Raises PackageRefused CERT_REVOKED, CERT_NO_CRL.
    """
    lists = [each for each in policy.crls if each.issuer == found.parsed.issuer]
    if needed and policy.crls and not lists:
        raise PackageRefused("CERT_NO_CRL", certificate=found.shown)
    for each in lists:
        entry = each.get_revoked_certificate_by_serial_number(found.serial)
        if entry is not None and entry.revocation_date_utc <= moment:
            raise PackageRefused(
                "CERT_REVOKED",
                certificate=found.shown,
                date=f"{entry.revocation_date_utc:%Y-%m-%d %H:%M} UTC",
            )


def _paths(
    signer: Certificate, carried: Sequence[Certificate], authorities: Sequence[Certificate], moment: datetime
) -> Iterator[list[Certificate]]:
    """Ways from the signer to an authority. Each certificate that came along is tried once, however they are tangled."""
    left = list(carried)

    def up(path: list[Certificate]) -> Iterator[list[Certificate]]:
        below = path[-1]
        for authority in authorities:
            if _issued(authority, below, len(path) - 1, moment):
                yield [*path, authority]
        if len(path) + 1 >= LONGEST:
            return
        for each in [each for each in left if _issued(each, below, len(path) - 1, moment)]:
            left.remove(each)
            yield from up([*path, each])

    yield from up([signer])


def _issued(authority: Certificate, below: Certificate, between: int, moment: datetime) -> bool:
    """Whether `authority` may issue and has issued `below`, with `between` authorities from there to the signer."""
    if authority.parsed.subject != below.parsed.issuer or authority.der == below.der:
        return False
    if not isinstance(below.parsed.signature_hash_algorithm, _DIGESTS) or not _known(below):
        return False
    try:
        check_period(authority, moment)
        public_key(authority)
        below.parsed.verify_directly_issued_by(authority.parsed)
    except (PackageRefused, ValueError, TypeError, InvalidSignature, UnsupportedAlgorithm):
        return False
    basic, usage = _extension(authority, x509.BasicConstraints), _extension(authority, x509.KeyUsage)
    if basic is None or not basic.ca or (usage is not None and not usage.key_cert_sign):
        return False
    return _known(authority) and (basic.path_length is None or basic.path_length >= between)


def _known(found: Certificate) -> bool:
    """Whether every critical extension is one that is looked at or does not limit what signing means."""
    return all(each.oid in _CRITICAL for each in found.parsed.extensions if each.critical)


def _extension(found: Certificate, kind: type[Kind]) -> Kind | None:
    try:
        return found.parsed.extensions.get_extension_for_class(kind).value
    except x509.ExtensionNotFound:
        return None
