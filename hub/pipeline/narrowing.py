"""Holds a package to the bounds of the node that signed it; what a node signed after its revocation is refused."""

from __future__ import annotations

from sqlalchemy import Engine

from hub.central import packages
from hub.central.engine import reading
from hub.clock import local_day
from hub.errors import PackageRefused
from hub.nodes.binding import narrow
from hub.nodes.store import signer
from hub.register import Registration


def narrowed(engine: Engine, registration: Registration, package: int) -> Registration:
    """The registration as it holds for a package, whose seal has been opened; as it is where no node is known.

    The bounds are those of the newest credential with that certificate, even if it has ended: they never grow wider by
    that. What is judged anew is held to who signed the package it came out of. Raises PackageRefused CERT_REVOKED,
    StopError NODE_BOUNDS.
    """
    with reading(engine) as connection:
        row = first = packages.find(connection, package)
        while first.replay_of is not None:
            first = packages.find(connection, first.replay_of)
            row = first if row.signer_digest is None else row
        if row.signer_digest is None:
            return registration
        found = signer(connection, registration.code, row.signer_digest)
    if found is None:
        return registration
    if found.revoked_at is not None and found.revoked_at <= first.received_at:
        day = local_day(found.revoked_at).isoformat()
        raise PackageRefused("CERT_REVOKED", certificate=row.signer or row.signer_digest, date=day)
    return narrow(registration, found.node)
