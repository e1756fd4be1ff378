"""Bounds what a parser is given: looks at the bytes of cases and messages for more than a limit allows.

Cheap counts come before parsing and bound its memory and time; the walk from tag to tag, which names what is too much,
is taken only for what was found to be wrong or unusual.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from hub.limits import Limits, rows

_ATTRIBUTES = rb"""(?:[^<>"']++|"[^<"]*+"|'[^<']*+')*+"""
_TOKEN = re.compile(
    rb"<!--(?:.*?-->|.*)|(<!\[CDATA\[(?:.*?\]\]>|.*))|<\?(?:.*?\?>|.*)|<(/?)([^\s<>/]+)("
    + _ATTRIBUTES
    + rb")>",
    re.S,
)
# Names begin behind a blank: tried at every byte of a long word, the search would take the square of its length.
_ATTRIBUTE = re.compile(rb"""(?<=\s)([^\s=<>"']++)\s*+=\s*+(?:"[^"]*+"|'[^']*+')""")
_EQUALS = re.compile(rb"""=\s*+["']""")
_NO_NAME = re.compile(rb"""[=<>"']""")
_ELEMENT = re.compile(rb"<([^\s<>/!?]++)")


@dataclass(frozen=True, slots=True)
class Excess:
    """One limit that is exceeded: its name, how much there is (at least), and how much may be."""

    name: str
    seen: int
    limit: int

    @property
    def params(self) -> dict[str, object]:
        """As violations have them."""
        return {"what": rows()[self.name].what, "seen": self.seen, "limit": self.limit}


def before(data: bytes, start: int, end: int, limits: Limits) -> Excess | None:
    """What a case holds too much of to be parsed at all; it is data[start:end]."""
    markup = data.count(b"<", start, end)
    if markup > limits.case_markup:
        return Excess("case_markup", markup, limits.case_markup)
    # Declarations of namespaces are no attributes to a schema: what has too many would be valid otherwise.
    if (
        data.count(b"=", start, end) > limits.case_attributes
        or data.count(b"xmlns", start, end) > limits.namespaces
    ):
        return walk(data[start:end], limits)
    return None


def walk(data: bytes, limits: Limits) -> Excess | None:
    """The first limit that a case exceeds, tag by tag; None if it exceeds none."""
    return next((each for each in _Walk(limits).excesses(data) if each.seen > each.limit), None)


class _Walk:
    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._depth = self._attributes = self._namespaces = 0

    def excesses(self, data: bytes) -> Iterator[Excess]:
        """Every count in turn, with its limit."""
        end = text = 0
        for token in _TOKEN.finditer(data):
            cdata, slash, name, attributes = token.groups()
            text += token.start() - end
            end = token.end()
            if name is None:
                text += len(cdata or b"")
                continue
            yield self._seen("text_bytes", text)
            text = 0
            if slash:
                self._depth -= 1
                continue
            yield self._seen("tag_bytes", len(name))
            yield self._seen("depth", self._depth + 1)
            self._depth += not attributes.endswith(b"/")
            if b"=" in attributes:
                yield from self._of_tag(attributes)
        yield self._seen("text_bytes", text + len(data) - end)

    def _of_tag(self, attributes: bytes) -> Iterator[Excess]:
        names = _ATTRIBUTE.findall(attributes)
        self._attributes += len(names)
        self._namespaces += sum(name == b"xmlns" or name.startswith(b"xmlns:") for name in names)
        yield self._seen("attributes", len(names))
        yield self._seen("case_attributes", self._attributes)
        yield self._seen("namespaces", self._namespaces)
        yield self._seen("tag_bytes", max(map(len, names), default=0))
        yield self._seen("text_bytes", len(attributes))

    def _seen(self, name: str, seen: int) -> Excess:
        return Excess(name, seen, getattr(self._limits, name))


def _attributes(data: bytes) -> set[bytes]:
    """The words behind a blank that are followed by `=` and a quote; found by the `=`, of which there are few."""
    found, start = set(), 0
    for equals in _EQUALS.finditer(data):
        stretch = data[start : equals.start()]
        words, start = stretch.rsplit(None, 1), equals.end()
        if len(words) == 2 or (words and stretch[:1].isspace()):
            found.add(words[-1])
    return {name for name in found if not _NO_NAME.search(name)}


class Names:
    """Counts the different names of a document: parsers keep each of them for as long as they live."""

    def __init__(self, limits: Limits, known: Collection[str] = ()) -> None:
        self._limits = limits
        self._known = frozenset(name.encode() for name in known)
        self._found: set[bytes] = set()

    def look(self, data: bytes) -> None:
        """Take in a stretch of the document. Raises PackageRefused XML_LIMIT where there are too many."""
        found = set(_ELEMENT.findall(data))
        if b"=" in data:
            found |= _attributes(data)
        found -= self._known
        self._found |= found
        if len(self._found) > self._limits.names:
            raise self._limits.exceeded("names", len(self._found))
