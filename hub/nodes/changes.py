"""Issues, rotates and revokes credentials: each change is one transaction with its entry in the hub's chain.

Such changes are rare and short, so they take the hub's chain first: no two of them judge by the same past.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Engine, insert, update

from hub.central.engine import writing
from hub.central.seals import seals
from hub.central.tables.nodes import node_credential
from hub.clock import iso
from hub.errors import Place, StopError
from hub.ledger import chain
from hub.nodes import store
from hub.nodes.shapes import Credential, Grant, Material

_C = node_credential.c


def issue(engine: Engine, grant: Grant, material: Material, now: int) -> Credential:
    """Make the first credential of a kind of a node, or the next after one that was revoked or has ended; `now` in µs.

    Raises StopError: NODE_EXISTS (rotate it instead), NODE_HELD, NODE_KEY_REVOKED, NODE_VALIDITY.
    """
    with writing(engine) as connection:
        chain.next_seq(connection, chain.HUB_CHAIN)
        before = store.of_node(connection, grant.system, grant.name, material.kind)
        living = [each for each in before if each.state(now) in ("valid", "pending")]
        if living:
            raise _exists(grant, living[-1])
        _check_free(connection, grant, material, now)
        ended = (_C.system == grant.system, _C.name == grant.name, _C.kind == material.kind)
        connection.execute(  # an old one that ran out is no longer waited for
            update(node_credential)
            .where(*ended, _C.replaced_at.is_(None), _C.revoked_at.is_(None))
            .values(replaced_at=now)
        )
        made = _add(connection, grant, material, len(before) and before[-1].generation, now)
        _log(connection, "node.issued", made, {"by": grant.by, "reason": grant.reason}, now)
    return made


def rotate(
    engine: Engine, grant: Grant, material: Material, overlap: int, now: int, *, expected: int
) -> Credential:
    """Put a new credential in the place of generation `expected`, which stays valid for `overlap` µs more.

    The same certificate or key again only binds it anew: then the old one ends at once. Raises StopError:
    NODE_UNKNOWN, NODE_CHANGED (another has changed it since), NODE_HELD, NODE_KEY_REVOKED, NODE_VALIDITY.
    """
    with writing(engine) as connection:
        chain.next_seq(connection, chain.HUB_CHAIN)
        before = store.of_node(connection, grant.system, grant.name, material.kind)
        if not before or before[-1].revoked_at is not None:
            raise unknown(grant.system, grant.name, material.kind)
        old = before[-1]
        if old.generation != expected:
            raise _changed(grant, material.kind, old)
        _check_free(connection, grant, material, now)
        kept = Grant(
            grant.system, grant.name,
            old.organizations if grant.organizations is None else grant.organizations,
            old.regions if grant.regions is None else grant.regions,
            grant.valid_from, grant.valid_to, grant.by, grant.reason,
        )  # fmt: skip
        made = _add(connection, kept, material, old.generation, now)
        same = old.fingerprint is not None and old.fingerprint == made.fingerprint
        end = min(old.valid_to, made.valid_from + (0 if same else overlap))
        connection.execute(
            update(node_credential).where(_C.public_id == old.id).values(replaced_at=now, valid_to_at=end)
        )
        more = {"replaces": old.id, "until": iso(end), "by": grant.by, "reason": grant.reason}
        _log(connection, "node.rotated", made, more, now)
    return made


def revoke(
    engine: Engine, system: str, name: str, by: str, reason: str | None, now: int,
    *, kind: str | None = None, public_id: str | None = None,
) -> list[Credential]:  # fmt: skip
    """End credentials of a node at once: all of them, those of a kind, or the one of that id. Raises StopError NODE_UNKNOWN."""
    with writing(engine) as connection:
        chain.next_seq(connection, chain.HUB_CHAIN)
        found = [
            each
            for each in store.listed(connection, system, name)
            if each.revoked_at is None
            and not (each.state(now) == "expired" and each.replaced_at is not None)
            and (kind is None or each.kind == kind)
            and (public_id is None or each.id == public_id)
        ]
        if not found:
            raise unknown(system, name, kind or public_id)
        for each in found:
            connection.execute(
                update(node_credential)
                .where(_C.public_id == each.id)
                .values(revoked_at=now, revoked_by=_text(by)[:100], revoke_reason=_cut(reason))
            )
            _log(connection, "node.revoked", each, {"by": by, "reason": reason}, now)
        names = {each.id for each in found}
        return [each for each in store.listed(connection, system, name) if each.id in names]


def unknown(system: str, name: str, what: str | None) -> StopError:
    """There is no such credential in force."""
    return StopError(
        "NODE_UNKNOWN",
        zh=f"节点 {system}/{name} 没有有效的凭据（{what or '任何种类'}）",
        en=f"The node {system}/{name} has no credential in force ({what or 'of any kind'})",
        remedy_zh=f"用 suphub node list {system} 查看，或用 suphub node issue 签发",
        remedy_en=f"See what there is with: suphub node list {system}; or issue one: suphub node issue",
        place=Place(system=system),
    )


def _check_free(connection: Connection, grant: Grant, material: Material, now: int) -> None:
    """That the key is nobody else's, and was never revoked."""
    if material.fingerprint is None:
        return
    for other in store.with_fingerprint(connection, material.fingerprint):
        if other.revoked_at is not None:
            raise _key_revoked(other)
        theirs = (other.system, other.name) != (grant.system, grant.name)
        if theirs and other.state(now) != "expired" and (
            other.system != grant.system or other.kind == material.kind
        ):  # fmt: skip
            raise _held(other)


def _add(connection: Connection, grant: Grant, material: Material, generation: int, now: int) -> Credential:
    start = max(grant.valid_from, material.not_before or 0)
    end = min(grant.valid_to, material.not_after or grant.valid_to)
    if end <= max(start, now):
        raise StopError(
            "NODE_VALIDITY",
            zh=f"有效期 {iso(start)} 至 {iso(end)} 为空或已过",
            en=f"The validity from {iso(start)} to {iso(end)} is empty or over",
            remedy_zh="改 --from 或 --days；给定的证书以其自身期限为限",
            remedy_en="Change --from or --days; a given certificate is valid within its own days only",
            place=Place(system=grant.system),
        )
    values = {
        "system": grant.system, "name": grant.name, "kind": material.kind, "generation": generation + 1,
        "public_id": material.public_id, "fingerprint": material.fingerprint, "secret_hash": material.secret_hash,
        "subject": material.subject, "public": material.public,
        "organizations": ",".join(grant.organizations or ()), "regions": ",".join(grant.regions or ()),
        "issued_at": now, "issued_by": _text(grant.by)[:100], "reason": _cut(grant.reason),
        "valid_from_at": start, "valid_to_at": end,
    }  # fmt: skip
    connection.execute(insert(node_credential).values(values))
    return store.of_node(connection, grant.system, grant.name, material.kind)[-1]


def _log(connection: Connection, event: str, of: Credential, more: Mapping[str, Any], now: int) -> None:
    """Never a secret, nor the names in a certificate, which may be a person's."""
    body = {
        "system": of.system, "node": of.name, "kind": of.kind, "id": of.id, "generation": of.generation,
        "fingerprint": of.fingerprint, "organizations": list(of.organizations), "regions": list(of.regions),
        "valid_from": iso(of.valid_from), "valid_to": iso(of.valid_to), **more,
    }  # fmt: skip
    clean = {key: _text(value) for key, value in body.items()}
    # The others of its kind too: one may have been given an end by it.
    mine = (_C.system == of.system) & (_C.name == of.name) & (_C.kind == of.kind)
    clean["seals"] = {node_credential.name: seals(connection, node_credential, mine)}
    chain.append(connection, chain.HUB_CHAIN, event, clean, now)


def _text(value: Any) -> Any:
    return value.encode("utf-8", "replace").decode() if isinstance(value, str) else value


def _cut(reason: str | None) -> str | None:
    return None if reason is None else reason.encode("utf-8", "replace").decode()[:500]


def _exists(grant: Grant, living: Credential) -> StopError:
    return StopError(
        "NODE_EXISTS",
        zh=f"节点 {grant.system}/{grant.name} 已有 {living.kind} 凭据 {living.id}，有效至 {iso(living.valid_to)}",
        en=f"The node {grant.system}/{grant.name} has the {living.kind} credential {living.id}, valid to {iso(living.valid_to)}",
        remedy_zh=f"用 suphub node rotate {grant.system}/{grant.name} 轮换，或换一个节点名",
        remedy_en=f"Rotate it with: suphub node rotate {grant.system}/{grant.name}; or choose another name",
        place=Place(system=grant.system),
    )


def _changed(grant: Grant, kind: str, now_there: Credential) -> StopError:
    return StopError(
        "NODE_CHANGED",
        zh=f"节点 {grant.system}/{grant.name} 的 {kind} 凭据刚被 {now_there.issued_by} 更换（{now_there.id}）",
        en=f"The {kind} credential of the node {grant.system}/{grant.name} was just replaced by {now_there.issued_by} "
        f"({now_there.id})",
        remedy_zh=f"用 suphub node list {grant.system} 查看；本次没有改动，仍需轮换时再运行一次",
        remedy_en=f"See: suphub node list {grant.system}; nothing was changed now, run again if it is still to be rotated",
        place=Place(system=grant.system),
    )


def _held(other: Credential) -> StopError:
    return StopError(
        "NODE_HELD",
        zh=f"此证书或密钥已绑定节点 {other.system}/{other.name}（{other.kind}，{other.id}）",
        en=f"This certificate or key is bound to the node {other.system}/{other.name} ({other.kind}, {other.id})",
        remedy_zh="每个系统、每个节点用自己的密钥；若该节点已停用，先吊销其凭据，再用新密钥",
        remedy_en="Each system and node has a key of its own; where that node is gone, revoke its credential and use a new key",
        place=Place(system=other.system),
    )


def _key_revoked(other: Credential) -> StopError:
    return StopError(
        "NODE_KEY_REVOKED",
        zh=f"此证书或密钥已被吊销（节点 {other.system}/{other.name}，{iso(other.revoked_at)}）",
        en=f"This certificate or key was revoked (node {other.system}/{other.name}, {iso(other.revoked_at)})",
        remedy_zh="生成新的密钥；吊销的不再启用",
        remedy_en="Make a new key; what was revoked is not used again",
        place=Place(system=other.system),
    )


def kinds_to_rotate(found: Sequence[Credential]) -> list[str]:
    """The kinds of which a node has a credential that may be rotated, by name: the newest was not revoked."""
    newest = {each.kind: each for each in found}  # they come by kind and generation
    return sorted(kind for kind, each in newest.items() if each.revoked_at is None)
