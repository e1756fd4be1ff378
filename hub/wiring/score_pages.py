"""What the pages on performance show: a board with the periods around it, and a figure with a page of the list behind it."""

from __future__ import annotations

from typing import Any

from hub.scores.library import DIMENSIONS, find, indicators
from hub.scores.period import around, parse_period
from hub.scores.report import value_text
from hub.wiring import score_lists, scores

ROW = dict.fromkeys(
    ("kind", "subject", "case_name", "organization_name", "organization", "item", "person_name", "person", "day", "den", "num",
     "value", "weight", "reason")
)  # fmt: skip
"""What the page shows of a row; indicators leave out what they do not have."""


def board(period: str | None) -> dict[str, Any]:
    """The board of a period (of this month without one): as published, else as of now. Raises StopError SCORE_…"""
    asked = scores.this_month() if period is None else parse_period(period)
    return {
        "board": scores.show(asked), "known": indicators(), "value_text": value_text, "periods": around(asked),
    }  # fmt: skip


def figure(
    period: str, indicator: str, *, by: str | None, part: str, key: str | None, number: int, size: int
) -> dict[str, Any]:
    """One indicator told apart by a dimension, and page `number` (from 1) of the list behind it. Raises StopError SCORE_…"""
    asked, declared = parse_period(period), find(indicator)
    part = "numerator" if declared.kind == "count" and part == "denominator" else part
    told = score_lists.figures(indicator, asked, by) if by and key is None else []
    rows = score_lists.behind(
        indicator,
        asked,
        part,
        by=by if key is not None else None,
        key=key or None,
        limit=size,
        offset=(number - 1) * size,
    )
    return {
        "indicator": declared, "period": asked, "by": by, "part": part, "key": key, "number": number, "figures": told,
        "rows": [{**ROW, **row} for row in rows], "full": len(rows) == size, "dimensions": DIMENSIONS, "value_text": value_text,
    }  # fmt: skip
