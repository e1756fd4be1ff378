"""`suphub case show SYSTEM/NO`: everything known of one case, down to the package each version came with."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from hub.cli.output import print_json, print_table, say

case = typer.Typer(help="办件 · cases", no_args_is_help=True)


def add_to(app: typer.Typer) -> None:
    """Add the family to the command tree."""
    app.add_typer(case, name="case")


@case.callback()
def _family() -> None:
    """办件 · cases."""


@case.command("show")
def show(
    name: Annotated[str, typer.Argument(metavar="SYSTEM/NO")],
    as_json: Annotated[bool, typer.Option("--json", help="机器可读 · one JSON document")] = False,
) -> None:
    """一个办件的要素、版本、来源和牌 · one case: elements, versions, where they came from, cards."""
    from hub import wiring
    from hub.central.engine import reading
    from hub.views.cases import case as find

    with reading(wiring.engine()) as connection:
        found = find(connection, name)
    if as_json:
        print_json(found)
        return
    _print(found)


def _print(found: dict[str, Any]) -> None:
    say(
        f"{found['system']}/{found['case_no']}  版本 version {found['version']}  {found['state']}  {found['changed_at']}"
    )
    for table, rows in found["elements"].items():
        for row in rows:
            values = "  ".join(f"{key}={value}" for key, value in row.items() if key != "case_id")
            say(f"  {table}: {values}")
    columns = ("版本 version", "状态 state", "报文包 package", "第几件 ordinal", "文件 file", "时间 known")
    print_table(
        "\n版本 · versions", columns,
        [(v["version"], v["state"], v["package_id"], v["ordinal"], v["file"], v["known_at"]) for v in found["versions"]],
    )  # fmt: skip
    if found["cards"]:
        print_table(
            "\n牌 · cards", ("编号 id", "规则 rule", "级别 level", "状态 state", "日期 raised"),
            [(c["card_id"], c["rule"], c["level"], c["state"], c["raised_on"]) for c in found["cards"]],
        )  # fmt: skip
