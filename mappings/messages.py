"""Finds the messages of an XML document: where each lies and what it is, without keeping what it says."""

from __future__ import annotations

import mmap
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from xml.parsers import expat

from hub.errors import PackageRefused
from hub.limits import Limits
from mappings.dialect import Dialect, Message
from mappings.records import Record
from mappings.values import SPACE
from mappings.well_formed import check_form

_USUAL = Limits()
_BLOCK = 1_000_000
_PIECES = 100
"""A case number of more pieces is none; each may have 8 KB."""


def messages(document: Path, dialect: Dialect, limits: Limits = _USUAL) -> Iterator[Record]:
    """The messages of an XML document. Raises PackageRefused: not well-formed, another root, no messages."""
    assert dialect.message is not None
    with document.open("rb") as file:
        try:
            data = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        except ValueError as error:
            raise PackageRefused("PKG_EMPTY") from error
        with data:
            check_form(data, limits)
            found: Iterable[Record] | None = regular_messages(data, dialect.message, dialect.case_no, limits)
            if found is None:
                found = _Scan(dialect.message, dialect.case_no, data, limits).records()
            for number, record in enumerate(found, 1):
                if number > limits.cases:
                    raise limits.exceeded("cases", number, line=record.line)
                if record.length > limits.case_bytes:
                    raise limits.exceeded("case_bytes", record.length, line=record.line)
                yield record


_ATTRIBUTES = rb"""((?:\s+[^\s<>=/]+\s*=\s*(?:"[^<"]*"|'[^<']*'))*+)\s*>"""
_PROLOG = re.compile(rb"(?:<\?xml[^?]*\?>)?\s*")


def regular_messages(
    data: mmap.mmap, message: Message, case_no: str, limits: Limits = _USUAL
) -> list[Record] | None:
    """The messages of a document without comments, CDATA, prefixes and nested messages; None if it is not one.

    The document is well-formed. What is unusual is left to the parser, with the same result.
    """
    element, within = re.escape(message.element.encode()), re.escape(message.within.encode())
    prolog = _PROLOG.match(data)
    position = prolog.end() if prolog else 0
    if data.find(b"<!", position) >= 0 or data.find(b"<?", position) >= 0:
        return None
    root = re.compile(rb"<" + within + _ATTRIBUTES).match(data, position)
    if root is None or b"xmlns:" in root[1]:
        return None
    opening = re.compile(rb"\s*(?=<" + element + _ATTRIBUTES + rb")")
    kind = re.compile(
        rb"\s" + re.escape(message.type.lstrip("@").encode()) + rb"\s*=\s*[\"']([^<&\"']*)[\"']"
    )
    number = re.compile(rb"<" + re.escape(case_no.encode()) + rb">([^<&]*)</")
    ending = b"</" + message.element.encode() + b">"
    mark = b"<" + case_no.encode()
    found: list[Record] = []
    line, counted, position = 1, 0, root.end()
    while begun := opening.match(data, position):
        start, end = begun.end(), data.find(ending, begun.end())
        if not 0 <= end - start <= limits.case_bytes or len(found) > limits.cases:
            return None  # the parser says what is wrong
        text = data[start:end]
        case, type_ = number.search(text), kind.search(begun[1])
        if case is None or text.count(mark) != 1 or type_ is None:
            return None
        line += _line_ends(data[counted:start])
        counted, position = start, end + len(ending)
        found.append(
            Record(
                line, case[1].decode().strip(SPACE), type_[1].decode(), start, position - start,
                f"/{message.within}/{message.element}[{len(found) + 1}]",
            )
        )  # fmt: skip
    closed = re.compile(rb"\s*</" + within + rb"\s*>\s*").fullmatch(data, position)
    return found if closed and found else None


def _line_ends(data: bytes) -> int:
    """Ends of lines as expat counts them: LF, CR LF, and a CR alone."""
    ends = data.count(b"\n")
    return ends + data.count(b"\r") - data.count(b"\r\n") if b"\r" in data else ends


class _Scan:
    """Walks an XML document with expat, which tells the byte at which an element begins and ends.

    The document is UTF-8 without a DOCTYPE: the envelope has seen to both.
    """

    def __init__(self, message: Message, case_no: str, data: mmap.mmap, limits: Limits = _USUAL) -> None:
        self.message, self.case_no, self.data, self.limits = message, case_no, data, limits
        self.found: list[Record] = []
        self._parser = expat.ParserCreate("utf-8")
        self._parser.buffer_text = True
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._depth = 0
        self._within = False  # the root holds several messages
        self._namespaces = b""
        self._root = ""
        self._counts: Counter[str] = Counter()
        self._begun: tuple[int, int, str, str] | None = None  # offset, line, match, path
        self._number: list[str] = []

    def records(self) -> Iterator[Record]:
        count = 0
        for start in range(0, len(self.data), _BLOCK):
            self._parser.Parse(self.data[start : start + _BLOCK], False)
            found, self.found = self.found, []
            count += len(found)
            yield from found
        if not count:
            raise PackageRefused("PKG_NO_CASES")

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        if self._depth == 1:
            self._open_root(name, attributes)
        elif self._depth == 2 and self._within:
            self._counts[name] += 1
            self._begin(name, attributes, f"/{self._root}/{name}[{self._counts[name]}]")
        elif self._depth == (3 if self._within else 2) and name.rpartition(":")[2] == self.case_no:
            self._number = []
            self._parser.CharacterDataHandler = self._collect

    def _collect(self, text: str) -> None:
        if len(self._number) < _PIECES:
            self._number.append(text)

    def _open_root(self, name: str, attributes: dict[str, str]) -> None:
        local = name.rpartition(":")[2]
        self._root = name
        if local == self.message.element:
            self._begin(name, attributes, f"/{name}")
        elif local == self.message.within:
            self._within = True
            declared = [(key, value) for key, value in attributes.items() if key.startswith("xmlns:")]
            self._namespaces = "".join(f" {key}='{_quoted(value)}'" for key, value in declared).encode()
            if len(self._namespaces) > self.limits.root_bytes:
                raise self.limits.exceeded("root_bytes", len(self._namespaces))
        else:
            expected = f"{self.message.within}, {self.message.element}"
            line = self._parser.CurrentLineNumber
            raise PackageRefused("MESSAGES_ROOT", line=line, found=local[:80], expected=expected)

    def _begin(self, name: str, attributes: dict[str, str], path: str) -> None:
        local = name.rpartition(":")[2]
        match = (
            attributes.get(self.message.type.lstrip("@"), "")
            if local == self.message.element
            else f"<{local}>"
        )
        self._begun = (self._parser.CurrentByteIndex, self._parser.CurrentLineNumber, match, path)
        self._number = []

    def _end(self, name: str) -> None:
        self._parser.CharacterDataHandler = None
        self._depth -= 1
        if self._begun is None or self._depth != (1 if self._within else 0):
            return
        offset, line, match, path = self._begun
        self._begun = None
        length = self._after(self._parser.CurrentByteIndex, name.encode()) - offset
        case_no = "".join(self._number).strip(SPACE)
        self.found.append(Record(line, case_no, match, offset, length, path, self._namespaces))

    def _after(self, index: int, name: bytes) -> int:
        """Where the element ends: expat points at its end tag, or behind it where it is empty (`<BW/>`)."""
        tag = self.data[index : index + len(name) + 3]
        if not tag.startswith(b"</" + name) or tag[-1:] not in b"> \t\r\n":
            return index
        return self.data.find(b">", index) + 1


def _quoted(value: str) -> str:
    return value.replace("&", "&amp;").replace("<", "&lt;").replace("'", "&apos;")
