"""Reads the receipt of a row set: which rows were refused and why, out of the receipt alone."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from urllib.parse import unquote

from lxml import etree

from hub.clock import SHANGHAI

_NAMESPACE = "{urn:supervision-hub:receipt:1}"
WHOLE_PACKAGE = "*"
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Refusal:
    """One reason for which a row was refused. `id` is the same whenever the same receipt is read."""

    id: str  # 64 hex digits
    table: str
    key: str
    code: str
    remark: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What a receipt says: `at` is the hub's local time (Asia/Shanghai, without a zone)."""

    digest: str
    at: datetime
    refusals: tuple[Refusal, ...]

    def keys(self, table: str) -> list[str]:
        """Keys of the refused rows of a table, each once, in the receipt's order."""
        return list(dict.fromkeys(each.key for each in self.refusals if each.table == table))


def read_receipt(name: str, body: bytes) -> Answer:
    """The answer to the package `name`. A package refused as a whole has one refusal, of table `*` and key `name`."""
    root = etree.fromstring(body, etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=True))
    digest = _text(root, "Digest")
    at = (
        datetime.fromisoformat(_text(root, "HubTime"))
        .astimezone(SHANGHAI)
        .replace(tzinfo=None, microsecond=0)
    )
    return Answer(digest, at, tuple(_refusals(root, name, digest)))


def _refusals(root: etree._Element, name: str, digest: str) -> Iterator[Refusal]:
    refusal = root.find(f"{_NAMESPACE}Refusal")
    if refusal is not None:
        code = _text(root, "RefusalCode")
        yield Refusal(_id(digest, WHOLE_PACKAGE, "", code, "1"), WHOLE_PACKAGE, name, code, _said(refusal))
    times: Counter[tuple[str, ...]] = Counter()
    for case in root.iterfind(f"{_NAMESPACE}Refused/{_NAMESPACE}Case"):
        place = [unquote(part) for part in _text(case, "XPath").split("/")]
        if len(place) not in (2, 3):
            _log.warning("回执 %s 中有一条不指向任何行 / a case of receipt %s points at no row", name, name)
            continue
        table, key, column = (*place, "")[:3]
        code = _text(case, "Code")
        what = (table, key, column, code)
        times[what] += 1
        value = _text(case, "Value")
        head = f"{column}={value}:" if column and value else f"{column}:" if column else ""
        yield Refusal(_id(digest, *what, str(times[what])), table, key, code, head + _said(case))


def _said(element: etree._Element) -> str:
    return f"{_text(element, 'MessageZh')} 处理:{_text(element, 'RemedyZh')}"


def _text(element: etree._Element, name: str) -> str:
    return element.findtext(f"{_NAMESPACE}{name}") or ""


def _id(*parts: str) -> str:
    return sha256("\0".join(parts).encode("utf-8", "backslashreplace")).hexdigest()
