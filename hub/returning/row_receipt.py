"""The receipt of answers that came as rows: which were refused and why, in the form that the database connector reads."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from urllib.parse import quote

from lxml import etree

from hub.clock import iso
from hub.errors import HubError

NAMESPACE = "urn:supervision-hub:receipt:1"


@dataclass(frozen=True, slots=True)
class Refused:
    """A row of a table that was refused."""

    table: str
    key: str
    error: HubError


def row_receipt(system: str, digest: str, refused: Sequence[Refused], at: int) -> bytes:
    """A receipt (schemas/1.0/receipt.xsd) whose refused cases are rows: `table/key`."""
    out = BytesIO()
    with etree.xmlfile(out, encoding="UTF-8") as file:
        file.write_declaration()
        with file.element("Receipt", nsmap={None: NAMESPACE}, version="1.0"):
            _all(file, (("SystemCode", system), ("Digest", digest), ("State", "closed")))
            with file.element("Counts"):
                _all(file, (("Received", str(len(refused))), ("Rejected", str(len(refused)))))
            with file.element("Refused"):
                for number, each in enumerate(refused, 1):
                    with file.element("Case"):
                        _all(file, _case(number, each))
            _all(file, (("HubTime", iso(at) or ""),))
    return out.getvalue()


def _case(number: int, each: Refused) -> Sequence[tuple[str, str]]:
    return (
        ("Ordinal", str(number)), ("XPath", f"{quote(each.table, safe='')}/{quote(each.key, safe='')}"), ("Code", each.error.code),
        ("MessageZh", each.error.message_zh), ("MessageEn", each.error.message_en), ("RemedyZh", each.error.remedy_zh),
        ("RemedyEn", each.error.remedy_en),
    )  # fmt: skip


def _all(file: etree._IncrementalFileWriter, texts: Sequence[tuple[str, str]]) -> None:
    for name, text in texts:
        with file.element(name):
            file.write("".join(c if c >= " " or c in "\t\n" else "\ufffd" for c in text))
