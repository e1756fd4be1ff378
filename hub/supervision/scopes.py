"""What a judgement ranges over: the systems that are supervised, and the calendar of a case's region."""

from __future__ import annotations

from datetime import date

from sqlalchemy import Connection, Date, bindparam, select, text

from hub.central.tables.exchange import system
from hub.central.tables.rules import work_calendar
from hub.supervision.calendar import FIRST_DAY, day_number
from hub.supervision.temporary import renew


def regional(connection: Connection) -> tuple[str, str]:
    """(joins, expression): the calendar of a case is that of the longest prefix of its region that has one."""
    scopes = connection.execute(select(work_calendar.c.scope).distinct()).scalars()
    lengths = sorted({len(scope) for scope in scopes if scope}, reverse=True)
    joins = [
        # One row per scope is enough to know that it exists: the first day of the calendar.
        f"LEFT JOIN work_calendar g{length} ON g{length}.day_number = {day_number(FIRST_DAY)}"
        f" AND g{length}.scope = SUBSTR(a.region_code, 1, {length}) AND LENGTH(g{length}.scope) = {length}"
        for length in lengths
    ]
    expression = f"COALESCE({', '.join([*(f'g{length}.scope' for length in lengths), chr(39) * 2])})"
    return "\n  ".join(joins), expression if lengths else "''"


def supervised_systems(connection: Connection, prefix: str) -> None:
    """Make `<prefix>system`: the systems whose cases are judged, live ones, and paused ones with what they sent before;
    never trials."""
    renew(
        connection,
        f"{prefix}system",
        f"CREATE TEMPORARY TABLE {prefix}system (code VARCHAR(64) NOT NULL PRIMARY KEY, from_day DATE NOT NULL)",
    )
    rows = connection.execute(
        select(system.c.code, system.c.supervise_from).where(system.c.status.in_(("live", "paused")))
    ).all()
    statement = text(f"INSERT INTO {prefix}system VALUES (:code, :day)").bindparams(
        bindparam("day", type_=Date())
    )
    values = [
        {"code": code, "day": date.fromisoformat(since) if since else date(1, 1, 1)} for code, since in rows
    ]
    if values:
        connection.execute(statement, values)
