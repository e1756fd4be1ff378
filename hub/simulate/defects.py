"""Planted defects: what departments really send wrong, each with the code that must be named and the element it sits in.

A defect changes the elements of a finished case in which all 14 occur, so that this one thing is wrong with it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from hub.simulate.numbers import wrong_last
from hub.simulate.words import FOREIGN
from hub.simulate.xml import Node

Change = Callable[[list[Node]], None]


@dataclass(frozen=True, slots=True)
class Defect:
    """A named change, the element (1-14) it sits in, and the error codes it must raise, sorted."""

    name: str
    codes: tuple[str, ...]
    element: int
    change: Change


NAMES = (
    "Organization", "ServiceItem", "Applicant", "Application", "Acceptance", "Material", "Step", "CorrectionNotice",
    "CorrectionReceipt", "SpecialProcedure", "SpecialProcedureResult", "Fee", "Completion", "Delivery",
)  # fmt: skip
WRAPPERS = {"Material": "Materials", "Step": "Process", "Fee": "Fees"}


def _children(nodes: list[Node], name: str) -> list[Node]:
    """The children of the last element of a name."""
    for found, value in reversed(nodes):
        if found == name and not isinstance(value, str):
            return value
    raise KeyError(name)


def _parent(nodes: list[Node], element: int) -> list[Node]:
    """The list that an element stands in: the case's, or its wrapper's."""
    name = NAMES[element - 1]
    return _children(nodes, WRAPPERS[name]) if name in WRAPPERS else nodes


def _fields(nodes: list[Node], element: int) -> list[Node]:
    return _children(_parent(nodes, element), NAMES[element - 1])


def put(element: int, field: str, value: str, after: str | None = None) -> Change:
    """Gives a field a value; a field that is not there yet is inserted after another."""

    def change(nodes: list[Node]) -> None:
        fields = _fields(nodes, element)
        names = [name for name, _ in fields]
        if field in names:
            fields[names.index(field)] = (field, value)
        else:
            fields.insert(names.index(after or names[-1]) + 1, (field, value))

    return change


def cut(element: int, field: str) -> Change:
    """Leaves out a field and all that follow it in its element."""

    def change(nodes: list[Node]) -> None:
        fields = _fields(nodes, element)
        del fields[[name for name, _ in fields].index(field) :]

    return change


def without(element: int, *unwanted: str) -> Change:
    """Leaves out single fields."""

    def change(nodes: list[Node]) -> None:
        fields = _fields(nodes, element)
        fields[:] = [node for node in fields if node[0] not in unwanted]

    return change


def append(element: int, name: str, value: str = "1") -> Change:
    """Adds a field that the message does not know."""
    return lambda nodes: _fields(nodes, element).append((name, value))


def twice(element: int) -> Change:
    """The last row of an element once more: its sequence number is there twice."""

    def change(nodes: list[Node]) -> None:
        parent = _parent(nodes, element)
        index = max(i for i, node in enumerate(parent) if node[0] == NAMES[element - 1])
        name, value = parent[index]
        parent.insert(index + 1, (name, list(value)))  # type: ignore[arg-type]

    return change


def repeated_field(element: int, field: str) -> Change:
    """A field that may occur once occurs twice."""

    def change(nodes: list[Node]) -> None:
        fields = _fields(nodes, element)
        index = [name for name, _ in fields].index(field)
        fields.insert(index, fields[index])

    return change


def both(*changes: Change) -> Change:
    """Several changes in one case."""

    def change(nodes: list[Node]) -> None:
        for one in changes:
            one(nodes)

    return change


def _cut_elements(nodes: list[Node]) -> None:
    """The message breaks off after the applicant."""
    del nodes[[name for name, _ in nodes].index("Application") :]


def _wrong_check(nodes: list[Node]) -> None:
    fields = _fields(nodes, 1)
    fields[0] = ("Uscc", wrong_last(str(fields[0][1])))


def _raw(element: int, text: str) -> Change:
    """Text that is no XML, written as it stands."""
    return lambda nodes: _fields(nodes, element).append(("", text))


def _table() -> list[Defect]:
    long = "长𠮷" * 1001  # 2,002 characters
    rows: list[tuple[str, int, str, Change]] = []

    def add(code: str, element: int, name: str, change: Change) -> None:
        rows.append((code, element, name, change))

    for element, field, value in (
        (1, "Level", "8"), (2, "ItemType", "99"), (2, "CaseType", "7"), (3, "Type", "7"), (3, "IdType", "112"),
        (4, "Channel", "8"), (5, "Status", "7"), (6, "ReceiveMethod", "8"), (7, "StepType", "4"), (7, "Action", "8"),
        (10, "Kind", "77"), (13, "Result", "99"), (14, "Method", "8"),
    ):  # fmt: skip
        add("CODE_UNKNOWN", element, f"{field}={value}", put(element, field, value))
    for element, field, value in (
        (2, "IsCharged", "是"), (2, "StatutoryLimit", "二十"), (4, "AppliedAt", "2026年3月1日"), (5, "HandledAt", "昨天"),
        (6, "Quantity", "一份"), (7, "StartedAt", "上午"), (8, "NotifiedAt", "2026-02-30T09:00:00+08:00"),
        (9, "ReceivedAt", "待定"), (11, "EndedAt", "2026/4/3"), (12, "ChargedAmount", "十元"),
        (13, "CertificateValidTo", "长期"), (14, "DeliveredAt", "25:00"),
    ):  # fmt: skip
        add("VALUE_TYPE", element, f"{field}={value}", put(element, field, value))
    for element, field, after in (
        (3, "Name", None), (4, "Subject", None), (5, "Reason", "DocumentNo"), (7, "Opinion", "EndedAt"),
        (8, "Reason", None), (10, "Basis", None), (11, "Result", None), (13, "CertificateNo", None),
    ):  # fmt: skip
        add("VALUE_LENGTH", element, field, put(element, field, long, after))
    for element, field, value in (
        (2, "ItemCode", ""),
        (3, "Name", "  "),
        (6, "Name", ""),
        (7, "StepName", " "),
    ):
        add("VALUE_EMPTY", element, field, put(element, field, value))
    add("VALUE_PATTERN", 1, "ParentUscc", put(1, "ParentUscc", "11430000-0061200-3"))
    add("VALUE_PATTERN", 6, "AttachmentDigest", put(6, "AttachmentDigest", "z" * 64, "Quantity"))
    for element, field, value, after in (
        (2, "StatutoryLimit", "10000", None), (6, "Seq", "0", None), (7, "Limit", "12000", "EndedAt"),
        (10, "Limit", "10000", None), (12, "Seq", "1000000", None),
    ):  # fmt: skip
        add("VALUE_RANGE", element, f"{field}={value}", put(element, field, value, after))
    for element, field in (
        (3, "IdNo"), (4, "AppliedAt"), (5, "HandledAt"), (6, "Name"), (8, "NotifiedAt"), (9, "ReceivedAt"),
        (10, "StartedAt"), (11, "EndedAt"), (12, "ChargedAmount"), (13, "CompletedAt"), (14, "DeliveredAt"),
    ):  # fmt: skip
        add("STRUCT_MISSING", element, field, cut(element, field))
    add("STRUCT_MISSING", 4, "Application", _cut_elements)
    for element, name in (
        (1, "Telephone"),
        (3, "Nationality"),
        (9, "Note"),
        (12, "Currency"),
        (14, "Courier"),
    ):
        add("STRUCT_UNEXPECTED", element, name, append(element, name))
    add("STRUCT_UNEXPECTED", 14, "Evaluation", lambda nodes: nodes.append(("Evaluation", [("Score", "1")])))
    add("STRUCT_UNEXPECTED", 2, "Name twice", repeated_field(2, "Name"))
    add("DERIVED_MISSING", 5, "Status", without(5, "Status"))
    add("DERIVED_MISSING", 10, "Kind", without(10, "Kind"))
    add("USCC_CHECK", 1, "Uscc", _wrong_check)
    add("ORG_FOREIGN", 1, "Uscc", put(1, "Uscc", FOREIGN))
    add("REGION_FOREIGN", 1, "RegionCode", put(1, "RegionCode", "440300"))
    for element in (6, 7, 8, 10, 12):
        add("SEQ_DUPLICATE", element, "Seq", twice(element))
    add("REF_UNKNOWN", 9, "NoticeSeq", put(9, "NoticeSeq", "9"))
    add("REF_UNKNOWN", 11, "ProcedureSeq", put(11, "ProcedureSeq", "9"))
    add("REF_UNKNOWN", 12, "StepSeq", put(12, "StepSeq", "99"))
    add("STEP_TIME_MISSING", 7, "no times", without(7, "StartedAt", "EndedAt"))
    add("CASE_MALFORMED", 4, "bare ampersand", _raw(4, "<Place>A&B</Place>"))
    add("CASE_MALFORMED", 13, "end tag misspelt", _raw(13, "<Note>办结</Nota>"))
    add("CASE_MALFORMED", 7, "control character", _raw(7, "<AttachmentRef>\x01</AttachmentRef>"))
    found = [
        Defect(f"{code} {NAMES[element - 1]} {name}", (code,), element, change)
        for code, element, name, change in rows
    ]
    two = both(put(4, "Channel", "8"), put(1, "RegionCode", "440300"))
    return [*found, Defect("CODE_UNKNOWN and REGION_FOREIGN", ("CODE_UNKNOWN", "REGION_FOREIGN"), 4, two)]


DEFECTS = _table()
ATTACHMENT = Defect("ATTACHMENT_DIGEST Material", ("ATTACHMENT_DIGEST",), 6, lambda nodes: None)
"""Raised by the attachment's bytes, not by a change of the elements."""
