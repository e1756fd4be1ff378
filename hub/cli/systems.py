"""`suphub system new|check|list|show`: registrations, without writing code."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from hub.cli.output import complain, print_json, print_table, say
from hub.errors import HubError, Place, StopError
from hub.register import Registration
from schemas.numbers import uscc_ok

system = typer.Typer(help="登记 · registrations of systems", no_args_is_help=True)
Json = Annotated[bool, typer.Option("--json", help="机器可读 · one JSON document")]
Code = Annotated[str, typer.Argument(help="登记代码 · code of the registration")]

TEMPLATE = """\
# 登记 · registration; docs/register-a-system.md explains every line.
code: {code}
name: {name}
organization: {organization}      # 统一社会信用代码,可写成列表 · USCC, or a list
region: "{region}"
contact: {{name: "", phone: ""}}
connector: {{kind: directory, inbox: {inbox}, ready: {{marker: .ok}}}}
dialect: canonical
codes: canonical                  # 或 or gbt-39046, hunan, hunan-2011, guangdong
schema: "1.0"
schedule: "*/10 * * * *"
silent_after: 2d
status: trial                     # trial → live
"""


def add_to(app: typer.Typer) -> None:
    """Add the family to the command tree."""
    app.add_typer(system, name="system")


@system.command("list")
def list_systems(as_json: Json = False) -> None:
    """列出登记,包括有误的 · list the registrations, faulty ones included."""
    from hub import wiring

    good, bad = wiring.registrations()
    if as_json:
        print_json(
            [_as_dict(r) for r in good.values()] + [{"code": c, "error": e.as_dict()} for c, e in bad.items()]
        )
        return
    rows = [(r.code, r.name, r.connector["kind"], r.codes, r.status, r.schedule) for r in good.values()]
    rows += [(code, "登记有误 · faulty", "-", "-", "-", f"suphub system check {code}") for code in bad]
    columns = ("代码 code", "名称 name", "方式 kind", "代码对照 codes", "状态 status", "时间 schedule")
    print_table(f"{len(rows)} 个系统 · systems", columns, rows)


@system.command("show")
def show(code: Code, as_json: Json = False) -> None:
    """一个登记的全部内容 · everything that a registration says."""
    from hub import wiring

    found = _as_dict(wiring.registration(code))
    if as_json:
        print_json(found)
        return
    for key, value in found.items():
        say(f"{key:16} {value}")


@system.command("check")
def check(code: Code, as_json: Json = False) -> None:
    """检查登记、代码对照和报送方式,有误时退出码为 1 · check a registration; exit code 1 if it cannot be used."""
    from connectors import open_connector
    from hub import wiring
    from hub.pipeline.process import check_unsealed
    from mappings.mapper import Mapper

    checks: list[dict[str, Any]] = []
    try:
        found = wiring.registration(code)
        checks.append({"name": "registration", "ok": True, "detail": found.name})
        for name, step in (
            ("organization", lambda: _check_organizations(found)),
            ("schema, dialect, codes", lambda: Mapper(found, {})),
            ("connector", lambda: open_connector(found.connector, code)),
            ("envelope", lambda: check_unsealed(found)),
        ):
            step()
            checks.append({"name": name, "ok": True, "detail": ""})
    except HubError as error:
        checks.append({"name": error.code, "ok": False, "detail": str(error), **error.as_dict()})
    if as_json:
        print_json(checks)
    else:
        for item in checks:
            (say if item["ok"] else complain)(f"{'✓' if item['ok'] else '✗'} {item['name']} {item['detail']}")
        say(f"下一步 · next: suphub probe {code}")
    if not all(item["ok"] for item in checks):
        raise typer.Exit(1)


def _check_organizations(found: Registration) -> None:
    """Raises StopError for a credit code whose check digit is wrong: every case would be refused as another's."""
    wrong = [code for code in found.organizations if not uscc_ok(code)]
    if wrong:
        raise StopError(
            "REGISTRATION_USCC",
            zh=f"organization 的统一社会信用代码校验不通过:{'、'.join(wrong)}",
            en=f"organization: the check digit of the USCC is wrong: {', '.join(wrong)}",
            remedy_zh="对照证照改正该代码(GB 32100 的第 18 位是校验码)",
            remedy_en="Mend it by the certificate (its 18th character is the check digit of GB 32100)",
            place=Place(system=found.code, file=found.path, field="organization"),
        )


@system.command("new")
def new(
    code: Code,
    name: Annotated[str, typer.Option(help="系统名称 · name of the system")],
    organization: Annotated[str, typer.Option(help="统一社会信用代码 · USCC")],
    region: Annotated[str, typer.Option(help="行政区划代码 · GB/T 2260 code")],
    inbox: Annotated[str, typer.Option(help="报文所在目录 · folder that packages arrive in")],
) -> None:
    """写一个新登记并检查它 · write a new registration and check it."""
    from hub import wiring
    from hub.register import load_registration

    path: Path = wiring.settings().systems / f"{code}.yaml"
    if path.exists():
        complain(f"{path} 已存在 · exists already: 直接修改它 · edit it")
        raise typer.Exit(2)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(
        TEMPLATE.format(code=code, name=name, organization=organization, region=region, inbox=inbox),
        encoding="utf-8",
    )
    try:
        load_registration(path)
    except HubError:
        path.unlink()
        raise
    say(f"{path}\n下一步 · next: suphub system check {code}")


def _as_dict(found: Any) -> dict[str, Any]:
    return {
        "code": found.code,
        "name": found.name,
        "organizations": list(found.organizations),
        "region": found.region,
        "contact": dict(found.contact),
        "connector": dict(found.connector),
        "envelope": dict(found.envelope),
        "dialect": found.dialect,
        "codes": found.codes,
        "schema": found.schema,
        "serial": found.serial,
        "schedule": found.schedule,
        "supervise_from": found.supervise_from.isoformat() if found.supervise_from else None,
        "status": found.status,
        "path": found.path,
    }
