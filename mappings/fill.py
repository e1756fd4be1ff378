"""Fills in from the item catalogue what a case leaves out (†), and says of each value that it came from there.

Pure: facts in, rows changed in place. What the case itself says is never touched. The digest of a case's content is
taken before: the same message sent again after a change of the catalogue is a duplicate, not a conflict.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from hub.items import GROUPS, ORIGIN, ROWS, ItemFacts, Items, origin
from mappings.plan import Plan
from mappings.shred import Row, Shredded
from mappings.values import NULL


@dataclass(frozen=True, slots=True)
class Filled:
    """`changed`: the elements whose rows were filled. `warning`: the code of what is to be said of the item, if anything."""

    changed: frozenset[str] = frozenset()
    warning: str | None = None


@dataclass(frozen=True, slots=True)
class _Rows:
    """Where in the rows of a repeated element to look, and what to fill: indexes."""

    code: int | None
    name: int
    seq: int
    fields: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class _Places:
    """Where everything stands in the rows of a plan."""

    plan: Plan  # held, so that its id stays its own
    groups: tuple[tuple[str, int, tuple[tuple[str, int], ...]], ...]  # first field, its index, all fields
    rows: tuple[tuple[str, _Rows], ...]
    uscc: int
    organization: int
    codes: tuple[int, int]  # handling item, item
    applied: int


_known_places: dict[int, _Places] = {}


def complete(found: Shredded, plan: Plan, items: Items) -> Filled:
    """Look the case's item and organisation up, fill in place, and write the origins into `derived`.

    The handling item is looked up before the item. Warnings: ITEM_UNKNOWN where the catalogue lists items of the
    organisation but not this one, ITEM_NOT_IN_FORCE where no version of it was in force when the case was applied for.
    """
    places = _places(plan)
    origins: dict[str, str] = {}
    on = _applied(found, places)
    facts = _facts(found, places, items, on)
    changed = set() if facts is None else fill(found, plan, facts, origins)
    uscc = _said(found.shared[places.uscc])
    if uscc is not None and found.shared[places.organization] is NULL:
        changed |= _organization(found, places, items, facts, uscc, on, origins)
    if origins:
        before = found.shared[-1]
        found.shared[-1] = _told(tuple(origins.items()), "" if before is NULL else before)
    if facts is None:
        return Filled(frozenset(changed), "ITEM_UNKNOWN" if uscc and items.lists(uscc) else None)
    return Filled(frozenset(changed), None if facts.in_force else "ITEM_NOT_IN_FORCE")


def fill(found: Shredded, plan: Plan, facts: ItemFacts, origins: dict[str, str]) -> set[str]:
    """Fill the item's fields and the rows of steps, fees and materials; returns the elements that changed.

    A limit and its unit are taken together or not at all.
    """
    places = _places(plan)
    changed: set[str] = set()
    row, values = found.shared, facts.values()
    for head, index, fields in places.groups:
        if row[index] is NULL and head in values:
            for field, place in fields:
                row[place] = values[field]
                origins[f"ServiceItem.{field}"] = ORIGIN
            changed.add("ServiceItem")
    for element, where in places.rows:
        if element in found.rows and _fill_rows(found.rows[element], element, where, facts, origins):
            changed.add(element)
    return changed


def _fill_rows(
    rows: list[Row], element: str, where: _Rows, facts: ItemFacts, origins: dict[str, str]
) -> bool:
    filled: dict[str, list[str]] = {}
    for row in rows:
        missing = [(field, index) for field, index in where.fields if row[index] is NULL]
        if not missing:
            continue
        code = None if where.code is None else _said(row[where.code])
        known = facts.row_values(element, code, _said(row[where.name]))
        for field, index in missing:
            if field in known:
                row[index] = known[field]
                filled.setdefault(field, []).append(row[where.seq])
    for field, numbers in filled.items():
        origins[f"{element}.{field}"] = origin(numbers, len(rows))
    return bool(filled)


def _organization(
    found: Shredded,
    places: _Places,
    items: Items,
    facts: ItemFacts | None,
    uscc: str,
    on: date | None,
    origins: dict[str, str],
) -> set[str]:
    """The organisation's name: of the organisations imported, else as the item names it where it is the same one."""
    name = items.organization(uscc, on)
    if name is None and facts is not None and facts.organization == uscc:
        name = facts.organization_name
    if name is None:
        return set()
    found.shared[places.organization] = name
    origins["Organization.Name"] = ORIGIN
    return {"Organization"}


def _facts(found: Shredded, places: _Places, items: Items, on: date | None) -> ItemFacts | None:
    for index in places.codes:
        code = _said(found.shared[index])
        facts = items.find(code, on) if code else None
        if facts is not None:
            return facts
    return None


def _applied(found: Shredded, places: _Places) -> date | None:
    rows = found.rows.get("Application")
    day = rows[0][places.applied] if rows else NULL
    return None if day is NULL else date.fromisoformat(day)


def _said(value: str) -> str | None:
    return None if value is NULL else value.strip()


@lru_cache(maxsize=4096)
def _told(origins: tuple[tuple[str, str], ...], before: str) -> str:
    """The origins as JSON, beside those that were there; cases of one department leave the same fields out."""
    known = json.loads(before) if before else {}
    return json.dumps(known | dict(origins), ensure_ascii=False, sort_keys=True)


def _places(plan: Plan) -> _Places:
    found = _known_places.get(id(plan))
    if found is None:
        found = _known_places[id(plan)] = _compiled(plan)
    return found


def _compiled(plan: Plan) -> _Places:
    item, organization = plan.rows["ServiceItem"], plan.rows["Organization"]
    rows = []
    for element, (code, name, fields) in ROWS.items():
        row = plan.rows[element]
        rows.append(
            (
                element,
                _Rows(
                    None if code is None else row.index(code),
                    row.index(name),
                    row.index("Seq"),
                    tuple((field, row.index(field)) for field in fields),
                ),
            )
        )
    return _Places(
        plan=plan,
        groups=tuple(
            (group[0], item.index(group[0]), tuple((field, item.index(field)) for field in group))
            for group in GROUPS
        ),
        rows=tuple(rows),
        uscc=organization.index("Uscc"),
        organization=organization.index("Name"),
        codes=(item.index("HandleItemCode"), item.index("ItemCode")),
        applied=plan.rows["Application"].index("AppliedAt") + 1,
    )
