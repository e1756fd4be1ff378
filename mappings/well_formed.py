"""Reads a document of messages once for its form alone, within limits on what a parser keeps while it reads."""

from __future__ import annotations

import mmap
import re
from typing import Protocol
from xml.parsers import expat

from hub.errors import PackageRefused
from hub.limits import Limits, rows
from schemas.guard import Names

BLOCK = 1_000_000
DEEP = 200_000
"""A document may be nested so deep that its parser still needs little memory; what lies deeper than the limit within a
message is said of that message."""
_EMPTY = re.compile(rb"""<[^\s<>/!?"']++(?:[^<>"'/]++|"[^<"]*+"|'[^<']*+'|/(?!>))*+/>""")


class _Depth(Protocol):
    def look(self, start: int, end: int) -> None: ...


def check_form(data: mmap.mmap, limits: Limits) -> None:
    """Raises PackageRefused XML_MALFORMED, XML_LIMIT. A parser without handlers runs at the speed of memory, nearly."""
    parser, names = expat.ParserCreate("utf-8"), Names(limits)
    depth: _Depth = _Counted(parser, limits) if _unusual(data) else _Estimated(data, limits)
    try:
        for start in range(0, len(data), BLOCK):
            block = data[start : start + BLOCK]
            names.look(block)
            depth.look(start, start + len(block))
            parser.Parse(block, False)
            held = start + len(block) - max(parser.CurrentByteIndex, 0)
            if held > limits.markup_bytes + BLOCK:
                raise limits.exceeded("markup_bytes", held, line=parser.CurrentLineNumber)
        parser.Parse(b"", True)
    except expat.ExpatError as error:
        raise PackageRefused(
            "XML_MALFORMED", line=error.lineno, detail=expat.ErrorString(error.code) or str(error)
        ) from error


def _unusual(data: mmap.mmap) -> bool:
    """Whether there are comments, CDATA sections or instructions behind the declaration."""
    return data.find(b"<!") >= 0 or data.find(b"<?", 2) >= 0


class _Counted:
    """Counts open elements as the parser meets them."""

    def __init__(self, parser: expat.XMLParserType, limits: Limits) -> None:
        self._depth, self._limits = 0, limits
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end

    def look(self, start: int, end: int) -> None:
        """The parser's calls say it all."""

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        if self._depth > DEEP:
            raise _too_deep(self._depth, self._limits)

    def _end(self, name: str) -> None:
        self._depth -= 1


class _Estimated:
    """Bounds the depth of a document in which `<` always begins a tag, before the parser reads it.

    Opening tags less closing ones are never less than the depth; empty elements are told from others only when the
    difference has grown.
    """

    def __init__(self, data: mmap.mmap, limits: Limits) -> None:
        self._data, self._limits = data, limits
        self._bound = self._settled = 0

    def look(self, start: int, end: int) -> None:
        block = self._data[start : end + 1]  # one byte more: a tag may be cut behind its `<`
        self._bound += block.count(b"<", 0, end - start) - 2 * block.count(b"</")
        if self._bound <= DEEP:
            return
        stop = self._data.rfind(b"<", self._settled, end)
        self._bound -= sum(1 for _ in _EMPTY.finditer(self._data, self._settled, max(stop, self._settled)))
        self._settled = max(stop, self._settled)
        if self._bound > DEEP:
            raise _too_deep(self._bound, self._limits)


def _too_deep(seen: int, limits: Limits) -> PackageRefused:
    return PackageRefused("XML_LIMIT", what=rows()["depth"].what, seen=seen, limit=limits.depth)
