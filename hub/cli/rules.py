"""`suphub rule list|show|set|profile|proposals|activate|reject`: the rule library, its versions, its profile; four eyes on changes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import typer

from hub.cli.options import Json, who
from hub.cli.output import print_json, print_table, say

rule = typer.Typer(help="监察规则 · rules: list, show, set, profile, activate", no_args_is_help=True)
Reason = Annotated[
    str, typer.Option("--reason", help="理由，记入版本和日志 · kept with the version and in the log")
]

Number = Annotated[int, typer.Argument(metavar="NUMBER", help="改动编号 · see suphub rule proposals")]
By = Annotated[
    str, typer.Option("--by", help="操作人，默认系统用户 · who; default: the user of this machine")
]

LEVELS = {1: "预警", 2: "黄牌", 3: "红牌"}
OFF = "停用 off"
STATES = {"proposed": "待启用 proposed", "active": "已生效 active", "rejected": "已放下 rejected"}


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
        [
            (
                r["rule"],
                r["version"],
                LEVELS[r["level"]] if r["active"] else OFF,
                f"{r['zh']} {r['en']}",
                r["basis"],
            )
            for r in found
        ],
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
    level = LEVELS[found["level"]] if found["active"] else OFF
    say(f"{code}  {found['zh']} · {found['en']}  ({level}，第 {found['version']} 版)")
    say(f"依据 · basis  {found['basis']}")
    say(f"所需 · needs  {'; '.join(found['needs'])}")
    for name, parameter in found["parameters"].items():
        bounds = f"{parameter['minimum']}..{parameter['maximum']}"
        say(
            f"  {name} = {parameter['value']} {parameter['unit']} ({bounds})  {parameter['zh']} · {parameter['en']}"
        )
    for each in history:
        off = "" if each["active"] else f"  {OFF}"
        say(
            f"第 {each['version']} 版 · version {each['version']}  {each['valid_from']}{off}  {each['reason']}"
        )


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
    active: Annotated[
        bool | None,
        typer.Option(
            "--on/--off", help="启用或停用；停用的规则不判定，它发的未结的牌撤销 · switch it on or off"
        ),
    ] = None,
    by: By = "",
    as_json: Json = False,
) -> None:
    """提出规则的新版本，由另一人启用 · propose a new version of a rule; another person activates it."""
    from hub import wiring
    from hub.central.engine import writing
    from hub.clock import now_us
    from hub.supervision.proposing import propose_rule

    with writing(wiring.engine()) as connection:
        number = propose_rule(
            connection, code, pairs(values or []), pairs(level or []), active, reason=reason, by=who(by),
            at=now_us(), log=_to_log,
        )  # fmt: skip
    _proposed(number, as_json)


@rule.command("profile")
def profile(
    name: Annotated[str | None, typer.Argument(metavar="[PROFILE]", help="default, qinhuangdao")] = None,
    reason: Annotated[str, typer.Option("--reason", help="理由 · why")] = "",
    by: By = "",
    as_json: Json = False,
) -> None:
    """查看级别方案，或提出改用另一个 · show the profile in force, or propose another: default 华亭/湖南, qinhuangdao 秦皇岛."""
    from hub import wiring
    from hub.central.engine import reading, writing
    from hub.clock import now_us
    from hub.supervision.proposing import propose_profile
    from hub.supervision.rules import current_profile

    if name is not None:
        with writing(wiring.engine()) as connection:
            number = propose_profile(connection, name, reason=reason, by=who(by), at=now_us(), log=_to_log)
        _proposed(number, as_json)
        return
    with reading(wiring.engine()) as connection:
        found = current_profile(connection)
    if as_json:
        print_json({"profile": found})
        return
    say(f"级别方案 · profile  {found}")


@rule.command("proposals")
def list_proposals(as_json: Json = False) -> None:
    """列出提出的改动及其决定 · list what was proposed, and what became of it, newest first."""
    from hub import wiring
    from hub.central.engine import reading
    from hub.supervision.proposing import proposals

    with reading(wiring.engine()) as connection:
        found = proposals(connection)
    if as_json:
        print_json(found)
        return
    print_table(
        f"{len(found)} 项改动 · changes",
        ("编号 no", "规则 rule", "改动 change", "状态 state", "提出 by", "理由 reason", "决定 decided by", "意见 decision"),
        [
            (p["id"], p["rule"] or "profile", _told(p), STATES[p["state"]], p["proposed_by"], p["reason"],
             p["decided_by"], p["decision"])
            for p in found
        ],
    )  # fmt: skip


@rule.command("activate")
def activate(number: Number, reason: Reason, by: By = "") -> None:
    """启用他人提出的改动 · put in force what another person proposed; the next run judges by it, and all cases."""
    from hub import wiring
    from hub.central.engine import writing
    from hub.clock import now_us
    from hub.supervision import proposing

    with writing(wiring.engine()) as connection:
        proposing.activate(connection, number, reason=reason, by=who(by), at=now_us(), log=_to_log)
    say(f"第 {number} 号改动已生效 · change {number} is in force")


@rule.command("reject")
def reject(number: Number, reason: Reason, by: By = "") -> None:
    """放下一项提出的改动 · lay a proposed change aside."""
    from hub import wiring
    from hub.central.engine import writing
    from hub.clock import now_us
    from hub.supervision import proposing

    with writing(wiring.engine()) as connection:
        proposing.reject(connection, number, reason=reason, by=who(by), at=now_us(), log=_to_log)
    say(f"第 {number} 号改动已放下 · change {number} is laid aside")


def _proposed(number: int, as_json: bool) -> None:
    if as_json:
        print_json({"proposal": number, "state": "proposed"})
        return
    say(f"已提出第 {number} 号改动，尚未生效 · change {number} is proposed and not in force yet")
    say(f"先试后改 · try it first:  suphub supervise try --proposal {number}")
    say(f"由另一人启用 · another person activates it:  suphub rule activate {number} --reason … --by …")


def _told(proposal: Mapping[str, Any]) -> str:
    if proposal["change"] is None:
        return str(proposal["profile"])
    parts = {**proposal["change"]["values"], **proposal["change"]["levels"]}
    switched = {True: ["on"], False: ["off"]}.get(proposal["change"].get("active"), [])
    return " ".join([*(f"{name}={value}" for name, value in parts.items()), *switched])


def _to_log(connection: Any, event: str, body: Mapping[str, Any], /) -> None:
    from hub.clock import now_us
    from hub.ledger import chain

    chain.append(connection, "hub", event, body, now_us())


def pairs(given: Sequence[str]) -> dict[str, int]:
    """NAME=VALUE with whole numbers. Raises typer.BadParameter."""
    found = {}
    for each in given:
        name, equals, value = each.partition("=")
        if not name or not equals or not value.lstrip("-").isdigit():
            raise typer.BadParameter(f"写作 名称=整数 · write NAME=WHOLE NUMBER: {each}")
        found[name] = int(value)
    return found
