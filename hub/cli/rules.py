"""`suphub rule list|show|set|profile`: the rule library, its versions and the profile whose levels count."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import typer

from hub.cli.output import print_json, print_table, say

rule = typer.Typer(help="监察规则 · rules: list, show, set, profile", no_args_is_help=True)
Json = Annotated[bool, typer.Option("--json", help="机器可读 · one JSON document")]
Reason = Annotated[
    str, typer.Option("--reason", help="理由，记入版本和日志 · kept with the version and in the log")
]

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
    """一条规则的参数、所需数据和各版本 · one rule: its parameters, what a system must deliver for it, its versions."""
    from hub import wiring
    from hub.central.engine import reading
    from hub.supervision.changing import find, versions
    from hub.supervision.rules import current_rules

    with reading(wiring.engine()) as connection:
        rules = current_rules(connection)
        found = find(rules, code).as_dict()
        history = versions(connection, code)
    if as_json:
        print_json({**found, "versions": history})
        return
    say(f"{code}  {found['zh']} · {found['en']}  ({LEVELS[found['level']]}，第 {found['version']} 版)")
    say(f"依据 · basis  {found['basis']}")
    say(f"所需 · needs  {'; '.join(found['needs'])}")
    for name, parameter in found["parameters"].items():
        bounds = f"{parameter['minimum']}..{parameter['maximum']}"
        say(
            f"  {name} = {parameter['value']} {parameter['unit']} ({bounds})  {parameter['zh']} · {parameter['en']}"
        )
    for each in history:
        say(f"第 {each['version']} 版 · version {each['version']}  {each['valid_from']}  {each['reason']}")


@rule.command("set")
def set_values(
    code: Annotated[str, typer.Argument(metavar="RULE")],
    reason: Reason,
    values: Annotated[
        list[str] | None, typer.Argument(metavar="[NAME=VALUE]...", help="参数 · parameters")
    ] = None,
    level: Annotated[
        list[str] | None,
        typer.Option("--level", metavar="PROFILE=LEVEL", help="级别 1 预警 2 黄牌 3 红牌 · e.g. default=3"),
    ] = None,
    by: Annotated[
        str, typer.Option("--by", help="操作人，默认系统用户 · who; default: the user of this machine")
    ] = "",
    as_json: Json = False,
) -> None:
    """登记规则的新版本 · enter a new version of a rule; the next run judges by it, and all cases."""
    from hub import wiring
    from hub.central.engine import writing
    from hub.cli.catalogue import os_user
    from hub.clock import now_us
    from hub.supervision.changing import set_rule

    with writing(wiring.engine()) as connection:
        new = set_rule(
            connection, code, _pairs(values or []), _pairs(level or []), reason=reason, by=by or os_user(),
            at=now_us(), log=_to_log,
        )  # fmt: skip
    if as_json:
        print_json(new.as_dict())
        return
    say(f"规则 {code} 第 {new.version} 版已生效 · version {new.version} of rule {code} is in force")


@rule.command("profile")
def profile(
    name: Annotated[str | None, typer.Argument(metavar="[PROFILE]", help="default, qinhuangdao")] = None,
    reason: Annotated[str, typer.Option("--reason", help="理由 · why")] = "",
    by: Annotated[str, typer.Option("--by", help="操作人 · who")] = "",
    as_json: Json = False,
) -> None:
    """查看或改用级别方案 · show the profile in force, or take another: default 华亭/湖南, qinhuangdao 秦皇岛."""
    from hub import wiring
    from hub.central.engine import reading, writing
    from hub.cli.catalogue import os_user
    from hub.clock import now_us
    from hub.supervision.changing import set_profile
    from hub.supervision.rules import current_profile

    if name is not None:
        with writing(wiring.engine()) as connection:
            set_profile(connection, name, reason=reason, by=by or os_user(), at=now_us(), log=_to_log)
    with reading(wiring.engine()) as connection:
        found = current_profile(connection)
    if as_json:
        print_json({"profile": found})
        return
    say(f"级别方案 · profile  {found}")


def _to_log(connection: Any, event: str, body: Mapping[str, Any], /) -> None:
    from hub.clock import now_us
    from hub.ledger import chain

    chain.append(connection, "hub", event, body, now_us())


def _pairs(given: Sequence[str]) -> dict[str, int]:
    """NAME=VALUE with whole numbers. Raises typer.BadParameter."""
    found = {}
    for each in given:
        name, equals, value = each.partition("=")
        if not name or not equals or not value.lstrip("-").isdigit():
            raise typer.BadParameter(f"写作 名称=整数 · write NAME=WHOLE NUMBER: {each}")
        found[name] = int(value)
    return found
