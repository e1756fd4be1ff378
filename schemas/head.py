"""Reads the head of a package (报文头) strictly: what cannot be identified cannot be answered."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import cast

from lxml import etree

from hub.errors import PackageRefused
from hub.shapes import Head
from schemas.contract import VERSIONS

NAMESPACE = "urn:supervision-hub:exchange:1"

_DATETIME = re.compile(r"[12]\d{3}-\d\d-\d\d(T\d\d:\d\d:\d\d(\.\d{1,6})?(Z|[+-]\d\d:\d\d)?)?")
_FIELDS: tuple[tuple[str, Callable[[str], bool], str], ...] = (
    (
        "PackageId",
        lambda v: 0 < len(v) <= 64 and v.isprintable(),
        "1-64 个可见字符 / 1-64 printable characters",
    ),
    ("SystemCode", lambda v: 0 < len(v) <= 64, "登记代码 / the code of the registration"),
    (
        "Serial",
        lambda v: bool(re.fullmatch(r"0{0,50}[1-9]\d{0,9}", v)) and int(v) < 2**31,
        "正整数 / a positive integer",
    ),
    ("CreatedAt", lambda v: bool(_DATETIME.fullmatch(v)), "日期时间 / a date-time"),
    ("CaseCount", lambda v: bool(re.fullmatch(r"\d{1,9}", v)), "非负整数 / a whole number"),
)


def read_head(document: bytes) -> Head:
    """The head of a document that ends behind `<Body>`. Raises PackageRefused PKG_VERSION, PKG_HEAD, XML_MALFORMED."""
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, remove_comments=True, remove_pis=True
    )
    try:
        root = etree.fromstring(document, parser)
    except etree.XMLSyntaxError as error:
        raise PackageRefused("XML_MALFORMED", line=error.lineno, detail=error.msg) from error
    version = root.get("version")
    if version not in VERSIONS:
        raise PackageRefused("PKG_VERSION", line=source_line(root), found=version or "-")
    children = list(root)
    if not children or children[0].tag != f"{{{NAMESPACE}}}Head" or len(children) != 2:
        raise PackageRefused(
            "PKG_HEAD", line=source_line(root), field="Head", detail="应为 Head 后接 Body / Head, then Body"
        )
    head = _fields(children[0])
    return replace(head, version=version, lines={**head.lines, "version": source_line(root)})


def check_version(head: Head, schema: str) -> None:
    """Raises PackageRefused PKG_VERSION for a message of a newer version than the one that its system has registered."""
    if VERSIONS.index(head.version) > VERSIONS.index(schema):
        raise PackageRefused("PKG_VERSION", line=head.lines.get("version"), found=head.version)


def source_line(node: etree._Element) -> int | None:
    """The line of a parsed element, from 1; libxml2 counts to 65,535."""
    return cast("int | None", node.sourceline)  # its type stubs do not say so


def _fields(head: etree._Element) -> Head:
    values: dict[str, str] = {}
    lines: dict[str, int | None] = {}
    for child in head:
        name = etree.QName(child.tag)
        if name.namespace != NAMESPACE or name.localname in values:
            raise PackageRefused(
                "PKG_HEAD", line=source_line(child), field=name.localname, detail="多余 / not expected"
            )
        values[name.localname] = (child.text or "").strip()
        lines[name.localname] = source_line(child)
    return head_of(values, lines, source_line(head))


def head_of(values: Mapping[str, str], lines: Mapping[str, int | None], line: int | None) -> Head:
    """The head out of its texts and their lines; `line` is its own. Raises PackageRefused PKG_HEAD."""
    for name_, valid, expected in _FIELDS:
        if name_ not in values:
            raise PackageRefused("PKG_HEAD", line=line, field=name_, detail="缺少 / missing")
        if not valid(values[name_]):
            raise PackageRefused(
                "PKG_HEAD", line=lines[name_], field=name_, detail=f"{values[name_][:80]!r}: {expected}"
            )
    unknown = set(values) - {f[0] for f in _FIELDS} - {"Remark"}
    if unknown:
        first = min(unknown)
        raise PackageRefused("PKG_HEAD", line=lines[first], field=first, detail="多余 / not expected")
    return Head(
        package_id=values["PackageId"],
        system_code=values["SystemCode"],
        serial=int(values["Serial"]),
        created_at=values["CreatedAt"],
        case_count=int(values["CaseCount"]),
        remark=values.get("Remark"),
        lines=lines,
    )
