"""Packages for tests: one whole case of all 14 elements, changed where a test says so, and packages made of such cases."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from lxml import etree

from hub.central import bulk
from hub.central.tables import metadata
from hub.register import Registration
from hub.shapes import Fragment, Rejection, Violation
from mappings.mapper import Mapper
from schemas.validator import ChunkValidator, ParsedCase

NAMESPACE = "urn:supervision-hub:exchange:1"
USCC = "11430100006121778E"
SYSTEM = "land-bureau"

Change = str | None
Element = tuple[str, list[tuple[str, str]]]

WHOLE: tuple[tuple[str, Any], ...] = (
    ("Organization", [("Uscc", USCC), ("Name", "长沙市自然资源和规划局"), ("RegionCode", "430100"), ("Level", "3")]),
    ("ServiceItem", [("ItemCode", f"{USCC}4430101203001"), ("Name", "建设用地规划许可证核发"), ("ItemType", "01"),
                     ("CaseType", "2"), ("PromisedLimit", "12"), ("PromisedLimitUnit", "W"), ("IsCharged", "true")]),
    ("Applicant", [("Type", "2"), ("Name", "长沙𠮷祥置业有限公司"), ("IdType", "001"), ("IdNo", "91430100MA4L12346D"),
                   ("LegalRepresentative", "㛃建国"), ("ContactName", "王小明"), ("ContactIdType", "111"),
                   ("ContactIdNo", "430102198503174518"), ("Mobile", "13800000000")]),
    ("Application", [("AppliedAt", "2026-03-23T09:12:00+08:00"), ("Channel", "2"), ("Subject", "某地块规划许可")]),
    ("Acceptance", [("Status", "1"), ("HandledAt", "2026-03-24T10:05:00+08:00"), ("HandlerName", "李受理")]),
    ("Materials", [("Material", [("Seq", "1"), ("Name", "申请表"), ("IsReceived", "true")])]),
    ("Process", [("Step", [("Seq", "1"), ("StepName", "决定"), ("StepType", "3"), ("HandlerName", "赵决定"),
                           ("StartedAt", "2026-04-13T15:00:00+08:00"), ("EndedAt", "2026-04-14T16:30:00+08:00"),
                           ("Opinion", "同意。")])]),
    ("CorrectionNotice", [("Seq", "1"), ("NotifiedAt", "2026-03-25T09:00:00+08:00"), ("Reason", "缺图")]),
    ("CorrectionReceipt", [("NoticeSeq", "1"), ("ReceivedAt", "2026-03-27T15:00:00+08:00")]),
    ("SpecialProcedure", [("Seq", "1"), ("Kind", "9"), ("StartedAt", "2026-03-30T09:00:00+08:00"),
                          ("Approver", "赵决定"), ("Basis", "《行政许可法》第四十五条"), ("Limit", "5"), ("LimitUnit", "W")]),
    ("SpecialProcedureResult", [("ProcedureSeq", "1"), ("EndedAt", "2026-04-03T17:00:00+08:00"), ("Result", "通过")]),
    ("Fees", [("Fee", [("Seq", "1"), ("Name", "工本费"), ("Basis", "湘发改〔2019〕1号"), ("ChargedAmount", "10.00"),
                       ("StepSeq", "1")])]),
    ("Completion", [("Result", "0"), ("CompletedAt", "2026-04-14T16:30:00+08:00"), ("HandlerName", "赵决定")]),
    ("Delivery", [("Method", "2"), ("DeliveredAt", "2026-04-15T10:00:00+08:00"), ("RecipientName", "王小明")]),
)  # fmt: skip
"""A case that is right in every respect and raises no warning."""

SHORT = ("Organization", "ServiceItem", "Applicant", "Application")


def case(
    number: str,
    changes: Mapping[str, Change] | None = None,
    *,
    version: int | str | None = 1,
    updated: str | None = None,
    operation: str | None = None,
    only: Iterable[str] = (),
) -> str:
    """One case as text, a leaf per line. `changes`: path below Case → new text, or None to take the element away.

    A path that is not there is added as a leaf (`Fees/Fee/IsReduced`); `only` keeps the elements named and no others.
    """
    node = etree.Element("Case")
    for name, text in (
        ("CaseNo", number), ("DataVersion", version), ("UpdatedAt", updated), ("Operation", operation),
    ):  # fmt: skip
        if text is not None:
            etree.SubElement(node, name).text = str(text)
    wanted = tuple(only)
    _fill(node, [item for item in WHOLE if not wanted or item[0] in wanted])
    for path, text in (changes or {}).items():
        _change(node, path, text)
    etree.indent(node)
    return etree.tostring(node, encoding="unicode")


def package(
    cases: Iterable[str],
    package_id: str = "P1",
    *,
    serial: int = 1,
    system: str = SYSTEM,
    count: int | None = None,
    declaration: str = '<?xml version="1.0" encoding="UTF-8"?>\n',
) -> bytes:
    """A package of cases as UTF-8; `count` is what the head states, by default the truth."""
    listed = list(cases)
    stated = len(listed) if count is None else count
    return (
        f'{declaration}<ExchangePackage xmlns="{NAMESPACE}" version="1.0">\n  <Head>\n'
        f"    <PackageId>{package_id}</PackageId>\n    <SystemCode>{system}</SystemCode>\n    <Serial>{serial}</Serial>\n"
        f"    <CreatedAt>2026-04-15T18:00:00+08:00</CreatedAt>\n    <CaseCount>{stated}</CaseCount>\n  </Head>\n  <Body>\n"
        + "\n".join(listed)
        + "\n  </Body>\n</ExchangePackage>\n"
    ).encode()


def registration(**changes: Any) -> Registration:
    """The registration of the department that these packages come from; a live one in canonical codes."""
    values: dict[str, Any] = {
        "code": SYSTEM, "name": "国土资源局审批系统", "organizations": (USCC,), "region": "430100", "connector": {},
        "dialect": "canonical", "codes": "canonical", "schema": "1.0", "status": "live",
    }  # fmt: skip
    return Registration(**(values | changes))


def parsed(text: str, ordinal: int = 1, line: int = 1) -> ParsedCase:
    """One case as the validator reads it."""
    data = text.encode()
    validator = ChunkValidator("1.0", f' xmlns="{NAMESPACE}"'.encode())
    [found] = validator.read(data, [(0, len(data))], ordinal, line)
    return found


def mapped(
    text: str,
    known: Registration | None = None,
    *,
    attachments: Mapping[str, str] | None = None,
    serial: int = 1,
) -> tuple[Fragment | Rejection, list[Violation]]:
    """What one case becomes, and its warnings."""
    mapper = Mapper(known or registration(), attachments or {}, with_warnings=True)
    return mapper.map_case(parsed(text), text.encode(), "0" * 64, serial)


def fragment_of(text: str, known: Registration | None = None, serial: int = 1) -> Fragment:
    """The fragment of a case that must be accepted."""
    found, _ = mapped(text, known, serial=serial)
    assert isinstance(found, Fragment), found
    return found


def rows_of(fragment: Fragment, table: str) -> list[dict[str, str | None]]:
    """The rows that a fragment holds for a table, by column."""
    names = [column.name for column in metadata.tables[table].columns][1:]
    return [dict(zip(names, bulk.parse(line), strict=True)) for line in fragment.lines.get(table, [])]


def line_of(document: bytes, text: str, nth: int = 1) -> int:
    """The line (from 1) in which a text stands for the nth time."""
    position = -1
    for _ in range(nth):
        position = document.index(text.encode(), position + 1)
    return document.count(b"\n", 0, position) + 1


def _fill(node: etree._Element, items: Iterable[tuple[str, Any]]) -> None:
    for name, content in items:
        child = etree.SubElement(node, name)
        if isinstance(content, str):
            child.text = content
        else:
            _fill(child, content)


def _change(node: etree._Element, path: str, text: Change) -> None:
    found = node.find(path)
    if text is None:
        assert found is not None, path
        parent = found.getparent()
        assert parent is not None
        parent.remove(found)
        return
    if found is None:
        above, _, name = path.rpartition("/")
        holder = node.find(above) if above else node
        assert holder is not None, path
        found = etree.SubElement(holder, name)
    found.text = text
