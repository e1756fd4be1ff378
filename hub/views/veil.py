"""Text of a package with its personal values masked: structure, names and values that may be seen stay readable."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from hub.masking import PERSONAL, mask, scrubbed
from hub.register import Registration
from mappings.dialect import load_dialect
from schemas.contract import load_contract

HEAD = frozenset({
    "PackageId", "SystemCode", "Serial", "CreatedAt", "CaseCount", "CaseNo", "DataVersion", "Operation",
})  # fmt: skip
"""Leaves of the head of a package and of a case, which say nothing of persons."""
PLAIN_ATTRIBUTES = frozenset({"version", "encoding", "standalone"})
_TAG = re.compile(r"<(?:!--.*?(?:-->|\Z)|!\[CDATA\[.*?(?:\]\]>|\Z)|[^<>]*(?:>|\Z))", re.S)
_ATTRIBUTE = re.compile(r"""([^\s=<>"'/?]+)(\s*=\s*)("[^"]*"?|'[^']*'?)""")
_LETTERS = re.compile(r"[^\s]")


def open_names(registration: Registration) -> frozenset[str]:
    """The leaves and columns whose values may be shown: those that become fields that are not personal, by the dialect.

    What the dialect does not know, or reads for a personal field too, is not among them. Raises StopError.
    """
    if registration.dialect == "canonical":
        found, hidden = set(HEAD), {name.partition(".")[2] for name in PERSONAL}
        for element in load_contract(registration.schema).elements:
            found |= {each.name for each in element.fields}
        return frozenset(found - hidden)
    dialect = load_dialect(registration.dialect, schema=registration.schema)
    found, hidden = {*HEAD, dialect.case_no, dialect.message.type if dialect.message else ""}, set[str]()
    for kind in dialect.kinds:
        found |= {*kind.envelope()}
        for rule in kind.rules:
            (hidden if rule.name in PERSONAL else found).update(rule.reads)
    names = {each.rpartition("/")[2].lstrip("@") for each in hidden}
    return frozenset({each.rpartition("/")[2].lstrip("@") for each in found} - names)


def veiled(value: str, shown: bool) -> str:
    """A value: as it stands but for numbers of persons, or every character that is not a space as a star."""
    return scrubbed(value) if shown else _LETTERS.sub("*", value)


def veiled_xml(text: str, names: Collection[str]) -> Iterator[str]:
    """A stretch of XML, which may begin and end anywhere: tags stay, values of elements outside `names` are starred.

    What stands before the first tag, comments, CDATA and values of attributes are starred too.
    """
    leaf, end = "", 0
    for found in _TAG.finditer(text):
        yield veiled(text[end : found.start()], bool(leaf) and leaf in names)
        tag, end = found.group(), found.end()
        if tag.startswith("<![CDATA["):
            yield "<![CDATA[" + veiled(tag[9:].removesuffix("]]>"), leaf in names) + "]]>"
            continue
        if tag.startswith("<!"):
            yield "<!" + veiled(tag[2:].removesuffix(">"), False) + ">"
            continue
        yield _ATTRIBUTE.sub(lambda each: _attribute(each, names), tag) if tag.endswith(">") else "<…"
        leaf = "" if tag.startswith("</") or tag.endswith(("/>", "?>")) else _local(tag)
    yield veiled(text[end:], bool(leaf) and leaf in names)


def veiled_row(line: str, names: Collection[str]) -> str:
    """One line of a row set: JSON with its values starred outside `names`; one that is no JSON is starred whole."""
    try:
        said = json.loads(line)
    except ValueError:
        return veiled(line, False)
    if isinstance(said, dict) and isinstance(said.get("row"), dict):
        said = {**{key: _scalar(each) for key, each in said.items()}, "row": _within(said["row"], names)}
        return json.dumps(said, ensure_ascii=False)
    return scrubbed(line) if isinstance(said, dict) and "format" in said else veiled(line, False)


def _attribute(found: re.Match[str], names: Collection[str]) -> str:
    name, equals, value = found.groups()
    plain = name in PLAIN_ATTRIBUTES or name.partition(":")[0] == "xmlns" or name in names
    return f"{name}{equals}{value if plain else value[0] + veiled(value[1:-1], False) + value[0]}"


def _local(tag: str) -> str:
    name = re.match(r"<([^\s<>/]+)", tag)
    return name[1].rpartition(":")[2] if name else ""


def _within(value: Any, names: Collection[str], name: str = "") -> Any:
    if isinstance(value, Mapping):
        return {key: _within(each, names, key) for key, each in value.items()}
    if isinstance(value, list):
        return [_within(each, names, name) for each in value]
    return veiled(value, name in names) if isinstance(value, str) else _scalar(value, name in names)


def _scalar(value: Any, shown: bool = True) -> Any:
    if value is None or isinstance(value, bool):
        return value
    return scrubbed(str(value)) if shown else mask("*" * len(str(value)))
