"""Through which system an organisation is reached that answers for a complaint or an item: so that its cards go back to it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, select

from hub.central.sets import among
from hub.central.tables.complaints import complaint_link
from hub.central.tables.exchange import system

NO_CODE = {
    "zh": "轮到办理的单位没有统一社会信用代码，无法对应系统",
    "en": "the organisation whose turn it is has no code (USCC), so no system can be told to be its own",
}
NO_SYSTEM = {
    "zh": "轮到办理的单位没有登记在用的系统",
    "en": "no live or paused system is registered for the organisation whose turn it is",
}
ITEM_WITHOUT_SYSTEM = {
    "zh": "事项的实施机构没有登记在用的系统",
    "en": "no live or paused system is registered for the organisation of the item",
}
"""Why a card on a complaint or an item names no system, as its snapshot tells; it is shown and printed, and handed over by hand."""


def with_systems(connection: Connection, units: Mapping[int, dict[str, Any]]) -> None:
    """Give units that are complaints the system of the organisation whose turn it is, or say in `no_system` why none.

    `units` by complaint; of several systems of the organisation that one counts which has a case that the complaint is
    linked to, else the first by code.
    """
    linked = _linked(connection, list(units))
    theirs = _systems(connection)
    for number, unit in units.items():
        listed = theirs.get(unit["org_uscc"] or "", [])
        own = [code for code in listed if code in linked.get(number, ())]
        unit["system"] = (own or listed or [""])[0]
        if not listed:
            unit["no_system"] = NO_SYSTEM if unit["org_uscc"] else NO_CODE


def with_systems_of_items(connection: Connection, units: Sequence[dict[str, Any]]) -> None:
    """Give units that are versions of items the system of the item's organisation: that through which cases of it came, if it is
    one of the organisation's, else the first by code; or say in `no_system` that there is none.
    """
    theirs = _systems(connection)
    for unit in units:
        listed = theirs.get(unit["org_uscc"] or "", [])
        if unit["system"] not in listed:
            unit["system"] = (listed or [unit["system"]])[0]
        if not unit["system"]:
            unit["no_system"] = ITEM_WITHOUT_SYSTEM


def _linked(connection: Connection, numbers: list[int]) -> dict[int, set[str]]:
    found: dict[int, set[str]] = {}
    ours = among(connection, complaint_link.c.complaint_id, numbers) & (complaint_link.c.kind == "case")
    for row in connection.execute(select(complaint_link.c.complaint_id, complaint_link.c.target).where(ours)):
        found.setdefault(row.complaint_id, set()).add(row.target.partition("/")[0])
    return found


def _systems(connection: Connection) -> dict[str, list[str]]:
    """Organisation → the supervised systems registered for it, by code."""
    found: dict[str, list[str]] = {}
    supervised = system.c.status.in_(("live", "paused"))
    rows = connection.execute(select(system.c.code, system.c.organization).where(supervised))
    for row in sorted(rows, key=lambda row: str(row.code)):
        for organization in row.organization.split(","):
            found.setdefault(organization.strip(), []).append(row.code)
    return found
