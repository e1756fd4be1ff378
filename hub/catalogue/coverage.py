"""Business coverage (业务全覆盖): per organisation the items in force, which of them ever exchanged a case, and the gap."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import Connection, and_, func, or_, select, union

from hub.central.tables import exchange, items
from hub.central.tables.process import application, approval_case


@dataclass(slots=True)
class Coverage:
    """Of one organisation: counts of items, and those missing. Exempt items are counted by themselves, never missing."""

    organization: str
    name: str | None
    in_force: int = 0  # not exempt
    exempt: int = 0
    ever: int = 0  # of in_force: exchanged at least one case
    in_period: int = 0  # of in_force: a case applied for in the period
    missing: list[dict[str, Any]] = field(default_factory=list)  # in force, not exempt, never exchanged
    exempted: list[dict[str, Any]] = field(default_factory=list)

    def as_dict(self) -> dict[str, Any]:
        """As plain data, with the share of items that ever exchanged (null without items)."""
        share = round(self.ever / self.in_force, 4) if self.in_force else None
        return {**asdict(self), "share": share}


def coverage(
    connection: Connection,
    today: date,
    first: date | None = None,
    last: date | None = None,
    organization: str | None = None,
) -> list[Coverage]:
    """Coverage as of `today`; the period is from `first` to `last`, both inclusive, by day of application."""
    ever = _exchanged(connection, None, None)
    period = ever if first is None and last is None else _exchanged(connection, first, last)
    found: dict[str, Coverage] = {}
    for row in _in_force(connection, today, organization):
        mine = found.setdefault(row.org_uscc or "", Coverage(row.org_uscc or "", row.org_name))
        told = {"item_code": row.item_code, "name": row.name}
        if row.is_exempt:
            mine.exempt += 1
            mine.exempted.append({**told, "basis": row.exempt_basis})
            continue
        mine.in_force += 1
        mine.ever += row.item_code in ever
        mine.in_period += row.item_code in period
        if row.item_code not in ever:
            mine.missing.append(told)
    return [found[uscc] for uscc in sorted(found)]


def _in_force(connection: Connection, today: date, organization: str | None) -> Iterator[Any]:
    """The highest version of each item that is valid today, if it is in force."""
    table = items.service_item
    valid = and_(
        or_(table.c.valid_from.is_(None), table.c.valid_from <= today),
        or_(table.c.valid_to.is_(None), table.c.valid_to >= today),
    )
    newest = (
        select(table.c.item_code, func.max(table.c.version).label("version"))
        .where(valid)
        .group_by(table.c.item_code)
        .subquery()
    )
    same = and_(table.c.item_code == newest.c.item_code, table.c.version == newest.c.version)
    wanted = (
        select(table.c.item_code, table.c.name, table.c.org_uscc, table.c.org_name, table.c.is_exempt, table.c.exempt_basis)
        .join(newest, same)
        .where(table.c.state == "in_force")
    )  # fmt: skip
    if organization:
        wanted = wanted.where(table.c.org_uscc == organization)
    yield from connection.execute(wanted.order_by(table.c.org_uscc, table.c.item_code))


def _exchanged(connection: Connection, first: date | None, last: date | None) -> set[str]:
    """Codes of items, and of handling items, that current cases name."""
    head = exchange.case_head
    joined = approval_case.join(
        head, and_(head.c.id == approval_case.c.case_id, head.c.state == "current")
    ).outerjoin(application, application.c.case_id == approval_case.c.case_id)
    parts = []
    for column in (approval_case.c.item_code, approval_case.c.handle_item_code):
        part = select(column.label("code")).select_from(joined).where(column.is_not(None))
        if first is not None:
            part = part.where(application.c.applied_day >= first)
        if last is not None:
            part = part.where(application.c.applied_day <= last)
        parts.append(part)
    return {str(code) for code in connection.execute(union(*parts)).scalars()}
