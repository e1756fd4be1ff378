"""What must be found beside the limits of cases: T4 of steps, T13 of items, and T14 where a T2 card still stands later,
G1 and G2 of the guides of items, which the catalogue alone tells.

T4 is told a second time as a stricter parameter has it: of steps that are risk points (廉政风险点) half the limit counts.

Written from the rules and sharing no code with the hub's own judgement.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import date

from hub.simulate.days import DAY, day_of, walk, works
from hub.simulate.judge import paused_days
from hub.simulate.life import Life, Step
from hub.simulate.words import LIMITED_FLOW, LONG_PROMISE

CANONICAL, NATIONAL = "canonical", "national-exchange-db"
TELLS = (CANONICAL, NATIONAL)
"""The dialects that tell when a step began; canonical messages alone tell limits of steps, the catalogue tells them too."""
FLOW_LIMIT, LIMITED_PLACE = 5, 2  # working days of the one step that the catalogue limits
RISK_PLACES = (2, 3, 4, 5)  # of the flow; a 即办件 has none
GUIDES = {LIMITED_FLOW: "G1", LONG_PROMISE: "G2"}
"""Index of an item → what its guide, never published or a day late, must be found by."""
RISK_PERCENT = 50  # of the limit of a risk point, where the parameter is stricter
STILL_OPEN = 3  # working days after a T2 card; one more, and T14 holds


def steps(life: Life, today: int, dialect: str, risk_percent: int = 100) -> tuple[str, ...]:
    """T4 once for each step whose working days, pauses left out, are more than its own limit."""
    end = (today + 1) * DAY
    if dialect not in TELLS or life.handled is None:
        return ()
    found = []
    for step in life.steps:
        limit = _limit(life, step, dialect, risk_percent)
        if not limit or step.started >= end:
            continue
        stops = [time for time in (step.ended, life.completed) if time is not None and time < end]
        last = day_of(min(stops)) if stops else today
        paused = paused_days(life, today)
        used = sum(1 for day in range(day_of(step.started) + 1, last + 1) if works(day) and day not in paused)
        found += ["T4"] * (used > limit)
    return tuple(found)


def _limit(life: Life, step: Step, dialect: str, risk_percent: int) -> int:
    """The working days of a step: those of the item's flow, else those that the message names; 0 is no limit."""
    if life.item_index == LIMITED_FLOW and step.place == LIMITED_PLACE:
        amount = FLOW_LIMIT
    elif step.limit is None or not step.limit.amount or dialect != CANONICAL:
        return 0
    else:
        assert step.limit.unit == "W", "limits of steps are planted in working days"
        amount = step.limit.amount
    risky = step.place in RISK_PLACES and life.item.case_type != "1"
    return max(1, amount * risk_percent // 100) if risky else amount


class Standing:
    """Gathers, over all cases that count in the end, what is about their items, beside `items`, what the catalogue alone tells
    of them as (rule, subject), and what must be found some days later."""

    def __init__(
        self, today: int, dialect: str, items: Collection[tuple[str, str]], level: str = "3"
    ) -> None:
        self.today = today
        self._dialect = dialect
        self._strict: list[str] = []
        self.later_day = walk(today, STILL_OPEN + 1)
        self._level = level
        self._items = set(items)
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
            self._items.add(("T13", self._item(life)))
        self._strict += [case_no for _ in steps(life, self.today, self._dialect, RISK_PERCENT)]
        if "T2" in rules and (life.completed is None or life.completed >= (self.later_day + 1) * DAY):
            self._open.append(case_no)

    def cards(self) -> list[tuple[str, str]]:
        """The findings on items today, as (rule, subject)."""
        return sorted(self._items)

    def _item(self, life: Life) -> str:
        """The version of the item that a case names, as a card does."""
        catalog = f"43{int(life.item.item_type):02d}{life.item_index + 1:05d}001"
        return f"{life.organization.uscc}{self._level}{catalog}@{life.version}"

    def later(self) -> Iterator[tuple[str, str]]:
        """What must stand on `later_day` if nothing more is sent, as (case, rule)."""
        yield from ((case_no, "T14") for case_no in sorted(self._open))

    def stricter(self) -> Iterator[str]:
        """The cases in which T4 must stand, once for each step, where less of the limit of a risk point counts."""
        yield from sorted(self._strict)

    @property
    def day(self) -> str:
        """The later day."""
        return date.fromordinal(self.later_day).isoformat()
