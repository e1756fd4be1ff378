"""Adds to the log's entries on cards and orders the seals of their rows, as the transaction leaves them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Table

from hub.central.seals import seals
from hub.central.sets import among
from hub.central.tables.business import card, card_consequence, card_event, order_hand, supervision_order

Entries = Sequence[tuple[str, dict[str, Any]]]


def seal_entries(connection: Connection, entries: Entries, at: int) -> None:
    """Each card's and order's newest entry gets `seals`: {table: {key: seal}}; the earlier ones get none to hold ({}).

    Of a card's events those of this instant, `at` (µs), are sealed: the earlier ones were, and never change.
    """
    last: dict[tuple[str, int], dict[str, Any]] = {}
    consequences = []
    for event, body in entries:
        body["seals"] = {}
        kind = "order" if event.startswith("order.") else "card"
        last[kind, body[kind]] = body
        if event == "card.consequence":
            consequences.append(body["card"])
    cards = [number for kind, number in last if kind == "card"]
    orders = [number for kind, number in last if kind == "order"]
    if cards:
        _seal(connection, last, "card", card, cards)
        _seal(connection, last, "card", card_event, cards, at)
    if consequences:
        _seal(connection, last, "card", card_consequence, consequences)
    if orders:
        _seal(connection, last, "order", supervision_order, orders)
        _seal(connection, last, "order", order_hand, orders)


def _seal(
    connection: Connection,
    last: dict[tuple[str, int], dict[str, Any]],
    kind: str,
    table: Table,
    numbers: Sequence[int],
    at: int | None = None,
) -> None:
    whose = table.c[f"{kind}_id"]
    condition = among(connection, whose, numbers)
    if at is not None:
        condition &= table.c.at == at
    own = (
        [column.name for column in table.primary_key.columns].index(whose.name) if whose.primary_key else None
    )
    if own is not None:
        for key, sealed in seals(connection, table, condition).items():
            number = int(key.split("/")[own])
            last[kind, number]["seals"].setdefault(table.name, {})[key] = sealed
        return
    for number in numbers:  # keyed otherwise: few at a time
        last[kind, number]["seals"][table.name] = seals(connection, table, whose == number)
