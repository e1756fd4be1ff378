"""Fits the identity of nodes together with the envelopes of systems: what is issued must be able to sign."""

from __future__ import annotations

from dataclasses import replace

from hub import wiring
from hub.envelope.fitness import bound_faults, revoked_fault
from hub.envelope.policy import policy_of
from hub.errors import PackageRefused, Place, StopError
from hub.register import Registration


def refuse_revoked(found: Registration, kind: str, public: str | None, at: int) -> None:
    """Raises StopError NODE_KEY_REVOKED for a signing certificate (PEM) that a list of the registration revokes.

    Nothing that it signed would be accepted. StopError ENVELOPE_FILE, ENVELOPE_CRL where the lists cannot be used.
    """
    if kind != "signing" or public is None or not found.envelope.get("crls"):
        return
    asked = replace(found, envelope={**found.envelope, "signed": "allowed"})  # not: can anybody sign yet
    policy = policy_of(asked, lambda system, at: ())
    fault = revoked_fault(policy, public, at)
    if fault is None:
        return
    raise StopError(
        "NODE_KEY_REVOKED",
        zh=f"此证书已被签发机构吊销({fault.params['date']}):{fault.params['certificate']}",
        en=f"Its authority revoked this certificate ({fault.params['date']}): {fault.params['certificate']}",
        remedy_zh="请部门换发证书;吊销列表有误时,请签发机构更正并更新登记的 envelope.crls",
        remedy_en="Have the department get another certificate; where the list is wrong, have its authority mend it and renew envelope.crls",
        place=Place(system=found.code, file=found.path or None, field="envelope.crls"),
    )


def not_trusted(found: Registration, public: str | None, at: int) -> PackageRefused | None:
    """Why a package would be refused that is signed with a certificate (PEM) bound to the system; None where it would not.

    CERT_UNTRUSTED, CERT_NOT_BOUND: neither is it listed under `envelope.certificates`, nor does it lead to one of the
    authorities (a package may bring along those in between). Raises StopError as the registration's envelope does.
    """
    asked = replace(found, envelope={**found.envelope, "signed": "allowed"})  # not: can anybody sign yet
    seals = wiring.seals()
    policy = policy_of(asked, seals.bound, seals.authorities, seals.revoked, seals.public)
    return next(iter(bound_faults(policy, [public or ""], at)), None)
