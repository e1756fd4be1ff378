"""Whose something is: of the system that it came from; without one, of every system of the organisation that it is about."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import ColumnElement, and_, or_
from sqlalchemy.sql.expression import FromClause

from hub.letters.kinds import KINDS

TO_ORGANIZATIONS = tuple(code for code, kind in KINDS.items() if not kind.personal)
"""Letters that may go to the organisation they are addressed to; the others name whoever complained."""


def theirs(table: FromClause, system: str, organizations: Collection[str]) -> ColumnElement[bool]:
    """The condition that a row (`system`, `org_uscc`) is a system's: what a supervisor began about an organisation has no system."""
    nobodys = or_(table.c.system.is_(None), table.c.system == "")
    return or_(table.c.system == system, and_(nobodys, table.c.org_uscc.in_(sorted(organizations))))


def is_theirs(row: Any, system: str, organizations: Collection[str]) -> bool:
    """The same of a row at hand."""
    return bool(row.system == system or (not row.system and row.org_uscc in organizations))
