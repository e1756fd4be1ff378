"""Says what is wrong with a value or an element in the catalogue's words, where libxml2 only says that it is wrong."""

from __future__ import annotations

import re
from datetime import datetime

from lxml import etree

from hub.shapes import Violation
from schemas.contract import Contract, Element, Field, Group

MONEY_LIMIT = "99999999999999.99"
"""decimal(16,2), either way."""

NOWHERE = "urn:supervision-hub:no-namespace"
"""Stands for no namespace in elements that would otherwise pass for ours."""

_MOMENT = re.compile(r"[12]\d{3}-\d\d-\d\d(T\d\d:\d\d:\d\d(\.\d{1,6})?(Z|[+-]\d\d:\d\d)?)?")
_MONEY = re.compile(r"[+-]?\d{1,14}(\.\d{1,2})?|[+-]?\.\d{1,2}")
_PATTERNS = {
    "uscc": (r"[0-9A-Z]{9}([0-9A-Z]{9})?", "18 位统一社会信用代码 / 18 characters"),
    "region": (r"\d{6}(\d{3}){0,2}", "6、9 或 12 位数字 / 6, 9 or 12 digits"),
    "sha256": (r"[0-9a-fA-F]{64}", "64 位十六进制 / 64 hex digits"),
}
_EXPECTED = re.compile(r"Expected is (?:one of )?\( ([^)]*) \)")
_ATTRIBUTE = re.compile(r"Element '[^']*', attribute '(\{[^}']*\})?([^']*)'")
_INSTANCE = "{http://www.w3.org/2001/XMLSchema-instance}"
_NIL = "SCHEMAV_CVC_ELT_3_1"

NO_ATTRIBUTE = "没有属性 / no attribute"
NO_ELEMENT = "没有更多的元素 / no further element"
A_VALUE = "值，不是元素 / a value, not an element"


def value_violation(field: Field, value: str) -> tuple[str, dict[str, object]]:
    """The code and parameters for a value that the schema refuses at this field."""
    stripped = value.strip()
    if field.type == "text":
        if field.required and not stripped:
            return "VALUE_EMPTY", {}
        if field.max is not None and len(value) > field.max:
            return "VALUE_LENGTH", {"limit": field.max, "length": len(value)}
        return "VALUE_TYPE", {"expected": "文字 / text"}
    if not stripped:
        return "VALUE_EMPTY", {}
    if field.type == "int":
        if not re.fullmatch(r"[+-]?\d+", stripped):
            return "VALUE_TYPE", {"expected": "整数 / a whole number"}
        return "VALUE_RANGE", {"minimum": field.min, "maximum": field.max}
    if (
        field.type == "money"
        and re.fullmatch(r"[+-]?\d+(\.\d{1,2})?", stripped)
        and not _MONEY.fullmatch(stripped)
    ):
        return "VALUE_RANGE", {"minimum": f"-{MONEY_LIMIT}", "maximum": MONEY_LIMIT}
    if field.type in _PATTERNS and not re.fullmatch(_PATTERNS[field.type][0], stripped):
        return "VALUE_PATTERN", {"expected": _PATTERNS[field.type][1]}
    if field.type == "code":
        return "CODE_UNKNOWN", {"list": field.list, "crosswalk": "canonical"}
    return "VALUE_TYPE", {"expected": _TYPES.get(field.type, field.type)}


_TYPES = {
    "bool": "true 或 false / true or false",
    "money": "金额,至多两位小数 / money with at most two decimals",
    "dt": "日期时间,如 2026-03-23T09:12:00+08:00,或日期 / a date-time, or a date",
    "date": "日期,如 2026-03-23 / a date",
}


def moment_is_valid(value: str) -> bool:
    """Whether a text is a point in time of the message (date-time with or without offset, or a date)."""
    if not _MOMENT.fullmatch(value):
        return False
    try:
        datetime.fromisoformat(value.replace("T24:00:00", "T00:00:00"))
    except ValueError:
        return False
    return True


class Explainer:
    """Turns libxml2's complaints about cases (without namespace) into violations with place and field."""

    def __init__(self, contract: Contract) -> None:
        self._elements = {element.name: element for element in contract.elements}
        self._case = contract.case
        self._children = self._orders(contract)

    @staticmethod
    def _orders(contract: Contract) -> dict[str, list[str]]:
        orders = {element.name: [field.name for field in element.fields] for element in contract.elements}
        tops = [field.name for field in contract.case.fields]
        for element in contract.elements:
            tops.append(element.wrapper or element.name)
            if element.wrapper:
                orders[element.wrapper] = [element.name]
        orders["Case"] = tops
        return orders

    def explain(self, node: etree._Element, kind: str, message: str, line: int, xpath: str) -> Violation:
        """One complaint: `kind` is libxml2's error type; `line` and `xpath` are those of the original file."""
        tag = _name(node)
        parent = node.getparent()
        owner = _name(parent) if parent is not None else ""
        if str(node.tag).startswith("{"):
            return self._foreign(node, owner, message, line, xpath)
        attribute = "xsi:nil" if kind == _NIL else _attribute(message)
        if attribute:
            return _unexpected(f"@{attribute}", NO_ATTRIBUTE, line, xpath, _field(owner, tag))
        if kind == "SCHEMAV_ELEMENT_CONTENT":
            return self._structure(tag, owner, message, line, xpath)
        group = self._group(owner)
        field = next((f for f in group.fields if f.name == tag), None) if group else None
        if field is None or len(node):
            found = (node.text or "").strip()[:40] or next(
                (str(c.tag) for c in node if isinstance(c.tag, str)), "-"
            )
            within = A_VALUE if field else ", ".join(self._children.get(tag, [])[:5])
            return _unexpected(found, within or NO_ELEMENT, line, xpath, _field(owner, tag))
        value = node.text or ""
        code, params = value_violation(field, value)
        return Violation(
            code, line=line, xpath=xpath, field=_field(owner, tag), value=value[:500], params=params
        )

    def _foreign(self, node: etree._Element, owner: str, message: str, line: int, xpath: str) -> Violation:
        """An element of another namespace, which may bear a name of ours."""
        expected = _EXPECTED.search(message)
        namespace = (etree.QName(node).namespace or "").replace(NOWHERE, "")
        found = f'{_name(node)} (xmlns="{_cut(namespace)}")'
        wanted = expected[1].strip() if expected else NO_ELEMENT
        return _unexpected(found, wanted, line, xpath, _field(owner, _name(node)))

    def _structure(self, tag: str, owner: str, message: str, line: int, xpath: str) -> Violation:
        expected = _EXPECTED.search(message)
        names = [name.strip() for name in expected[1].split(",")] if expected else []
        missing_child = "Missing child" in message
        holder = tag if missing_child else owner
        wanted = next((name for name in names if self._required(holder, name)), None)
        order = self._children.get(holder, [])
        later = tag in order and wanted in order and order.index(tag) > order.index(str(wanted))
        if wanted and (missing_child or later):
            return Violation(
                "STRUCT_MISSING",
                line=line,
                xpath=xpath if missing_child else _up(xpath),
                field=self._named(holder, wanted),
                params={"expected": wanted},
            )
        return _unexpected(tag, ", ".join(names) or NO_ELEMENT, line, xpath, _field(owner, tag))

    def _required(self, holder: str, name: str) -> bool:
        if holder == "Case":
            return name == "CaseNo" or (name in self._elements and self._elements[name].occurs == "1")
        group = self._group(holder)
        if group is None:
            return name in self._elements  # a wrapper holds at least one
        return any(field.name == name and field.required for field in group.fields)

    def _named(self, holder: str, name: str) -> str:
        return name if holder == "Case" and name in self._elements else _field(holder, name)

    def _group(self, name: str) -> Element | Group | None:
        return self._case if name == "Case" else self._elements.get(name)


def _unexpected(found: str, expected: str, line: int, xpath: str, field: str) -> Violation:
    told = {"found": found, "expected": expected}
    return Violation("STRUCT_UNEXPECTED", line=line, xpath=xpath, field=field, params=told)


def _attribute(message: str) -> str:
    """The name of the attribute that a complaint is about; "" where it is about the element."""
    found = _ATTRIBUTE.match(message)
    if not found:
        return ""
    namespace, name = found[1] or "", found[2]
    if namespace == _INSTANCE:
        return f"xsi:{name}"
    return f'{name} (xmlns="{_cut(namespace[1:-1])}")' if namespace else name


def _name(node: etree._Element) -> str:
    return etree.QName(node).localname


def _field(owner: str, tag: str) -> str:
    return f"{owner}.{tag}" if owner and owner != "Body" else tag


def _up(xpath: str) -> str:
    return xpath.rsplit("/", 1)[0]


def _cut(name: str) -> str:
    """A namespace may be of any length; to say which it is this much will do."""
    return name if len(name) <= 100 else name[:99] + "…"
