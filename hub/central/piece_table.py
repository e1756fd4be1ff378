"""Reads what is kept of the pieces of cases (table `case_pieces`)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Row, select

from hub.central.piece_rows import Held, History, history
from hub.central.sets import among
from hub.central.tables import exchange


def histories(connection: Connection, cases: Sequence[int]) -> dict[int, History]:
    """What is known of the pieces of cases, by the cases' ids; cases without pieces are left out."""
    table = exchange.case_pieces
    rows: dict[int, list[Row[Any]]] = {}
    for row in connection.execute(select(table).where(among(connection, table.c.case_id, cases))):
        rows.setdefault(row.case_id, []).append(row)
    return {case_id: history((row.package, row.body) for row in found) for case_id, found in rows.items()}


def pieces_of(connection: Connection, case_id: int) -> list[dict[str, Any]]:
    """The newest pieces of a case by kind and key: kind, source_key, basis, value, operation, root, digest, part,
    package, ordinal, line."""
    found = histories(connection, [case_id]).get(case_id)
    return [] if found is None else [shown_piece(found.held[key]) for key in sorted(found.held)]


def shown_piece(each: Held) -> dict[str, Any]:
    """A piece as those who trace a case see it."""
    basis, value = each.rank
    return {
        "kind": each.kind, "source_key": each.source_key, "basis": basis, "value": value, "operation": each.operation,
        "root": int(each.root), "digest": each.digest, "part": each.part, "package": each.package,
        "ordinal": each.ordinal, "line": each.line,
    }  # fmt: skip
