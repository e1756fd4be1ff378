"""监察规则库: every supervision rule, declared once in the YAML of its family, its query in the .sql beside it.

docs/rules/adding-a-rule.md says how a rule is written; `declared()` and `statement()` are all that others need.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from hub import yaml_files

FAMILIES = (
    "time",
    "process",
    "content",
    "fees",
    "reporting",
    "disclosure",
    "satisfaction",
    "anomaly",
    "complaints",
)
"""The files, in the order of the catalogue: T, L, C, F, E, G, S, X, K."""

PROFILES = ("default", "qinhuangdao")
"""华亭/湖南 and 秦皇岛: which level a rule has is theirs to say."""

SCOPES = ("case", "item_version", "system", "package", "card", "complaint", "order")
"""What one finding is about. A `case` rule sees the case table, the others a list of units of their kind."""

CASES = {
    "any": "1 = 1",
    "accepted": "status = '1'",
    "open": "status = '1' AND finished = 0",
    "finished": "finished = 1",
}
"""Which known cases a rule looks at, as a condition on the case table."""

ENDS = ("finished", "gone")
"""Besides a rule's code: when the open card of a passing condition is closed (办结)."""

_PART = re.compile(r"^-- (rule|not judged|watch|cases): ([A-Z]\d+)$", re.MULTILINE)
_COMMENT = re.compile(r"^--.*\n?", re.MULTILINE)
_NEED = re.compile(r"[A-Z][A-Za-z]+\.[A-Z][A-Za-z0-9]+( or [A-Z][A-Za-z]+\.[A-Z][A-Za-z0-9]+)*")


@dataclass(frozen=True, slots=True)
class Declared:
    """One rule as this program declares it; names, levels, basis and parameters are the shipped version of it."""

    code: str
    family: str
    zh: str
    en: str
    kind: str
    levels: Mapping[str, int]  # profile → 1 预警, 2 黄牌, 3 红牌
    basis: str  # 监察依据, printed on the card
    needs: tuple[str, ...]  # "Element.Field", or "A.B or C.D": what the system's dialect must deliver
    parameters: Mapping[str, Mapping[str, Any]]
    scope: str  # one of SCOPES
    cases: str  # one of CASES
    closes: tuple[
        str, ...
    ]  # when an open card is closed by itself: a rule that takes over, or a word of ENDS
    after_cards: bool  # judged once the cards of the other rules stand
    window: str  # "month": judged per system and ended month, by a list of cases (hub.supervision.windows); else ""
    orders: frozenset[str]  # profiles in which a red card of the rule begins with an order (督办)
    examples: tuple[str, ...]
    explains: str  # what the query counts, for docs/rules

    @property
    def text(self) -> str:
        """All that is judged by: another text is another rule."""
        parts = (self.statement(part) or "" for part in ("rule", "not judged", "cases"))
        return "\n".join((self.scope, self.cases, *self.needs, *parts))

    def statement(self, part: str) -> str | None:
        """The SQL of a part ('rule', 'not judged', 'watch'), still with its placeholders; None without one."""
        return _statements(self.family).get((part, self.code))


@cache
def declared() -> Mapping[str, Declared]:
    """Every rule by its code, in the order of the catalogue; ValueError where a declaration is wrong."""
    found: dict[str, Declared] = {}
    for family in FAMILIES:
        for code, given in (yaml_files.load(_read(f"{family}.yaml")) or {}).items():
            found[code] = _checked(code, family, given)
        strange = sorted({code for _, code in _statements(family)} - found.keys())
        if strange:
            raise ValueError(f"{family}.sql has queries of rules that {family}.yaml lacks: {strange}")
    return found


def _read(name: str) -> str:
    return files(__name__).joinpath(name).read_text("utf-8")


@cache
def _statements(family: str) -> Mapping[tuple[str, str], str]:
    parts = _PART.split(_read(f"{family}.sql"))
    return {
        (part, code): _COMMENT.sub("", body).strip()
        for part, code, body in zip(parts[1::3], parts[2::3], parts[3::3], strict=True)
    }


def _checked(code: str, family: str, given: Mapping[str, Any]) -> Declared:
    rule = Declared(
        code=code,
        family=family,
        zh=given["zh"],
        en=given["en"],
        kind=given.get("kind", family),
        levels={profile: given["levels"].get(profile, given["levels"]["default"]) for profile in PROFILES},
        basis=given["basis"],
        needs=tuple(given.get("needs", ())),
        parameters=given.get("parameters", {}),
        scope=given.get("scope", "case"),
        cases=given.get("cases", "any"),
        closes=tuple(given.get("closes", ())),
        after_cards=given.get("after_cards", False),
        window=given.get("window", ""),
        orders=_orders(code, family, given),
        examples=tuple(given.get("examples", ())),
        explains=given.get("explains", ""),
    )
    wrong = [need for need in rule.needs if not _NEED.fullmatch(need)]
    if (
        wrong
        or rule.scope not in SCOPES
        or rule.cases not in CASES
        or not set(rule.levels.values()) <= {1, 2, 3}
    ):
        raise ValueError(f"{family}.yaml, {code}: needs {wrong}, scope {rule.scope}, cases {rule.cases}")
    below_red = [profile for profile in rule.orders if rule.levels[profile] != 3]
    if below_red or (rule.orders and rule.scope != "case"):
        raise ValueError(f"{family}.yaml, {code}: orders begin with red cards of cases; not red: {below_red}")
    windowed = rule.window == "month" and rule.scope == "system" and "months" in rule.parameters
    if (rule.window != "" and not windowed) or (windowed != (rule.statement("cases") is not None)):
        raise ValueError(f"{family}.yaml, {code}: window {rule.window}, scope {rule.scope}, '-- cases'")
    if rule.statement("rule") is None:
        raise ValueError(f"{family}.sql has no '-- rule: {code}'")
    for name, parameter in rule.parameters.items():
        if not parameter["minimum"] <= parameter["value"] <= parameter["maximum"]:
            raise ValueError(f"{family}.yaml, {code}.{name}: the value is out of its own bounds")
    return rule


def _orders(code: str, family: str, given: Mapping[str, Any]) -> frozenset[str]:
    """The profiles that `orders: {profile: true}` names; ValueError for another profile or another word than true, false."""
    orders = given.get("orders", {})
    if not isinstance(orders, Mapping) or any(
        profile not in PROFILES or type(begins) is not bool for profile, begins in orders.items()
    ):
        raise ValueError(f"{family}.yaml, {code}: orders is {{profile: true}}, of {PROFILES}; got {orders!r}")
    return frozenset(profile for profile, begins in orders.items() if begins)
