"""`suphub rule list|show`: the supervision rules in force, with their basis and parameters."""

from __future__ import annotations

from typing import Annotated

import typer

from hub.cli.output import print_json, print_table, say
from hub.errors import Place, StopError

rule = typer.Typer(help="监察规则 · rules: list, show", no_args_is_help=True)
Json = Annotated[bool, typer.Option("--json", help="机器可读 · one JSON document")]

LEVELS = {1: "预警", 2: "黄牌", 3: "红牌"}


def add_to(app: typer.Typer) -> None:
    """Add the family to the command tree."""
    app.add_typer(rule, name="rule")


@rule.command("list")
def list_all(as_json: Json = False) -> None:
    """列出现行规则 · list the rules in force."""
    from hub import wiring
    from hub.central.engine import reading
    from hub.supervision.rules import current_rules

    with reading(wiring.engine()) as connection:
        found = [version.as_dict() for version in current_rules(connection).values()]
    if as_json:
        print_json(found)
        return
    print_table(
        f"{len(found)} 条规则 · rules",
        ("规则 rule", "版本 version", "级别 level", "名称 name", "依据 basis"),
        [(r["rule"], r["version"], LEVELS[r["level"]], f"{r['zh']} {r['en']}", r["basis"]) for r in found],
    )


@rule.command("show")
def show(code: Annotated[str, typer.Argument(metavar="RULE")], as_json: Json = False) -> None:
    """一条规则的参数和所需数据 · one rule: its parameters, and what a system must deliver for it."""
    from hub import wiring
    from hub.central.engine import reading
    from hub.supervision.rules import current_rules

    with reading(wiring.engine()) as connection:
        rules = current_rules(connection)
    if code not in rules:
        raise StopError(
            "RULE_UNKNOWN",
            zh=f"没有规则 {code}；现有 {'、'.join(rules)}",
            en=f"There is no rule {code}; there are {', '.join(rules)}",
            remedy_zh="用 suphub rule list 查看现行规则",
            remedy_en="See the rules in force with: suphub rule list",
            place=Place(field="RULE"),
        )
    found = rules[code].as_dict()
    if as_json:
        print_json(found)
        return
    say(f"{code}  {found['zh']} · {found['en']}  ({LEVELS[found['level']]}，第 {found['version']} 版)")
    say(f"依据 · basis  {found['basis']}")
    say(f"所需 · needs  {'; '.join(found['needs'])}")
    for name, parameter in found["parameters"].items():
        bounds = f"{parameter['minimum']}..{parameter['maximum']}"
        say(
            f"  {name} = {parameter['value']} {parameter['unit']} ({bounds})  {parameter['zh']} · {parameter['en']}"
        )
