"""T1, T2, T3 judged slowly, day by day, as the sentences on time read; it shares no code with the program it checks.

Every function walks. `Calendar` answers "is this a working day" from the library of holidays and the imports; a pause
is a set of days; a limit is counted off day by day. Only limits in hours look below the day, segment by segment.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from fractions import Fraction
from functools import cache, cached_property
from itertools import pairwise

import chinese_calendar

from tests.oracle.lives import ItemVersion, Life, Moment, Named, Today, us

ONE = timedelta(days=1)
HOUR = 3_600_000_000
DAY = 24 * HOUR
FIRST, LAST = date(1990, 1, 1), date(2060, 12, 31)
LIBRARY_YEARS = range(2004, 2027)
ENOUGH_TO_PUBLISH = 10


class Calendar:
    """Working days of one region; strict: every day that nobody has published is a rest day."""

    def __init__(self, imports: Sequence[Named] = (), region: str = "", strict: bool = False) -> None:
        self.imports, self.region, self.strict = imports, region, strict
        self._known: dict[date, bool] = {}

    def is_workday(self, day: date) -> bool:
        if day not in self._known:
            self._known[day] = self._look(day)
        return self._known[day]

    def _look(self, day: date) -> bool:
        named = self._named(day)
        if named is not None:
            return named
        if day.year in LIBRARY_YEARS:
            return bool(chinese_calendar.is_workday(day))
        if self.strict and not self._published(day.year):
            return False
        return day.weekday() < 5

    def _named(self, day: date) -> bool | None:
        best: Named | None = None
        for named in self.imports:  # in order of import: among equals the later one wins
            applies = named.day == day and self.region.startswith(named.region)
            if applies and (best is None or len(named.region) >= len(best.region)):
                best = named
        return None if best is None else best.is_workday

    def _published(self, year: int) -> bool:
        days = {named.day for named in self.imports if named.region == "" and named.day.year == year}
        return len(days) >= ENOUGH_TO_PUBLISH

    @cached_property
    def last_workday(self) -> date:
        """After it nobody need walk on: in a strict calendar that is decades before the last day."""
        day = LAST
        while not self.is_workday(day):
            day -= ONE
        return day

    def next_workday(self, day: date) -> date | None:
        """The day itself, or the first working day after it; None beyond the calendar."""
        while day <= self.last_workday:
            if self.is_workday(day):
                return day
            day += ONE
        return None


@cache
def calendar_of(imports: tuple[Named, ...], region: str, strict: bool) -> Calendar:
    """One calendar for all lives that share it."""
    return Calendar(imports, region, strict)


@dataclass(frozen=True)
class Finding:
    """What a rule finds: the limit's last day, used, limit and excess in the limit's unit (H: µs, M: natural days)."""

    last_day: date | None
    used: int
    limit: int
    excess: int
    unit: str
    provisional: bool = False


def judge(life: Life, today: Today, imports: Sequence[Named] = ()) -> dict[str, Finding]:
    """The findings of one case as of `today`, each marked provisional where the strict reading disagrees."""
    found = _judge(life, today, calendar_of(tuple(imports), life.region, False))
    strict = _judge(life, today, calendar_of(tuple(imports), life.region, True))
    return {
        rule: replace(finding, provisional=rule not in strict or strict[rule].last_day != finding.last_day)
        for rule, finding in found.items()
    }


def with_limits_of_the_item(life: Life) -> Life:
    """The case with the limits that count: those of its item's version in force when it was applied for, where it has any."""
    version = in_force(life.handling_item or life.item, life.applied)
    if version is not None and version.promised is not None and version.promised > 0:
        life = replace(life, promised=version.promised, promised_unit=version.promised_unit)
    if version is not None and version.statutory is not None and version.statutory > 0:
        life = replace(life, statutory=version.statutory, statutory_unit=version.statutory_unit)
    return life


def in_force(versions: Sequence[ItemVersion], applied: Moment | None) -> ItemVersion | None:
    best: ItemVersion | None = None
    for version in versions:
        day = applied.day if applied is not None else None
        begun = version.first is None or (day is not None and version.first <= day)
        lasts = version.last is None or (day is not None and day <= version.last)
        if begun and lasts and (best is None or version.version > best.version):
            best = version
    return best if best is not None and best.state == "in_force" else None


def _judge(life: Life, today: Today, calendar: Calendar) -> dict[str, Finding]:
    life = with_limits_of_the_item(life)
    if life.status != "1" or not known(life.accepted, today) or not FIRST <= life.accepted.day <= LAST:
        return {}
    case = Case(life, today, calendar)
    found: dict[str, Finding] = {}
    promised = _promised(life)
    if promised is not None:
        limit, unit = promised
        finding = _past(case, limit, unit, extended=False)
        if finding is not None:
            found["T2"] = finding
        elif not case.finished:
            near = _near(case, limit, unit)
            if near is not None:
                found["T1"] = near
    if life.statutory is not None and life.statutory > 0:
        finding = _past(case, life.statutory, life.statutory_unit or "W", extended=True)
        if finding is not None:
            found["T3"] = finding
    return found


def known(moment: Moment, today: Today) -> bool:
    return moment.day <= today.day if moment.at is None else moment.at < today.instant


def _promised(life: Life) -> tuple[int, str] | None:
    if life.promised is not None and life.promised > 0:
        return life.promised, life.promised_unit or "W"
    if life.promised_at is None:
        return None
    days = (life.promised_at.day - life.accepted.day).days
    return (days, "D") if days > 0 else None


class Case:
    """A case as of today: where it starts and ends, and what pauses it."""

    def __init__(self, life: Life, today: Today, calendar: Calendar) -> None:
        self.life, self.today, self.calendar = life, today, calendar
        self.finished = life.completed is not None and known(life.completed, today)
        self.start = life.accepted.day
        self.end = life.completed.day if self.finished and life.completed else today.day
        self.pauses = [*self._procedures(), *self._corrections()]
        self.paused_days = {
            day for begin, _, end, _ in self.pauses for day in days_after(begin, min(end, self.end))
        }

    def _procedures(self) -> Iterator[tuple[date, int, date, int]]:
        """(first day, first instant, last day, last instant) of each special procedure; the first day is not paused."""
        for pause in self.life.pauses:
            if pause.kind == "1" or not known(pause.started, self.today) or pause.limit == 0:
                continue
            ends = [when for seq, when in self.life.ends if seq == pause.seq and known(when, self.today)]
            begin, begin_at = pause.started.day, late_instant(pause.started)
            last = min([when.day for when in ends], default=self.today.day)
            last_at = min([late_instant(when) for when in ends], default=self.today.instant)
            if pause.limit is not None:
                cap, cap_at = cap_of(begin, begin_at, pause.limit, pause.unit or "W", self.calendar)
                last, last_at = min(last, cap), min(last_at, cap_at)
            yield begin, begin_at, last, last_at

    def _corrections(self) -> Iterator[tuple[date, int, date, int]]:
        for seq, notified in self.life.notices:
            if not known(notified, self.today):
                continue
            ends = [when for of, when in self.life.receipts if of == seq and known(when, self.today)]
            last = min([when.day for when in ends], default=self.today.day)
            last_at = min([late_instant(when) for when in ends], default=self.today.instant)
            yield notified.day, late_instant(notified), last, last_at

    def counted(self, day: date, unit: str) -> bool:
        return day not in self.paused_days and (unit != "W" or self.calendar.is_workday(day))

    def count(self, after: date, until: date, unit: str) -> int:
        return sum(self.counted(day, unit) for day in days_after(after, until))

    def walk(self, after: date, steps: int, unit: str) -> date | None:
        """The day on which `steps` counted days after `after` are reached."""
        day, end = after, self.calendar.last_workday if unit == "W" else LAST
        while steps > 0:
            day += ONE
            if day > end:
                return None
            steps -= self.counted(day, unit)
        return day

    # Hours: the same by the instant.

    def segments(self, after: int, until: int) -> Iterator[tuple[int, int]]:
        """Unpaused stretches of working days between two instants, in order."""
        day = local_day(after)
        while us(day) < until and day <= LAST:
            if self.calendar.is_workday(day):
                yield from self._unpaused(max(after, us(day)), min(until, us(day) + DAY))
            day += ONE

    def _unpaused(self, begin: int, end: int) -> Iterator[tuple[int, int]]:
        if begin >= end:
            return
        cuts = {begin, end}
        last = self.end_instant()
        stretches = [(pause_begin, min(pause_end, last)) for _, pause_begin, _, pause_end in self.pauses]
        for stretch in stretches:
            cuts.update(cut for cut in stretch if begin < cut < end)
        marks = sorted(cuts)
        for left, right in pairwise(marks):
            if not any(a <= left and right <= b for a, b in stretches):
                yield left, right

    def end_instant(self) -> int:
        if not self.finished:
            return self.today.instant
        assert self.life.completed is not None
        return late_instant(self.life.completed)


def days_after(after: date, until: date) -> Iterator[date]:
    day = after + ONE
    while day <= until:
        yield day
        day += ONE


def local_day(instant: int) -> date:
    return date(1970, 1, 1) + timedelta(days=(instant + 8 * HOUR) // DAY)


def late_instant(moment: Moment) -> int:
    """A day-precise moment is the end of its day."""
    return us(moment.day) + DAY if moment.at is None else moment.at


def add_months(day: date, months: int) -> date | None:
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    if year > LAST.year:
        return None
    for last in (day.day, 30, 29, 28):
        try:
            return date(year, month + 1, min(day.day, last))
        except ValueError:
            continue
    raise AssertionError("no month is shorter than 28 days")


def cap_of(begin: date, begin_at: int, limit: int, unit: str, calendar: Calendar) -> tuple[date, int]:
    """The last day and instant of a procedure's own limit, from its own start, without deductions."""
    last: date | None = begin
    if unit == "H":
        at = last_working_instant(begin_at, limit * HOUR, calendar)
        return (LAST, us(LAST) + DAY) if at is None else (local_day(at - 1), at)
    if unit == "W":
        left = limit
        while left and last is not None:
            last = calendar.next_workday(last + ONE)
            left -= 1
    else:
        natural = begin + limit * ONE if unit == "D" else add_months(begin, limit)
        last = None if natural is None or natural > LAST else calendar.next_workday(natural)
    if last is None:
        return LAST, us(LAST) + DAY
    return last, us(last) + DAY


def last_working_instant(begin_at: int, length: int, calendar: Calendar) -> int | None:
    day = local_day(begin_at)
    while day <= calendar.last_workday:
        if calendar.is_workday(day):
            begin = max(begin_at, us(day))
            if begin + length <= us(day) + DAY:
                return begin + length
            length -= us(day) + DAY - begin
        day += ONE
    return None


def _hours_possible(case: Case) -> bool:
    instants = [case.life.accepted, *([case.life.completed] if case.finished else [])]
    return all(moment is not None and moment.at is not None for moment in instants)


def _past(case: Case, limit: int, unit: str, *, extended: bool) -> Finding | None:
    if unit == "H":
        return _past_hours(case, limit, extended) if _hours_possible(case) else None
    natural = _natural(case.start, limit, unit)
    if natural is None:
        return None
    axis = "W" if unit == "W" else "D"
    base = _rolled(case, case.walk(case.start, natural, axis), unit)
    last, effective = base, natural
    if extended:
        for days in _extensions(case, base):
            begin, total = days
            if last is None or case.count(last, min(begin, case.end), axis) > 0:
                break
            if unit == "W":
                last, effective = case.walk(case.start, natural + total, "W"), natural + total
            elif base is not None:
                last = case.walk(base, total, "W")
                effective = natural + (0 if last is None else case.count(base, last, "D"))
    if last is None:
        return None
    excess = case.count(last, case.end, axis)
    if excess == 0:
        return None
    return Finding(last, case.count(case.start, case.end, axis), effective, excess, unit)


def _natural(start: date, limit: int, unit: str) -> int | None:
    if unit != "M":
        return limit
    same_day = add_months(start, limit)
    return None if same_day is None else (same_day - start).days


def _rolled(case: Case, day: date | None, unit: str) -> date | None:
    return day if day is None or unit == "W" else case.calendar.next_workday(day)


def _extensions(case: Case, base: date | None) -> Iterator[tuple[date, int]]:
    """(begin, working days of this and all earlier ones together), in order of begin."""
    joint = case.life.case_type == "5" or bool((case.life.project_no or "").strip())
    cap = 15 if joint else 10
    begun = sorted(
        (p for p in case.life.pauses if p.kind == "1" and known(p.started, case.today)),
        key=lambda p: (p.started.day, us(p.started.day) if p.started.at is None else p.started.at, p.seq),
    )
    workdays = days = months = 0
    endless = False
    for extension in begun:
        unit = extension.unit or "W"
        endless = endless or extension.limit is None
        amount = extension.limit or 0
        workdays += amount if unit == "W" else -(-amount // 24) if unit == "H" else 0
        days += amount if unit == "D" else 0
        months += amount if unit == "M" else 0
        total = cap
        if not endless and base is not None:
            total = min(cap, workdays + _workdays_in(case.calendar, base, days, months, cap))
        yield extension.started.day, total


def _workdays_in(calendar: Calendar, base: date, days: int, months: int, cap: int) -> int:
    if days + months == 0:
        return 0
    target = add_months(base, months)
    if target is None or target + days * ONE > LAST:
        return cap
    return sum(calendar.is_workday(day) for day in days_after(base, target + days * ONE))


def _past_hours(case: Case, limit: int, extended: bool) -> Finding | None:
    assert case.life.accepted.at is not None
    start, end = case.life.accepted.at, case.end_instant()
    length = limit * HOUR
    base = _last_instant(case, start, length)
    last = base
    if extended:
        ordered = sorted(
            (p for p in case.life.pauses if p.kind == "1" and known(p.started, case.today)),
            key=lambda p: (p.started.day, us(p.started.day) if p.started.at is None else p.started.at, p.seq),
        )
        base_day = None if base is None else local_day(base - 1)
        for extension, (_, total) in zip(ordered, _extensions(case, base_day), strict=True):
            begin = us(extension.started.day) if extension.started.at is None else extension.started.at
            if last is None or _counted_hours(case, last, min(begin, end)) > 0:
                break
            length = limit * HOUR + total * DAY
            last = _last_instant(case, start, length)
    if last is None:
        return None
    excess = _counted_hours(case, last, end)
    if excess == 0:
        return None
    return Finding(local_day(last - 1), _counted_hours(case, start, end), length, excess, "H")


def _counted_hours(case: Case, after: int, until: int) -> int:
    return sum(right - left for left, right in case.segments(after, until))


def _last_instant(case: Case, start: int, length: int) -> int | None:
    """The first instant at which `length` has been used."""
    for left, right in case.segments(start, us(LAST) + DAY):
        if right - left >= length:
            return left + length
        length -= right - left
    return None


def _near(case: Case, limit: int, unit: str) -> Finding | None:
    """T1 for an open case that is not past."""
    if unit == "H":
        if not _hours_possible(case):
            return None
        assert case.life.accepted.at is not None
        length = limit * HOUR
        used = _counted_hours(case, case.life.accepted.at, case.end_instant())
        last_at = _last_instant(case, case.life.accepted.at, length)
        if Fraction(length - used, length) > Fraction(1, 5):
            return None
        return Finding(None if last_at is None else local_day(last_at - 1), used, length, 0, "H")
    natural = _natural(case.start, limit, unit)
    if natural is None or case.today.day == case.start:
        return None
    axis = "W" if unit == "W" else "D"
    used = case.count(case.start, case.end, axis)
    last = _rolled(case, case.walk(case.start, natural, axis), unit)
    days_left = None
    if last is not None:
        days_left = sum(case.calendar.is_workday(day) for day in days_after(case.end, last))
    if Fraction(natural - used, natural) <= Fraction(1, 5) or (days_left is not None and days_left <= 1):
        return Finding(last, used, natural, 0, unit)
    return None
