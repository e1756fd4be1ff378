"""Tells the hub's chain of a package that was refused for who signed it: at the doors that departments come through, the signature is the credential."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Row

from hub.errors import PackageRefused
from hub.nodes import refusals, store

WHY = {
    "CERT_EXPIRED": "expired", "CERT_NOT_YET": "pending", "CERT_REVOKED": "revoked", "CERT_NOT_BOUND": "unknown",
    "CERT_UNTRUSTED": "unknown", "CERT_NO_CRL": "unknown", "CERT_USAGE": "unfit", "CERT_WEAK": "unfit",
    "SM2_SIGNER": "unknown", "CMS_SIGNATURE": "wrong", "ENVELOPE_UNSIGNED": "missing",
    "NODE_APART": "apart",
}  # fmt: skip
"""Refusals of whoever sent a package, not of what it holds, and how the log calls them; one damaged on its way is none."""


def note(connection: Connection, row: Row[Any], error: PackageRefused, at: int) -> bool:
    """Write `node.refused` for a package (its row) where it was refused for who sent it, as often as is allowed.

    Within the transaction that refuses it, and last, for it takes the hub's chain. Whether `refusals.settle` is due.
    """
    if error.code not in WHY:
        return False
    fingerprint = error.signer or row.signer_digest
    # The peer is the department's place: whoever can write there can fill the log, and is bounded as any caller is.
    body = {
        "kind": "signing",
        "why": WHY[error.code],
        "code": error.code,
        "wanted": row.system,
        "digest": row.digest,
    }
    return refusals.within(connection, row.system, body | _held(connection, row.system, fingerprint), at)


def _held(connection: Connection, system: str, fingerprint: str | None) -> dict[str, str]:
    """Whose certificate it is, as far as that is known; that of another system's node says so."""
    if fingerprint is None:
        return {}
    found = [each for each in store.with_fingerprint(connection, fingerprint) if each.kind == "signing"]
    holder = next((each for each in found if each.system == system), found[0] if found else None)
    if holder is None:
        return {"fingerprint": fingerprint}
    told = {"fingerprint": fingerprint, "system": holder.system, "node": holder.name, "id": holder.id}
    return told if holder.system == system else told | {"why": "elsewhere"}
