"""What the item catalogue (事项库) says of one item, in the form in which a case's record takes it; and who can be asked.

Values stand as in the slots of a case's rows: codes ours, whole numbers and money (fen) as text, flags "0" or "1".
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Protocol, TypeVar

ORIGIN = "catalogue"
"""How `derived` of a case names a value that came from here; rows of a repeated element: see `origin`."""

GROUPS = (
    ("Name",), ("Version",), ("ItemType",), ("CaseType",),
    ("StatutoryLimit", "StatutoryLimitUnit"), ("PromisedLimit", "PromisedLimitUnit"), ("IsCharged",),
)  # fmt: skip
"""Fields of ServiceItem that the catalogue fills. A group is filled as one or not at all, its first field decides:
a number of one source never gets the unit of another."""

ROWS: Mapping[str, tuple[str | None, str, tuple[str, ...]]] = {
    "Material": (None, "Name", ("IsRequired",)),
    "Step": ("StepCode", "StepName", ("StepCode", "StepType")),
    "Fee": ("FeeItemCode", "Name", ("Name", "Basis", "StandardAmount")),
}
"""Repeated elements that the catalogue fills: the fields by which a row is found there (code, name), and those filled."""

OF_ANY_VERSION = frozenset({"Name", "ItemType", "CaseType"})
"""What is taken of a version that was not in force on the day: enough to name the item, nothing to judge by."""


@dataclass(frozen=True, slots=True)
class Limit:
    """A limit of time: unit W working days, D natural days, H hours or M months."""

    value: int
    unit: str


@dataclass(frozen=True, slots=True)
class StepFacts:
    """A step of the item's flow."""

    code: str
    name: str
    type: str | None = None  # STEP_TYPE


@dataclass(frozen=True, slots=True)
class FeeFacts:
    """A fee of the item; `standard` in fen, null where the standard is a range or a text."""

    code: str | None
    name: str
    basis: str | None = None
    standard: int | None = None


@dataclass(frozen=True, slots=True)
class MaterialFacts:
    """A material of the item."""

    name: str
    required: bool | None = None


@dataclass(frozen=True, slots=True)
class ItemFacts:
    """One version of one item. `in_force`: it was valid on the day asked for, and neither suspended nor cancelled."""

    code: str
    version: int
    name: str
    organization: str | None = None  # USCC
    organization_name: str | None = None
    catalog_code: str | None = None
    item_type: str | None = None
    case_type: str | None = None
    statutory: Limit | None = None
    promised: Limit | None = None
    is_charged: bool | None = None
    steps: tuple[StepFacts, ...] = ()
    fees: tuple[FeeFacts, ...] = ()
    materials: tuple[MaterialFacts, ...] = ()
    in_force: bool = True
    _values: Mapping[str, str] = field(init=False, repr=False, compare=False, default_factory=dict)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_values", self._known())  # asked for every case of the item

    def values(self) -> Mapping[str, str]:
        """Field of ServiceItem → its value, those that are known; only OF_ANY_VERSION where it was not in force."""
        return self._values

    def _known(self) -> dict[str, str]:
        found: dict[str, str | None] = {
            "Name": self.name,
            "Version": str(self.version),
            "ItemType": self.item_type,
            "CaseType": self.case_type,
            "StatutoryLimit": str(self.statutory.value) if self.statutory else None,
            "StatutoryLimitUnit": self.statutory.unit if self.statutory else None,
            "PromisedLimit": str(self.promised.value) if self.promised else None,
            "PromisedLimitUnit": self.promised.unit if self.promised else None,
            "IsCharged": None if self.is_charged is None else str(int(self.is_charged)),
        }
        return {
            name: value
            for name, value in found.items()
            if value is not None and (self.in_force or name in OF_ANY_VERSION)
        }

    def row_values(self, element: str, code: str | None, name: str | None) -> dict[str, str]:
        """Field → value for a row of an element of ROWS: what is known under that code, else under that name alone.

        Nothing where the code is unknown and the name is unknown or belongs to several; nothing of a version that was
        not in force.
        """
        if not self.in_force:
            return {}
        if element == "Step":
            step = _pick(self.steps, code, name)
            found = {} if step is None else {"StepCode": step.code, "StepType": step.type}
        elif element == "Fee":
            fee = _pick(self.fees, code, name)
            standard = None if fee is None or fee.standard is None else str(fee.standard)
            found = {} if fee is None else {"Name": fee.name, "Basis": fee.basis, "StandardAmount": standard}
        else:
            material = _pick(self.materials, None, name)
            needed = None if material is None or material.required is None else str(int(material.required))
            found = {"IsRequired": needed}
        return {field: value for field, value in found.items() if value is not None}

    def not_in_force(self) -> ItemFacts:
        """The same, told of a day on which it was not in force."""
        return dataclasses.replace(self, in_force=False)


class Items(Protocol):
    """The catalogue as it is asked for facts; one reader at a time."""

    @property
    def digest(self) -> str:
        """Changes whenever the catalogue changes; empty while it is empty."""
        ...

    def find(self, code: str, on: date | None) -> ItemFacts | None:
        """The version of the item that was in force on the day (both ends inclusive); null for a code nobody knows.

        Of several valid on the day the highest counts: a later version supersedes earlier ones for all days on which
        it is valid. Before the first and after the last validity, and of a version suspended or cancelled, the nearest
        is told with `in_force` false: the one valid last before the day, else the earliest. Without a day (the case
        tells none) the newest version is meant.
        """
        ...

    def organization(self, uscc: str, on: date | None) -> str | None:
        """Name of the organisation on the day, by the same rule; null where the catalogue does not know it."""
        ...

    def lists(self, organization: str) -> bool:
        """Whether it holds any item of that organisation: only then is an item of it unknown."""
        ...


def origin(rows: Iterable[str], all_rows: int) -> str:
    """How `derived` tells which rows (by Seq) of a repeated element were filled: "catalogue", or "catalogue:1,3"."""
    found = list(rows)
    return ORIGIN if len(found) == all_rows else f"{ORIGIN}:{','.join(found)}"


def came_from(derived: Mapping[str, str], field: str, row: str | None = None) -> str | None:
    """Where the value of `Element.Field` came from, of the row with that Seq; null: the message itself said it."""
    told = derived.get(field)
    if told is None or ":" not in told:
        return told
    source, _, rows = told.partition(":")
    return source if row in rows.split(",") else None


class _Named(Protocol):
    @property
    def name(self) -> str: ...


_T = TypeVar("_T", bound=_Named)


def _pick(known: tuple[_T, ...], code: str | None, name: str | None) -> _T | None:
    if code:
        for each in known:
            if getattr(each, "code", None) == code:
                return each
    named = [each for each in known if each.name == name] if name else []
    return named[0] if len(named) == 1 else None
