"""Whose working days a deadline is counted in: those of the longest prefix of a region that has days of its own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from sqlalchemy import ColumnElement, Connection, case, func, literal, select

from hub.central.tables.exchange import system
from hub.central.tables.items import organization
from hub.central.tables.rules import work_calendar
from hub.supervision.calendar import workdays_after


def scopes(connection: Connection) -> Sequence[str]:
    """The regions that have days of their own, the longest first; the whole country, which all have, is not among them."""
    found = connection.execute(select(work_calendar.c.scope).distinct()).scalars()
    return sorted((scope for scope in found if scope), key=len, reverse=True)


def scope_of(region: str | None, known: Sequence[str]) -> str:
    """The scope of a region; '' is the whole country."""
    return next((scope for scope in known if (region or "").startswith(scope)), "")


def scope_in_sql(region: ColumnElement[str], known: Sequence[str]) -> ColumnElement[str]:
    """The same as an expression of a query, `known` being its scopes."""
    whens = [(func.substr(region, 1, len(scope)) == scope, literal(scope)) for scope in known]
    return case(*whens, else_=literal("")) if whens else literal("")


@dataclass(slots=True)
class Deadlines:
    """Last days by the calendar of a region; what was looked up once is remembered, so one serves one transaction or run."""

    connection: Connection
    _scopes: Sequence[str] | None = None
    _found: dict[tuple[str, date, int], date | None] = field(default_factory=dict)

    def after(self, day: date, workdays: int, region: str | None) -> date | None:
        """The day on which so many working days after `day` have passed there; `day` itself for 0; None beyond the calendar."""
        if workdays == 0:
            return day
        if self._scopes is None:
            self._scopes = scopes(self.connection)
        key = (scope_of(region, self._scopes), day, workdays)
        if key not in self._found:
            self._found[key] = workdays_after(self.connection, day, workdays, key[0])
        return self._found[key]


def of_system(connection: Connection, code: str | None) -> str | None:
    """The region that a system is registered for."""
    return connection.execute(select(system.c.region).where(system.c.code == code)).scalar()


def of_organization(connection: Connection, uscc: str | None) -> str | None:
    """The region of an organisation by the catalogue's newest version of it; None where it is not there."""
    newest = select(organization.c.region_code).where(organization.c.org_uscc == uscc)
    return connection.execute(newest.order_by(organization.c.version.desc()).limit(1)).scalar()
