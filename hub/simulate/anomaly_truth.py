"""What the rules on fabricated data (X) must find in a department's ended months, counted case by case from the written rules.

It shares no code with the hub's own judgement: every case is seen once, as the hub holds it at last, and enters the months
in which it was applied for, accepted and finished.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date

from hub.simulate.days import DAY, between, day_of, on_or_after, works
from hub.simulate.elements import handler
from hub.simulate.life import Life, Step
from hub.simulate.national import CODES

NATIONAL, PINYIN = "national-exchange-db", "pinyin-stages"
TELLS = {
    "canonical": frozenset({"X1", "X2", "X3", "X4", "X5", "X6", "X7", "X8", "X10", "X11", "X12"}),
    # No times of entry and writing; regions are the registration's.
    NATIONAL: frozenset({"X1", "X2", "X3", "X4", "X5", "X7", "X8", "X12"}),
    # No times of entry and writing; types of cases are the catalogue's.
    PINYIN: frozenset({"X1", "X2", "X3", "X5", "X7", "X8", "X11", "X12"}),
}
"""Dialect → the rules over months for which it tells enough; of X12 every dialect what it can."""
MONTHS = 2  # so many of the latest ended months are judged
SHARE = {"X1": 10, "X2": 10, "X3": 100, "X4": 10, "X5": 100, "X6": 100, "X7": 10, "X10": 10, "X11": 5}
LEAST = {"X5": 30}  # cases in the month, where it is not ORDINARY_LEAST
ORDINARY_LEAST = 20
BURST, WITHIN = 10, 10
NIGHT_FROM, NIGHT_TO = 22, 6
BURST_SHARE, NIGHT_SHARE, REST_SHARE = 10, 10, 20
POINTS, PEERS = 25, 3
STAFF = 8  # people 0 to 7 are on the staff list
Month = str


@dataclass(slots=True)
class Books:
    """What one month's cases told: per rule whether each bears it out, and what is looked at together."""

    marks: dict[str, list[bool]] = field(default_factory=lambda: defaultdict(list))
    names: list[frozenset[str]] = field(default_factory=list)  # per finished case the names in its steps
    acts: Counter[str] = field(default_factory=Counter)
    types: list[tuple[str, bool]] = field(default_factory=list)  # told, whether the item is of another
    papers: list[tuple[str, bool]] = field(default_factory=list)  # kind of document, whether it does not fit
    finished: list[int] = field(default_factory=list)  # instants


class Anomalies:
    """Sees every case of a department and says what must be found in its months."""

    def __init__(self, system: str, organization: str, today: int, dialect: str) -> None:
        self.system = system
        self.organization = organization
        self.dialect = dialect
        self.months = ended_months(today)
        self.books = {month: Books() for month in self.months}

    def see(self, life: Life) -> None:
        """Enter a case that the hub holds."""
        for time, enter in (
            (life.applied, self._applied),
            (life.handled, self._handled),
            (life.completed, self._completed),
        ):
            month = None if time is None else month_of(day_of(time))
            if month in self.books:
                enter(self.books[month], life)

    def _by_day(self, life: Life) -> bool:
        return life.times == "day" and self.dialect != NATIONAL

    def _applied(self, books: Books, life: Life) -> None:
        own, told = life.item.case_type, _told_type(life, self.dialect)
        if told is not None:
            books.types.append((told, told != own))
        books.marks["X5"].append(life.channel in ("2", "3"))
        if self.dialect == "canonical":
            books.marks["X6"].append(life.written == 0)
            entered = day_of(life.applied + life.entered)
            books.marks["X10"].append(between(on_or_after(day_of(life.applied)), entered) > 1)
        own_region = life.organization.region
        books.marks["X11"].append(not (life.region or own_region).startswith(own_region[:4]))
        who = life.applicant
        fits = who.id_type not in ("001", "002", "999") if who.kind == "1" else who.id_type in ("001", "002")
        books.papers.append((who.id_type, not fits))

    def _handled(self, books: Books, life: Life) -> None:
        books.marks["non-acceptances"].append(life.status == "2")

    def _completed(self, books: Books, life: Life) -> None:
        assert life.completed is not None
        steps = life.steps if self.dialect != PINYIN else [s for s in life.steps if s.ended is not None]
        examined = life.examined is not None
        books.marks["refusals"].append(life.result in ("1", "7"))
        books.marks["corrections"].append(bool(life.notices))
        books.marks["rest"].append(not works(day_of(life.completed)))
        if not self._by_day(life):
            books.finished.append(life.completed)
            books.marks["night"].append(not NIGHT_TO * 3600 <= life.completed % DAY < NIGHT_FROM * 3600)
        if self._one_instant(life, steps) is not None:
            books.marks["X1"].append(self._one_instant(life, steps) is True)
        if life.handled is not None or steps or examined or self.dialect != PINYIN:
            books.marks["X2"].append(any(step.handler >= STAFF for step in steps))
        names = [handler(step.handler)[0] for step in steps] + [handler(life.salt % 7)[0]] * examined
        if names:
            books.names.append(frozenset(names))
            books.acts.update(names)

    def _one_instant(self, life: Life, steps: Iterable[Step]) -> bool | None:
        """Whether acceptance, examination and completion bear one instant; None where nobody can say."""
        told = _told_type(life, self.dialect)
        if life.status != "1" or life.handled is None or self._by_day(life):
            return None
        if "1" in (told, life.item.case_type):
            return None
        times: list[int] = []
        for step in steps:
            if self.dialect == NATIONAL or step.kind != "1":
                begun = [] if self.dialect == PINYIN else [step.started]
                times += [*begun, *([] if step.ended is None else [step.ended])]
        if not times:
            return None
        return {life.handled, life.completed, *times} == {life.handled}

    def cards(self) -> list[tuple[str, str]]:
        """The findings as (rule, subject), in the order of the months."""
        tells = TELLS[self.dialect]
        return [
            (rule, f"{self.system} {month}{more}")
            for month, books in sorted(self.books.items())
            for rule, more in self._findings(books)
            if rule in tells
        ]

    def _findings(self, books: Books) -> Iterator[tuple[str, str]]:
        marks: Mapping[str, list[bool]] = {**books.marks, **_gathered(books)}
        for rule, share in SHARE.items():
            if _reaches(marks.get(rule, []), share, LEAST.get(rule, ORDINARY_LEAST)):
                yield rule, f" {self.organization}" if rule in ("X2", "X5") else ""
        for kind, share in (("burst", BURST_SHARE), ("night", NIGHT_SHARE), ("rest", REST_SHARE)):
            if _reaches(marks.get(kind, []), share, ORDINARY_LEAST):
                yield "X8", f" {kind}"

    def outcomes(self) -> dict[str, dict[str, list[int]]]:
        """Month → refusals, corrections, non-acceptances → [how many, of how many]: what X12 compares between systems."""
        told = {
            NATIONAL: ("refusals",),
        }.get(self.dialect, ("refusals", "corrections", "non-acceptances"))
        return {
            month: {
                kind: [sum(books.marks[kind]), len(books.marks[kind])] for kind in told if books.marks[kind]
            }
            for month, books in sorted(self.books.items())
        }


def far_off(outcomes: Mapping[str, Mapping[str, Mapping[str, list[int]]]]) -> list[tuple[str, str]]:
    """X12 for systems that are supervised together (system → what `outcomes` tells): (system, subject) of each finding.

    Simulated departments have items of the same catalogue codes, so all the others are a system's peers.
    """
    found = []
    for system, months in outcomes.items():
        for month, kinds in months.items():
            for kind, (hits, cases) in kinds.items():
                shares = [
                    100 * other[month][kind][0] / other[month][kind][1]
                    for code, other in outcomes.items()
                    if code != system and other.get(month, {}).get(kind, [0, 0])[1] >= ORDINARY_LEAST
                ]
                enough = cases >= ORDINARY_LEAST and len(shares) >= PEERS
                if enough and abs(100 * hits / cases - sum(shares) / len(shares)) > POINTS:
                    found.append((system, f"{system} {month} {kind}"))
    return found


def ended_months(today: int) -> list[Month]:
    """The months that are judged at the end of `today`: the latest that have ended, as 2026-10."""
    found: list[Month] = []
    day = today + 1
    while len(found) < MONTHS:
        first = date.fromordinal(day).replace(day=1).toordinal()
        found.append(month_of(first - 1))
        day = first - 1
    return found


def month_of(day: int) -> Month:
    """The month of a day, as 2026-10."""
    return date.fromordinal(day).isoformat()[:7]


def _told_type(life: Life, dialect: str) -> str | None:
    """The case type as the department tells it; the national tables have no word for some."""
    if dialect == PINYIN:
        return None
    return life.case_type if dialect != NATIONAL or life.case_type in CODES["CASE_TYPE"] else None


def _reaches(marks: list[bool], percent: int, least: int) -> bool:
    return len(marks) >= least and any(marks) and 100 * sum(marks) >= percent * len(marks)


def _gathered(books: Books) -> dict[str, list[bool]]:
    """What can be said of a case only beside all the others of its month."""
    most = min(books.acts, key=lambda name: (-books.acts[name], name), default="")
    return {
        "X3": [names == {most} for names in books.names],
        "X4": _against(books.types),
        "X7": _against(books.papers),
        "burst": _bursts(sorted(books.finished)),
    }


def _against(cases: list[tuple[str, bool]]) -> list[bool]:
    """Of cases that are all of one kind, those that this contradicts."""
    constant = len({kind for kind, _ in cases}) == 1
    return [constant and contradicts for _, contradicts in cases]


def _bursts(times: list[int]) -> list[bool]:
    """Which of the instants lie in a burst: so many within so many seconds."""
    within = [False] * len(times)
    for place in range(len(times) - BURST + 1):
        if times[place + BURST - 1] - times[place] <= WITHIN:
            for other, time in enumerate(times):
                if times[place] <= time <= times[place] + WITHIN:
                    within[other] = True
    return within
