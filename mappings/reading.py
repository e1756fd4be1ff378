"""Reads the bytes of one row or message into what it says: source → text, whatever the form."""

from __future__ import annotations

import json
from typing import Any

from lxml import etree

from mappings.records import Record
from mappings.transforms import Flat

DEPTH = 8
"""How deep values may be nested in a row; deeper is no row."""


class Malformed(Exception):
    """The bytes of one row or message cannot be read; the text says why, in Chinese and English."""


_decode = json.JSONDecoder(parse_float=str, parse_int=str).decode


def read_row(data: bytes) -> tuple[str, dict[str, str], frozenset[str]]:
    """Table, what the row says, and all its columns, null ones included. Raises Malformed."""
    try:
        found: Any = _decode(data.decode())
    except (ValueError, RecursionError) as error:
        raise Malformed(f"不是 JSON / not JSON: {error}") from error
    row = found.get("row") if isinstance(found, dict) else None
    table = found.get("table") if isinstance(found, dict) else None
    if not isinstance(row, dict) or not isinstance(table, str):
        raise Malformed('应为 {"row":{…},"table":"…"} / it must be {"row":{…},"table":"…"}')
    said = {name: value for name, value in row.items() if value is not None}
    if not all(value.__class__ is str for value in said.values()):
        said = {}
        _flatten(row, "", said, 0)
    if b"\\r" in data:
        said = {name: text.replace("\r\n", "\n").replace("\r", "\n") for name, text in said.items()}
    return table, said, frozenset(row)


def _flatten(value: dict[str, Any], prefix: str, said: dict[str, str], depth: int) -> None:
    if depth > DEPTH:
        raise Malformed("嵌套过深 / nested too deeply")
    for name, each in value.items():
        if isinstance(each, str):
            said[prefix + name] = each
        elif isinstance(each, bool):
            said[prefix + name] = "true" if each else "false"
        elif isinstance(each, dict):
            _flatten(each, f"{prefix}{name}/", said, depth + 1)
        elif each is not None:
            raise Malformed(f"{prefix}{name} 是列表 / {prefix}{name} is a list")


_PARSER: dict[str, Any] = {
    "resolve_entities": False, "no_network": True, "load_dtd": False, "remove_comments": True, "remove_pis": True,
    "huge_tree": True, "collect_ids": False,
}  # fmt: skip


def parse_message(data: bytes, record: Record) -> etree._Element:
    """The element of one message. Raises Malformed."""
    try:
        if not record.namespaces:
            return etree.fromstring(data, etree.XMLParser(encoding="utf-8", **_PARSER))
        wrapped = b"<_%s>%s</_>" % (record.namespaces, data)
        return etree.fromstring(wrapped, etree.XMLParser(encoding="utf-8", **_PARSER))[0]
    except (etree.XMLSyntaxError, IndexError) as error:
        raise Malformed(f"不是格式良好的 XML / not well-formed XML: {error}") from error


def read_message(node: etree._Element) -> Flat:
    """What a message says: child → text, deeper ones as a/b, attributes as @name. Raises Malformed: a value twice."""
    said: dict[str, str] = {f"@{_local(name)}": str(value) for name, value in node.attrib.items()}
    for child in node:
        tag = child.tag
        if tag[0] == "{":
            tag = _local(tag)
        if tag in said:
            raise Malformed(f"{tag} 出现了两次 / {tag} occurs twice")
        if len(child) or child.attrib:
            _deeper(child, tag, said, 0)
        else:
            said[tag] = child.text or ""
    return said


def _deeper(node: etree._Element, path: str, said: dict[str, str], depth: int) -> None:
    if depth > DEPTH:
        raise Malformed("嵌套过深 / nested too deeply")
    for name, value in node.attrib.items():
        said[f"{path}/@{_local(name)}"] = str(value)
    if not len(node):
        if path in said:
            raise Malformed(f"{path} 出现了两次 / {path} occurs twice")
        said[path] = node.text or ""
    for child in node:
        _deeper(child, f"{path}/{_local(child.tag)}", said, depth + 1)


def find(node: etree._Element, source: str) -> etree._Element | None:
    """The element in which a source stands; None if it is not there."""
    for step in source.split("/"):
        if step.startswith("@"):
            return node
        following = next((child for child in node if _local(child.tag) == step), None)
        if following is None:
            return None
        node = following
    return node


def _local(name: object) -> str:
    return str(name).rpartition("}")[2]
