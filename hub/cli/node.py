"""`suphub node issue|rotate|revoke|list`: the credentials by which nodes of a system are known."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from hub.cli.node_options import (
    DAYS,
    SOON,
    By,
    CertificateOut,
    Days,
    From,
    Given,
    KeyOut,
    KeyType,
    Node,
    Organizations,
    PublicKey,
    Reason,
    Regions,
    Request,
    day,
    kind_of,
    node_name,
    span,
)  # fmt: skip
from hub.cli.node_print import as_dict, table, tell, used_by
from hub.cli.options import Json, who
from hub.cli.output import complain, print_json, say
from hub.clock import DAY_US, MICROSECOND, now_us

if TYPE_CHECKING:
    from hub.cli.node_print import Used
    from hub.errors import PackageRefused
    from hub.nodes.shapes import Credential, Grant
    from hub.nodes.sources import Obtained, Source

node = typer.Typer(help="节点身份 · who may deliver: credentials of nodes", no_args_is_help=True)


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
    from hub.wiring.nodes import refuse_revoked

    source = Source(kind_of(kind), certificate, request, public_key, key_out, certificate_out, key_type)
    now = now_us()
    grant = _grant(name, source, organization, region, first_day, days, by, reason, now)
    keys = wiring.settings().keys
    with obtain(source, name, _holder(grant), (grant.valid_from, grant.valid_to), keys, now) as obtained:
        refuse_revoked(wiring.registration(grant.system), source.kind, obtained.material.public, now)
        made = make(wiring.engine(), grant, obtained.material, now)
    tell(made, obtained, now, as_json, _unfit(made, obtained), _used())


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
    from hub.wiring.nodes import refuse_revoked

    now = now_us()
    source = Source(
        kind_of(kind) if kind else _only_kind(name),
        certificate, request, public_key, key_out, certificate_out, key_type,
    )  # fmt: skip
    spare = span(overlap, "--overlap") // MICROSECOND
    grant = _grant(name, source, organization, region, first_day, days, by, reason, now)
    with reading(wiring.engine()) as connection:
        before = of_node(connection, grant.system, grant.name, source.kind)
    if not before:
        raise unknown(grant.system, grant.name, source.kind)
    keys = wiring.settings().keys
    with obtain(source, name, _holder(grant), (grant.valid_from, grant.valid_to), keys, now) as obtained:
        refuse_revoked(wiring.registration(grant.system), source.kind, obtained.material.public, now)
        made = make(wiring.engine(), grant, obtained.material, spare, now, expected=before[-1].generation)
    tell(made, obtained, now, as_json, _unfit(made, obtained), _used())


def _used() -> Used:
    from hub import wiring

    return used_by(wiring.registrations()[0])


def _unfit(made: Credential, obtained: Obtained) -> PackageRefused | None:
    """Why packages signed with it would still be refused."""
    from hub import wiring
    from hub.wiring.nodes import not_trusted

    if made.kind != "signing":
        return None
    at = max(made.valid_from, made.issued_at)
    return not_trusted(wiring.registration(made.system), obtained.material.public, at)


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

    system, _, own = node_name(name).partition("/")
    now = now_us()
    found = end(
        wiring.engine(), system, own, who(by), reason, now,
        kind=kind_of(kind) if kind else None, public_id=public_id,
    )  # fmt: skip
    if as_json:
        used = _used()
        print_json([as_dict(each, now, used) for each in found])
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
            wanted = {each.id for each in ending(connection, span(expiring, "--expiring"), now=now)}
            found = [each for each in found if each.id in wanted]
    if code and not found:
        wiring.registration(code)  # tells a code that is none
    if as_json:
        used = _used()
        print_json([as_dict(each, now, used) for each in found])
        return
    table(found, now)
    warned = [each for each in found if each.id in soon]
    for each in warned:
        left = each.days_left(now)
        ends = f"{left} 天后到期 · ends in {left} days" if left >= 0 else "已过期 · has expired"
        complain(
            f"! {each.system}/{each.name} {each.kind}: {ends} → suphub node rotate {each.system}/{each.name}"
        )


@node.command("authorized-keys")
def authorized_keys(
    name: Annotated[
        str, typer.Argument(metavar="SYSTEM[/NAME]", help="系统或节点 · a system, or one of its nodes")
    ],
    fingerprint: Annotated[
        str | None,
        typer.Option(
            "--fingerprint", help="只列这一把(sshd 的 %f)· the key of this fingerprint only (sshd: %f)"
        ),
    ] = None,
) -> None:
    """列出现在有效的 SSH 公钥,供 sshd 的 AuthorizedKeysCommand · print the SSH keys that are in force, for sshd's AuthorizedKeysCommand."""
    from hub import wiring
    from hub.central.engine import reading
    from hub.nodes.store import ssh_keys

    code, _, own = name.partition("/")
    wiring.registration(code)
    with reading(wiring.engine()) as connection:
        lines = ssh_keys(connection, code, own or None, fingerprint, now_us())
    for line in lines:
        typer.echo(line)


def _grant(
    name: str, source: Source, organization: Sequence[str] | None, region: Sequence[str] | None,
    first_day: str | None, days: int, by: str | None, reason: str | None, now: int,
) -> Grant:  # fmt: skip
    """What was asked for, checked against the registration. Raises StopError, typer.BadParameter."""
    from hub import wiring
    from hub.nodes.authority import KEY_TYPES
    from hub.nodes.shapes import Grant
    from hub.nodes.sources import check_bounds

    system, _, own = node_name(name).partition("/")
    fault = source.fault()
    if fault:
        raise typer.BadParameter(fault, param_hint="--kind")
    if source.key_type not in KEY_TYPES:
        raise typer.BadParameter(f"{source.key_type!r}: {', '.join(KEY_TYPES)}", param_hint="--key-type")
    start = now if first_day is None else day(first_day)
    organizations = tuple(dict.fromkeys(organization)) if organization else None
    regions = tuple(dict.fromkeys(region)) if region else None
    check_bounds(wiring.registration(system), organizations, regions)
    return Grant(system, own, organizations, regions, start, start + days * DAY_US, who(by), reason)


def _holder(grant: Grant) -> str:
    """Whom a certificate names as the organisation: the system's name."""
    from hub import wiring

    return wiring.registration(grant.system).name


def _only_kind(name: str) -> str:
    from hub import wiring
    from hub.central.engine import reading
    from hub.nodes.changes import kinds_to_rotate, unknown
    from hub.nodes.store import listed

    system, _, own = node_name(name).partition("/")
    wiring.registration(system)
    with reading(wiring.engine()) as connection:
        kinds = kinds_to_rotate(listed(connection, system, own))
    if not kinds:
        raise unknown(system, own, None)
    if len(kinds) > 1:
        raise typer.BadParameter(f"{name}: {', '.join(kinds)}", param_hint="--kind")
    return kinds[0]
