"""`suphub organization import|list|show|diff|check`: the tree of organisations, and the regions."""

from __future__ import annotations

from typing import Annotated

import typer

from hub.cli import catalogue
from hub.cli.catalogue import By, Codes, Files, KindOf, Search
from hub.cli.options import Json

organization = typer.Typer(
    help="机构和行政区划 · organisations and regions: import, list, show, diff, check", no_args_is_help=True
)
Code = Annotated[str, typer.Argument(help="统一社会信用代码 · unified social credit code")]


def add_to(app: typer.Typer) -> None:
    """Add the family to the command tree."""
    app.add_typer(organization, name="organization")


@organization.command("import")
def import_organizations(
    files: Files = None, codes: Codes = None, kind: KindOf = None, by: By = None, as_json: Json = False
) -> None:
    """导入机构和行政区划（与 item import 相同）· import organisations and regions (the same as `item import`)."""
    catalogue.import_all(files or [], codes, kind, by, as_json)


@organization.command("list")
def list_organizations(
    search: Search = None,
    regions: Annotated[bool, typer.Option("--regions", help="列行政区划 · list regions instead")] = False,
    limit: Annotated[int, typer.Option(min=1, help="最多几行 · rows at most")] = 1000,
    as_json: Json = False,
) -> None:
    """机构及其上级，或行政区划 · organisations with the one above each, or regions."""
    if regions:
        catalogue.show_list(
            "region", ("region_code", "version", "name", "parent_code"), as_json, search=search, limit=limit
        )
        return
    columns = (
        "org_uscc",
        "version",
        "name",
        "parent_uscc",
        "region_code",
        "org_level",
        "valid_from",
        "valid_to",
    )
    catalogue.show_list("organization", columns, as_json, search=search, limit=limit)


@organization.command("show")
def show_organization(
    code: Code,
    version: Annotated[int | None, typer.Option(help="版本号，缺省为最新 · default: the newest")] = None,
    as_json: Json = False,
) -> None:
    """一个机构和它的历史 · one organisation with its versions."""
    catalogue.show_one("organization", code, version, as_json)


@organization.command("diff")
def diff_organization(
    code: Code,
    first: Annotated[int | None, typer.Argument(help="前一版本 · the earlier version")] = None,
    second: Annotated[int | None, typer.Argument(help="后一版本 · the later version")] = None,
    as_json: Json = False,
) -> None:
    """两个版本的不同 · what differs between two versions (default: the last two)."""
    catalogue.show_difference("organization", code, first, second, as_json)


@organization.command("check")
def check_organizations(as_json: Json = False) -> None:
    """校验码、上级、区划、是否成环；有发现则退出码 1 · check digits, parents, regions, circles; 1 with findings."""
    from hub import wiring
    from hub.catalogue import checking_people
    from hub.central.engine import reading

    with reading(wiring.engine()) as connection:
        catalogue.show_findings(checking_people.check_organizations(connection), as_json)
