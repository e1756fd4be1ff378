"""What a change of the rule library is: a new version of a rule, another profile; checked here, entered when two people want it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection, func, insert, select

from hub.central.seals import seals
from hub.central.tables.rules import rule_profile, rule_version
from hub.clock import iso
from hub.errors import Place, StopError
from hub.plain_text import keepable, sayable
from hub.supervision.change import NAME, Log
from hub.supervision.library import PROFILES
from hub.supervision.rules import Rule, current_profile, current_rules, definition

LEVELS = (1, 2, 3)
LONGEST_REASON = 500


def changed(
    rules: Mapping[str, Rule],
    code: str,
    values: Mapping[str, int],
    levels: Mapping[str, int],
    active: bool | None = None,
) -> Rule:
    """The next version of a rule, with other parameter values or levels (profile → 1..3), or switched off or on; nothing is written.

    Raises StopError RULE_UNKNOWN, RULE_PARAMETER (unknown, or out of its bounds), RULE_LEVEL, RULE_SAME.
    """
    old = find(rules, code)
    for profile, level in levels.items():
        if profile not in PROFILES or level not in LEVELS:
            raise StopError(
                "RULE_LEVEL",
                zh=f"级别写作 profile=1..3，profile 为 {'、'.join(PROFILES)}；得到 {profile}={level}",
                en=f"A level is profile=1..3, the profile one of {', '.join(PROFILES)}; got {profile}={level}",
                remedy_zh="写 1（预警）、2（黄牌）或 3（红牌），如 default=2",
                remedy_en="Write 1 for a warning, 2 for a yellow card, 3 for a red card, such as default=2",
                place=Place(field=f"{code}.{profile}"),
            )
    parameters = {name: dict(parameter) for name, parameter in old.parameters.items()}
    for name, value in values.items():
        parameters.setdefault(name, {})["value"] = value
        if name not in old.parameters:
            parameters[name] |= {
                "minimum": value + 1,
                "maximum": value,
            }  # told below as a parameter that it lacks
    new = replace(
        old, version=old.version + 1, levels={**old.levels, **levels}, parameters=parameters,
        active=old.active if active is None else active,
    )  # fmt: skip
    for name in values:
        new.value(name)
    if definition(new) == definition(old):
        raise StopError(
            "RULE_SAME",
            zh=f"规则 {code} 第 {old.version} 版已经如此，没有改变",
            en=f"Rule {code} is so already in version {old.version}; nothing would change",
            remedy_zh="用 suphub rule show 查看现行参数",
            remedy_en="See the parameters in force with: suphub rule show",
        )
    return new


def enter(
    connection: Connection, new: Rule, *, reason: str, told: Mapping[str, Any], at: int, log: Log
) -> Rule:
    """Put the next version of a rule (as `changed` gives it) in force; `told` goes into the log beside it."""
    old = find(current_rules(connection), new.code)
    connection.execute(
        insert(rule_version).values(
            rule=new.code,
            version=new.version,
            definition=json.dumps(definition(new), ensure_ascii=False, sort_keys=True),
            reason=reason,
            valid_from=at,
        )
    )
    mine = (rule_version.c.rule == new.code) & (rule_version.c.version == new.version)
    body = {"rule": new.code, "version": new.version, "reason": reason, **told}
    body["seals"] = {**told.get("seals", {}), "rule_version": seals(connection, rule_version, mine)}
    log(connection, "rule.changed", {**body, "before": definition(old), "after": definition(new)})
    return new


def checked_profile(connection: Connection, profile: str) -> str:
    """The profile in force, which `profile` would replace. Raises StopError RULE_PROFILE, RULE_SAME."""
    before = current_profile(connection)
    if profile not in PROFILES:
        raise StopError(
            "RULE_PROFILE",
            zh=f"没有级别方案 {profile}；现有 {'、'.join(PROFILES)}",
            en=f"There is no profile {profile}; there are {', '.join(PROFILES)}",
            remedy_zh="default 为华亭/湖南，qinhuangdao 为秦皇岛",
            remedy_en="default is that of Huating and Hunan, qinhuangdao that of Qinhuangdao",
        )
    if profile == before:
        raise StopError(
            "RULE_SAME",
            zh=f"已经采用级别方案 {profile}",
            en=f"The profile {profile} is in force already",
            remedy_zh="无需操作",
            remedy_en="Nothing needs to be done",
        )
    return before


def enter_profile(
    connection: Connection, profile: str, *, reason: str, told: Mapping[str, Any], at: int, log: Log
) -> None:
    """Give the rules the levels of another profile."""
    before = checked_profile(connection, profile)
    newest = connection.execute(select(func.coalesce(func.max(rule_profile.c.version), 0))).scalar_one()
    row = {"version": newest + 1, "profile": profile, "reason": reason, "valid_from": at}
    connection.execute(insert(rule_profile).values(row))
    sealed = seals(connection, rule_profile, rule_profile.c.version == newest + 1)
    body = {"before": before, "after": profile, "reason": reason, **told}
    log(connection, "rule.profile", {**body, "seals": {**told.get("seals", {}), "rule_profile": sealed}})


def versions(connection: Connection, code: str) -> list[dict[str, Any]]:
    """Every version of a rule, oldest first: version, reason, valid_from, active, levels, parameter values."""
    rows = connection.execute(
        select(rule_version).where(rule_version.c.rule == code).order_by(rule_version.c.version)
    )
    found = []
    for row in rows:
        given = json.loads(row.definition)
        values = {name: parameter["value"] for name, parameter in given["parameters"].items()}
        levels = given.get("levels", {"default": given.get("level")})
        found.append(
            {"version": row.version, "reason": row.reason, "valid_from": iso(row.valid_from),
             "active": given.get("active", True), "levels": levels, "parameters": values}
        )  # fmt: skip
    return found


def find(rules: Mapping[str, Rule], code: str) -> Rule:
    """A rule by its code. Raises StopError RULE_UNKNOWN."""
    if code not in rules:
        raise StopError(
            "RULE_UNKNOWN",
            zh=f"没有规则 {code}；现有 {'、'.join(rules)}",
            en=f"There is no rule {code}; there are {', '.join(rules)}",
            remedy_zh="用 suphub rule list 查看现行规则",
            remedy_en="See the rules in force with: suphub rule list",
            place=Place(field="RULE"),
        )
    return rules[code]


def reasoned(reason: str) -> str:
    """The reason without blanks around it. Raises StopError RULE_REASON where there is none, or one too long to be kept."""
    given = reason.strip()
    if not 0 < len(given) <= LONGEST_REASON or not keepable(given):
        raise StopError(
            "RULE_REASON",
            zh=f"改动规则必须说明理由，不超过 {LONGEST_REASON} 字，不含 NUL 等不能保存的字符；得到 {len(given)} 字",
            en=f"A change of a rule needs its reason, in at most {LONGEST_REASON} characters that can be kept (no NUL); got {len(given)}",
            remedy_zh="用 --reason 写明理由，它将记入规则版本和日志",
            remedy_en="Give it with --reason; it is kept with the version and in the log",
        )
    return given


def named(by: str) -> str:
    """Who proposes or decides. Raises StopError RULE_WHO for a name that is blank or too long."""
    name = by.strip()
    if not 0 < len(name) <= NAME or not keepable(name):
        raise StopError(
            "RULE_WHO",
            zh=f"须写明何人提出或决定规则的改动，{NAME} 字以内；得到“{sayable(name[:NAME])}”",
            en=f"Who proposes or decides a change of a rule is a name of at most {NAME} characters; got {sayable(name[:NAME])!r}",
            remedy_zh="用 --by 写姓名",
            remedy_en="Give the name with --by",
            place=Place(field="--by"),
        )
    return name
