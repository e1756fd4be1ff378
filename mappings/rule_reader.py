"""Reads one entry `Element.Field: …` of a dialect: the transform, its sources and options, checked against the field."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import yaml

from mappings.dialect import Rule
from mappings.language import DEFAULTS, TRANSFORMS, Transform, Word
from mappings.nodes import Entries, Nodes
from mappings.slots import Unfit, reader
from schemas.codes import code_lists
from schemas.contract import Contract, Field


def read_rule(nodes: Nodes, contract: Contract, key: yaml.Node, node: yaml.Node) -> Rule:
    """The rule of one field. Raises StopError DIALECT."""
    element, field = _field(nodes, contract, key)
    if isinstance(node, yaml.ScalarNode):
        return Rule(element, field, DEFAULTS[field.type], (nodes.text(node),))
    found = nodes.entries(node, f"{element}.{field.name}")
    if "constant" in found:
        nodes.words(found, ("constant",), (), "constant", node)
        return Rule(element, field, "constant", (), _constant(nodes, field, found["constant"][1]))
    transform = _transform(nodes, field, found, node)
    nodes.words(
        found,
        ("from", *(option.name for option in transform.options if option.required)),
        ("as", *(option.name for option in transform.options)),
        transform.name,
        node,
    )
    sources = nodes.texts(found["from"][1])
    if transform.sources == "one" and len(sources) != 1:
        raise nodes.fault(
            found["from"][1],
            f"{transform.name} 只取一个来源", f"{transform.name} takes one source",
            "多个来源用 concat 或 first。", "Use concat or first for several.",
        )  # fmt: skip
    options = {
        option.name: _option(nodes, option, found[option.name][1])
        for option in transform.options
        if option.name in found
    }
    _fits(nodes, field, transform, options, node)
    return Rule(element, field, transform.name, sources, MappingProxyType(options))


def _field(nodes: Nodes, contract: Contract, key: yaml.Node) -> tuple[str, Field]:
    name = nodes.text(key)
    element, _, field = name.partition(".")
    elements = {each.name: each for each in contract.elements}
    if element not in elements:
        raise nodes.unknown(key, element, elements, "没有要素", "There is no element")
    fields = {each.name: each for each in elements[element].fields}
    if field not in fields:
        raise nodes.unknown(key, field, fields, f"{element} 没有字段", f"{element} has no field")
    return element, fields[field]


def _transform(nodes: Nodes, field: Field, found: Entries, node: yaml.Node) -> Transform:
    if "as" not in found:
        return TRANSFORMS[DEFAULTS[field.type]]
    fitting = [
        each.name for each in TRANSFORMS.values() if field.type in each.gives and each.sources != "none"
    ]
    word = nodes.text(found["as"][1])
    if word in TRANSFORMS and word not in fitting:
        raise nodes.fault(
            found["as"][1],
            f"{word} 不能给出类型 {field.type}", f"{word} cannot give the type {field.type}",
            f"可用：{'、'.join(fitting)}", f"Allowed: {', '.join(fitting)}",
        )  # fmt: skip
    return TRANSFORMS[nodes.word(found["as"][1], "as", fitting)]


def _option(nodes: Nodes, option: Word, node: yaml.Node) -> object:
    if option.shape == "words":
        return nodes.word(node, option.name, option.words)
    if option.shape == "texts":
        return nodes.texts(node)
    if option.shape == "table":
        entries = nodes.entries(node, option.name)
        return {name: nodes.word(value, option.name, option.words) for name, (_, value) in entries.items()}
    text = nodes.text(node, blank=option.name == "separator") or " "
    if option.shape == "whole":
        if not text.isdecimal() or len(text) > 3:
            raise nodes.fault(
                node, f"{text!r} 不是序号", f"{text!r} is no index", "写 0、1、2 …", "Write 0, 1, 2 …"
            )
        return int(text)
    return text


def _constant(nodes: Nodes, field: Field, node: yaml.Node) -> Mapping[str, object]:
    text = nodes.text(node)
    table = {value: value for value in code_lists()[field.list]} if field.list else None
    try:
        reader(field, table)(text)
    except Unfit as unfit:
        raise nodes.fault(
            node,
            f"{text!r} 不是 {field.name} 的规范值（{unfit.code}）", f"{text!r} is no value of {field.name} ({unfit.code})",
            f"可用：{'、'.join(table)}" if table else "按该字段的规范写法填写。",
            f"Allowed: {', '.join(table)}" if table else "Write it as our message does.",
        ) from unfit  # fmt: skip
    return MappingProxyType({"value": text})


def _fits(
    nodes: Nodes, field: Field, transform: Transform, options: Mapping[str, object], node: yaml.Node
) -> None:
    """What the tables of transforms cannot say: a limit's part and its field, units of money only."""
    if field.type not in transform.gives:
        raise nodes.fault(
            node,
            f"{transform.name} 不能给出类型 {field.type}", f"{transform.name} cannot give the type {field.type}",
            f"可给出：{'、'.join(transform.gives)}", f"It gives: {', '.join(transform.gives)}",
        )  # fmt: skip
    wanted = {"value": "int", "unit": "code"}.get(str(options.get("part")), field.type)
    if wanted != field.type or (options.get("part") == "unit" and field.list != "LIMIT_UNIT"):
        raise nodes.fault(
            node,
            f"part: {options['part']} 与 {field.name} 不符", f"part: {options['part']} does not suit {field.name}",
            "数值用 value，单位用 unit。", "Use value for the number and unit for the unit.",
        )  # fmt: skip
    if field.type != "money" and {"unit", "unit_from", "units"} & options.keys():
        raise nodes.fault(
            node, "只有金额有单位", "Only amounts have a unit", "去掉 unit。", "Leave out unit."
        )
    if "unit_from" in options and "units" not in options:
        raise nodes.fault(
            node,
            "unit_from 需要 units",
            "unit_from needs units",
            "写出代码 → 单位。",
            "Write its codes → units.",
        )
    for text in options.get("formats", ()):  # type: ignore[attr-defined]  # a tuple of texts
        if "YYYY" not in text or "DD" not in text:
            raise nodes.fault(
                node, f"{text!r} 没有年月日", f"{text!r} has no day", "用 YYYY MM DD HH mm SS。", "Use YYYY MM DD HH mm SS."
            )  # fmt: skip
