"""Fills in what a message may leave out (†): from the registration, from the case itself, else it stays null.

Every derived value's origin is kept with the case as JSON: field → origin (registration, item code, order).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from functools import lru_cache

from hub.register import Registration
from mappings.plan import Plan, RowPlan
from mappings.shred import Row, Shredded
from mappings.values import NULL

NUMBERED = ("Material", "Step", "CorrectionNotice", "SpecialProcedure", "Fee", "Evaluation")
"""Elements whose rows carry a number of their own; the hub numbers rows that came without one."""


Link = tuple[Row, int, Row, int]
"""A row, where it refers to another, that other, and where that one's number is: known from the source, not by time."""


def derive(
    found: Shredded,
    plan: Plan,
    registration: Registration,
    item_types: Iterable[str],
    links: Sequence[Link] = (),
) -> None:
    """Derive in place."""
    origins: dict[str, str] = {}
    _organization(found.shared, plan.rows["Organization"], registration, origins)
    _item_type(found.shared, plan.rows["ServiceItem"], item_types, origins)
    for name in NUMBERED:
        if name in found.rows and _number(found.rows[name], plan.rows[name]):
            origins[f"{name}.Seq"] = "order"
    for row, reference, target, number in links:
        row[reference] = target[number]
    _refer(
        found,
        plan,
        ("CorrectionReceipt", "NoticeSeq", "ReceivedAt"),
        ("CorrectionNotice", "NotifiedAt"),
        origins,
    )
    _refer(
        found,
        plan,
        ("SpecialProcedureResult", "ProcedureSeq", "EndedAt"),
        ("SpecialProcedure", "StartedAt"),
        origins,
    )
    for name in ("CorrectionReceipt", "SpecialProcedureResult"):
        for ordinal, row in enumerate(found.rows.get(name, ()), 1):
            row[0] = str(ordinal)
    if origins:
        found.shared[-1] = _told(tuple(origins.items()))


@lru_cache(maxsize=4096)
def _told(origins: tuple[tuple[str, str], ...]) -> str:
    """The origins as JSON; cases of one department leave the same fields out."""
    return json.dumps(dict(origins), ensure_ascii=False, sort_keys=True)


def _organization(row: Row, plan: RowPlan, registration: Registration, origins: dict[str, str]) -> None:
    code = plan.index("Uscc")
    known = registration.organizations
    if row[code] is NULL and len(known) == 1:
        row[code] = known[0]
        origins["Organization.Uscc"] = "registration"
    elif len(row[code]) == 9:
        # A nine-digit organisation code is positions 9-17 of the unified social credit code (GB 32100).
        full = [uscc for uscc in known if uscc[8:17] == row[code]]
        if len(full) == 1:
            row[code] = full[0]
            origins["Organization.Uscc"] = "registration"
    region = plan.index("RegionCode")
    if row[region] is NULL and registration.region:
        row[region] = registration.region
        origins["Organization.RegionCode"] = "registration"


def _item_type(row: Row, plan: RowPlan, item_types: Iterable[str], origins: dict[str, str]) -> None:
    code, kind = row[plan.index("ItemCode")].strip(), plan.index("ItemType")
    # 31 = organisation 18 + level 1 + province 2 + type 2 + main item 5 + sub-item 3.
    if row[kind] is NULL and len(code) == 31 and code[21:23] in item_types:
        row[kind] = code[21:23]
        origins["ServiceItem.ItemType"] = "item code"


def _in_order(rows: list[Row], plan: RowPlan) -> list[Row]:
    """Steps by time (their beginning, else their end), everything else as the document has it."""
    if plan.element.name != "Step":
        return rows
    days = [plan.index(name) + 1 for name in plan.element.one_of]

    def when(row: Row) -> tuple[str, int]:
        for day in days:
            if row[day] is not NULL:
                return _moment(row, day)
        return "9999-12-31", 0  # a step without any time is refused later; until then it stands last

    return sorted(rows, key=when)


def _number(rows: list[Row], plan: RowPlan) -> bool:
    index = plan.index("Seq")
    taken = {row[index] for row in rows}
    if NULL not in taken:
        return False
    if len(rows) == 1:
        rows[0][index] = "1"
        return True
    following = 1
    for row in _in_order(rows, plan):
        if row[index] is NULL:
            while str(following) in taken:
                following += 1
            row[index] = str(following)
            taken.add(row[index])
    return True


def _refer(
    found: Shredded, plan: Plan, child: tuple[str, str, str], parent: tuple[str, str], origins: dict[str, str]
) -> None:
    """Point a receipt or result at the latest earlier notice or procedure, else at the only one."""
    rows = found.rows.get(child[0])
    parents = found.rows.get(parent[0])
    if not rows or not parents:
        return
    reference, day = plan.rows[child[0]].index(child[1]), plan.rows[child[0]].index(child[2]) + 1
    number, begun = plan.rows[parent[0]].index("Seq"), plan.rows[parent[0]].index(parent[1]) + 1
    for row in rows:
        if row[reference] is not NULL:
            continue
        earlier = [p for p in parents if _not_after(p, begun, row, day)]
        chosen = (
            max(earlier, key=lambda p: _moment(p, begun))
            if earlier
            else parents[0]
            if len(parents) == 1
            else None
        )
        if chosen is not None:
            row[reference] = chosen[number]
            origins[f"{child[0]}.{child[1]}"] = "order"


def _not_after(one: Row, one_day: int, two: Row, two_day: int) -> bool:
    """Compared at the precision of a day where either of them has no other."""
    if NULL in (one[one_day - 1], two[two_day - 1]):
        return one[one_day] <= two[two_day]
    return int(one[one_day - 1]) <= int(two[two_day - 1])


def _moment(row: Row, day: int) -> tuple[str, int]:
    at = row[day - 1]
    return row[day], 0 if at is NULL else int(at)
