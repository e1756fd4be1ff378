"""`suphub node issue|rotate|revoke|list`: the credentials by which nodes of a system are known."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hub.cli.catalogue import os_user
from hub.cli.output import complain, print_json, print_table, say
from hub.clock import DAY_US, MICROSECOND, iso, now_us, start_of

if TYPE_CHECKING:
    from hub.nodes.shapes import Credential, Grant
    from hub.nodes.sources import Obtained, Source

node = typer.Typer(help="节点身份 · who may deliver: credentials of nodes", no_args_is_help=True)

DAYS = 365
SOON = 30
NAME = r"[a-z0-9][a-z0-9-]{0,62}/[A-Za-z0-9][A-Za-z0-9._-]{0,63}"
Json = Annotated[bool, typer.Option("--json", help="机器可读 · one JSON document")]
Node = Annotated[str, typer.Argument(metavar="SYSTEM/NAME", help="节点 · the node, e.g. land-bureau/front-1")]
Given = Annotated[
    Path | None, typer.Option("--certificate", help="部门的证书 · a certificate handed in (PEM, DER)")
]
Request = Annotated[
    Path | None,
    typer.Option(
        "--request",
        help="证书请求，由枢纽签发 · a request (PKCS#10) that the hub signs; with --certificate-out",
    ),
]
PublicKey = Annotated[
    Path | None, typer.Option("--public-key", help="SSH 公钥文件 · file of the SSH public key")
]
KeyOut = Annotated[
    Path | None,
    typer.Option(
        "--key-out",
        help="新私钥写到哪里（枢纽不留）· where the new private key goes, kept nowhere else; with --certificate-out",
    ),
]
CertificateOut = Annotated[
    Path | None, typer.Option("--certificate-out", help="新证书写到哪里 · where the new certificate goes")
]
KeyType = Annotated[str, typer.Option("--key-type", help="新私钥 · of the new key: rsa (3072), ec (P-256)")]
Organizations = Annotated[
    list[str] | None,
    typer.Option(
        "--organization",
        help="只许报送这些机构（可多次）· may send for these organisations only; may be repeated (default: the registration's)",
    ),
]
Regions = Annotated[
    list[str] | None,
    typer.Option(
        "--region",
        help="只许报送这些区划（可多次）· may send for these regions only; may be repeated (default: the registration's)",
    ),
]
From = Annotated[
    str | None, typer.Option("--from", help="生效日（北京时间）· first day, like 2026-12-01 (default: now)")
]
Days = Annotated[
    int,
    typer.Option(
        "--days", min=1, max=3650, help="有效天数；给定的证书以自身期限为限 · days that it is valid"
    ),
]
Reason = Annotated[str | None, typer.Option("--reason", help="事由，写入日志 · why, for the log")]
By = Annotated[
    str | None,
    typer.Option("--by", help="经办人，写入日志 · who does it, for the log (default: the OS user)"),
]


def add_to(app: typer.Typer) -> None:
    """Add the family to the command tree."""
    app.add_typer(node, name="node")


@node.command("issue")
def issue(
    name: Node,
    kind: Annotated[
        str, typer.Option("--kind", help="种类 · certificate (TLS client), token, ssh-key, signing")
    ],
    certificate: Given = None,
    request: Request = None,
    public_key: PublicKey = None,
    key_out: KeyOut = None,
    certificate_out: CertificateOut = None,
    key_type: KeyType = "rsa",
    organization: Organizations = None,
    region: Regions = None,
    first_day: From = None,
    days: Days = DAYS,
    reason: Reason = None,
    by: By = None,
    as_json: Json = False,
) -> None:
    """签发一个节点的凭据；令牌只显示这一次 · issue a credential to a node; a token is shown this once."""
    from hub import wiring
    from hub.nodes.changes import issue as make
    from hub.nodes.sources import Source, obtain

    source = Source(_kind(kind), certificate, request, public_key, key_out, certificate_out, key_type)
    now = now_us()
    grant = _grant(name, source, organization, region, first_day, days, by, reason, now)
    keys = wiring.settings().keys
    with obtain(source, name, _holder(grant), (grant.valid_from, grant.valid_to), keys, now) as obtained:
        made = make(wiring.engine(), grant, obtained.material, now)
    _tell(made, obtained, now, as_json)


@node.command("rotate")
def rotate(
    name: Node,
    kind: Annotated[
        str | None,
        typer.Option("--kind", help="种类；节点只有一种时可省 · may be left out where the node has one kind"),
    ] = None,
    overlap: Annotated[
        str,
        typer.Option("--overlap", help="旧凭据再有效多久 · how long the old one stays valid: 14d, 12h, 0"),
    ] = "14d",
    certificate: Given = None,
    request: Request = None,
    public_key: PublicKey = None,
    key_out: KeyOut = None,
    certificate_out: CertificateOut = None,
    key_type: KeyType = "rsa",
    organization: Organizations = None,
    region: Regions = None,
    first_day: From = None,
    days: Days = DAYS,
    reason: Reason = None,
    by: By = None,
    as_json: Json = False,
) -> None:
    """换新凭据，旧的在重叠期内仍有效 · put a new credential in place of the old, which stays valid for the overlap."""
    from hub import wiring
    from hub.central.engine import reading
    from hub.nodes.changes import rotate as make
    from hub.nodes.changes import unknown
    from hub.nodes.sources import Source, obtain
    from hub.nodes.store import of_node

    now = now_us()
    source = Source(
        _kind(kind) if kind else _only_kind(name),
        certificate, request, public_key, key_out, certificate_out, key_type,
    )  # fmt: skip
    spare = _span(overlap, "--overlap") // MICROSECOND
    grant = _grant(name, source, organization, region, first_day, days, by, reason, now)
    with reading(wiring.engine()) as connection:
        before = of_node(connection, grant.system, grant.name, source.kind)
    if not before:
        raise unknown(grant.system, grant.name, source.kind)
    keys = wiring.settings().keys
    with obtain(source, name, _holder(grant), (grant.valid_from, grant.valid_to), keys, now) as obtained:
        made = make(wiring.engine(), grant, obtained.material, spare, now, expected=before[-1].generation)
    _tell(made, obtained, now, as_json)


@node.command("revoke")
def revoke(
    name: Node,
    kind: Annotated[
        str | None, typer.Option("--kind", help="只吊销这一种 · this kind only (default: all)")
    ] = None,
    public_id: Annotated[
        str | None, typer.Option("--id", help="只吊销这一个 · the one of this id only")
    ] = None,
    reason: Reason = None,
    by: By = None,
    as_json: Json = False,
) -> None:
    """立即吊销节点的凭据 · revoke credentials of a node, at once."""
    from hub import wiring
    from hub.nodes.changes import revoke as end

    system, _, own = _checked(name).partition("/")
    now = now_us()
    found = end(
        wiring.engine(), system, own, by or os_user(), reason, now,
        kind=_kind(kind) if kind else None, public_id=public_id,
    )  # fmt: skip
    if as_json:
        print_json([as_dict(each, now) for each in found])
        return
    for each in found:
        say(f"已吊销 · revoked: {each.system}/{each.name} {each.kind} {each.id}")


@node.command("list")
def list_all(
    system: Annotated[str | None, typer.Argument(help="系统或节点 · a system, or SYSTEM/NAME")] = None,
    expiring: Annotated[
        str | None,
        typer.Option("--expiring", help="只列这段时间内到期的 · only what ends within: 30d, 12h"),
    ] = None,
    as_json: Json = False,
) -> None:
    """列出凭据、状态和剩余天数 · list credentials, their state and the days they have left."""
    from hub import wiring
    from hub.central.engine import reading
    from hub.nodes.store import expiring as ending
    from hub.nodes.store import listed

    now = now_us()
    code, _, own = (system or "").partition("/")
    with reading(wiring.engine()) as connection:
        found = listed(connection, code or None, own or None)
        soon = {each.id for each in ending(connection, timedelta(days=SOON), now=now)}
        if expiring is not None:
            wanted = {each.id for each in ending(connection, _span(expiring, "--expiring"), now=now)}
            found = [each for each in found if each.id in wanted]
    if code and not found:
        wiring.registration(code)  # tells a code that is none
    if as_json:
        print_json([as_dict(each, now) for each in found])
        return
    _table(found, now)
    warned = [each for each in found if each.id in soon]
    for each in warned:
        left = each.days_left(now)
        ends = f"{left} 天后到期 · ends in {left} days" if left >= 0 else "已过期 · has expired"
        complain(
            f"! {each.system}/{each.name} {each.kind}: {ends} → suphub node rotate {each.system}/{each.name}"
        )


def as_dict(found: Credential, now: int) -> dict[str, Any]:
    """A credential as scripts see it; instants as ISO 8601 in UTC+8."""
    return {
        "id": found.id,
        "system": found.system,
        "node": found.name,
        "kind": found.kind,
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


def _table(found: Sequence[Credential], now: int) -> None:
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


def _tell(made: Credential, obtained: Obtained, now: int, as_json: bool) -> None:
    if as_json:
        told = as_dict(made, now)
        print_json({**told, "token": obtained.token, "files": obtained.files})
        return
    say(f"节点 · node        {made.system}/{made.name}  {made.kind}  {made.id}")
    say(f"有效 · valid       {iso(made.valid_from)} → {iso(made.valid_to)}")
    say(f"机构 · for         {', '.join(made.organizations) or '同登记 as registered'}")
    say(f"区划 · regions     {', '.join(made.regions) or '同登记 as registered'}")
    if made.fingerprint:
        say(f"指纹 · fingerprint {made.fingerprint}")
    for what, path in obtained.files.items():
        say(f"文件 · file        {what}: {path}")
    if obtained.token is not None:
        say("令牌只显示这一次，枢纽只存其散列 · The token is shown this once; the hub keeps its hash only:")
        say(obtained.token)


def _grant(
    name: str, source: Source, organization: Sequence[str] | None, region: Sequence[str] | None,
    first_day: str | None, days: int, by: str | None, reason: str | None, now: int,
) -> Grant:  # fmt: skip
    """What was asked for, checked against the registration. Raises StopError, typer.BadParameter."""
    from hub import wiring
    from hub.nodes.authority import KEY_TYPES
    from hub.nodes.shapes import Grant
    from hub.nodes.sources import check_bounds

    system, _, own = _checked(name).partition("/")
    fault = source.fault()
    if fault:
        raise typer.BadParameter(fault, param_hint="--kind")
    if source.key_type not in KEY_TYPES:
        raise typer.BadParameter(f"{source.key_type!r}: {', '.join(KEY_TYPES)}", param_hint="--key-type")
    start = now if first_day is None else _day(first_day)
    organizations = tuple(dict.fromkeys(organization)) if organization else None
    regions = tuple(dict.fromkeys(region)) if region else None
    check_bounds(wiring.registration(system), organizations, regions)
    return Grant(system, own, organizations, regions, start, start + days * DAY_US, by or os_user(), reason)


def _holder(grant: Grant) -> str:
    """Whom a certificate names as the organisation: the system's name."""
    from hub import wiring

    return wiring.registration(grant.system).name


def _only_kind(name: str) -> str:
    from hub import wiring
    from hub.central.engine import reading
    from hub.nodes.changes import kinds_to_rotate, unknown
    from hub.nodes.store import listed

    system, _, own = _checked(name).partition("/")
    wiring.registration(system)
    with reading(wiring.engine()) as connection:
        kinds = kinds_to_rotate(listed(connection, system, own))
    if not kinds:
        raise unknown(system, own, None)
    if len(kinds) > 1:
        raise typer.BadParameter(f"{name}: {', '.join(kinds)}", param_hint="--kind")
    return kinds[0]


def _checked(name: str) -> str:
    if not re.fullmatch(NAME, name):
        raise typer.BadParameter(
            f"{name!r}: 写成 系统/节点，字母、数字、. _ - · SYSTEM/NAME of letters, digits, . _ -",
            param_hint="SYSTEM/NAME",
        )
    return name


def _kind(kind: str) -> str:
    from hub.nodes.shapes import KINDS

    if kind not in KINDS:
        raise typer.BadParameter(f"{kind!r}: {', '.join(KINDS)}", param_hint="--kind")
    return kind


def _day(text: str) -> int:
    try:
        return start_of(date.fromisoformat(text))
    except ValueError as error:
        raise typer.BadParameter(f"{text!r}: 2026-12-01", param_hint="--from") from error


def _span(text: str, option: str) -> timedelta:
    from hub.register.shape import duration

    try:
        return timedelta(0) if text == "0" else duration(text)
    except ValueError as error:
        raise typer.BadParameter(f"{text!r}: 14d, 12h, 0", param_hint=option) from error
