"""What the hub knows of a system beside its front-end machine: when it last sent, how much, what of it is not finished."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import Connection, exists, func, select

from hub.central.memory import UNTAKEN
from hub.central.packages import OPEN_STATES
from hub.central.tables import exchange, rules
from hub.clock import DAY_US, from_us, start_of

_ARRIVAL, _PACKAGE = exchange.arrival, exchange.package
LONGEST_REST = timedelta(days=400)
"""Rest days are looked up so far back; whoever is silent for longer is silent by any measure."""


@dataclass(frozen=True, slots=True)
class Backlog:
    """Packages that the hub has taken and not finished, receipts not delivered, packages set aside."""

    packages: int
    size: int  # bytes
    since: int | None  # µs; when the oldest of them came
    receipts: int
    set_aside: int
    too_large: int = 0  # files at the source, as of the last look


def last_arrival(connection: Connection, system: str) -> int | None:
    """When a package of the system last came; None: never."""
    statement = (
        select(_ARRIVAL.c.arrived_at)
        .join(_PACKAGE, _PACKAGE.c.id == _ARRIVAL.c.package)
        .where(_PACKAGE.c.system == system)
        .order_by(_ARRIVAL.c.id.desc())
        .limit(1)
    )
    found = connection.execute(statement).scalar_one_or_none()
    return None if found is None else int(found)


def known_since(connection: Connection, system: str) -> int | None:
    """When the registration as it is now was first seen; None: not yet."""
    table = exchange.system
    found = connection.execute(select(table.c.seen_at).where(table.c.code == system)).scalar_one_or_none()
    return None if found is None else int(found)


def cases_of(connection: Connection, system: str, day: date) -> int:
    """How many cases the packages held that came on a day (UTC+8); what the hub judged anew is not counted."""
    begin = start_of(day)
    statement = select(func.sum(_PACKAGE.c.cases)).where(
        _PACKAGE.c.system == system,
        _PACKAGE.c.received_at >= begin,
        _PACKAGE.c.received_at < begin + DAY_US,
        exists(select(_ARRIVAL.c.id).where(_ARRIVAL.c.package == _PACKAGE.c.id)),
    )
    return int(connection.execute(statement).scalar_one() or 0)


def backlog(connection: Connection, system: str) -> Backlog:
    """What of a system is not finished in the hub."""
    mine = _PACKAGE.c.system == system
    unfinished = select(func.count(), func.sum(_PACKAGE.c.size), func.min(_PACKAGE.c.received_at)).where(
        mine, _PACKAGE.c.state.in_(OPEN_STATES)
    )
    count, size, since = connection.execute(unfinished).one()
    state = exchange.connector_state
    untaken = select(state.c.value).where(state.c.system == system, state.c.key == UNTAKEN)
    unanswered = (
        select(func.count())
        .select_from(_ARRIVAL.join(_PACKAGE, _PACKAGE.c.id == _ARRIVAL.c.package))
        .where(mine, _ARRIVAL.c.answered_at.is_(None), _PACKAGE.c.state.in_(("closed", "refused")))
    )
    aside = select(func.count()).select_from(_PACKAGE).where(mine, _PACKAGE.c.state == "set_aside")
    return Backlog(
        int(count),
        int(size or 0),
        None if since is None else int(since),
        int(connection.execute(unanswered).scalar_one()),
        int(connection.execute(aside).scalar_one()),
        len(json.loads(connection.execute(untaken).scalar_one_or_none() or "{}")),
    )


def rest_days(connection: Connection, region: str, first: date, last: date) -> frozenset[date]:
    """The days from `first` to `last` that are no working days where the system is; a day without an entry is one."""
    table = rules.work_calendar
    scopes = sorted({region[:length] for length in (0, 2, 4, 6, 9, 12)})
    rows = connection.execute(
        select(table.c.scope, table.c.day, table.c.is_workday).where(
            table.c.scope.in_(scopes), table.c.day >= first, table.c.day <= last
        )
    ).all()
    nearest = max((row.scope for row in rows), key=len, default="")
    return frozenset(row.day for row in rows if row.scope == nearest and not row.is_workday)


def quiet_for(last: int, now: int, rest: Iterable[date]) -> timedelta:
    """How long nothing came, the days of rest left out (instants in µs)."""
    elapsed = max(now - last, 0)
    for day in rest:
        begin = start_of(day)
        elapsed -= max(0, min(now, begin + DAY_US) - max(last, begin))
    return timedelta(microseconds=max(elapsed, 0))


def silence(
    connection: Connection, system: str, region: str, now: int
) -> tuple[int | None, timedelta | None]:
    """When something last came (None: never), and for how long nothing has, days of rest left out (None: unknown)."""
    last = last_arrival(connection, system)
    since = last if last is not None else known_since(connection, system)
    if since is None:
        return None, None
    from_day = max(from_us(since).date(), from_us(now).date() - LONGEST_REST)
    return last, quiet_for(since, now, rest_days(connection, region, from_day, from_us(now).date()))
