"""On SQLite every statement of a judgement looks its days up: none walks through the calendar for each case, whatever SQLite
knows of its tables."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

import pytest
from sqlalchemy import Engine, event, text

from hub.supervision.run import supervise

# A search by the region alone finds every day of it, one by a day's number from which on all that follow.
WALKED = re.compile(r"(work_calendar.*|SEARCH k\w* .*)\(scope=\?( AND \w+[<>]\?)*\)$|SCAN k\w? ")
MADE_FROM_THE_CALENDAR = "window"
"""The months themselves are made of its days."""


@pytest.mark.parametrize("counted", [False, True])
def test_no_rule_walks_through_the_calendar(yellow: Engine, counted: bool) -> None:
    plans: dict[str, list[str]] = {}

    def explain(
        connection: Any, cursor: Any, statement: str, parameters: Any, context: Any, many: bool
    ) -> None:
        named = re.match(r"/\* (.+?) \*/ INSERT", statement)
        if named:
            rows = cursor.connection.cursor().execute(f"EXPLAIN QUERY PLAN {statement}", parameters)
            plans.setdefault(named[1], []).extend(row[3] for row in rows)

    if counted:
        with yellow.begin() as connection:
            connection.execute(text("ANALYZE"))
    event.listen(yellow, "before_cursor_execute", explain)
    supervise(yellow, today=date(2025, 3, 31))
    del plans[MADE_FROM_THE_CALENDAR]
    walked = {name: [line for line in plan if WALKED.search(line)] for name, plan in plans.items()}
    assert len(plans) > 100
    assert {name: lines for name, lines in walked.items() if lines} == {}
