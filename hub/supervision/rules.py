"""The rules in force: declared in the library, kept by version in the database, and read from there."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, func, insert, select

from hub.central.tables.rules import rule_profile, rule_version
from hub.clock import now_us
from hub.errors import Place, StopError
from hub.supervision.library import Declared, declared

SHIPPED = 1
"""The version under which the declared defaults are entered."""
DEFAULT_PROFILE = "default"


@dataclass(frozen=True, slots=True)
class Rule:
    """One version of one rule; `parameters` maps a name to {zh, en, value, unit, minimum, maximum}."""

    code: str
    version: int
    zh: str
    en: str
    levels: Mapping[str, int]
    profile: str
    basis: str  # 监察依据
    parameters: Mapping[str, Mapping[str, Any]]
    declared: Declared
    active: bool = True  # switched off it finds nothing, and what it looked at is counted as not judged

    @property
    def level(self) -> int:
        """1 预警, 2 黄牌, 3 红牌, by the profile in force."""
        return self.levels[self.profile]

    @property
    def kind(self) -> str:
        """The kind of the rule, by default its family."""
        return self.declared.kind

    @property
    def needs(self) -> tuple[str, ...]:
        """What a system's dialect must deliver."""
        return self.declared.needs

    def value(self, name: str) -> int:
        """A parameter's value in its own unit; StopError RULE_PARAMETER where the rule lacks it or it is out of bounds."""
        parameter = self.parameters.get(name)
        if parameter is None:
            known = "、".join(self.parameters) or "-"
            raise StopError(
                "RULE_PARAMETER",
                zh=f"规则 {self.code} 第 {self.version} 版没有参数 {name}；有：{known}",
                en=f"Rule {self.code}, version {self.version}, has no parameter {name}; it has: {known}",
                remedy_zh="改用其中之一；说明见 suphub rule show",
                remedy_en="Use one of these; suphub rule show explains them",
                place=Place(field=f"{self.code}.{name}"),
            )
        found = parameter["value"]
        if type(found) is not int or not _within(found, parameter):
            raise StopError(
                "RULE_PARAMETER",
                zh=f"规则 {self.code} 第 {self.version} 版的参数 {name} 超出范围：{found}",
                en=f"Parameter {name} of rule {self.code}, version {self.version}, is out of bounds: {found}",
                remedy_zh="查看 suphub rule show，为该规则登记一个参数正确的新版本",
                remedy_en="See suphub rule show, and enter a new version of the rule with the parameter mended",
                place=Place(field=f"{self.code}.{name}"),
            )
        return int(found)

    def as_dict(self) -> dict[str, Any]:
        """The rule as plain data."""
        return {
            "rule": self.code,
            "version": self.version,
            "kind": self.kind,
            "level": self.level,
            "active": self.active,
            "needs": list(self.needs),
            **definition(self),
        }


def shipped_rules(profile: str = DEFAULT_PROFILE) -> dict[str, Rule]:
    """The rules as this program declares them."""
    return {
        code: Rule(code, SHIPPED, d.zh, d.en, d.levels, profile, d.basis, d.parameters, d)
        for code, d in declared().items()
    }


def definition(rule: Rule) -> dict[str, Any]:
    """What a version holds of a rule; everything else of it is the program's."""
    return {
        "zh": rule.zh,
        "en": rule.en,
        "levels": dict(rule.levels),
        "basis": rule.basis,
        "parameters": {name: dict(parameter) for name, parameter in rule.parameters.items()},
        **({} if rule.active else {"active": False}),
    }


def seed_rules(connection: Connection, at_us: int | None = None) -> list[str]:
    """Enter each declared rule that the library does not have yet as version 1; which these are."""
    present = set(connection.execute(select(rule_version.c.rule)).scalars())
    rows = [
        {
            "rule": rule.code,
            "version": SHIPPED,
            "definition": json.dumps(definition(rule), ensure_ascii=False, sort_keys=True),
            "reason": "出厂默认 · shipped default",
            "valid_from": now_us() if at_us is None else at_us,
        }
        for rule in shipped_rules().values()
        if rule.code not in present
    ]
    if rows:
        connection.execute(insert(rule_version), rows)
    return [str(row["rule"]) for row in rows]


def current_profile(connection: Connection) -> str:
    """The profile in force: whose levels the rules have."""
    newest = select(rule_profile.c.profile).order_by(rule_profile.c.version.desc()).limit(1)
    return connection.execute(newest).scalar() or DEFAULT_PROFILE


def current_rules(connection: Connection) -> dict[str, Rule]:
    """The newest version of every rule, in the order of the catalogue; StopError RULES_EMPTY where one was never seeded."""
    profile = current_profile(connection)
    newest = (
        select(rule_version.c.rule, func.max(rule_version.c.version).label("version"))
        .group_by(rule_version.c.rule)
        .subquery()
    )
    rows = connection.execute(
        select(rule_version.c.rule, rule_version.c.version, rule_version.c.definition).join(
            newest,
            (rule_version.c.rule == newest.c.rule) & (rule_version.c.version == newest.c.version),
        )
    )
    held = {code: (version, json.loads(given)) for code, version, given in rows}
    missing = [code for code in declared() if code not in held]
    if missing:
        raise StopError(
            "RULES_EMPTY",
            zh=f"监察规则库缺少规则：{'、'.join(missing)}",
            en=f"The rule library lacks the rules {', '.join(missing)}",
            remedy_zh="运行 suphub db upgrade，它会写入出厂规则",
            remedy_en="Run: suphub db upgrade, which enters the shipped rules",
        )
    return {code: version_of(rule, *held[code], profile) for code, rule in declared().items()}


def version_of(rule: Declared, version: int, given: Mapping[str, Any], profile: str) -> Rule:
    """A version as the database holds it; levels and parameters that an old one does not know are the shipped ones."""
    levels = {
        **rule.levels,
        **given.get("levels", {DEFAULT_PROFILE: given.get("level", rule.levels[DEFAULT_PROFILE])}),
    }
    parameters = {name: given["parameters"].get(name, shipped) for name, shipped in rule.parameters.items()}
    return Rule(
        rule.code, version, given["zh"], given["en"], levels, profile, given["basis"], parameters, rule,
        given.get("active", True),
    )  # fmt: skip


def _within(value: int, parameter: Mapping[str, Any]) -> bool:
    return bool(parameter["minimum"] <= value <= parameter["maximum"])
