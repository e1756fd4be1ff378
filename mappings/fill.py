"""Fills in from the item catalogue what a case leaves out (†), and says of each value that it came from there.

Pure: facts in, rows changed in place. What the case itself says is never touched. The digest of a case's content is
taken before: the same message sent again after a change of the catalogue is a duplicate, not a conflict.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date

from hub.items import GROUPS, ORIGIN, ROWS, ItemFacts, Items, origin
from mappings.plan import Plan
from mappings.shred import Row, Shredded
from mappings.values import NULL


@dataclass(frozen=True, slots=True)
class Filled:
    """`changed`: the elements whose rows were filled. `warning`: the code of what is to be said of the item, if anything."""

    changed: frozenset[str] = frozenset()
    warning: str | None = None


def complete(found: Shredded, plan: Plan, items: Items) -> Filled:
    """Look the case's item and organisation up, fill in place, and write the origins into `derived`.

    The handling item is looked up before the item. Warnings: ITEM_UNKNOWN where the catalogue lists items of the
    organisation but not this one, ITEM_NOT_IN_FORCE where no version of it was in force when the case was applied for.
    """
    origins: dict[str, str] = {}
    on = _applied(found, plan)
    uscc = _value(found.shared, plan, "Organization", "Uscc")
    facts = _facts(found, plan, items, on)
    changed = set() if facts is None else fill(found, plan, facts, origins)
    changed |= _organization(found, plan, items, facts, on, origins)
    if origins:
        before = found.shared[-1]
        known = {} if before is NULL else json.loads(before)
        found.shared[-1] = json.dumps(known | origins, ensure_ascii=False, sort_keys=True)
    if facts is None:
        return Filled(frozenset(changed), "ITEM_UNKNOWN" if uscc and items.lists(uscc) else None)
    return Filled(frozenset(changed), None if facts.in_force else "ITEM_NOT_IN_FORCE")


def fill(found: Shredded, plan: Plan, facts: ItemFacts, origins: dict[str, str]) -> set[str]:
    """Fill the item's fields and the rows of steps, fees and materials; returns the elements that changed.

    A limit and its unit are taken together or not at all.
    """
    changed: set[str] = set()
    row, item = found.shared, plan.rows["ServiceItem"]
    values = facts.values()
    for group in GROUPS:
        if group[0] in values and row[item.index(group[0])] is NULL:
            for field in group:
                row[item.index(field)] = values[field]
                origins[f"ServiceItem.{field}"] = ORIGIN
            changed.add("ServiceItem")
    for element in ROWS:
        if element in found.rows and _fill_rows(found.rows[element], element, plan, facts, origins):
            changed.add(element)
    return changed


def _fill_rows(rows: list[Row], element: str, plan: Plan, facts: ItemFacts, origins: dict[str, str]) -> bool:
    code, name, fields = ROWS[element]
    places = plan.rows[element]
    indexes = [(field, places.index(field)) for field in fields]
    by = None if code is None else places.index(code)
    named, seq = places.index(name), places.index("Seq")
    filled: dict[str, list[str]] = {}
    for row in rows:
        if all(row[index] is not NULL for _, index in indexes):
            continue
        known = facts.row_values(element, None if by is None else _said(row[by]), _said(row[named]))
        for field, index in indexes:
            if row[index] is NULL and field in known:
                row[index] = known[field]
                filled.setdefault(field, []).append(row[seq])
    for field, numbers in filled.items():
        origins[f"{element}.{field}"] = origin(numbers, len(rows))
    return bool(filled)


def _organization(
    found: Shredded,
    plan: Plan,
    items: Items,
    facts: ItemFacts | None,
    on: date | None,
    origins: dict[str, str],
) -> set[str]:
    """The organisation's name: of the organisations imported, else as the item names it where it is the same one."""
    index = plan.rows["Organization"].index("Name")
    uscc = _value(found.shared, plan, "Organization", "Uscc")
    if found.shared[index] is not NULL or uscc is None:
        return set()
    name = items.organization(uscc, on)
    if name is None and facts is not None and facts.organization == uscc:
        name = facts.organization_name
    if name is None:
        return set()
    found.shared[index] = name
    origins["Organization.Name"] = ORIGIN
    return {"Organization"}


def _facts(found: Shredded, plan: Plan, items: Items, on: date | None) -> ItemFacts | None:
    for field in ("HandleItemCode", "ItemCode"):
        code = _value(found.shared, plan, "ServiceItem", field)
        facts = items.find(code, on) if code else None
        if facts is not None:
            return facts
    return None


def _applied(found: Shredded, plan: Plan) -> date | None:
    rows = found.rows.get("Application")
    day = rows[0][plan.rows["Application"].index("AppliedAt") + 1] if rows else NULL
    return None if day is NULL else date.fromisoformat(day)


def _value(row: Row, plan: Plan, element: str, field: str) -> str | None:
    return _said(row[plan.rows[element].index(field)])


def _said(value: str) -> str | None:
    return None if value is NULL else value.strip()
