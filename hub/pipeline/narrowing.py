"""Holds a package to the bounds of the nodes that pushed and signed it; what a node signed after its revocation is refused."""

from __future__ import annotations

from sqlalchemy import Engine

from hub.central import packages, pushed
from hub.central.engine import reading
from hub.clock import local_day
from hub.errors import PackageRefused
from hub.nodes.binding import met, narrow
from hub.nodes.store import signer, with_id
from hub.register import Registration


def narrowed(engine: Engine, registration: Registration, package: int) -> Registration:
    """The registration as it holds for a package, whose seal has been opened; as it is where no node is known.

    The bounds of a signer are those of the newest credential with that certificate, even if it has ended: they never
    grow wider by that. Of who pushed it, those of the credential that opened the door. What is judged anew is held to
    who sent and signed the package it came out of. Raises PackageRefused CERT_REVOKED, NODE_APART, StopError NODE_BOUNDS.
    """
    with reading(engine) as connection:
        row = first = packages.find(connection, package)
        while first.replay_of is not None:
            first = packages.find(connection, first.replay_of)
            row = first if row.signer_digest is None else row
        credential = pushed.sender(connection, first)
        sent = with_id(connection, credential) if credential is not None else None
        signed = row.signer_digest and signer(connection, registration.code, row.signer_digest)
    if signed and signed.revoked_at is not None and signed.revoked_at <= first.received_at:
        day = local_day(signed.revoked_at).isoformat()
        raise PackageRefused("CERT_REVOKED", certificate=row.signer or row.signer_digest, date=day)
    return narrow(registration, met(signed.node if signed else None, sent.node if sent else None))
