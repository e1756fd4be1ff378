"""One row or message under work: what it says, and what is wrong with it, each with its place in the original file."""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import quote

from lxml import etree

from hub.limits import Limits
from hub.shapes import Violation
from mappings.dialect import Dialect
from mappings.piece_head import Refused, shown
from mappings.reading import find, parse_message, read_message, read_plain, read_row
from mappings.records import Record
from mappings.slots import Unfit
from mappings.transforms import Flat
from mappings.values import SPACE
from schemas.guard import before, walk
from schemas.head import source_line

_USUAL = Limits()


class Reading:
    """One row or message under work: what it says, and what is wrong with it, with the places."""

    __slots__ = (
        "_data",
        "_dialect",
        "_limits",
        "_node",
        "_record",
        "bad",
        "case_no",
        "flat",
        "key",
        "match",
        "warned",
    )

    def __init__(self, dialect: Dialect, data: bytes, record: Record, limits: Limits = _USUAL) -> None:
        self._dialect, self._limits = dialect, limits
        self._data, self._record = data, record
        self._node: etree._Element | None = None
        self.flat: Flat = {}
        self.match = record.match
        self.case_no = ""
        self.key: tuple[str, str] | None = None  # kind and key, once both are read
        self.bad: list[Violation] = []
        self.warned: list[Violation] = []

    def read(self) -> Flat:
        if self._dialect.format == "row-set":
            self.match, self.flat = read_row(self._data)
        else:
            self.flat = self._read_message()
        self.case_no = shown(self.flat.get(self._dialect.case_no) or "")
        return self.flat

    def _read_message(self) -> Flat:
        """Raises Refused CASE_LIMIT, Malformed. What is plain can exceed few limits, and is walked through only then."""
        data, limits = self._data, self._limits
        excess = before(data, 0, len(data), limits)
        flat = None if excess else read_plain(data)
        if not excess and (
            flat is None
            or len(data) > limits.text_bytes
            or data.count(b"=") > limits.attributes
            or max(map(len, flat), default=0) * 4 > limits.tag_bytes
        ):
            excess = walk(data, limits)
        if excess:
            raise Refused("CASE_LIMIT", None, None, None, **excess.params)
        return flat or read_message(self._message())

    def place(self, source: str | None = None) -> str:
        """Where a source stands: table/row/column, or the XPath."""
        if self._dialect.format == "row-set":
            place = row_place(self.match, self.flat.get(self._dialect.row_id))
            return f"{place}/{_quoted(source)}" if source else place
        if source is None or find(self._message(), source) is None:
            return self._record.place
        return f"{self._record.place}/{source}"

    def _message(self) -> etree._Element:
        """The message as an element; nearly always only what is wrong needs it."""
        if self._node is None:
            self._node = parse_message(self._data, self._record)
        return self._node

    def unfit(self, unfit: Unfit, source: str, field: str, value: str | None) -> None:
        self.complain(unfit.code, source, field, value, **unfit.params)

    def complain(
        self, code: str, source: str | None, field: str | None, value: str | None, **params: object
    ) -> None:
        self.bad.append(self._violation(code, "error", source, field, value, params))

    def warn(
        self, code: str, source: str | None, field: str | None, value: str | None, **params: object
    ) -> None:
        self.warned.append(self._violation(code, "warning", source, field, value, params))

    def _violation(
        self,
        code: str,
        severity: str,
        source: str | None,
        field: str | None,
        value: str | None,
        params: Mapping[str, object],
    ) -> Violation:
        line = self._record.line
        if source is not None and self._dialect.format != "row-set":
            node = find(self._message(), source)
            line += 0 if node is None else (source_line(node) or 1) - 1
        shown = None if value is None else value[:500]
        return Violation(code, severity, line, self.place(source), field or source, shown, params)


def row_place(table: str, row_id: str | None) -> str:
    """Where a person finds a row: table/row."""
    return f"{_quoted(table)}/{_quoted(row_id or '')}"


_UNRESERVED = re.compile(r"[A-Za-z0-9_.~-]+")  # RFC 3986: what is never quoted


def _quoted(part: str) -> str:
    return part if _UNRESERVED.fullmatch(part) else quote(part.strip(SPACE), safe="") or "-"
