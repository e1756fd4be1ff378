"""Results of cases as a simulated department makes them public, and what G3 must find of them, by the written rule.

From the earlier of the months that are judged on, the result of every licence that was granted is made public: on the next
working day, one in each month on the last day of its term, and, where something is planted, in the latest month one a day
late and one never. What is not public yet on the last day of the simulation has no row.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import cache

from hub.simulate.anomaly_truth import ended_months, month_of
from hub.simulate.days import PUBLISHED, day_of, walk, works
from hub.simulate.life import Life
from hub.simulate.world import Options

TERM = 7  # working days from completion to the publication of the result
LICENCE, GRANTED = "01", "0"
ON_THE_LAST_DAY, A_DAY_LATE, NEVER = "on the last day", "a day late", "never public"
_LATEST_MONTH = (A_DAY_LATE, NEVER, ON_THE_LAST_DAY)
"""What becomes of the first results of the month, in the order in which they were finished."""
_OTHER_MONTHS = (ON_THE_LAST_DAY,)


@dataclass(frozen=True, slots=True, order=True)
class Granted:
    """A licence that was granted: the day (ordinal), the case as the hub knows it, the item's name."""

    day: int
    case_no: str
    item: str


class Results:
    """Sees every case of a department once, as the hub holds it at last, and says what is public and what must be found."""

    def __init__(self, options: Options) -> None:
        self._system = options.code
        self._organization = options.organization.uscc
        self._today = options.today.toordinal()
        self._planted = not (options.clean or options.fabricate)
        self._months = ended_months(self._today)  # the latest first
        self._from = date.fromisoformat(f"{min(self._months)}-01").toordinal()
        self._granted: list[Granted] = []

    def see(self, life: Life, case_no: str) -> None:
        """Enter a case that the hub holds, under the number by which it was sent."""
        if life.item.item_type == LICENCE and life.result == GRANTED and life.completed is not None:
            day = day_of(life.completed)
            if self._from <= day <= self._today:
                self._granted.append(Granted(day, case_no, life.item.name))

    def named(self) -> dict[str, int]:
        """What was planted, and how often."""
        named = [name for _, name in self._cast() if name]
        return {name: named.count(name) for name in _LATEST_MONTH if name in named}

    def rows(self) -> Iterator[tuple[Granted, int]]:
        """What is public at the end of the last day, and since which day."""
        for each, name in self._cast():
            day = publication(each.day, name)
            if day is not None and day <= self._today:
                yield each, day

    def cards(self) -> list[tuple[str, str]]:
        """The findings as (rule, subject): a month of which a result was not public by the end of its term."""
        public = {each.case_no: day for each, day in self.rows()}
        since = min(public.values(), default=self._today)
        late = {
            month_of(each.day)
            for each in self._granted
            if each.day >= since
            and _is_over(each.day, self._today)
            and public.get(each.case_no, self._today) > walk(each.day, TERM)
        }
        return [
            ("G3", f"{self._system} {month} {self._organization}") for month in sorted(late & {*self._months})
        ]

    def _cast(self) -> Iterator[tuple[Granted, str]]:
        """Every licence in the order of completion, with what is planted in it or nothing."""
        seen: dict[str, int] = defaultdict(int)
        for each in sorted(self._granted):
            month = month_of(each.day)
            names = _LATEST_MONTH if self._planted and month == self._months[0] else _OTHER_MONTHS
            place = seen[month]
            seen[month] += 1
            yield each, names[place] if place < len(names) else ""


def publication(completed: int, name: str) -> int | None:
    """The day on which the result of a case is made public that was finished on a day; None is never."""
    if name == NEVER:
        return None
    return walk(completed, {ON_THE_LAST_DAY: TERM, A_DAY_LATE: TERM + 1}.get(name, 1))


@cache
def _is_over(completed: int, today: int) -> bool:
    """Whether the term has run out, by days of years whose calendar is published."""
    days = range(completed + 1, today + 1)
    return sum(works(day) and date.fromordinal(day).year in PUBLISHED for day in days) > TERM
