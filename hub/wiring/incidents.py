"""Faults fitted together with the log; what `suphub incident` calls."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection

from hub import wiring
from hub.central.engine import reading, writing
from hub.clock import now_us
from hub.ledger import chain
from hub.scores import incidents


def report(grade: str, title: str, *, by: str, at: int, **more: Any) -> int:
    """Enter a fault; returns its number. Raises StopError INCIDENT_…"""
    with writing(wiring.engine()) as connection:
        return incidents.report(connection, grade, title, by=by, at=at, log=_to_log, **more)


def respond(number: int, *, by: str, at: int) -> None:
    """Somebody took it up. Raises StopError INCIDENT_…"""
    with writing(wiring.engine()) as connection:
        incidents.respond(connection, number, by=by, at=at, log=_to_log)


def close(number: int, *, by: str, at: int, solution: str) -> None:
    """It is over. Raises StopError INCIDENT_…"""
    with writing(wiring.engine()) as connection:
        incidents.close(connection, number, by=by, at=at, solution=solution, log=_to_log)


def listed(*, open_only: bool = False) -> list[dict[str, Any]]:
    """Every fault, newest first."""
    with reading(wiring.engine()) as connection:
        return incidents.listed(connection, open_only=open_only)


def _to_log(connection: Connection, event: str, body: Mapping[str, Any], /) -> None:
    chain.append(connection, chain.HUB_CHAIN, event, body, now_us())
