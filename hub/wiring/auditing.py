"""Fits the auditor's comparison to this installation: its database, its raw store, its registrations, its keys for seals."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from hub import wiring
from hub.audit.compare import Comparison
from hub.audit.findings import EVERYTHING, Bounds, Difference, Tally
from hub.audit.reread import Rereading
from hub.audit.told import scratch
from hub.central.engine import reading
from hub.register import Registration

T = TypeVar("T")


def compare(
    take: Callable[[Difference], T],
    *,
    bounds: Bounds = EVERYTHING,
    bytes_too: bool = True,
    all_mapped: bool = False,
) -> Tally:
    """Hand every difference to `take`, one after another; what was compared and what the log does not hold.

    Raises RetryError where the database cannot be read, OSError where no scratch file can be had.
    """
    tally = Tally()
    known: dict[str, Registration] = {}

    def registration(code: str) -> Registration:
        if code not in known:
            known[code] = wiring.registration(code)
        return known[code]

    engine = wiring.engine()
    again = Rereading(engine, wiring.archive(), registration, wiring.limits(), wiring.catalogue())
    with scratch(wiring.settings().work) as told, reading(engine) as connection:
        found = Comparison(connection, told, wiring.raw_store(), again, bounds, bytes_too, all_mapped)
        for difference in found.differences(tally):
            take(difference)
    return tally
