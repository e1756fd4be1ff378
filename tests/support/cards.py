"""A database with one yellow card, and the people who act on it: for tests of the life of cards and orders."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

import pytest
from sqlalchemy import Connection, Engine

from hub.central.engine import reading, writing
from hub.clock import start_of
from hub.errors import StopError
from hub.supervision import handling, ordering
from hub.supervision.listing import show_card
from hub.supervision.order_listing import show_order
from tests.oracle.judging import supervise
from tests.oracle.lives import Life, on
from tests.oracle.loading import put

ISSUED_ON = date(2025, 3, 10)
AT = start_of(date(2025, 3, 12))
DAY = 86_400_000_000
ORGANIZATION = "11430100006121778E"


class Logged:
    """What the log was given: (event, body)."""

    def __init__(self) -> None:
        self.entries: list[tuple[str, Mapping[str, Any]]] = []

    def __call__(self, connection: Connection, event: str, body: Mapping[str, Any], /) -> None:
        self.entries.append((event, body))

    @property
    def events(self) -> list[str]:
        return [event for event, _ in self.entries]


def one_yellow_card(engine: Engine) -> None:
    """One open case with a T2 card, issued on Monday 10 March 2025, answers due on 22 April: card 1."""
    with writing(engine) as connection:
        put(connection, [Life(on("2025-03-03 09:00"), promised=4)])
    supervise(engine, today=ISSUED_ON)


def do(engine: Engine, action: str, card_id: int = 1, **given: Any) -> Any:
    """Act on a card in a transaction of its own."""
    role = "department" if action in ("answer", "appeal") else "supervisor"
    with writing(engine) as connection:
        deed = getattr(handling, action)
        return deed(connection, card_id, **{"by": "王监察", "role": role, "at": AT, "log": None, **given})


def begin_order(engine: Engine, card_id: int = 1, **given: Any) -> int:
    """Turn a card into an order."""
    said = {"supervisor": "监察局", "reason": "逾期未整改", "by": "王监察", "at": AT, "log": None}
    with writing(engine) as connection:
        return ordering.start_from_card(connection, card_id, **{**said, **given})


def hand(engine: Engine, action: str, order_id: int = 1, **given: Any) -> dict[str, Any]:
    """Act on an order in a transaction of its own."""
    role = "department" if action in ("sign", "feedback") else "supervisor"
    said = {"by": "李某", "role": role, "opinion": f"意见 {action}", "at": AT, "log": None}
    with writing(engine) as connection:
        return ordering.act(connection, order_id, action, **{**said, **given})


def shown(engine: Engine, card_id: int = 1) -> dict[str, Any]:
    """A card."""
    with reading(engine) as connection:
        found = show_card(connection, card_id)
    assert found is not None
    return found


def shown_order(engine: Engine, order_id: int = 1) -> dict[str, Any]:
    """An order."""
    with reading(engine) as connection:
        found = show_order(connection, order_id)
    assert found is not None
    return found


def refused(code: str, deed: Callable[[], object]) -> StopError:
    """What the deed is refused with."""
    with pytest.raises(StopError) as caught:
        deed()
    assert caught.value.code == code, caught.value
    return caught.value
