"""`suphub package list|show|replay`: what came in, and what became of it."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from hub.cli.options import Json
from hub.cli.output import print_json, print_table, rarer, say, say_fields
from hub.cli.validate import violation_text
from hub.shapes import PACKAGE_STATES

package = typer.Typer(help="报文包 · packages: list, show, replay", no_args_is_help=True)


def add_to(app: typer.Typer) -> None:
    """Add the family to the command tree."""
    app.add_typer(package, name="package")


@package.command("list")
def list_packages(
    as_json: Json = False,
    system: Annotated[str | None, typer.Option(help="只看一个系统 · one system only")] = None,
    state: Annotated[
        str | None, typer.Option(help="received, processing, closed, refused, set_aside")
    ] = None,
) -> None:
    """列出报文包 · list the packages in the order in which they came."""
    from hub import wiring
    from hub.central.engine import reading
    from hub.views import packages as view

    if state is not None and state not in PACKAGE_STATES:
        raise typer.BadParameter(f"{state!r}: {', '.join(PACKAGE_STATES)}", param_hint="--state")
    from hub.views.pages import PACKAGE_STATES as STATES

    with reading(wiring.engine()) as connection:
        found = list(view.packages(connection, system=system, state=state))
    if as_json:
        print_json(found)
        return
    columns = ("系统 system", "报文包 package", "序号 serial", "状态 state", "办件 cases", "接收 accepted", "拒收 rejected",
               "另有 also", "到达 received")  # fmt: skip
    keys = ("cases", "accepted", "rejected")
    rows = [
        (
            p["system"],
            _short(p["package_id"]),
            p["serial"],
            " ".join(STATES[p["state"]]),
            *(p[k] for k in keys),
            rarer(p),
            p["received_at"][:19].replace("T", " "),
        )
        for p in found
    ]
    print_table(f"{len(rows)} 个报文包 · packages", columns, rows)


@package.command("show")
def show(name: Annotated[str, typer.Argument(metavar="SYSTEM/ID")], as_json: Json = False) -> None:
    """一个报文包及其拒收原因 · one package, with every reason for a refusal."""
    from hub import wiring
    from hub.central.engine import reading
    from hub.views import packages as view

    with reading(wiring.engine()) as connection:
        found = view.detail(connection, name)
    if as_json:
        print_json(found)
        return
    _print(found)


def _print(found: dict[str, Any]) -> None:
    from hub.views.pages import PACKAGE_STATES as STATES

    seal = found["seal"] or {}
    signer = seal.get("signer")
    counts = ("cases", "accepted", "rejected", "duplicate", "stale", "conflict", "pending")
    words = ("办件", "接收", "拒收", "重复", "陈旧", "冲突", "待补齐")
    say_fields(
        (
            ("系统 · system", found["system"]),
            ("报文包 · package", found["package_id"]),
            ("序号 · serial", found["serial"]),
            ("状态 · state", " ".join(STATES[found["state"]])),
            ("摘要 · digest", found["digest"]),
            ("大小 · size", f"{found['size']} B"),
            ("到达 · received", found["received_at"]),
            ("办完 · closed", found["closed_at"]),
            ("说明 · notes", found["notes"]),
            ("默克尔根 · root", found["root"]),
            ("加密 · encrypted", (seal.get("encrypted") or "-") if seal else None),
            ("签名 · signed", _signed(signer) if seal else None),
            (
                "结果 · counts",
                ", ".join(f"{zh} {name} {found[name]}" for zh, name in zip(words, counts, strict=True)),
            ),
            *(
                (
                    "文件 · arrival",
                    f"{a['origin']}  {a['arrived_at']} → 回执 receipt {a['answered_at'] or '-'}",
                )
                for a in found["arrivals"]
            ),
        )
    )
    if found["refusal"]:
        refusal = found["refusal"]
        say(f"\n{refusal['code']}  {refusal['message_zh']}\n  {refusal['message_en']}")
        say(f"  处理: {refusal['remedy_zh']}\n  Remedy: {refusal['remedy_en']}")
    if found["rejections"]:
        say(f"\n拒收原因 · refused: {len(found['rejections'])}")
        for rejection in found["rejections"]:
            say(violation_text(rejection))


def _signed(signer: dict[str, Any] | None) -> str:
    return (
        f"{signer['subject']}  serial {signer['serial']}  SHA-256 {signer['fingerprint']}" if signer else "-"
    )


@package.command("replay")
def replay(name: Annotated[str, typer.Argument(metavar="SYSTEM/ID")], as_json: Json = False) -> None:
    """重新判定报文包中被拒收的办件,或整包被拒的报文包(对照、密钥、证书改正后);被搁置的从原处继续 · judge refused cases, or a package refused as a whole, anew; one set aside goes on."""
    from hub import wiring

    done = wiring.replay(name)
    if as_json:
        print_json(done)
        return
    say(
        f"{done['package_id']}: "
        + ", ".join(f"{k} {done[k]}" for k in ("cases", "accepted", "rejected", "duplicate"))
    )


def _short(name: str) -> str:
    return name if len(name) < 40 else name[:12] + "…"
