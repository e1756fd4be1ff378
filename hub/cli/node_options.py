"""The options of `suphub node`, and how what was typed is read."""

from __future__ import annotations

import re
from datetime import date, timedelta
from pathlib import Path
from typing import Annotated

import typer

from hub.clock import start_of

DAYS = 365
SOON = 30
NAME = r"[a-z0-9][a-z0-9-]{0,62}/[A-Za-z0-9][A-Za-z0-9._-]{0,63}"
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


def node_name(name: str) -> str:
    if not re.fullmatch(NAME, name):
        raise typer.BadParameter(
            f"{name!r}: 写成 系统/节点，字母、数字、. _ - · SYSTEM/NAME of letters, digits, . _ -",
            param_hint="SYSTEM/NAME",
        )
    return name


def kind_of(kind: str) -> str:
    from hub.nodes.shapes import KINDS

    if kind not in KINDS:
        raise typer.BadParameter(f"{kind!r}: {', '.join(KINDS)}", param_hint="--kind")
    return kind


def day(text: str) -> int:
    try:
        return start_of(date.fromisoformat(text))
    except ValueError as error:
        raise typer.BadParameter(
            f"{text!r}: 写成年-月-日,如 2026-12-01 · a day as year-month-day, like 2026-12-01",
            param_hint="--from",
        ) from error


def span(text: str, option: str) -> timedelta:
    from hub.register.shape import duration

    try:
        return timedelta(0) if text == "0" else duration(text)
    except ValueError as error:
        raise typer.BadParameter(
            f"{text!r}: 写成时长,如 14d、12h 或 0 · a length of time, like 14d, 12h or 0", param_hint=option
        ) from error
