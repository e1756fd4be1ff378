"""How `suphub node` shows credentials: as scripts see them, as a table, and a new one with its token or files."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from hub.cli.output import print_json, print_table, say
from hub.clock import iso
from schemas.catalogue import describe

if TYPE_CHECKING:
    from hub.errors import PackageRefused
    from hub.nodes.shapes import Credential
    from hub.nodes.sources import Obtained
    from hub.register import Registration


OPENS = {
    "signing": "该系统用它签名的报文 · packages of this system that are signed with it",
    "token": "推送入口(suphub inbox serve):推送报文、取回执 · the door to push to: packages in, receipts out",
    "certificate": "推送入口(suphub inbox serve):推送报文、取回执 · the door to push to: packages in, receipts out",
    "ssh-key": "枢纽自己的入口不用它;sshd 可用 suphub node authorized-keys 核对 · no door of the hub's own; "
    "an sshd may ask suphub node authorized-keys",
}
"""What a kind of credential opens."""
CLOSED = (
    "目前无:登记不是推送方式,或不接受这种凭据(connector: {kind: push}) · nothing yet: the registration does not push, "
    "or takes no credential of this kind (connector: {kind: push})"
)
DOORS = ("token", "certificate")
"""Kinds that the door for packages asks for, where the registration does not narrow them."""
Used = Callable[[str, str], bool]
"""Whether a kind of credential opens anything for a system (its code) today."""


def used_by(registrations: Mapping[str, Registration]) -> Used:
    """By the registrations: a token or certificate opens the door of a system that pushes and takes that kind."""

    def used(system: str, kind: str) -> bool:
        if kind not in DOORS:
            return kind == "signing"
        connector = registrations[system].connector if system in registrations else {}
        return connector.get("kind") == "push" and kind in (connector.get("credentials") or DOORS)

    return used


NOT_YET = (
    "  自签的证书列入登记的 envelope.certificates(绑定只管机构签发的);机构签发的,把该机构的证书列入 envelope.authorities\n"
    "  List a self-signed certificate under envelope.certificates of the registration (binding is for issued ones); "
    "of an issued one, list its authority under envelope.authorities"
)


def as_dict(found: Credential, now: int, used: Used) -> dict[str, Any]:
    """A credential as scripts see it; instants as ISO 8601 in UTC+8."""
    return {
        "id": found.id,
        "system": found.system,
        "node": found.name,
        "kind": found.kind,
        "in_use": used(found.system, found.kind),
        "state": found.state(now),
        "valid_from": iso(found.valid_from),
        "valid_to": iso(found.valid_to),
        "days_left": found.days_left(now),
        "organizations": list(found.organizations),
        "regions": list(found.regions),
        "fingerprint": found.fingerprint,
        "subject": found.subject,
        "issued_at": iso(found.issued_at),
        "issued_by": found.issued_by,
        "reason": found.reason,
        "replaced_at": iso(found.replaced_at),
        "revoked_at": iso(found.revoked_at),
        "revoked_by": found.revoked_by,
        "revoke_reason": found.revoke_reason,
    }


STATES = {
    "valid": "有效 valid",
    "replaced": "已换，重叠期 overlap",
    "pending": "未生效 pending",
    "expired": "已过期 expired",
    "revoked": "已吊销 revoked",
}


def table(found: Sequence[Credential], now: int) -> None:
    columns = (
        "节点 node",
        "种类 kind",
        "标识 id",
        "状态 state",
        "至（剩余天数） until (days)",
        "绑定 bound to",
    )
    rows = [
        (
            f"{each.system}/{each.name}", each.kind, each.id, STATES[each.state(now)],
            f"{(iso(each.valid_to) or '')[:10]}{f' ({each.days_left(now)})' if each.admits(now) else ''}",
            ", ".join((*each.organizations, *each.regions)) or "同登记 as registered",
        )
        for each in found
    ]  # fmt: skip
    print_table(f"{len(found)} 个凭据 · credentials", columns, rows)


def tell(
    made: Credential, obtained: Obtained, now: int, as_json: bool, unfit: PackageRefused | None, used: Used
) -> None:
    """A new credential; `unfit` says why packages signed with it would be refused all the same."""
    if as_json:
        told = as_dict(made, now, used) | ({} if unfit is None else {"in_use": False})
        why = None if unfit is None else unfit.code
        print_json({**told, "not_yet": why, "token": obtained.token, "files": obtained.files})
        return
    say(f"节点 · node        {made.system}/{made.name}  {made.kind}  {made.id}")
    say(f"有效 · valid       {iso(made.valid_from)} → {iso(made.valid_to)}")
    say(f"机构 · for         {', '.join(made.organizations) or '同登记 as registered'}")
    say(f"区划 · regions     {', '.join(made.regions) or '同登记 as registered'}")
    if unfit is None:
        say(
            f"可用于 · opens     {OPENS[made.kind] if made.kind not in DOORS or used(made.system, made.kind) else CLOSED}"
        )
    else:
        texts = describe(unfit.code, params=unfit.params)
        say(f"可用于 · opens     尚不能用 · nothing yet: {unfit.code} {texts.message_zh} {texts.message_en}")
        say(NOT_YET)
    if made.fingerprint:
        say(f"指纹 · fingerprint {made.fingerprint}")
    for what, path in obtained.files.items():
        say(f"文件 · file        {what}: {path}")
    if obtained.token is not None:
        say("令牌只显示这一次，枢纽只存其散列 · The token is shown this once; the hub keeps its hash only:")
        say(obtained.token)
