"""`suphub staff import|list|show|diff|check`: the people of the organisations and the posts they hold."""

from __future__ import annotations

from typing import Annotated

import typer

from hub.cli import catalogue
from hub.cli.catalogue import By, Codes, Files, KindOf, Organization, Search
from hub.cli.options import Json

staff = typer.Typer(
    help="人员和岗位 · staff and posts: import, list, show, diff, check", no_args_is_help=True
)
Person = Annotated[str, typer.Argument(help="机构代码/工号 · ORGANISATION/NUMBER")]


def add_to(app: typer.Typer) -> None:
    """Add the family to the command tree."""
    app.add_typer(staff, name="staff")


@staff.command("import")
def import_staff(
    files: Files = None, codes: Codes = None, kind: KindOf = None, by: By = None, as_json: Json = False
) -> None:
    """导入人员和岗位（与 item import 相同）· import staff and posts (the same as `item import`)."""
    catalogue.import_all(files or [], codes, kind, by, as_json)


@staff.command("list")
def list_staff(
    organization: Organization = None,
    search: Search = None,
    posts: Annotated[bool, typer.Option("--posts", help="列岗位 · list posts instead")] = False,
    limit: Annotated[int, typer.Option(min=1, help="最多几行 · rows at most")] = 1000,
    as_json: Json = False,
) -> None:
    """人员（手机已隐去）或岗位 · people (mobile masked), or posts."""
    if posts:
        held = ("org_uscc", "post_code", "version", "name", "office")
        catalogue.show_list("post", held, as_json, organization=organization, search=search, limit=limit)
        return
    columns = ("org_uscc", "person_no", "version", "name", "office", "mobile", "valid_from", "valid_to")
    catalogue.show_list("staff", columns, as_json, organization=organization, search=search, limit=limit)


@staff.command("show")
def show_staff(
    person: Person,
    version: Annotated[int | None, typer.Option(help="版本号，缺省为最新 · default: the newest")] = None,
    as_json: Json = False,
) -> None:
    """一个人的岗位和历史 · one person with posts and versions."""
    catalogue.show_one("staff", person, version, as_json)


@staff.command("diff")
def diff_staff(
    person: Person,
    first: Annotated[int | None, typer.Argument(help="前一版本 · the earlier version")] = None,
    second: Annotated[int | None, typer.Argument(help="后一版本 · the later version")] = None,
    as_json: Json = False,
) -> None:
    """两个版本的不同 · what differs between two versions (default: the last two)."""
    catalogue.show_difference("staff", person, first, second, as_json)


@staff.command("check")
def check_staff(as_json: Json = False) -> None:
    """机构和岗位是否登记，有无无岗人员；有发现则退出码 1 · organisations and posts known, nobody without one; 1 with findings."""
    from hub import wiring
    from hub.catalogue import checking_people
    from hub.central.engine import reading

    with reading(wiring.engine()) as connection:
        catalogue.show_findings(checking_people.check_staff(connection), as_json)
