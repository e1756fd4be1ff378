"""Which of the 14 elements a system delivers, field by field, what its sample holds of them, and what the hub adds."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from hub.central import bulk
from hub.central.tables import metadata
from hub.items import GROUPS, ROWS, came_from
from hub.pipeline.sample import Lines
from hub.register import Registration
from mappings.derive import NUMBERED
from mappings.dialect import Dialect, delivered
from schemas.contract import Element

SHARED = "approval_case"


def coverage(dialect: Dialect, registration: Registration, cases: Iterable[Lines]) -> list[dict[str, Any]]:
    """Per element: whether the dialect delivers it, in how many sample cases it is, and per field the same.

    `status` of a field: delivered; derived (the hub can fill it: `from`); not delivered.
    """
    seen = _Seen(dialect)
    for lines in cases:
        seen.take(lines)
    known, ways = delivered(dialect), derivable(registration)
    constants = {rule.name for kind in dialect.kinds for rule in kind.rules if rule.constant is not None}
    return [_element(element, seen, known, ways, constants) for element in dialect.contract.elements]


def derivable(registration: Registration) -> Mapping[str, tuple[str, ...]]:
    """Element.Field → where the hub can take it from when a message lacks it."""
    found: dict[str, tuple[str, ...]] = {
        "Organization.Name": ("catalogue",),
        "CorrectionReceipt.NoticeSeq": ("order",),
        "SpecialProcedureResult.ProcedureSeq": ("order",),
        "Organization.RegionCode": ("registration",),
    }
    if len(registration.organizations) == 1:
        found["Organization.Uscc"] = ("registration",)
    found |= {f"{name}.Seq": ("order",) for name in NUMBERED}
    found |= {f"ServiceItem.{name}": ("catalogue",) for group in GROUPS for name in group}
    found |= {
        f"{element}.{name}": ("catalogue",) for element, (_, _, names) in ROWS.items() for name in names
    }
    found["ServiceItem.ItemType"] = ("item code", "catalogue")
    return found


class _Seen:
    """What the cases of a sample hold: rows per element, and per field how often it was said and how often added."""

    def __init__(self, dialect: Dialect) -> None:
        self.elements = dialect.contract.elements
        self.cases = 0
        self.with_element: Counter[str] = Counter()
        self.rows: Counter[str] = Counter()
        self.said: Counter[str] = Counter()
        self.added: Counter[str] = Counter()

    def take(self, lines: Lines) -> None:
        """One more case; one without lines (refused, pending) is passed over."""
        if SHARED not in lines:
            return
        self.cases += 1
        derived = json.loads(_rows(SHARED, lines)[0]["derived"] or "{}")
        for element in self.elements:
            rows = _rows(element.table, lines)
            self.with_element[element.name] += bool(rows)
            self.rows[element.name] += len(rows)
            for name, number in (
                (each.name, row.get("seq")) for row in rows for each in _filled(element, row)
            ):
                full = f"{element.name}.{name}"
                added = came_from(derived, full, number if element.repeats else None)
                (self.said if added is None else self.added)[full] += 1


def _rows(table: str, lines: Lines) -> list[dict[str, str | None]]:
    columns = [column.name for column in metadata.tables[table].columns][1:]
    return [dict(zip(columns, bulk.parse(line), strict=True)) for line in lines.get(table, ())]


def _filled(element: Element, row: Mapping[str, str | None]) -> Iterator[Any]:
    return (each for each in element.fields if any(row[column] is not None for column in each.columns))


def _element(
    element: Element,
    seen: _Seen,
    known: frozenset[str],
    ways: Mapping[str, tuple[str, ...]],
    constants: set[str],
) -> dict[str, Any]:
    fields = []
    supplied = False
    for each in element.fields:
        full = f"{element.name}.{each.name}"
        supplied = supplied or full in known
        sources = (("dialect",) if full in constants and full not in known else ()) + ways.get(full, ())
        fields.append({
            "field": each.name,
            "zh": each.zh,
            "en": each.en,
            "marks": each.marks,
            "status": "delivered" if full in known else "derived" if sources else "not delivered",
            "from": list(sources),
            "present": seen.said[full],
            "derived": seen.added[full],
            "of": seen.rows[element.name],
        })  # fmt: skip
    if not supplied and element.repeats:
        # The hub adds to rows that there are; it makes no rows.
        fields = [{**each, "status": "not delivered", "from": []} for each in fields]
    return {
        "element": element.name,
        "number": element.number,
        "zh": element.zh,
        "en": element.en,
        "delivered": supplied,
        "present": seen.with_element[element.name],
        "of": seen.cases,
        "fields": fields,
    }
