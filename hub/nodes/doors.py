"""Asks who is at the door: a token, a client certificate or an SSH key becomes a node, or a refusal that is written down."""

from __future__ import annotations

from typing import Any, NoReturn

from sqlalchemy import Engine

from hub.central.engine import reading
from hub.clock import now_us
from hub.errors import Place, RefusedError
from hub.nodes import refusals, store, tokens
from hub.nodes.shapes import Credential, Node

_checker = tokens.Checker()
_unchecked = refusals.Unchecked()


def by_token(
    engine: Engine, token: str, *, peer: str, now: int | None = None, system: str | None = None
) -> Node:
    """The node that holds a token. `peer` is the address it came from, `now` µs, `system` the one it wants to enter.

    Raises RefusedError: NODE_REFUSED (not known, or wrong), NODE_THROTTLED (too many failures of this peer, or too
    many tokens at once), and for who has proved to hold it NODE_EXPIRED, NODE_PENDING, NODE_REVOKED, NODE_ELSEWHERE.
    """
    at = now_us() if now is None else now
    parts = tokens.taken_apart(token)
    if parts is None:
        _unknown(engine, peer, at, "token", "malformed", failing=_failing(engine, peer, at))
    with reading(engine) as connection:
        found = store.token_row(connection, parts.public_id)
        failing = refusals.failing(connection, peer, at)
    holder, secret_hash = found if found else (None, None)
    if secret_hash is None or not _checker.remembers(token, secret_hash, at):
        if failing:
            _throttled(engine, peer, at)
        try:
            right = _checker.check(token, parts.secret, secret_hash, at)
        except tokens.Busy:
            _throttled(engine, peer, at)
        if not right or holder is None:
            shown = {"id": parts.public_id} if holder else {}
            _unknown(engine, peer, at, "token", "wrong" if holder else "unknown", shown)
    assert holder is not None
    return _admitted(engine, holder, peer, at, system)


def by_certificate(
    engine: Engine, fingerprint_sha256: str, *, peer: str, now: int | None = None, system: str | None = None
) -> Node:
    """The node of a TLS client certificate (SHA-256 of its DER, in hex); that its holder has the key, TLS has proved.

    Raises RefusedError as `by_token` does.
    """
    fingerprint = fingerprint_sha256.replace(":", "").strip().lower()
    return _by_fingerprint(engine, "certificate", fingerprint, peer, now, system)


def by_ssh_key(
    engine: Engine, fingerprint: str, *, peer: str, now: int | None = None, system: str | None = None
) -> Node:
    """The node of an SSH key (`SHA256:…`, as ssh-keygen -l shows it); that its holder has the key, SSH has proved.

    Raises RefusedError as `by_token` does.
    """
    return _by_fingerprint(engine, "ssh-key", fingerprint.strip().rstrip("="), peer, now, system)


def _by_fingerprint(
    engine: Engine, kind: str, fingerprint: str, peer: str, now: int | None, system: str | None
) -> Node:
    at = now_us() if now is None else now
    with reading(engine) as connection:
        found = [each for each in store.with_fingerprint(connection, fingerprint) if each.kind == kind]
        failing = not found and refusals.failing(connection, peer, at)
    if not found:
        _unknown(engine, peer, at, kind, "unknown", {"fingerprint": fingerprint[:100]}, failing=failing)
    holder = next((each for each in found if each.admits(at)), found[0])
    return _admitted(engine, holder, peer, at, system)


def _admitted(engine: Engine, holder: Credential, peer: str, at: int, system: str | None) -> Node:
    """The node, if its credential is valid now and of the system that it wants to enter."""
    state = holder.state(at)
    if not holder.admits(at):
        _note(engine, peer, at, holder.kind, state, _told(holder))
        raise _ENDED[state](holder)
    if system is not None and system != holder.system:
        _note(engine, peer, at, holder.kind, "elsewhere", {**_told(holder), "wanted": system[:64]})
        raise _elsewhere(holder)
    return holder.node


def _told(holder: Credential) -> dict[str, Any]:
    return {"system": holder.system, "node": holder.name, "id": holder.id}


def _note(engine: Engine, peer: str, at: int, kind: str, why: str, more: dict[str, Any]) -> None:
    body = {"kind": kind, "why": why, **more}
    # What a stranger sends need not be text that can be written down.
    clean = {key: text.encode("utf-8", "replace").decode() for key, text in body.items()}
    refusals.note(engine, peer, clean, at)


def _failing(engine: Engine, peer: str, at: int) -> bool:
    with reading(engine) as connection:
        return refusals.failing(connection, peer, at)


def _unknown(
    engine: Engine,
    peer: str,
    at: int,
    kind: str,
    why: str,
    more: dict[str, Any] | None = None,
    *,
    failing: bool = False,
) -> NoReturn:
    """One answer for all that is not known or wrong; `failing`: this peer has failed too often to be written down again."""
    if failing:
        _throttled(engine, peer, at)
    _note(engine, peer, at, kind, why, more or {})
    raise RefusedError(
        "NODE_REFUSED",
        zh="凭据不正确，或不是本枢纽签发的",
        en="The credential is wrong, or is none of this hub's",
        remedy_zh="核对所用的令牌、证书或密钥；遗失时请监察中心用 suphub node rotate 轮换",
        remedy_en="Check the token, certificate or key in use; if it is lost, ask the centre to rotate it: suphub node rotate",
    )


def _throttled(engine: Engine, peer: str, at: int) -> NoReturn:
    _unchecked.note(engine, peer, at)
    raise RefusedError(
        "NODE_THROTTLED",
        zh="此地址失败次数过多，或同时登录过多，暂不核对凭据",
        en="Too many failures from this address, or too many log-ins at once: no credential is checked for now",
        remedy_zh="一分钟后再试，并先核对凭据",
        remedy_en="Try again in a minute, with the right credential",
    )


def _expired(holder: Credential) -> RefusedError:
    return RefusedError(
        "NODE_EXPIRED",
        zh=f"节点 {holder.system}/{holder.name} 的凭据已过期",
        en=f"The credential of the node {holder.system}/{holder.name} has expired",
        remedy_zh="请监察中心用 suphub node rotate 轮换",
        remedy_en="Ask the centre to rotate it: suphub node rotate",
        place=Place(system=holder.system),
    )


def _pending(holder: Credential) -> RefusedError:
    return RefusedError(
        "NODE_PENDING",
        zh=f"节点 {holder.system}/{holder.name} 的凭据尚未生效",
        en=f"The credential of the node {holder.system}/{holder.name} is not valid yet",
        remedy_zh="到生效时再用；检查两端时钟",
        remedy_en="Use it from its first day on; check the clocks of both sides",
        place=Place(system=holder.system),
    )


def _revoked(holder: Credential) -> RefusedError:
    return RefusedError(
        "NODE_REVOKED",
        zh=f"节点 {holder.system}/{holder.name} 的凭据已吊销",
        en=f"The credential of the node {holder.system}/{holder.name} was revoked",
        remedy_zh="不要再用；请监察中心用 suphub node issue 签发新的",
        remedy_en="Do not use it any more; ask the centre for a new one: suphub node issue",
        place=Place(system=holder.system),
    )


def _elsewhere(holder: Credential) -> RefusedError:
    return RefusedError(
        "NODE_ELSEWHERE",
        zh=f"节点 {holder.system}/{holder.name} 的凭据不能用于别的系统",
        en=f"The credential of the node {holder.system}/{holder.name} opens no other system",
        remedy_zh="每个系统用自己的凭据",
        remedy_en="Use the credential of the system that is to be entered",
        place=Place(system=holder.system),
    )


_ENDED = {"expired": _expired, "pending": _pending, "revoked": _revoked}
