"""Where each case of a document begins and ends, found by its tags and not by parsing.

Without a DOCTYPE a `<` always starts markup, so `</Case>` outside comments, CDATA sections and processing instructions
ends a case. Nearly every document is found regular and is split by plain searches; anything unusual is looked at once more,
token by token, with the same result.
"""

from __future__ import annotations

import mmap
import re
from array import array
from collections.abc import Iterator

from hub.errors import PackageRefused
from hub.limits import Limits
from hub.shapes import Head
from schemas.plain_head import CLOSING

Bounds = tuple["array[int]", "array[int]"]
Document = mmap.mmap | bytes

ATTRIBUTES = rb"""(?:[^<>"']++|"[^<"]*+"|'[^<']*+')*+"""
"""The attributes of a tag; what is matched is never given back."""
_SKIPPED = rb"<!--.*?-->|<!\[CDATA\[.*?\]\]>|<\?.*?\?>"
# What is never closed reaches to the end: a million openings without an end would otherwise each be searched to it.
PASSED = rb"<!--(?:.*?-->|.*)|<!\[CDATA\[(?:.*?\]\]>|.*)|<\?(?:.*?\?>|.*)"
"""What is passed over: comments, CDATA sections and processing instructions."""
_CASE = re.compile(PASSED + rb"|<(/?)(?:[^\s<>/:]+:)?(Case|Body)(?=[\s/>])(" + ATTRIBUTES + rb")>", re.S)
_NEXT_CASE = re.compile(rb"\s*+(?=<Case>)")
# Nothing of it is taken back: a way back for each of a million blanks would cost gigabytes.
_TAIL = re.compile(rb"(?:\s++|" + _SKIPPED + rb")*+", re.S)
_TAIL_START = re.compile(rb"\s*+</Body\s*+>")
_WHOLE_TAIL = re.compile(rb"\s*+</Body>\s*+</ExchangePackage>\s*+\Z")
_FORGET = 8_000_000
_BRACKET = ord("[")


def find_cases(
    data: Document, body: int, closing: bytes, head: Head, limits: Limits
) -> tuple[array[int], array[int]]:
    """Where each case begins and ends; as many as the head states. Raises PackageRefused (XML_*, PKG_*)."""
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
            seen = forget(data, seen, position)
            _check_number(starts, limits)
    _check_number(starts, limits)
    return (starts, ends) if starts and _TAIL_START.match(data, position) else None


def forget(data: Document, start: int, end: int) -> int:
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
        forget(data, block, end)
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
                raise limits.exceeded("comments", comments, line=line_of(data, token.start()))
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
            "XML_MALFORMED", line=line_of(data, start), detail="文件在办件中间中断 / cut off within a case"
        )


def _check_between(data: Document, start: int, end: int) -> None:
    skipped = _TAIL.match(data, start, end)
    reached = skipped.end() if skipped else start
    if reached != end:
        found = bytes(data[reached : min(end, reached + 40)]).decode("utf-8", "replace")
        raise PackageRefused(
            "XML_MALFORMED",
            line=line_of(data, reached),
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
                line=line_of(data, position),
                detail=f"缺结束标签 / missing </{name.decode('utf-8', 'replace')}>",
            )
        position = tag.end()
    skipped = _TAIL.match(data, position)
    if (skipped.end() if skipped else position) != len(data):
        raise PackageRefused(
            "XML_MALFORMED",
            line=line_of(data, position),
            detail="根元素之后还有内容 / content after the root",
        )


def line_of(data: Document, position: int) -> int:
    """The line of a position, from 1."""
    return 1 + sum(
        data[at : min(at + 1_000_000, position)].count(b"\n") for at in range(0, position, 1_000_000)
    )
