"""Reads credentials: of a node, by what is shown at a door, those that end soon, and those that may sign for a system."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import Connection, Row, select

from hub.central.tables.nodes import node_credential
from hub.clock import MICROSECOND, now_us
from hub.nodes.shapes import Credential, Node

_C = node_credential.c


def credential(row: Row[Any]) -> Credential:
    """A row as a shape; the secret's hash is left behind."""
    return Credential(
        id=row.public_id, system=row.system, name=row.name, kind=row.kind, generation=row.generation,
        fingerprint=row.fingerprint, subject=row.subject, organizations=_split(row.organizations),
        regions=_split(row.regions), issued_at=row.issued_at, issued_by=row.issued_by, reason=row.reason,
        valid_from=row.valid_from_at, valid_to=row.valid_to_at, replaced_at=row.replaced_at,
        revoked_at=row.revoked_at, revoked_by=row.revoked_by, revoke_reason=row.revoke_reason,
    )  # fmt: skip


def listed(connection: Connection, system: str | None = None, name: str | None = None) -> list[Credential]:
    """All credentials, or those of a system or node; by node, kind and generation."""
    wanted = select(node_credential).order_by(_C.system, _C.name, _C.kind, _C.generation)
    if system is not None:
        wanted = wanted.where(_C.system == system)
    if name is not None:
        wanted = wanted.where(_C.name == name)
    return [credential(row) for row in connection.execute(wanted)]


def of_node(connection: Connection, system: str, name: str, kind: str) -> list[Credential]:
    """The credentials of one kind of a node, oldest first."""
    return [each for each in listed(connection, system, name) if each.kind == kind]


def with_fingerprint(connection: Connection, fingerprint: str) -> list[Credential]:
    """Every credential, of whatever kind and node, with that certificate or key; newest first."""
    wanted = select(node_credential).where(_C.fingerprint == fingerprint).order_by(_C.id.desc())
    return [credential(row) for row in connection.execute(wanted)]


def token_row(connection: Connection, public_id: str) -> tuple[Credential, str] | None:
    """The token of that id and the hash of its secret; None where there is none."""
    row = connection.execute(
        select(node_credential).where(_C.public_id == public_id, _C.kind == "token")
    ).one_or_none()
    return None if row is None else (credential(row), str(row.secret_hash))


def with_id(connection: Connection, public_id: str) -> Credential | None:
    """The credential of that public id, in force or not."""
    row = connection.execute(select(node_credential).where(_C.public_id == public_id)).one_or_none()
    return None if row is None else credential(row)


def expiring(connection: Connection, within: timedelta, *, now: int | None = None) -> list[Credential]:
    """Credentials in use that end within that time or have ended, soonest first.

    A replaced one is meant to end and is not told; an ended one is told until it is rotated or revoked.
    """
    at = now_us() if now is None else now
    wanted = (
        select(node_credential)
        .where(
            _C.valid_to_at <= at + within // MICROSECOND, _C.revoked_at.is_(None), _C.replaced_at.is_(None)
        )
        .order_by(_C.valid_to_at, _C.id)
    )
    return [credential(row) for row in connection.execute(wanted)]


def signing_certificates(connection: Connection, system: str, at: int) -> set[str]:
    """SHA-256 (hex, of the DER) of the certificates, or bare SM2 keys, that may sign for a system at an instant."""
    wanted = select(node_credential).where(_C.system == system, _C.kind == "signing")
    found = (credential(row) for row in connection.execute(wanted))
    return {each.fingerprint for each in found if each.fingerprint and each.admits(at)}


def signing_public(connection: Connection, system: str, at: int) -> list[str]:
    """The same as what was registered of them: certificates, or bare SM2 keys, as PEM."""
    wanted = select(node_credential).where(_C.system == system, _C.kind == "signing").order_by(_C.id)
    rows = connection.execute(wanted).all()
    return [str(row.public) for row in rows if row.public and credential(row).admits(at)]


def ssh_keys(
    connection: Connection, system: str, name: str | None, fingerprint: str | None, at: int
) -> list[str]:
    """The lines of the SSH keys of a system (of a node of it) that are in force at an instant; `fingerprint`: that one only."""
    wanted = select(node_credential).where(_C.system == system, _C.kind == "ssh-key").order_by(_C.id)
    rows = [(credential(row), str(row.public)) for row in connection.execute(wanted)]
    return [
        f"{line} {each.system}/{each.name}"
        for each, line in rows
        if each.admits(at) and name in (None, each.name) and fingerprint in (None, each.fingerprint)
    ]


def node_of_signer(
    connection: Connection, system: str, fingerprint: str, at: int | None = None
) -> Node | None:
    """The node whose signing certificate has that SHA-256 (hex, of the DER), valid at `at` (now); None: not a node's."""
    instant = now_us() if at is None else at
    for each in with_fingerprint(connection, fingerprint.lower()):
        if each.kind == "signing" and each.system == system and each.admits(instant):
            return each.node
    return None


def signer(connection: Connection, system: str, fingerprint: str) -> Credential | None:
    """The newest signing credential of a system with that SHA-256, in force or not; None: not a node's."""
    found = with_fingerprint(connection, fingerprint.lower())
    return next((each for each in found if each.kind == "signing" and each.system == system), None)


def revoked_at(connection: Connection, system: str, fingerprint: str, at: int) -> int | None:
    """When (µs) the signing certificate of a system with that SHA-256 was revoked, if it was at `at`."""
    found = signer(connection, system, fingerprint)
    if found is None or found.revoked_at is None or found.revoked_at > at:
        return None
    return found.revoked_at


def public_part(connection: Connection, public_id: str) -> str | None:
    """The certificate as PEM or the key's line of a credential."""
    found = connection.execute(select(_C.public).where(_C.public_id == public_id)).scalar_one_or_none()
    return None if found is None else str(found)


def _split(text: str) -> tuple[str, ...]:
    return tuple(text.split(",")) if text else ()
