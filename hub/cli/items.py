"""`suphub item import|list|show|diff|check|coverage|disclosures`: the items of the catalogue, their flows, what is missing and what is public."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import Annotated

import typer

from hub.cli import catalogue
from hub.cli.catalogue import By, Codes, Files, KindOf, Organization, Search
from hub.cli.options import Json, who
from hub.cli.output import print_json, print_table, say
from hub.errors import Place, StopError

item = typer.Typer(
    help="事项库 · item catalogue: import, list, show, diff, check, coverage, disclosures",
    no_args_is_help=True,
)
Day = Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="日期 · YYYY-MM-DD")]


def add_to(app: typer.Typer) -> None:
    """Add the family to the command tree."""
    app.add_typer(item, name="item")


@item.command("import")
def import_items(
    files: Files = None,
    url: Annotated[
        str | None, typer.Option(help="交换库地址 · address of an exchange database with up_task_general_*")
    ] = None,
    system: Annotated[
        str | None,
        typer.Option(help="已登记的 database 系统 · registered system that delivers up_task_general_*"),
    ] = None,
    codes: Codes = None,
    kind: KindOf = None,
    by: By = None,
    as_json: Json = False,
) -> None:
    """导入事项、材料、收费、流程、机构、岗位、人员，全部或全不 · import catalogue files together, all or nothing.

    内容相同则不变，不同则成为新版本 · the same content changes nothing, other content becomes a new version.
    """
    if bool(files) + bool(url) + bool(system) != 1:
        raise typer.BadParameter("文件、--url、--system 三者选一 · give files, or --url, or --system")
    if url is not None:
        _import_database(url, codes, by, as_json)
    elif system is not None:
        _import_system(system, codes, by, as_json)
    else:
        catalogue.import_all(files or [], codes, kind, by, as_json)


def _import_database(url: str, codes: str | None, by: str | None, as_json: bool) -> None:
    from hub import wiring
    from hub.catalogue.faults import Faults, Refused
    from hub.catalogue.importing import import_staged
    from hub.catalogue.national import stage_database
    from hub.catalogue.staging import Staging
    from hub.central.engine import create_engine, reading

    source = create_engine(url)
    tables = catalogue.crosswalk(codes)
    name = source.url.render_as_string(hide_password=True)

    def fill(staging: Staging, faults: Faults) -> None:
        with reading(source) as connection:
            stage_database(connection, name, staging, faults, tables)

    try:
        done = import_staged(
            wiring.engine(), fill, wiring.settings().work,
            sources=[{"name": name}], by=who(by), log=catalogue.to_log,
        )  # fmt: skip
    except Refused as refused:
        catalogue.show_faults(refused, as_json)
        raise typer.Exit(3) from refused
    finally:
        source.dispose()
    catalogue.report(done, catalogue.refilled(), as_json)


def _import_system(code: str, codes: str | None, by: str | None, as_json: bool) -> None:
    """Take every row set that is ready; each is stored, imported, and only then acknowledged."""
    from hub import wiring
    from hub.catalogue.faults import Refused
    from hub.catalogue.importing import import_files

    found = wiring.registration(code)
    store = wiring.raw_store()
    done = []
    with wiring.reaching(found) as connector:
        for notice in connector.ready():
            claim = connector.claim(notice)
            if claim is None:
                continue
            with connector.read(claim) as body:
                digest, _ = store.put(body, wiring.limits().package_bytes)
            try:
                done.append(
                    import_files(
                        wiring.engine(), [store.path(digest)], wiring.settings().work,
                        by=who(by), codes=catalogue.crosswalk(codes or found.codes), log=catalogue.to_log,
                    )
                )  # fmt: skip
            except Refused as refused:
                connector.release(claim)
                catalogue.show_faults(refused, as_json)
                raise typer.Exit(3) from refused
            connector.acknowledge(claim)
    cases = catalogue.refilled()
    if as_json:
        print_json({"imports": [each.as_dict() for each in done], "cases_refilled": cases})
        return
    for each in done:
        catalogue.report(each, 0, False)
    say(f"行集 {len(done)} 个 · {len(done)} row sets; 补齐办件 {cases} 个 · {cases} cases filled anew")


@item.command("list")
def list_items(
    organization: Organization = None,
    state: Annotated[str | None, typer.Option(help="in_force, suspended, cancelled")] = None,
    search: Search = None,
    limit: Annotated[int, typer.Option(min=1, help="最多几行 · rows at most")] = 1000,
    as_json: Json = False,
) -> None:
    """事项的最新版本 · items in their newest version."""
    columns = ("item_code", "version", "name", "org_uscc", "item_type", "state", "valid_from", "is_exempt")
    catalogue.show_list(
        "item", columns, as_json, organization=organization, state=state, search=search, limit=limit
    )


@item.command("show")
def show_item(
    code: Annotated[str, typer.Argument(help="实施编码 · item code")],
    version: Annotated[int | None, typer.Option(help="版本号，缺省为最新 · default: the newest")] = None,
    flow: Annotated[
        Path | None, typer.Option(help="把权力运行流程图写成 SVG · draw the flow into this SVG file")
    ] = None,
    as_json: Json = False,
) -> None:
    """一个事项的全部内容和历史版本 · one item, whole, with its versions."""
    found = catalogue.show_one("item", code, version, as_json)
    if flow is not None:
        from hub.catalogue.drawing import drawn

        drawing = drawn(found, catalogue.post_names(found.get("org_uscc")))
        try:
            flow.write_text(drawing, encoding="utf-8")
        except OSError as error:
            raise StopError(
                "FLOW_WRITE",
                zh=f"无法写入 {flow}:{error.strerror}",
                en=f"Cannot write {flow}: {error.strerror}",
                remedy_zh="检查目录是否存在、可写,或换一个文件",
                remedy_en="Check that the folder is there and may be written, or name another file",
                place=Place(file=str(flow)),
            ) from error
        if not as_json:
            say(f"流程图 · flow: {flow}")


@item.command("diff")
def diff_items(
    code: Annotated[str, typer.Argument(help="实施编码 · item code")],
    first: Annotated[int | None, typer.Argument(help="前一版本 · the earlier version")] = None,
    second: Annotated[int | None, typer.Argument(help="后一版本，缺省为最新 · default: the newest")] = None,
    as_json: Json = False,
) -> None:
    """历史版本比对 · what differs between two versions (default: the last two)."""
    catalogue.show_difference("item", code, first, second, as_json)


@item.command("check")
def check_items(organization: Organization = None, as_json: Json = False) -> None:
    """数据完整性校验：缺项、各级不一致、流程、收费、岗位；有发现则退出码 1 · completeness, levels, flow; 1 with findings."""
    from hub import wiring
    from hub.catalogue import checking
    from hub.central.engine import reading

    with reading(wiring.engine()) as connection:
        catalogue.show_findings(checking.check_items(connection, _today(), organization), as_json)


@item.command("coverage")
def coverage(
    organization: Organization = None, first: Day = None, last: Day = None, as_json: Json = False
) -> None:
    """业务全覆盖：在用事项中报送过的和缺口，豁免的另列 · items in force that exchanged cases, the gap, and the exempt."""
    from hub import wiring
    from hub.catalogue.coverage import coverage as covered
    from hub.central.engine import reading

    with reading(wiring.engine()) as connection:
        found = covered(
            connection, _today(), first.date() if first else None, last.date() if last else None, organization
        )
    if as_json:
        print_json([each.as_dict() for each in found])
        return
    print_table(
        "业务全覆盖 · coverage",
        (
            "机构 organisation",
            "",
            "在用 in force",
            "报送过 ever",
            "本期 in period",
            "缺口 gap",
            "豁免 exempt",
        ),
        [(c.organization, c.name, c.in_force, c.ever, c.in_period, len(c.missing), c.exempt) for c in found],
    )
    gap = [(c.organization, each["item_code"], each["name"], "") for c in found for each in c.missing]
    out = [
        (c.organization, e["item_code"], e["name"], f"豁免 exempt: {e['basis'] or ''}")
        for c in found
        for e in c.exempted
    ]
    print_table("缺口和豁免 · gap and exempt", ("机构", "实施编码 item_code", "事项 item", ""), [*gap, *out])


@item.command("disclosures")
def disclosures(
    key: Annotated[
        str | None,
        typer.Argument(help="机构代码/索引号，一条的全部 · ORGANISATION/INDEX NUMBER: one of them, whole"),
    ] = None,
    organization: Organization = None,
    search: Search = None,
    limit: Annotated[int, typer.Option(min=1, help="最多几行 · rows at most")] = 1000,
    as_json: Json = False,
) -> None:
    """各机构报送的公开信息（办事指南、办理结果）· what organisations report to have made public: guides and results."""
    if key is not None:
        catalogue.show_one("disclosure", key, None, as_json)
        return
    columns = (
        "org_uscc",
        "index_no",
        "version",
        "matter",
        "name",
        "published_on",
        "department",
        "item_code",
        "case_no",
    )
    catalogue.show_list("disclosure", columns, as_json, organization=organization, search=search, limit=limit)


def _today() -> date:
    from hub import wiring
    from hub.clock import local_day, now_us

    told = wiring.settings().today
    return date.fromisoformat(told) if told else local_day(now_us())
