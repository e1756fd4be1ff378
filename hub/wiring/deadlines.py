"""What follows an import of the calendar at once: deadlines that it counts otherwise are moved, told in the log."""

from __future__ import annotations

from dataclasses import asdict

from hub import wiring
from hub.clock import now_us
from hub.supervision import moving
from hub.wiring.cards import teller


def move_deadlines() -> dict[str, int]:
    """Move the deadlines of cards and orders by the calendar as it is now: {cards, hands} moved."""
    with wiring.engine().connect() as connection:
        return asdict(moving.move_deadlines(connection, now_us(), teller()))
