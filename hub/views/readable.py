"""Values of a case and their origins as people read them, in the terminal as on the page: by element, in few words."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote

from schemas.contract import VERSIONS, Element, Field, load_contract

Words = tuple[str, str]
"""Chinese and English."""

SOURCES: Mapping[str, Words] = {
    "registration": ("登记", "registration"),
    "item code": ("事项编码", "item code"),
    "order": ("按次序", "by order"),
    "catalogue": ("事项库", "catalogue"),
    "dialect": ("方言定值", "set by the dialect"),
    "same piece": ("同一片段", "same piece"),
}
"""Where a value came from that the message did not say itself."""
CHANGED: Words = ("对照现已不同", "the crosswalk has changed since")


@dataclass(frozen=True, slots=True)
class Line:
    """One field: its value, who added it (None: the message said it), the source's own column, what stood there."""

    field: Field
    value: str
    told: Words  # the value for a reader of either language
    added: Words | None
    line: int | None
    column: str
    written: str
    changed: bool
    origin: Mapping[str, Any]


@dataclass(slots=True)
class Group:
    """One element, or one row of an element that repeats (`number`)."""

    element: Element
    number: str
    lines: list[Line] = field(default_factory=list)


def by_element(origins: Mapping[str, Mapping[str, Any]]) -> Iterator[Group]:
    """The values of a case in the order of the elements."""
    contract = load_contract(VERSIONS[-1])
    group: Group | None = None
    for name, origin in origins.items():
        element_name, *number, field_name = name.split(".")
        key = (element_name, "".join(number))
        if group is None or (group.element.name, group.number) != key:
            if group is not None:
                yield group
            group = Group(contract.element(element_name), key[1])
        group.lines.append(_line(group.element.field(field_name), origin))
    if group is not None:
        yield group


def _line(of: Field, origin: Mapping[str, Any]) -> Line:
    added = SOURCES.get(origin["source"])
    if added and origin.get("item_version"):
        added = (f"{added[0]} 第 {origin['item_version']} 版", f"{added[1]} v{origin['item_version']}")
    leaf = unquote((origin["place"] or "").rpartition("/")[2].partition("[")[0])
    return Line(
        field=of,
        value=_value(of, origin),
        told=_told(of, origin),
        added=added,
        line=origin["line"],
        column=leaf if origin["written"] is not None and leaf != of.name else "",
        written=_written(of, origin),
        changed=bool(origin["changed"]),
        origin=origin,
    )


def _value(of: Field, origin: Mapping[str, Any]) -> str:
    value = origin["value"]
    if of.type == "bool":
        return "是 yes" if value else "否 no"
    if of.type == "money":
        return f"{value / 100:.2f} 元"
    if of.type == "dt":
        return str(value)[:19].replace("T", " ")
    return f"{value} {origin['meaning_zh']}" if origin["meaning_zh"] else str(value)


def _told(of: Field, origin: Mapping[str, Any]) -> Words:
    value = origin["value"]
    if of.type == "bool":
        return ("是", "yes") if value else ("否", "no")
    if of.type == "money":
        return (f"{value / 100:.2f} 元", f"CNY {value / 100:.2f}")
    if of.type != "dt" and origin["meaning_zh"]:
        return (f"{value} {origin['meaning_zh']}", f"{value} {origin['meaning_en'] or origin['meaning_zh']}")
    same = _value(of, origin)
    return (same, same)


def _written(of: Field, origin: Mapping[str, Any]) -> str:
    """What stood there, if it reads otherwise than the value: a code and what it was translated to, or the words."""
    if origin["written"] is None:
        return ""
    text = origin["written"].strip()
    if origin["crosswalk"] or origin["changed"]:
        return f"{text} → {origin['value']}" + (f" ({origin['crosswalk']})" if origin["crosswalk"] else "")
    return "" if _reads_alike(of.type, text, origin["value"]) else f"“{text}”"


def _reads_alike(kind: str, text: str, value: Any) -> bool:
    if kind == "bool":
        return True
    if kind == "money":
        return bool(re.fullmatch(r"[0-9]+(\.[0-9]*)?", text)) and round(float(text) * 100) == value
    if kind == "dt":
        return str(value).startswith(text.replace(" ", "T"))
    return text == str(value)
