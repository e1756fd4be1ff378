"""Fits the auditor's comparison to this installation: its database, its raw store, its registrations, its keys for seals."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from sqlalchemy import Connection, select

from hub import wiring
from hub.audit.compare import Comparison
from hub.audit.findings import EVERYTHING, Bounds, Difference, Tally
from hub.audit.reread import Rereading
from hub.audit.told import scratch
from hub.central.engine import reading
from hub.central.tables.exchange import log_head
from hub.central.upgrade import must_be_there
from hub.errors import Place, StopError
from hub.wiring.registered_then import Registrations

T = TypeVar("T")


def _check_known(connection: Connection, bounds: Bounds) -> None:
    """Raise StopError SYSTEM_UNKNOWN for a system of which the log knows nothing: nothing compared is no agreement."""
    if bounds.system is None:
        return
    known = sorted(connection.execute(select(log_head.c.chain)).scalars())
    if bounds.system not in known:
        listed = ", ".join(known[:20]) or "-"
        raise StopError(
            "SYSTEM_UNKNOWN",
            zh=f"日志中没有系统 {bounds.system}",
            en=f"The log knows no system {bounds.system}",
            remedy_zh=f"日志中有：{listed}",
            remedy_en=f"The log has: {listed}",
            place=Place(system=bounds.system),
        )


def compare(
    take: Callable[[Difference], T],
    *,
    bounds: Bounds = EVERYTHING,
    bytes_too: bool = True,
    all_mapped: bool = False,
) -> Tally:
    """Hand every difference to `take`, one after another; what was compared and what the log does not hold.

    Raises RetryError where the database cannot be read, StopError DB_MISSING and SYSTEM_UNKNOWN, OSError where no
    scratch file can be had.
    """
    must_be_there(wiring.engine())
    tally = Tally()
    engine, work = wiring.engine(), wiring.settings().work
    with scratch(work) as told, reading(engine) as connection:
        _check_known(connection, bounds)
        registration = Registrations.by(connection).of
        again = Rereading(engine, wiring.archive(), registration, wiring.limits(), wiring.catalogue())
        found = Comparison(connection, told, wiring.raw_store(), again, bounds, bytes_too, all_mapped)
        for difference in found.differences(tally):
            take(difference)
    return tally
