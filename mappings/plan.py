"""Compiles a schema version and a crosswalk into flat slot tables: tag → place in the row and way to read the value.

Tags stand without namespace: the reader takes ours off the cases before they get here, which makes every lookup shorter.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from mappings import values
from schemas.contract import Contract, Element, Field

TEXT, TABLE, MOMENT, FUNCTION = range(4)

_FUNCTIONS: Mapping[str, Callable[[str], str]] = {
    "int": values.Remembered(values.whole).__getitem__,
    "money": values.Remembered(values.fen).__getitem__,
    "date": lambda value: value.strip()[:10],
    "uscc": values.Remembered(values.plain).__getitem__,
    "region": values.Remembered(values.plain).__getitem__,
    "sha256": values.plain,
}


@dataclass(frozen=True, slots=True)
class Slot:
    """Where a field's value goes: index in the row, and how it is read.

    `way` is TEXT (escape), TABLE (look up in `table`; a miss is an unknown code), MOMENT (two columns) or FUNCTION.
    """

    index: int
    way: int
    field: Field
    table: Mapping[str, str] | None = None
    function: Callable[[str], str] | None = None


@dataclass(frozen=True, slots=True, eq=False)
class RowPlan:
    """One element: the row it fills. Elements 1 and 2 share a row; `start` is where an element's columns begin."""

    element: Element
    name: str
    table: str
    width: int
    slots: Mapping[str, tuple[int, Callable[[str], str] | None]]  # a point in time has a negative index
    fields: Mapping[str, Slot]
    shared: bool
    unique: tuple[tuple[str, int], ...]  # fields that no two rows of a case may share, with their index
    refers: tuple[tuple[str, int, str, str], ...]  # field, index, and the element and field it points at
    lead: int  # columns before those of the fields
    conversions: tuple[tuple[int, Callable[[str], str]], ...]  # index of a column, and how its value is read
    moments: tuple[int, ...]  # indexes of points in time

    def index(self, name: str) -> int:
        """The place of a field's (first) column."""
        return self.fields[name].index


@dataclass(frozen=True, slots=True)
class Plan:
    """The compiled contract: by tag of a child of Case, and by element name."""

    contract: Contract
    header: frozenset[str]  # CaseNo and its neighbours
    rows: Mapping[str, RowPlan]  # element name, which is its tag → plan
    needed: tuple[tuple[str, int, str], ...]  # element, index, field: must be there once derivation is done
    operation: Mapping[str, str]


SHARED_TABLE = "approval_case"
EXTRA = {SHARED_TABLE: 1, "correction_receipt": 1, "special_procedure_result": 1}
"""Columns the hub adds: `derived` behind the shared row, `ordinal` before receipts and results."""


def compile_plan(contract: Contract, codes: Mapping[str, Mapping[str, str]]) -> Plan:
    """`codes` maps, per code list, what the source writes to what we mean (identity where it writes our codes)."""
    shared_width = (
        sum(len(e.columns) for e in contract.elements if e.table == SHARED_TABLE) + EXTRA[SHARED_TABLE]
    )
    rows: dict[str, RowPlan] = {}
    offset = 0
    for element in contract.elements:
        shared = element.table == SHARED_TABLE
        lead = offset if shared else EXTRA.get(element.table, 0)
        fields = _slots(element, lead, codes)
        width = shared_width if shared else lead + len(element.columns)
        quick = {name: _quick(slot) for name, slot in fields.items()}
        unique = tuple((name, slot.index) for name, slot in fields.items() if slot.field.unique)
        refers = tuple(
            (name, slot.index, slot.field.refers.partition(".")[0], slot.field.refers.partition(".")[2])
            for name, slot in fields.items()
            if slot.field.refers
        )
        rows[element.name] = RowPlan(
            element, element.name, element.table, width, quick, fields, shared, unique, refers, lead,
            tuple((index, convert) for index, convert in quick.values() if convert is not None),
            tuple(slot.index for slot in fields.values() if slot.way == MOMENT),
        )  # fmt: skip
        offset += len(element.columns) if shared else 0
    header = frozenset(field.name for field in contract.case.fields)
    frames = {element.wrapper for element in contract.elements if element.wrapper}
    fields_of_rows = {name for plan in rows.values() for name in plan.fields}
    if (rows.keys() | frames | header) & fields_of_rows or header & (rows.keys() | frames):
        raise ValueError("an element must not be named like a field: the flat pass tells them apart by name")
    return Plan(
        contract=contract,
        header=header,
        rows=rows,
        needed=tuple(
            (name, slot.index, field)
            for name, row_plan in rows.items()
            for field, slot in row_plan.fields.items()
            if slot.field.needed and not slot.field.required
        ),
        operation=codes["OPERATION"],
    )


def _quick(slot: Slot) -> tuple[int, Callable[[str], str] | None]:
    if slot.way == MOMENT:
        return -slot.index - 1, None
    if slot.table is not None:
        return slot.index, slot.table.__getitem__
    return slot.index, slot.function


def _slots(element: Element, lead: int, codes: Mapping[str, Mapping[str, str]]) -> dict[str, Slot]:
    slots: dict[str, Slot] = {}
    index = lead
    for field in element.fields:
        if field.type == "text":
            slots[field.name] = Slot(index, TEXT, field)
        elif field.type == "dt":
            slots[field.name] = Slot(index, MOMENT, field)
        elif field.type == "bool":
            slots[field.name] = Slot(index, TABLE, field, table=values.BOOLEANS)
        elif field.type == "code":
            assert field.list is not None
            slots[field.name] = Slot(index, TABLE, field, table=codes[field.list])
        else:
            slots[field.name] = Slot(index, FUNCTION, field, function=_FUNCTIONS[field.type])
        index += len(field.columns)
    return slots
