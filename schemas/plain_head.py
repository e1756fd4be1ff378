"""Reads a head that is written plainly by one expression, without libxml2; whatever else it may be goes the usual way.

Narrower than `schemas.head`: our namespace as the default one and then the version, in double quotes; elements without
attributes whose texts need nothing resolved. What is wrong with a head is told by that module alone.
"""

from __future__ import annotations

import re

from hub.errors import PackageRefused
from hub.shapes import Head
from schemas.contract import VERSIONS
from schemas.head import NAMESPACE, head_of

CLOSING = b"</Body></ExchangePackage>"
DECLARED = f' xmlns="{NAMESPACE}"'.encode()
_GAP = rb"[ \t\n]*+"
_LEAF = rb"<([A-Za-z]{1,40})>([^<>&\x00-\x1f]{0,1000})</\1>"
_ANY_LEAF = rb"<[A-Za-z]{1,40}>[^<>&\x00-\x1f]{0,1000}</[A-Za-z]{1,40}>"
_HEAD = re.compile(
    rb'(?:<\?xml version="1\.0"(?: encoding="(?i:utf-8)")?\?>)?'
    + _GAP
    + rb"<ExchangePackage"
    + re.escape(DECLARED)
    + rb' version="([0-9.]{1,10})">'
    + _GAP
    + rb"(<Head>"
    + _GAP
    + rb"(?:"
    + _ANY_LEAF
    + _GAP
    + rb"){1,20})</Head>"
    + _GAP
    + rb"<Body>"
)
_LEAVES = re.compile(_LEAF)


def plain_head(data: bytes, within: int) -> tuple[Head, int] | None:
    """The head of a document and where the content of its Body begins, if that is within so many bytes."""
    found = _HEAD.match(data, 0, within)
    if found is None:
        return None
    version = found[1].decode("ascii")
    values, lines = dict[str, str](), dict[str, int | None]()
    for leaf in _LEAVES.finditer(data, *found.span(2)):
        name = leaf[1].decode("ascii")
        text = leaf[2].decode("utf-8", "surrogateescape")
        if name in values or not text.isprintable():
            return None  # twice; or no UTF-8, or characters to be looked at more closely
        values[name] = text.strip()
        lines[name] = 1 + data.count(b"\n", 0, leaf.start())
    if version not in VERSIONS or len(values) != data.count(b"</", *found.span(2)):
        return None
    try:
        head = head_of(values, lines, None)
    except PackageRefused:
        return None
    root = 1 + data.count(b"\n", 0, data.index(b"<ExchangePackage"))
    return Head(
        head.package_id, head.system_code, head.serial, head.created_at, head.case_count, head.remark,
        version, {**lines, "version": root},
    ), found.end()  # fmt: skip
