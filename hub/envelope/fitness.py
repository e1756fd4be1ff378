"""Says beforehand of the certificates that a policy knows which of them could not sign a package, and why."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime

from hub.envelope.certificates import FAULTS, Certificate, certificates_of
from hub.envelope.cms.signatures import public_key
from hub.envelope.policy import sm2_key
from hub.envelope.sm2 import Sm2Key
from hub.envelope.trust import Policy, check_period, check_revoked, check_signer
from hub.errors import PackageRefused


def listed_faults(policy: Policy, at: int) -> list[PackageRefused]:
    """Per certificate under `certificates` that would be refused at `at` (µs), RSA, ECDSA or SM2: as what.

    Codes: CERT_WEAK, CMS_ALGORITHM (its key), CERT_EXPIRED, CERT_NOT_YET, CERT_USAGE, CERT_REVOKED.
    """
    found = [_fault(policy, each, at) for each in policy.certificates]
    found += [_period_fault(key, at) for key in policy.sm2_keys]
    return [each for each in found if each is not None]


def bound_faults(policy: Policy, public: Iterable[str], at: int) -> list[PackageRefused]:
    """The same of certificates bound to the system among the nodes, given as PEM; also CERT_UNTRUSTED, CERT_NO_CRL.

    CERT_UNTRUSTED: it leads to no authority without others in between, which a package may yet bring along.
    Of an SM2 key the binding alone decides: no authority is asked.
    """
    found = [_bound_fault(policy, each, at) for each in public]
    return [each for each in found if each is not None]


def _fault(policy: Policy, found: Certificate, at: int) -> PackageRefused | None:
    try:
        public_key(found)
        check_signer(policy, found, (), at)
    except PackageRefused as error:
        return error
    return None


def _bound_fault(policy: Policy, text: str, at: int) -> PackageRefused | None:
    key = sm2_key(text)
    if key is not None:
        return _period_fault(key, at)
    try:
        found = certificates_of(text.encode())
    except FAULTS:
        found = []
    if not found:
        return PackageRefused("CERT_NOT_BOUND", certificate="-", system=policy.system)
    return _fault(policy, found[0], at)


def _period_fault(key: Sm2Key, at: int) -> PackageRefused | None:
    if key.certificate is None:
        return None
    try:
        check_period(key.certificate, datetime.fromtimestamp(at / 1e6, UTC))
    except PackageRefused as error:
        return error
    return None


def revoked_fault(policy: Policy, text: str, at: int) -> PackageRefused | None:
    """CERT_REVOKED where one of the policy's lists revokes a certificate (PEM), whoever issued or bound it."""
    if sm2_key(text) is not None or not policy.crls:
        return None
    try:
        check_revoked(policy, certificates_of(text.encode())[0], datetime.fromtimestamp(at / 1e6, UTC))
    except PackageRefused as error:
        return error
    return None
