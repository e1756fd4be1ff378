"""Writes docs/rules/library.md from the rule library: per rule its law, parameters, what it needs, its query, examples."""

from __future__ import annotations

from collections.abc import Iterator

from hub.supervision.library import FAMILIES, PROFILES, Declared, declared
from hub.supervision.windows import SHARE, TOO_FEW

LEVELS = {1: "1 预警", 2: "2 黄牌", 3: "3 红牌"}
NAMES = {
    "time": "时限 T · Time",
    "process": "流程 L · Process",
    "content": "内容 C · Content",
    "fees": "收费 F · Fees",
    "reporting": "报送 E · Reporting",
    "disclosure": "公开 G · Disclosure",
    "satisfaction": "评价 S · Satisfaction",
    "anomaly": "异常 X · Anomaly",
    "complaints": "投诉 K · Complaints",
}
_LOOKED_AT = {
    "any": "所有办件 · every case",
    "accepted": "已受理 · accepted cases",
    "open": "已受理未办结 · accepted, not finished",
    "finished": "已办结 · finished cases",
    "item_version": "事项版本 · versions of items",
    "system": "系统 · systems",
    "package": "数据包 · packages",
    "card": "牌 · cards",
    "complaint": "投诉 · complaints",
    "order": "督办单的环节 · hands of orders",
}
_PROFILES = {"default": "华亭/湖南 default", "qinhuangdao": "秦皇岛 qinhuangdao"}
_HEAD = """\
<!-- 由 `make docs` 生成，请改 hub/supervision/library/ / Made by `make docs` from hub/supervision/library/. -->
# 监察规则库 · The rule library

每条规则的依据、级别、参数、所需数据、查询和例子；参数和级别是出厂值，现行版本见 `suphub rule show`。
Each rule with its basis, levels, parameters, what it needs, its query and examples. Values are those of the shipped version; `suphub rule show` tells
those in force. How the time rules count is told in [time.md](time.md), how a rule is added, and what the words of a query mean, in [adding-a-rule.md](adding-a-rule.md),
what rules over months read in [anomaly.md](anomaly.md).

"""


def library_page() -> str:
    """The whole page."""
    rules = declared().values()
    listed = "".join(_line(rule) for rule in rules)
    table = f"| 规则 Rule | 名称 | Name | {' | '.join(_PROFILES[each] for each in PROFILES)} |\n|---|---|---|---|---|\n"
    parts = [_HEAD, table, listed]
    for family in FAMILIES:
        mine = [rule for rule in rules if rule.family == family]
        if mine:
            parts.append(f"\n## {NAMES[family]}\n")
            parts += ["".join(_rule(rule)) for rule in mine]
    return "".join(parts)


def _line(rule: Declared) -> str:
    levels = (_level(rule, profile) for profile in PROFILES)
    return f"| [{rule.code}](#{rule.code.lower()}) | {rule.zh} | {rule.en} | {' | '.join(levels)} |\n"


def _level(rule: Declared, profile: str) -> str:
    """The level in a profile, and whether an order begins with the card."""
    return LEVELS[rule.levels[profile]] + ("，督办 order" if profile in rule.orders else "")


def _rule(rule: Declared) -> Iterator[str]:
    looked_at = _LOOKED_AT[rule.cases if rule.scope == "case" else rule.scope]
    yield f"\n### {rule.code}\n\n**{rule.zh} · {rule.en}**\n\n"
    yield f"- 依据 basis: {rule.basis}\n- 判定 judged: {looked_at}: {rule.explains}\n"
    needs = "、".join(f"`{need}`" for need in rule.needs) or "-"
    yield f"- 所需 needs: {needs}\n"
    for name, parameter in rule.parameters.items():
        bounds = f"{parameter['minimum']}..{parameter['maximum']}"
        yield f"- 参数 parameter `{name}` = {parameter['value']} {parameter['unit']} ({bounds}): {parameter['zh']} · {parameter['en']}\n"
    if rule.closes:
        yield f"- 自动办结 closed by itself: {', '.join(rule.closes)}\n"
    for example in rule.examples:
        yield f"- 例 example: {example}\n"
    if rule.window:
        yield from _query(
            rule,
            "cases",
            "每月看哪些办件，哪些属实(hit) · The cases looked at in a month, and which bear it out (hit)",
        )
        yield from _query(rule, "rule", "查询 · Query")
    else:
        yield from _query(rule, "rule", "")
    yield from _query(rule, "not judged", "不判定 · Not judged")


def _query(rule: Declared, part: str, title: str) -> Iterator[str]:
    """A part of the rule's SQL; what several rules share is written out, for it says how the rule is judged."""
    sql = rule.statement(part)
    if sql is None:
        return
    written = {"{share}": SHARE, "{too_few}": TOO_FEW}.get(sql, sql)
    yield (f"\n{title}:\n" if title else "") + f"\n```sql\n{written}\n```\n"
