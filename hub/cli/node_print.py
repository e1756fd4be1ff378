"""How `suphub node` shows credentials: as scripts see them, as a table, and a new one with its token or files."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from hub.cli.output import print_json, print_table, say
from hub.clock import iso
from schemas.catalogue import describe

if TYPE_CHECKING:
    from hub.errors import PackageRefused
    from hub.nodes.shapes import Credential
    from hub.nodes.sources import Obtained


IN_USE = ("signing",)
"""Kinds that open something today: no door of the hub's own listens yet that would ask for the others."""
OPENS = {
    True: "该系统用它签名的报文 · packages of this system that are signed with it",
    False: "目前无:枢纽尚无接收入口会用到它,先存着,可轮换、吊销(docs/nodes.md) · "
    "nothing yet: the hub has no door of its own that asks for it; it is kept, and can be rotated and revoked (docs/nodes.md)",
}


NOT_YET = (
    "  自签的证书列入登记的 envelope.certificates(绑定只管机构签发的);机构签发的,把该机构的证书列入 envelope.authorities\n"
    "  List a self-signed certificate under envelope.certificates of the registration (binding is for issued ones); "
    "of an issued one, list its authority under envelope.authorities"
)


def as_dict(found: Credential, now: int) -> dict[str, Any]:
    """A credential as scripts see it; instants as ISO 8601 in UTC+8."""
    return {
        "id": found.id,
        "system": found.system,
        "node": found.name,
        "kind": found.kind,
        "in_use": found.kind in IN_USE,
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


def tell(made: Credential, obtained: Obtained, now: int, as_json: bool, unfit: PackageRefused | None) -> None:
    """A new credential; `unfit` says why packages signed with it would be refused all the same."""
    if as_json:
        told = as_dict(made, now) | ({} if unfit is None else {"in_use": False})
        why = None if unfit is None else unfit.code
        print_json({**told, "not_yet": why, "token": obtained.token, "files": obtained.files})
        return
    say(f"节点 · node        {made.system}/{made.name}  {made.kind}  {made.id}")
    say(f"有效 · valid       {iso(made.valid_from)} → {iso(made.valid_to)}")
    say(f"机构 · for         {', '.join(made.organizations) or '同登记 as registered'}")
    say(f"区划 · regions     {', '.join(made.regions) or '同登记 as registered'}")
    if unfit is None:
        say(f"可用于 · opens     {OPENS[made.kind in IN_USE]}")
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
