"""Says beforehand of the certificates that a policy knows which of them could not sign a package, and why."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime

from hub.envelope.certificates import FAULTS, Certificate, certificates_of
from hub.envelope.cms.signatures import public_key
from hub.envelope.trust import Policy, check_period, check_signer
from hub.errors import PackageRefused


def listed_faults(policy: Policy, at: int) -> list[PackageRefused]:
    """Per certificate under `certificates` that would be refused at `at` (µs), RSA, ECDSA or SM2: as what.

    Codes: CERT_WEAK, CMS_ALGORITHM (its key), CERT_EXPIRED, CERT_NOT_YET, CERT_USAGE, CERT_REVOKED.
    """
    moment = datetime.fromtimestamp(at / 1e6, UTC)
    found = [_fault(policy, each, at) for each in policy.certificates]
    for key in policy.sm2_keys:
        if key.certificate is not None:
            try:
                check_period(key.certificate, moment)
            except PackageRefused as error:
                found.append(error)
    return [each for each in found if each is not None]


def bound_faults(policy: Policy, public: Iterable[str], at: int) -> list[PackageRefused]:
    """The same of certificates bound to the system among the nodes, given as PEM; also CERT_UNTRUSTED, CERT_NO_CRL.

    CERT_UNTRUSTED: it leads to no authority without others in between, which a package may yet bring along.
    A bare SM2 key, which counts only under `certificates`, is told as CERT_NOT_BOUND.
    """
    found = [_bound_fault(policy, each, at) for each in _parsed(policy, public)]
    return [each for each in found if each is not None]


def _fault(policy: Policy, found: Certificate, at: int) -> PackageRefused | None:
    try:
        public_key(found)
        check_signer(policy, found, (), at)
    except PackageRefused as error:
        return error
    return None


def _bound_fault(policy: Policy, found: Certificate | PackageRefused, at: int) -> PackageRefused | None:
    return found if isinstance(found, PackageRefused) else _fault(policy, found, at)


def _parsed(policy: Policy, public: Iterable[str]) -> Iterator[Certificate | PackageRefused]:
    for text in public:
        try:
            found = certificates_of(text.encode())
        except FAULTS:
            found = []
        if found:
            yield found[0]
        else:
            yield PackageRefused("CERT_NOT_BOUND", certificate="SM2", system=policy.system)
