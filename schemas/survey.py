"""Reads a package once from end to end before anything is loaded: its head, its number of cases, and where they lie.

The document is UTF-8 in a file. Cases are found by their tags, not by parsing: without a DOCTYPE a `<` always starts
markup, so `</Case>` outside comments, CDATA sections and processing instructions ends a case. Nearly every document is
found regular and is split by plain searches; anything unusual is surveyed once more, token by token, with the same
result.
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
from schemas.head import NAMESPACE, read_head, source_line
from schemas.plain_head import CLOSING, DECLARED, plain_head

CHUNK_CASES = 100
CHUNK_BYTES = 2_000_000
_ROOT_STEP = 1_000
_USUAL = Limits()

Bounds = tuple["array[int]", "array[int]"]
Document = mmap.mmap | bytes

_ATTRIBUTES = rb"""(?:[^<>"']++|"[^<"]*+"|'[^<']*+')*+"""
_SKIPPED = rb"<!--.*?-->|<!\[CDATA\[.*?\]\]>|<\?.*?\?>"
# What is never closed reaches to the end: a million openings without an end would otherwise each be searched to it.
_PASSED = rb"<!--(?:.*?-->|.*)|<!\[CDATA\[(?:.*?\]\]>|.*)|<\?(?:.*?\?>|.*)"
_TAG = re.compile(_PASSED + rb"|<(/?)((?:[^\s<>/:]+:)?)([^\s<>/:]+)(" + _ATTRIBUTES + rb")>", re.S)
_CASE = re.compile(_PASSED + rb"|<(/?)(?:[^\s<>/:]+:)?(Case|Body)(?=[\s/>])(" + _ATTRIBUTES + rb")>", re.S)
_NEXT_CASE = re.compile(rb"\s*+(?=<Case>)")
# Nothing of it is taken back: a way back for each of a million blanks would cost gigabytes.
_TAIL = re.compile(rb"(?:\s++|" + _SKIPPED + rb")*+", re.S)
_TAIL_START = re.compile(rb"\s*+</Body\s*+>")
_WHOLE_TAIL = re.compile(rb"\s*+</Body>\s*+</ExchangePackage>\s*+\Z")
_FORGET = 8_000_000
_BRACKET = ord("[")
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
        starts, ends = _cases(data, body, closing, head, limits)
    except PackageRefused as refusal:
        refusal.claimed = (head.system_code, head.package_id, head.serial)
        raise
    return Survey(head, namespaces, len(starts), tuple(_chunks(data, starts, ends, limits)), starts, ends)


def _cases(
    data: Document, body: int, closing: bytes, head: Head, limits: Limits
) -> tuple[array[int], array[int]]:
    """Where each case begins and ends; as many as the head states."""
    found = _regular(data, body, limits)
    if found is None or len(found[0]) != head.case_count:
        # What is written in an unusual way, such as `</Case >`, may hide a case from the quick look.
        found = _irregular(data, body, limits)
    starts, ends = found
    _check_tail(data, ends[-1] if ends else body, closing)
    if not starts:
        raise PackageRefused("PKG_NO_CASES")
    if len(starts) != head.case_count:
        line = head.lines.get("CaseCount")
        raise PackageRefused("PKG_COUNT", line=line, stated=head.case_count, found=len(starts))
    return starts, ends


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


def _regular(data: Document, body: int, limits: Limits) -> Bounds | None:
    """The cases of a document without comments, CDATA and prefixes in its body; None if it is not one."""
    if _has_markup(data, b"!", body) or _has_markup(data, b"?", body):
        return None
    starts, ends = array("Q"), array("Q")
    position = body
    seen = 0
    while found := _NEXT_CASE.match(data, position):
        start = found.end()
        end = data.find(b"</Case>", start)
        if end < 0 or data.find(b"<Case>", start + 6, end) >= 0:
            return None
        position = end + 7
        starts.append(start)
        ends.append(position)
        if position - seen > _FORGET:
            seen = _forget(data, seen, position)
            _check_number(starts, limits)
    _check_number(starts, limits)
    return (starts, ends) if starts and _TAIL_START.match(data, position) else None


def _forget(data: Document, start: int, end: int) -> int:
    """Give back the memory of pages that were read; a package may be larger than the memory of the process.

    Reading one page may map the whole folio of the page cache that it lies in (2 MB and more on newer kernels), so pages
    before `start` that were given back are there again: they go once more.
    """
    start = max(0, start - _FORGET)
    page = start - start % mmap.PAGESIZE
    if isinstance(data, mmap.mmap) and hasattr(mmap, "MADV_DONTNEED"):
        data.madvise(mmap.MADV_DONTNEED, page, end - page)
    return end


def _has_markup(data: Document, sign: bytes, position: int) -> bool:
    # A search for the rare second byte runs at the speed of memory; `<` itself stands every few bytes.
    for block in range(position, len(data), _FORGET):
        end = min(block + _FORGET, len(data))
        found = data.find(sign, block, end)
        while found >= 0:
            if data[found - 1 : found] == b"<":
                return True
            found = data.find(sign, found + 1, end)
        _forget(data, block, end)
    return False


def _check_number(starts: array[int], limits: Limits) -> None:
    if len(starts) > limits.cases:
        raise limits.exceeded("cases", len(starts))


def _irregular(data: Document, body: int, limits: Limits) -> Bounds:
    starts, ends = array("Q"), array("Q")
    for start, end in _tokens(data, body, limits):
        starts.append(start)
        ends.append(end)
        _check_number(starts, limits)
    return starts, ends


def _tokens(data: Document, body: int, limits: Limits) -> Iterator[tuple[int, int]]:
    """Cases token by token. A case that is not closed ends where the next begins: it alone is malformed."""
    start: int | None = None
    last, comments = body, 0
    for token in _CASE.finditer(data, body):
        slash, name, attributes = token.groups()
        if name is None:
            comments += data[token.start() + 2] != _BRACKET  # a CDATA section is content
            if comments > limits.comments:
                raise limits.exceeded("comments", comments, line=_line(data, token.start()))
            continue
        if name == b"Body":
            if slash and start is not None:
                yield start, token.start()
                start = None
            break
        if slash:
            if start is not None:
                yield start, token.end()
                start, last = None, token.end()
            continue
        if start is not None:
            yield start, token.start()
        else:
            _check_between(data, last, token.start())
        start = token.start()
        if attributes.endswith(b"/"):
            yield start, token.end()
            start, last = None, token.end()
    if start is not None:
        raise PackageRefused(
            "XML_MALFORMED", line=_line(data, start), detail="文件在办件中间中断 / cut off within a case"
        )


def _check_between(data: Document, start: int, end: int) -> None:
    skipped = _TAIL.match(data, start, end)
    reached = skipped.end() if skipped else start
    if reached != end:
        found = bytes(data[reached : min(end, reached + 40)]).decode("utf-8", "replace")
        raise PackageRefused(
            "XML_MALFORMED",
            line=_line(data, reached),
            detail=f"办件之间有其他内容 / content between cases: {found}",
        )


def _check_tail(data: Document, position: int, closing: bytes) -> None:
    """After the last case only the two closing tags, comments and white space may stand."""
    if closing == CLOSING and _WHOLE_TAIL.match(data, position):
        return
    for name in closing[2:-1].split(b"></"):
        skipped = _TAIL.match(data, position)
        position = skipped.end() if skipped else position
        tag = re.compile(rb"</" + re.escape(name) + rb"\s*>").match(data, position)
        if not tag:
            raise PackageRefused(
                "XML_MALFORMED",
                line=_line(data, position),
                detail=f"缺结束标签 / missing </{name.decode('utf-8', 'replace')}>",
            )
        position = tag.end()
    skipped = _TAIL.match(data, position)
    if (skipped.end() if skipped else position) != len(data):
        raise PackageRefused(
            "XML_MALFORMED", line=_line(data, position), detail="根元素之后还有内容 / content after the root"
        )


def _line(data: Document, position: int) -> int:
    return 1 + sum(
        data[at : min(at + 1_000_000, position)].count(b"\n") for at in range(0, position, 1_000_000)
    )


def _chunks(data: Document, starts: array[int], ends: array[int], limits: Limits) -> Iterator[Chunk]:
    line = _line(data, starts[0])
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
        _forget(data, offset, following)
        index = stop
