"""`suphub system new|check|list|show`: registrations, without writing code."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hub.cli.options import Json
from hub.cli.output import complain, plain, print_json, print_table, say, say_fields
from hub.cli.system_grants import grants
from hub.errors import HubError, PackageRefused, RetryError
from hub.items import Items
from hub.register import Registration, overlooked
from hub.shapes import Violation

if TYPE_CHECKING:
    from hub.pipeline.sample import Sample
    from hub.pipeline.system_check import Check

system = typer.Typer(help="登记 · registrations of systems", no_args_is_help=True)
system.command("grants")(grants)
Code = Annotated[str, typer.Argument(help="登记代码 · code of the registration")]

TEMPLATE = """\
# 登记 · registration; docs/register-a-system.md shows how, docs/registration.md explains every line.
code: {code}
name: {name}
organization: {organization}      # 统一社会信用代码,可写成列表 · USCC, or a list
region: "{region}"
contact: {{name: "", phone: ""}}
{source}
schema: "1.0"
schedule: "*/10 * * * *"
silent_after: 2d
status: trial                     # trial → live
"""
KINDS = {
    "directory": """\
connector: {{kind: directory, inbox: {inbox}, ready: {{marker: .ok}}}}
dialect: canonical
codes: canonical                  # 或 or gbt-39046, hunan, hunan-2011, guangdong""",
    "sftp": """\
connector:
  kind: sftp
  connection: {connection}
  inbox: {inbox}
  ready: {{marker: .ok}}
  # host_keys: ["SHA256:…"]       # 先 suphub probe {code}，核对它所见的指纹 · probe first, compare the fingerprint it saw
dialect: canonical
codes: canonical                  # 或 or gbt-39046, hunan, hunan-2011, guangdong""",
    "ftp": """\
connector:
  kind: ftp
  connection: {connection}
  inbox: {inbox}
  ready: {{marker: .ok}}
  # fingerprints: ["…"]            # 自签证书：先 suphub probe {code}，核对它所见的指纹 · self-signed: probe first, compare the fingerprint
dialect: canonical
codes: canonical                  # 或 or gbt-39046, hunan, hunan-2011, guangdong""",
    "push": """\
connector: {{kind: push}}           # 凭据 · credentials: suphub node issue {code}/front-1 --kind token
dialect: canonical
codes: canonical                  # 或 or gbt-39046, hunan, hunan-2011, guangdong""",
    "database": """\
connector:
  kind: database
  connection: {connection}
  tables:                         # 按此顺序读 · read in this order
    up_pro_accept: {{key: row_guid, time: cd_time}}
    up_pro_process: {{key: row_guid, time: cd_time}}
    up_pro_result: {{key: row_guid, time: cd_time}}
    up_pro_special_procedure: {{key: row_guid, time: cd_time}}
    up_pro_material: {{key: row_guid, time: cd_time}}
  take: {{flag: {{column: sync_flag, refused: "2"}}}}   # 只读权限 · read-only: {{watermark: {{late: 15m}}}}
  rejects: {{table: dn_audit_abnormal}}
serial: hub
dialect: national-exchange-db
codes: gbt-39046""",
    "soap-pull": """\
connector:
  kind: soap-pull
  connection: {connection}
  wsdl: {code}.wsdl               # 登记旁的文件,或 ?wsdl · a file beside this one, or ?wsdl
  operation: QueryBatch           # 取数操作 · the operation that gives data
  page: {{argument: pageNo}}
serial: hub
dialect: pinyin-stages
codes: guangdong""",
}
"""What a new registration says of its source, by the kind of connector."""


def add_to(app: typer.Typer) -> None:
    """Add the family to the command tree."""
    app.add_typer(system, name="system")


@system.command("list")
def list_systems(as_json: Json = False) -> None:
    """列出登记,包括有误的 · list the registrations, faulty ones included."""
    from hub import wiring

    good, bad = wiring.registrations()
    for path in overlooked(wiring.settings().systems):
        complain(
            f"{path.name}: 不是 .yaml,未作为登记读取;请改名 · not read as a registration, its name must end in .yaml: rename it"
        )
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
    say_fields((key, plain(value)) for key, value in found.items())


@system.command("check")
def check(
    code: Code,
    sample: Annotated[
        Path | None,
        typer.Option(
            exists=True, dir_okay=False, readable=True,
            help="样本文件,按方言的格式;缺省看来源处已就绪的第一个包 · a file in the dialect's form; "
                 "by default what lies ready first at the source",
        ),
    ] = None,
    as_json: Json = False,
) -> None:  # fmt: skip
    """检查登记、方言、代码对照、报送方式,并逐件判定一个样本;有一项不通过时退出码为 1 · check a registration, and judge a sample case by case; exit code 1 if a check fails."""
    from hub.cli.check_text import print_checks, print_coverage, print_sample

    with TemporaryDirectory(prefix="suphub-check-") as folder:
        checks, judged, covered = _looked_at(code, sample, Path(folder))
    if as_json:
        print_json({
            "checks": [each.as_dict() for each in checks],
            "sample": [each.as_dict() for each in judged.cases] if judged else [],
            "coverage": covered,
        })  # fmt: skip
    else:
        print_checks(checks)
        if judged is not None:
            print_sample(judged)
        print_coverage(covered)
    if not all(each.ok for each in checks):
        if not as_json:
            say(f"\n改正后再查 · mend what is marked ✗, then again: suphub system check {code}")
        raise typer.Exit(1)
    if not as_json:
        say(f"\n下一步 · next: suphub probe {code}")


def _looked_at(
    code: str, file: Path | None, folder: Path
) -> tuple[list[Check], Sample | None, list[dict[str, Any]]]:
    """The checks, the sample where one was judged, and the coverage where the dialect can be read."""
    from hub import wiring
    from hub.pipeline.coverage import coverage
    from hub.pipeline.system_check import failed, registration_checks
    from mappings.dialect import load_dialect

    try:
        found = wiring.registration(code)
    except HubError as error:
        return [failed("registration", error)], None, []
    checks = list(registration_checks(found, wiring.access, folder, wiring.seals()))
    judged, covered = None, list[dict[str, Any]]()
    if all(each.ok for each in checks):
        told, judged = _sample(found, file, folder)
        checks.append(told)
    if all(each.ok for each in checks if each.name in ("schema", "dialect")):
        cases = [case.lines for case in judged.cases] if judged else []
        covered = coverage(load_dialect(found.dialect, schema=found.schema), found, cases)
    return checks, judged, covered


def _sample(found: Registration, file: Path | None, folder: Path) -> tuple[Check, Sample | None]:
    """The sample judged, as a check. A source that cannot be reached now is the probe's matter, and fails nothing."""
    from hub import wiring
    from hub.pipeline.sample import Sample, read_sample, take_sample
    from hub.pipeline.system_check import Check, failed, sample_check
    from mappings.dialect import load_dialect

    try:
        place = (file, file.name) if file else take_sample(found, wiring.access, folder, wiring.limits())
        if place is None:
            zh, en = (
                "来源处没有就绪的报文;可用 --sample 文件",
                "Nothing lies ready at the source; --sample FILE judges a file",
            )
            return Check("sample", True, f"{zh} · {en}", warning=True), None
        dialect = load_dialect(found.dialect, schema=found.schema)
        items, note = _catalogue()
        judged = read_sample(*place, found, dialect, wiring.limits(), folder, items, wiring.seals())
    except RetryError as error:
        return failed("sample", error, warning=True), None
    except HubError as error:
        return failed("sample", error), None
    except PackageRefused as error:
        judged, note = Sample("-", refused=Violation(error.code, line=error.line, params=error.params)), ""
    told = sample_check(judged)
    return (replace(told, notes=(*told.notes, note)) if note else told), judged


def _catalogue() -> tuple[Items | None, str]:
    """The item catalogue; where there is no database yet, none, and a note of it."""
    from hub import wiring
    from hub.catalogue.lookup import lookup

    try:
        return lookup(wiring.engine()), ""
    except HubError as error:
        return None, f"未用事项库 · judged without the item catalogue ({error.code})"


@system.command("new")
def new(
    code: Code,
    name: Annotated[str, typer.Option(help="系统名称 · name of the system")],
    organization: Annotated[str, typer.Option(help="统一社会信用代码 · USCC")],
    region: Annotated[str, typer.Option(help="行政区划代码 · GB/T 2260 code")],
    kind: Annotated[
        str, typer.Option(help="报送方式 · directory, sftp, ftp, push, database, soap-pull")
    ] = "directory",
    inbox: Annotated[
        str | None, typer.Option(help="报文所在目录(directory、sftp、ftp)· folder that packages arrive in")
    ] = None,
    connection: Annotated[
        str | None,
        typer.Option(help="Airflow 连接名(directory、push 不用)· name of the Airflow Connection"),
    ] = None,
) -> None:
    """写一个新登记;之后用 system check 检查 · write a new registration; `system check` then looks at it."""
    from hub import wiring
    from hub.register import load_registration

    if kind not in KINDS:
        raise typer.BadParameter(f"{kind!r}: {', '.join(KINDS)}", param_hint="--kind")
    for option, value in (("--inbox", inbox), ("--connection", connection)):
        if f"{{{option[2:]}}}" in KINDS[kind] and not value:
            raise typer.BadParameter(f"{kind}: {option}", param_hint=option)
    path: Path = wiring.settings().systems / f"{code}.yaml"
    if path.exists():
        complain(f"{path} 已存在 · exists already: 直接修改它 · edit it")
        raise typer.Exit(2)
    source = KINDS[kind].format(code=code, inbox=inbox, connection=connection)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(
        TEMPLATE.format(code=code, name=name, organization=organization, region=region, source=source),
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
