"""Reads the bytes of one row or message into what it says: source → text, whatever the form."""

from __future__ import annotations

import json
import re
from typing import Any

import msgspec
from lxml import etree

from mappings.records import Record
from mappings.transforms import Flat

DEPTH = 8
"""How deep values may be nested in a row; deeper is no row."""


class Malformed(Exception):
    """The bytes of one row or message cannot be read; the text says why, in Chinese and English."""


_scan = json.JSONDecoder(parse_float=str, parse_int=str).raw_decode
_PLAIN = {str, type(None)}


def read_row(data: bytes) -> tuple[str, Flat]:
    """Table, and what the row says by column, null ones included. Raises Malformed."""
    try:
        text = data.decode()
        found, end = _scan(text)
    except (ValueError, RecursionError) as error:
        raise Malformed(f"不是 JSON / not JSON: {error}") from error
    row = found.get("row") if isinstance(found, dict) else None
    table = found.get("table") if isinstance(found, dict) else None
    if not isinstance(row, dict) or not isinstance(table, str) or end != len(text.rstrip()):
        raise Malformed('应为 {"row":{…},"table":"…"} / it must be {"row":{…},"table":"…"}')
    said: dict[str, str | None] = row
    if not set(map(type, row.values())) <= _PLAIN:
        said = {}
        _flatten(row, "", said, 0)
    if b"\\r" in data:
        said = {name: each and each.replace("\r\n", "\n").replace("\r", "\n") for name, each in said.items()}
    return table, said


def plain_row(data: bytes) -> tuple[str, Flat] | None:
    """What `read_row` gives for a row of texts and nulls; None for any other."""
    try:
        found = _decode(data)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return None
    return None if b"\\r" in data else (found.table, found.row)


class _Row(msgspec.Struct):
    row: dict[str, str | None]
    table: str


_decode = msgspec.json.Decoder(_Row).decode


def _flatten(value: dict[str, Any], prefix: str, said: dict[str, str | None], depth: int) -> None:
    if depth > DEPTH:
        raise Malformed("嵌套过深 / nested too deeply")
    for name, each in value.items():
        if each is None or isinstance(each, str):
            said[prefix + name] = each
        elif isinstance(each, bool):
            said[prefix + name] = "true" if each else "false"
        elif isinstance(each, dict):
            _flatten(each, f"{prefix}{name}/", said, depth + 1)
        else:
            raise Malformed(f"{prefix}{name} 是列表 / {prefix}{name} is a list")


_PARSER = etree.XMLParser(
    encoding="utf-8", resolve_entities=False, no_network=True, load_dtd=False, remove_comments=True, remove_pis=True,
    huge_tree=True, collect_ids=False,
)  # fmt: skip


def parse_message(data: bytes, record: Record) -> etree._Element:
    """The element of one message. Raises Malformed."""
    try:
        if not record.namespaces:
            return etree.fromstring(data, _PARSER)
        return etree.fromstring(b"<_%s>%s</_>" % (record.namespaces, data), _PARSER)[0]
    except (etree.XMLSyntaxError, IndexError) as error:
        raise Malformed(f"不是格式良好的 XML / not well-formed XML: {error}") from error


_REFERENCES = (("&lt;", "<"), ("&gt;", ">"), ("&quot;", '"'), ("&apos;", "'"), ("&amp;", "&"))
_LEAF = re.compile(r"<([^\s<>/!?:]+)>([^<]*)</")
LEAF_OR_EMPTY = re.compile(r"<([^\s<>/!?:]+)(?:>([^<]*)</|\s*/>)")
OPENING = re.compile(r"<([^\s<>/&!?:]+)((?:\s+[^\s<>=:]+\s*=\s*\"[^\"<]*\")*)\s*>")
_ATTRIBUTE = re.compile(r"\s+([^\s=]+)\s*=\s*\"([^\"]*)\"")


def read_plain(data: bytes) -> dict[str, str | None] | None:
    """What a message of plain leaves says, without parsing it; null where it is anything else.

    Elements without attributes, prefixes, references, comments and depth: as nearly all are written. It finds what
    `read_message` finds.
    """
    text = data.decode("utf-8", "replace")
    opening = OPENING.match(text)
    if opening is None:
        return None
    empty = text.count("/>")
    leaves = (LEAF_OR_EMPTY if empty else _LEAF).findall(text, opening.end())
    said: dict[str, str | None] = dict(leaves)
    # The document is well-formed: if every `<` belongs to a leaf or to the message's own tags, these are all there is.
    if text.count("<") != 2 * (len(leaves) - empty) + empty + 2 or len(said) != len(leaves):
        return None
    if not text.endswith(f"</{opening[1]}>") or "\r" in text:
        return None
    for name, value in _ATTRIBUTE.findall(opening[2]):
        said[f"@{name}"] = value
    if "&" not in text:
        return said
    if "&#" in text:
        return None
    return {name: _resolved(value) if value and "&" in value else value for name, value in said.items()}


def _resolved(text: str) -> str:
    """A text with its references resolved; that to `&` last, so that what it makes is none."""
    for reference, character in _REFERENCES:
        text = text.replace(reference, character)
    return text


def read_message(node: etree._Element) -> Flat:
    """What a message says: child → text, deeper ones as a/b, attributes as @name. Raises Malformed: a value twice."""
    said: dict[str, str | None] = {f"@{_local(name)}": str(value) for name, value in node.attrib.items()}
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


def _deeper(node: etree._Element, path: str, said: dict[str, str | None], depth: int) -> None:
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
