"""Which texts name which months, quarters, years and days, and into what they fall apart."""

from __future__ import annotations

from datetime import date

import pytest

from hub.errors import StopError
from hub.scores.period import parse_period

READ = {
    "2026-02": ("month", "2026-02", date(2026, 2, 1), date(2026, 2, 28)),
    "2024-02": ("month", "2024-02", date(2024, 2, 1), date(2024, 2, 29)),
    "2026-Q4": ("quarter", "2026-Q4", date(2026, 10, 1), date(2026, 12, 31)),
    "2026q1": ("quarter", "2026-Q1", date(2026, 1, 1), date(2026, 3, 31)),
    "2026": ("year", "2026", date(2026, 1, 1), date(2026, 12, 31)),
    "2026-03-05": ("days", "2026-03-05", date(2026, 3, 5), date(2026, 3, 5)),
    "2026-03-05..2026-04-02": ("days", "2026-03-05..2026-04-02", date(2026, 3, 5), date(2026, 4, 2)),
}


@pytest.mark.parametrize(("text", "expected"), READ.items(), ids=READ)
def test_a_period_is_read(text: str, expected: tuple[str, str, date, date]) -> None:
    found = parse_period(text)
    assert (found.kind, found.name, found.first, found.last) == expected


@pytest.mark.parametrize(
    "text", ["", "2026-13", "2026-00", "2026-Q5", "2026-02-30", "2026-03-05..2026-03-04", "March", "0000"]
)
def test_what_names_no_period_is_told_so(text: str) -> None:
    with pytest.raises(StopError) as caught:
        parse_period(text)
    assert caught.value.code == "SCORE_PERIOD"


def test_a_month_begins_and_ends_at_midnight_of_utc_plus_8() -> None:
    march = parse_period("2025-03")
    assert march.begins_at == 1_740_758_400_000_000  # 2025-02-28T16:00:00Z
    assert march.ends_at == 1_743_436_800_000_000  # 2025-03-31T16:00:00Z


def test_a_year_has_its_quarters_and_a_run_of_days_is_cut_at_months() -> None:
    assert [part.name for part in parse_period("2026").parts("quarter")] == [
        f"2026-Q{n}" for n in (1, 2, 3, 4)
    ]
    parts = parse_period("2026-01-20..2026-03-05").parts("month")
    assert [part.name for part in parts] == ["2026-01-20..2026-01-31", "2026-02", "2026-03-01..2026-03-05"]
