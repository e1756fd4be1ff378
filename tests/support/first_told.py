"""Examples of E1: cases whose versions came in packages of known arrival, just in time and just too late."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, insert

from hub.central.tables import exchange
from tests.oracle.lives import on
from tests.oracle.loading import SYSTEM
from tests.support.papers import Rows, store

TODAY = "2025-03-31"
CONTACT = "2025-03-01 00:00"
"""When the first package of the system arrived, unless an example says otherwise."""
Example = tuple[Rows, list[str], dict[tuple[str, int], int], list[str]]
"""Case, arrival of its versions, what was told by a later one than the first, subjects found."""

APPLIED = {"applied": "2025-03-03 09:00"}
ONLY = {"application": APPLIED, "acceptance": None, "step": None}

EXAMPLES: dict[str, Example] = {
    "told at once": (ONLY, ["2025-03-03 09:00:01"], {}, []),
    "told after 24 hours": (ONLY, ["2025-03-04 09:00"], {}, []),
    "told a second later": (ONLY, ["2025-03-04 09:00:01"], {}, ["version 1"]),
    "a weekend counts": ({**ONLY, "application": {"applied": "2025-03-07 17:00"}}, ["2025-03-10 08:00"], {}, ["version 1"]),
    "a day, told at the end of the next": ({**ONLY, "application": {"applied": "2025-03-03"}}, ["2025-03-04 23:59:59"], {}, []),
    "a day, told the day after the next": ({**ONLY, "application": {"applied": "2025-03-03"}}, ["2025-03-05 00:00"], {}, ["version 1"]),
    "announced before it happened": (ONLY, ["2025-03-02 09:00"], {}, []),
    "accepted, and told later by a version of its own": (
        {**ONLY, "acceptance": {"handled": "2025-03-03 10:00"}}, ["2025-03-03 10:00", "2025-03-04 10:00"],
        {("Acceptance.HandledAt", 0): 2}, []),
    "the same, a second too late": (
        {**ONLY, "acceptance": {"handled": "2025-03-03 10:00"}}, ["2025-03-03 10:00", "2025-03-04 10:00:01"],
        {("Acceptance.HandledAt", 0): 2}, ["version 2"]),
    "several things told late at once are one finding": (
        {"application": APPLIED}, ["2025-03-10 09:00"], {}, ["version 1"]),
    "told late twice": (
        {"application": APPLIED}, ["2025-03-10 09:00", "2025-03-11 09:00"], {("Step.EndedAt", 1): 2}, ["version 1", "version 2"]),
    "told after today, and the time is over": (ONLY, ["2025-04-20 09:00"], {}, ["version 1"]),
    "told after today, and the time is not over": (
        {**ONLY, "application": {"applied": "2025-03-31 12:00"}}, ["2025-04-20 09:00"], {}, []),
    "happened before the first package": (
        {**ONLY, "application": {"applied": "2025-02-27 09:00"}}, ["2025-03-10 09:00"], {}, []),
    "finished before the first package, delivered since": (
        {**ONLY, "application": {"applied": "2025-02-24 09:00"}, "acceptance": {"handled": "2025-02-25 09:00"},
         "completion": {"completed": "2025-02-28 09:00", "result": "0"}, "delivery": {"delivered": "2025-03-05 10:00", "method": "1"}},
        ["2025-03-10 09:00"], {}, []),
    "delivered, told late": (
        {**ONLY, "delivery": {"delivered": "2025-03-05 10:00", "method": "1"}}, ["2025-03-03 10:00", "2025-03-06 10:00:01"],
        {("Delivery.DeliveredAt", 0): 2}, ["version 2"]),
}  # fmt: skip


def put(connection: Connection) -> None:
    """Store all examples, each case with its versions and their packages."""
    store(connection, *(case for case, _, _, _ in EXAMPLES.values()))
    arrive(connection, 1, CONTACT)
    for number, (_, arrivals, told, _) in enumerate(EXAMPLES.values(), 1):
        for version, at in enumerate(arrivals, 1):
            arrive(connection, number * 100 + version, at)
            versioned(connection, number, version, number * 100 + version)
        for (event, row), version in told.items():
            values = {"case_id": number, "event": event, "number": row, "version": version}
            connection.execute(insert(exchange.event_told), [values])


def arrive(connection: Connection, package: int, at: str, **more: Any) -> None:
    """A package that arrived at an instant."""
    received = on(at).at
    values = {
        "id": package, "system": SYSTEM, "digest": f"{package:064d}", "package_id": f"P{package}", "state": "closed",
        "origin": "x", "size": 1, "received_at": received, "closed_at": received, **more,
    }  # fmt: skip
    connection.execute(insert(exchange.package), [values])


def versioned(connection: Connection, case_id: int, version: int, package: int) -> None:
    """A version of a case that a package brought."""
    values = {
        "case_id": case_id, "version": version, "digest": "0" * 64, "state": "current", "package": package, "ordinal": 1,
        "known_at": 0,
    }  # fmt: skip
    connection.execute(insert(exchange.case_version), [values])
