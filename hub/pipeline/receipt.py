"""Makes the bytes of a receipt (回执): what was received, what became of it, and every refused case with its reasons."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from io import BytesIO
from itertools import chain
from typing import Any

from lxml import etree
from sqlalchemy import Row

from hub.clock import iso
from hub.masking import masked
from schemas.catalogue import Texts, describe

NAMESPACE = "urn:supervision-hub:receipt:1"
_BEGIN = f"<?xml version='1.0' encoding='UTF-8'?>\n<Receipt xmlns=\"{NAMESPACE}\" version=\"1.0\">"
_PLAIN = re.compile("[ !#-%'-;=?-~\u4e00-\u9fff]*")
"""Texts that stand in XML as they are."""
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
COUNTS = ("received", "accepted", "rejected", "duplicate", "stale", "conflict", "pending")


@dataclass(frozen=True, slots=True)
class Answer:
    """What a receipt says of its package; `at` in µs, `seq` its place in the chain of the system."""

    system: str
    digest: str
    state: str
    counts: Mapping[str, int]
    at: int
    seq: int
    package_id: str | None = None
    refusal: tuple[str, int | None, Mapping[str, Any]] | None = None  # code, line, params


def receipt_bytes(answer: Answer, refused: Iterable[Row[Any]]) -> bytes:
    """The receipt as XML; `refused` are rows of `rejection` in order, errors only."""
    rows = iter(refused)
    first = next(rows, None)
    if first is None and answer.refusal is None:
        names = (answer.package_id or "", answer.system, answer.digest, answer.state)
        if all(map(_PLAIN.fullmatch, names)):
            return _accepted(answer)
    return _written(answer, chain(() if first is None else (first,), rows))


def _accepted(answer: Answer) -> bytes:
    """The same bytes as of `_written`, where no case was refused and nothing needs escaping: nearly every receipt."""
    lines = [_leaf(name, value, 1) for name, value in _heading(answer) if value is not None]
    lines.append("\n  <Counts>")
    lines += [_leaf(name.title(), str(answer.counts.get(name, 0)), 2) for name in COUNTS]
    lines.append("\n  </Counts>")
    lines += [_leaf(name, value, 1) for name, value in _ending(answer) if value is not None]
    return f"{_BEGIN}{''.join(lines)}\n</Receipt>\n".encode()


def _leaf(name: str, value: str, depth: int) -> str:
    return f"\n{'  ' * depth}<{name}>{value}</{name}>"


def _written(answer: Answer, refused: Iterable[Row[Any]]) -> bytes:
    out = BytesIO()
    with etree.xmlfile(out, encoding="UTF-8") as file:
        file.write_declaration()
        with file.element("Receipt", nsmap={None: NAMESPACE}, version="1.0"):
            for name, value in _heading(answer):
                _write(file, name, value, 1)
            if answer.refusal:
                _refusal(file, *answer.refusal)
            _indent(file, 1)
            with file.element("Counts"):
                for name in COUNTS:
                    _write(file, name.title(), str(answer.counts.get(name, 0)), 2)
                _indent(file, 1)
            _cases(file, refused)
            for name, value in _ending(answer):
                _write(file, name, value, 1)
            file.write("\n")
    return out.getvalue() + b"\n"


def _heading(answer: Answer) -> Iterable[tuple[str, str | None]]:
    yield "PackageId", answer.package_id
    yield "SystemCode", answer.system
    yield "Digest", answer.digest
    yield "State", answer.state
    yield "RefusalCode", answer.refusal[0] if answer.refusal else None


def _ending(answer: Answer) -> Iterable[tuple[str, str | None]]:
    yield "HubTime", iso(answer.at)
    yield "LogChain", answer.system
    yield "LogSeq", str(answer.seq)


def _refusal(file: Any, code: str, line: int | None, params: Mapping[str, Any]) -> None:
    _indent(file, 1)
    with file.element("Refusal"):
        _write(file, "Line", str(line) if line else None, 2)
        _texts(file, describe(code, params=params), 2)
        _indent(file, 1)


def _cases(file: Any, refused: Iterable[Row[Any]]) -> None:
    rows = iter(refused)
    first = next(rows, None)
    if first is None:
        return
    _indent(file, 1)
    with file.element("Refused"):
        row: Row[Any] | None = first
        while row is not None:
            _indent(file, 2)
            with file.element("Case"):
                _case(file, row)
                _indent(file, 2)
            row = next(rows, None)
        _indent(file, 1)


def _case(file: Any, row: Row[Any]) -> None:
    value = masked(row.field, row.value)
    for name, text in (
        ("Ordinal", str(row.ordinal)),
        ("CaseNo", row.case_no),
        ("Line", str(row.line) if row.line else None),
        ("XPath", row.xpath),
        ("Field", row.field),
        ("Value", value),
        ("Code", row.code),
    ):
        _write(file, name, text, 3)
    _texts(file, describe(row.code, row.field, value, json.loads(row.params)), 3)


def _texts(file: Any, texts: Texts, depth: int) -> None:
    for name, text in (
        ("MessageZh", texts.message_zh),
        ("MessageEn", texts.message_en),
        ("RemedyZh", texts.remedy_zh),
        ("RemedyEn", texts.remedy_en),
    ):
        _write(file, name, text, depth)


def _write(file: Any, name: str, text: str | None, depth: int) -> None:
    if text is None:
        return
    _indent(file, depth)
    with file.element(name):
        file.write(_NOT_XML.sub("\ufffd", text))


def _indent(file: Any, depth: int) -> None:
    file.write("\n" + "  " * depth)
