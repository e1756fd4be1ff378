"""The rule library: rules are declared in rules.yaml, kept by version in the database, and read from there."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

from sqlalchemy import Connection, func, insert, select

from hub import yaml_files
from hub.central.tables.rules import rule_version
from hub.clock import now_us
from hub.errors import Place, StopError

SHIPPED = 1
"""The version under which the declared defaults are entered."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One version of one rule; `parameters` maps a name to {zh, en, value, unit, minimum, maximum}."""

    code: str
    version: int
    zh: str
    en: str
    kind: str
    level: int  # 1 预警, 2 黄牌, 3 红牌
    basis: str  # 监察依据
    needs: tuple[str, ...]
    parameters: Mapping[str, Mapping[str, Any]]

    def value(self, name: str) -> int:
        """A parameter's value in its own unit; StopError RULE_PARAMETER where the rule lacks it or it is out of bounds."""
        parameter = self.parameters.get(name)
        found = None if parameter is None else parameter["value"]
        if parameter is None or type(found) is not int or not _within(found, parameter):
            raise StopError(
                "RULE_PARAMETER",
                zh=f"规则 {self.code} 第 {self.version} 版的参数 {name} 缺失或超出范围：{found}",
                en=f"Parameter {name} of rule {self.code}, version {self.version}, is missing or out of bounds: {found}",
                remedy_zh="查看 suphub rule show，为该规则登记一个参数正确的新版本",
                remedy_en="See suphub rule show, and enter a new version of the rule with the parameter mended",
                place=Place(field=f"{self.code}.{name}"),
            )
        return int(found)

    def as_dict(self) -> dict[str, Any]:
        """The rule as plain data."""
        return {"rule": self.code, "version": self.version, **_definition(self)}


def shipped_rules() -> dict[str, Rule]:
    """The rules as this program declares them."""
    declared = yaml_files.load(files("hub.supervision").joinpath("rules.yaml").read_text("utf-8"))
    return {code: _rule(code, SHIPPED, definition) for code, definition in declared.items()}


def seed_rules(connection: Connection, at_us: int | None = None) -> None:
    """Enter each declared rule that the library does not have yet as version 1."""
    present = set(connection.execute(select(rule_version.c.rule)).scalars())
    rows = [
        {
            "rule": rule.code,
            "version": SHIPPED,
            "definition": json.dumps(_definition(rule), ensure_ascii=False, sort_keys=True),
            "reason": "出厂默认 · shipped default",
            "valid_from": now_us() if at_us is None else at_us,
        }
        for rule in shipped_rules().values()
        if rule.code not in present
    ]
    if rows:
        connection.execute(insert(rule_version), rows)


def current_rules(connection: Connection) -> dict[str, Rule]:
    """The newest version of every rule; StopError RULES_EMPTY where the library was never seeded."""
    newest = (
        select(rule_version.c.rule, func.max(rule_version.c.version).label("version"))
        .group_by(rule_version.c.rule)
        .subquery()
    )
    rows = connection.execute(
        select(rule_version.c.rule, rule_version.c.version, rule_version.c.definition)
        .join(
            newest,
            (rule_version.c.rule == newest.c.rule) & (rule_version.c.version == newest.c.version),
        )
        .order_by(rule_version.c.rule)
    )
    rules = {code: _rule(code, version, json.loads(definition)) for code, version, definition in rows}
    missing = sorted(shipped_rules().keys() - rules.keys())
    if missing:
        raise StopError(
            "RULES_EMPTY",
            zh=f"监察规则库缺少规则：{'、'.join(missing)}",
            en=f"The rule library lacks the rules {', '.join(missing)}",
            remedy_zh="运行 suphub db upgrade，它会写入出厂规则",
            remedy_en="Run: suphub db upgrade, which enters the shipped rules",
        )
    return rules


def _within(value: int, parameter: Mapping[str, Any]) -> bool:
    return bool(parameter["minimum"] <= value <= parameter["maximum"])


def _rule(code: str, version: int, definition: Mapping[str, Any]) -> Rule:
    return Rule(
        code=code,
        version=version,
        zh=definition["zh"],
        en=definition["en"],
        kind=definition["kind"],
        level=int(definition["level"]),
        basis=definition["basis"],
        needs=tuple(definition["needs"]),
        parameters=definition["parameters"],
    )


def _definition(rule: Rule) -> dict[str, Any]:
    return {
        "zh": rule.zh,
        "en": rule.en,
        "kind": rule.kind,
        "level": rule.level,
        "basis": rule.basis,
        "needs": list(rule.needs),
        "parameters": {name: dict(parameter) for name, parameter in rule.parameters.items()},
    }
