"""The tables of the central supervision database, one module per library; `metadata` holds them all."""

from hub.central.tables import (
    business,
    complaints,
    exchange,
    items,
    letters,
    nodes,
    process,
    result,
    rules,
    scores,
    watch,
)
from hub.central.tables.columns import metadata

__all__ = [
    "business",
    "complaints",
    "exchange",
    "items",
    "letters",
    "metadata",
    "nodes",
    "process",
    "result",
    "rules",
    "scores",
    "watch",
]
