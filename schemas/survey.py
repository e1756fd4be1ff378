"""Reads a package once from end to end before anything is loaded: its head, its number of cases, and where they lie.

The document is UTF-8 in a file. Its head is parsed; its cases are found by their tags (`schemas.case_bounds`).
"""

from __future__ import annotations

import mmap
import re
from array import array
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from lxml import etree

from hub.errors import PackageRefused
from hub.limits import Limits
from hub.shapes import Head
from schemas.case_bounds import ATTRIBUTES, PASSED, Document, find_cases, forget, line_of
from schemas.head import NAMESPACE, read_head, source_line
from schemas.plain_head import CLOSING, DECLARED, plain_head

CHUNK_CASES = 100
CHUNK_BYTES = 2_000_000
_ROOT_STEP = 1_000
_USUAL = Limits()

_TAG = re.compile(PASSED + rb"|<(/?)((?:[^\s<>/:]+:)?)([^\s<>/:]+)(" + ATTRIBUTES + rb")>", re.S)
_NAMESPACES = re.compile(rb"""\sxmlns(?::[^\s=]+)?\s*=\s*(?:"[^"]*"|'[^']*')""")


@dataclass(frozen=True, slots=True)
class Chunk:
    """About a hundred neighbouring cases: bytes [offset, offset + length) of the document."""

    offset: int
    length: int
    first: int  # ordinal of its first case in the package, from 1
    count: int
    line: int  # line of its first byte, from 1


@dataclass(frozen=True, slots=True)
class Survey:
    """A package's head and the map of its cases; `namespaces` are the declarations that its cases lie under.

    Case number n (from 1) is bytes [starts[n - 1], ends[n - 1]) of the document.
    """

    head: Head
    namespaces: bytes
    cases: int
    chunks: tuple[Chunk, ...]
    starts: array[int]
    ends: array[int]

    def segments(self, chunk: Chunk) -> list[tuple[int, int]]:
        """Start and end of each case of a chunk, relative to the chunk's first byte."""
        window = slice(chunk.first - 1, chunk.first - 1 + chunk.count)
        return [
            (a - chunk.offset, b - chunk.offset)
            for a, b in zip(self.starts[window], self.ends[window], strict=True)
        ]


def survey(path: Path, limits: Limits = _USUAL) -> Survey:
    """Survey a document. Raises PackageRefused (XML_*, PKG_*) if it cannot be taken as a whole."""
    size = path.stat().st_size
    if size == 0:
        raise PackageRefused("PKG_EMPTY")
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        return _survey(data, limits)


def survey_bytes(data: bytes, limits: Limits = _USUAL) -> Survey:
    """The same for a small document in memory; a head that is written plainly is read without a parser."""
    if not data:
        raise PackageRefused("PKG_EMPTY")
    found = plain_head(data, limits.head_bytes)
    if found is None or len(DECLARED) > limits.root_bytes:
        return _survey(data, limits)
    head, body = found
    return _surveyed(data, body, DECLARED, CLOSING, head, limits)


def _survey(data: Document, limits: Limits) -> Survey:
    body, namespaces, closing = _open_body(data, limits)
    if len(namespaces) > limits.root_bytes:
        raise limits.exceeded("root_bytes", len(namespaces))
    return _surveyed(data, body, namespaces, closing, read_head(bytes(data[:body]) + closing), limits)


def _surveyed(
    data: Document, body: int, namespaces: bytes, closing: bytes, head: Head, limits: Limits
) -> Survey:
    try:
        starts, ends = find_cases(data, body, closing, head, limits)
    except PackageRefused as refusal:
        refusal.claimed = (head.system_code, head.package_id, head.serial)
        raise
    return Survey(head, namespaces, len(starts), tuple(_chunks(data, starts, ends, limits)), starts, ends)


def _open_body(data: Document, limits: Limits) -> tuple[int, bytes, bytes]:
    """Where Body's content begins, the namespace declarations in force there, and the closing tags it needs."""
    prefix = data[: limits.head_bytes]
    _check_root(prefix, len(data), limits)
    root = b""
    declared: list[bytes] = []
    depth = 0
    for tag in _TAG.finditer(prefix):
        slash, name_prefix, name, attributes = tag.groups()
        if name is None:
            continue
        if depth == 0 and not slash:
            root = name_prefix + name
            declared += _NAMESPACES.findall(attributes)
        if depth == 1 and name == b"Body" and not slash:
            own = _NAMESPACES.findall(attributes)
            closing = b"</" + name_prefix + b"Body></" + root + b">"
            if attributes.endswith(b"/"):
                raise PackageRefused("PKG_NO_CASES")
            return tag.end(), _merged(declared, own), closing
        depth += -1 if slash else 0 if attributes.endswith(b"/") else 1
    _explain_missing_body(data, prefix, limits)
    raise PackageRefused("PKG_HEAD", field="Body", detail="Body 未出现 / Body does not occur")


def _merged(outer: list[bytes], inner: list[bytes]) -> bytes:
    """Declarations of two levels as one attribute list; the inner one wins."""
    by_name = {d.split(b"=")[0].strip(): d.strip() for d in (*outer, *inner)}
    return b"".join(b" " + declaration for declaration in by_name.values())


def _parser() -> etree.XMLParser:
    return etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=True)


def _check_root(prefix: bytes, size: int, limits: Limits) -> None:
    events = etree.XMLPullParser(events=("start",), resolve_entities=False, no_network=True, load_dtd=False)
    root = None
    for start in range(0, len(prefix), _ROOT_STEP):
        try:
            events.feed(prefix[start : start + _ROOT_STEP])
        except etree.XMLSyntaxError as error:
            root = _first_element(events)
            if root is None:
                raise PackageRefused("XML_MALFORMED", line=error.lineno, detail=error.msg) from error
        root = root if root is not None else _first_element(events)
        if root is not None:
            break
    if root is None and size > len(prefix):
        raise limits.exceeded("head_bytes", size, line=1)
    if root is None:
        raise PackageRefused("XML_MALFORMED", line=1, detail="没有根元素 / no root element")
    name = etree.QName(root.tag)
    if name.localname != "ExchangePackage":
        raise PackageRefused("PKG_ROOT", line=source_line(root), found=name.localname[:80])
    if name.namespace != NAMESPACE:
        raise PackageRefused("PKG_NAMESPACE", line=source_line(root), found=(name.namespace or "-")[:200])


def _first_element(events: etree.XMLPullParser) -> etree._Element | None:
    return next((node for _, node in events.read_events() if isinstance(node, etree._Element)), None)


def _explain_missing_body(data: Document, prefix: bytes, limits: Limits) -> None:
    if len(data) > len(prefix):
        raise limits.exceeded("head_bytes", len(data), line=1)
    try:
        etree.fromstring(prefix, _parser())
    except etree.XMLSyntaxError as error:
        raise PackageRefused("XML_MALFORMED", line=error.lineno, detail=error.msg) from error


def _chunks(data: Document, starts: array[int], ends: array[int], limits: Limits) -> Iterator[Chunk]:
    line = line_of(data, starts[0])
    index = 0
    total = len(starts)
    while index < total:
        offset = starts[index]
        if ends[index] - offset > limits.case_bytes:
            raise limits.exceeded("case_bytes", ends[index] - offset, line=line)
        stop = index + 1
        while stop < total and stop - index < CHUNK_CASES and ends[stop] - offset <= CHUNK_BYTES:
            stop += 1
        yield Chunk(offset, ends[stop - 1] - offset, index + 1, stop - index, line)
        following = starts[stop] if stop < total else ends[stop - 1]
        line += data[offset:following].count(b"\n")
        forget(data, offset, following)
        index = stop
