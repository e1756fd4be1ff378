"""What must be found beside the limits of cases: T4 of steps, T13 of items, and T14 where a T2 card still stands later.

Written from the rules and sharing no code with the hub's own judgement.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import date

from hub.simulate.days import DAY, day_of, walk, works
from hub.simulate.judge import paused_days
from hub.simulate.life import Life

CANONICAL = "canonical"
STILL_OPEN = 3  # working days after a T2 card; one more, and T14 holds


def steps(life: Life, today: int, dialect: str) -> tuple[str, ...]:
    """T4 once for each step whose working days, pauses left out, are more than its own limit."""
    end = (today + 1) * DAY
    if dialect != CANONICAL or life.handled is None:
        return ()
    found = []
    for step in life.steps:
        if step.limit is None or not step.limit.amount or step.started >= end:
            continue
        assert step.limit.unit == "W", "limits of steps are planted in working days"
        stops = [time for time in (step.ended, life.completed) if time is not None and time < end]
        last = day_of(min(stops)) if stops else today
        paused = paused_days(life, today)
        used = sum(1 for day in range(day_of(step.started) + 1, last + 1) if works(day) and day not in paused)
        found += ["T4"] * (used > step.limit.amount)
    return tuple(found)


class Standing:
    """Gathers, over all cases that count in the end, what is about their items, and what must be found some days later."""

    def __init__(self, today: int, level: str = "3") -> None:
        self.today = today
        self.later_day = walk(today, STILL_OPEN + 1)
        self._level = level
        self._items: set[str] = set()
        self._open: list[str] = []

    def see(self, life: Life, rules: Collection[str], case_no: str) -> None:
        """One case, the rules that hold of it today, and its number as it was sent."""
        promised, statutory = life.stated or life.promised, life.statutory
        if (
            promised
            and statutory
            and promised.amount
            and statutory.amount
            and promised.unit == statutory.unit
        ) and promised.amount > statutory.amount:
            catalog = f"43{int(life.item.item_type):02d}{life.item_index + 1:05d}001"
            self._items.add(f"{life.organization.uscc}{self._level}{catalog}@{life.version}")
        if "T2" in rules and (life.completed is None or life.completed >= (self.later_day + 1) * DAY):
            self._open.append(case_no)

    def cards(self) -> list[tuple[str, str]]:
        """The findings on items today, as (rule, subject)."""
        return [("T13", item) for item in sorted(self._items)]

    def later(self) -> Iterator[tuple[str, str]]:
        """What must stand on `later_day` if nothing more is sent, as (case, rule)."""
        yield from ((case_no, "T14") for case_no in sorted(self._open))

    @property
    def day(self) -> str:
        """The later day."""
        return date.fromordinal(self.later_day).isoformat()
