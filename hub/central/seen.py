"""What a reader sees who does not see everything: the systems of a department and its organisations, as conditions of queries."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import Column, ColumnElement, Connection, Table, and_, or_, select

from hub.central.tables.exchange import system


@dataclass(frozen=True, slots=True)
class Seen:
    """Systems by code, and the organisations (USCC) that are registered for them. Nothing at all where both are empty."""

    systems: frozenset[str]
    organizations: frozenset[str]

    def allows(self, system: str | None, organization: str | None) -> bool:
        """Whether something is theirs: by its system, or where it has none by its organisation."""
        return system in self.systems if system else organization in self.organizations


def seen_of(connection: Connection, codes: Collection[str]) -> Seen:
    """What those see who may see these systems."""
    rows = connection.execute(select(system.c.organization).where(system.c.code.in_(sorted(codes))))
    named = {each.strip() for row in rows for each in row.organization.split(",")}
    return Seen(frozenset(codes), frozenset(named - {""}))


def systems_of(connection: Connection) -> list[str]:
    """The codes of all systems that ever were registered and sent."""
    return list(connection.execute(select(system.c.code).order_by(system.c.code)).scalars())


def by_system(column: Column[str], seen: Seen | None) -> list[ColumnElement[bool]]:
    """Conditions for rows of a system; none for who sees everything."""
    return [] if seen is None else [column.in_(sorted(seen.systems))]


def by_owner(table: Table, seen: Seen | None) -> list[ColumnElement[bool]]:
    """Conditions for rows with `system` and `org_uscc`, as `Seen.allows` says."""
    if seen is None:
        return []
    none = or_(table.c.system.is_(None), table.c.system == "")
    theirs = table.c.org_uscc.in_(sorted(seen.organizations))
    return [or_(table.c.system.in_(sorted(seen.systems)), and_(none, theirs))]
