"""The cases behind a card, put together: the rules in force, what each system delivers, one snapshot; nothing is written."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from hub.scores.sheets import csv_bytes
from hub.supervision.behind import card_row, cases_behind
from hub.supervision.cards import unknown
from hub.wiring.fabrication import judging_on_snapshot

COLUMNS = {
    "system": "系统", "case_no": "办件编号", "applied": "申请", "handled": "受理", "completed": "办结",
}  # fmt: skip


def card_cases(card_id: int) -> dict[str, Any]:
    """{card_id, rule, system, subject, cases}: every case behind the card. Raises StopError CARD_UNKNOWN, CARD_WITHOUT_CASES."""
    with judging_on_snapshot() as (connection, judging):
        row = card_row(connection, card_id)
        if row is None:
            raise unknown(card_id)
        cases = cases_behind(connection, judging, row)
    return {**{name: row[name] for name in ("card_id", "rule", "system", "subject")}, "cases": cases}


def as_csv(cases: Sequence[dict[str, Any]]) -> bytes:
    """The cases as CSV with a heading, for a spreadsheet."""
    return csv_bytes(list(COLUMNS.values()), [[each[name] or "" for name in COLUMNS] for each in cases])
