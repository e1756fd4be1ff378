"""The cases behind a card, put together: the rules in force, what each system delivers, one snapshot; nothing is written."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from hub.central.seen import Seen
from hub.scores.sheets import csv_bytes
from hub.supervision.behind import card_row, cases_behind
from hub.supervision.cards import unknown
from hub.views.pages import SHOWN
from hub.wiring.fabrication import judging_on_snapshot

COLUMNS = {
    "system": "系统", "case_no": "办件编号", "applied": "申请", "handled": "受理", "completed": "办结",
}  # fmt: skip


def card_cases(card_id: int, seen: Seen | None = None) -> dict[str, Any]:
    """{card_id, rule, system, subject, cases}: every case behind the card, as far as they are `seen`.

    Raises StopError CARD_UNKNOWN (for a card that is not the reader's too), CARD_WITHOUT_CASES.
    """
    with judging_on_snapshot() as (connection, judging):
        row = card_row(connection, card_id)
        if row is None or not (seen is None or seen.allows(row["system"], row["org_uscc"])):
            raise unknown(card_id)
        cases = cases_behind(connection, judging, row)
    if seen is not None:
        cases = [each for each in cases if each["system"] in seen.systems]
    return {**{name: row[name] for name in ("card_id", "rule", "system", "subject")}, "cases": cases}


def card_page(card_id: int, number: int, seen: Seen | None = None) -> dict[str, Any]:
    """What the page on them shows: the card, how many there are, and page `number` (from 1) of them. Raises StopError as above."""
    found = card_cases(card_id, seen)
    cases, first = found["cases"], (number - 1) * SHOWN
    return {
        "found": found, "all": len(cases), "rows": cases[first : first + SHOWN], "more": len(cases) > first + SHOWN,
        "number": number,
    }  # fmt: skip


def as_csv(cases: Sequence[dict[str, Any]]) -> bytes:
    """The cases as CSV with a heading, for a spreadsheet."""
    return csv_bytes(list(COLUMNS.values()), [[each[name] or "" for name in COLUMNS] for each in cases])
