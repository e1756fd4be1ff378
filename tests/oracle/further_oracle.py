"""T4 to T9 and T12 judged slowly, day by day, as the sentences on time read; it shares no code with the program it checks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import pairwise

from tests.oracle.lives import Life, Moment, Named, Pause, Stage, Today, us
from tests.oracle.time_oracle import (
    DAY,
    FIRST,
    HOUR,
    LAST,
    ONE,
    Calendar,
    Case,
    _last_instant,
    _natural,
    _rolled,
    add_months,
    calendar_of,
    cap_of,
    days_after,
    known,
    local_day,
    with_limits_of_the_item,
)

RULES = ("T4", "T5", "T6", "T7", "T8", "T9", "T12")
ONLINE = ("2", "3")


@dataclass(frozen=True)
class More:
    """What a rule finds: the last day, and by how much it is past, in its unit (months: natural days; hours as such)."""

    last_day: date | None
    excess: float
    provisional: bool = False


Findings = dict[tuple[str, str], More]


def judge(life: Life, today: Today, imports: Sequence[Named] = ()) -> Findings:
    """The findings of one case as of `today`, each marked provisional where the strict reading disagrees."""
    if not FIRST <= today.day <= LAST:
        return {}
    life = with_limits_of_the_item(life)
    found = dict(_judge(life, today, calendar_of(tuple(imports), life.region, False)))
    strict = dict(_judge(life, today, calendar_of(tuple(imports), life.region, True)))
    return {
        key: replace(
            each, provisional=_counts_days(key, life) and strict.get(key, _NEVER).last_day != each.last_day
        )
        for key, each in found.items()
    }


_NEVER = More(date(1, 1, 1), 0)


def _counts_days(key: tuple[str, str], life: Life) -> bool:
    """T9 needs the calendar only for extensions in natural days or months."""
    return key[0] != "T9" or any(
        p.kind == "1" and p.unit in ("D", "M") and (p.limit or 0) > 0 for p in life.pauses
    )


def _judge(life: Life, today: Today, calendar: Calendar) -> Iterator[tuple[tuple[str, str], More]]:
    clock = _Clock(life, today, calendar)
    for step in life.steps:
        if (late := clock.step(step)) is not None:
            yield ("T4", f"step {step.seq}"), late
    for pause in life.pauses:
        if (late := clock.procedure(pause)) is not None:
            yield ("T5", f"procedure {pause.seq}"), late
    if (late := clock.online()) is not None:
        yield ("T6", ""), late
    yield from clock.received()
    if (late := clock.delivery()) is not None:
        yield ("T8", ""), late
    if (late := clock.extensions()) is not None:
        yield ("T9", ""), late
    yield from clock.corrections()


class _Clock:
    """One case as of today, and how its days are counted."""

    def __init__(self, life: Life, today: Today, calendar: Calendar) -> None:
        self.life, self.today, self.calendar = life, today, calendar
        self.case = Case(life, today, calendar)
        self.accepted = life.accepted if life.status == "1" and known(life.accepted, today) else None
        self.completed = life.completed if self.case.finished else None

    def _end(self, moment: Moment | None) -> Moment:
        """When something ended: what is known of it, at the latest at completion, else now."""
        now = Moment(self.today.day, self.today.instant)
        ends = [moment if moment is not None and known(moment, self.today) else now, self.completed or now]
        day = min(end.day for end in ends)
        instants = [end.at for end in ends]
        return Moment(day, None if None in instants else min(at for at in instants if at is not None))

    def workdays(self, after: date, until: date) -> int:
        return sum(self.calendar.is_workday(day) for day in days_after(after, until))

    def on(self, after: date, count: int) -> date | None:
        """The working day on which so many working days after a day have passed."""
        day = after
        if count == 0:
            return self._back(day)
        while count > 0:
            day += ONE
            if day > LAST:
                return None
            count -= self.calendar.is_workday(day)
        return day

    # T4

    def paused(self, day: date) -> bool:
        return self.accepted is not None and day > self.accepted.day and day in self.case.paused_days

    def _counts(self, day: date, unit: str) -> bool:
        return not self.paused(day) and (unit != "W" or self.calendar.is_workday(day))

    def step(self, step: Stage) -> More | None:
        if step.started is None or not known(step.started, self.today) or not step.limit or step.limit < 0:
            return None
        unit, end, start = step.unit or "W", self._end(step.ended), step.started.day
        if self.accepted is not None and not FIRST <= self.accepted.day <= LAST:
            return None
        if unit == "H":
            return self._step_hours(step, end)
        natural = _natural(start, step.limit, unit)
        if natural is None:
            return None
        last, left = start, natural
        while left > 0:
            last += ONE
            if last > LAST:
                return None
            left -= self._counts(last, unit)
        rolled = last if unit == "W" else self.calendar.next_workday(last)
        if rolled is None:
            return None
        excess = sum(self._counts(day, unit) for day in days_after(rolled, end.day))
        return More(rolled, excess) if excess else None

    def _step_hours(self, step: Stage, end: Moment) -> More | None:
        assert step.started is not None
        assert step.limit is not None
        if (
            step.started.at is None
            or end.at is None
            or (self.accepted is not None and self.accepted.at is None)
        ):
            return None
        used, last = 0, None
        for left, right in self._open_hours(step.started.at, end.at):
            used += right - left
            if last is None and used >= step.limit * HOUR:
                last = right - (used - step.limit * HOUR)
        excess = used - step.limit * HOUR
        if excess <= 0 or last is None:
            return None
        return More(local_day(last - 1), round(excess / HOUR, 6))

    def _open_hours(self, start: int, end: int) -> Iterator[tuple[int, int]]:
        """Stretches of working days between two instants, outside every pause since acceptance."""
        if end <= start:
            return
        stretches = []
        if self.accepted is not None and self.accepted.at is not None:
            stop = self.case.end_instant()
            stretches = [(max(a, self.accepted.at), min(b, stop)) for _, a, _, b in self.case.pauses]
        cuts = {start, end, *(cut for stretch in stretches for cut in stretch if start < cut < end)}
        cuts.update(us(day) for day in days_after(local_day(start), local_day(end)) if us(day) < end)
        marks = sorted(cuts)
        for left, right in pairwise(marks):
            if self.calendar.is_workday(local_day(left)) and not any(
                a <= left and right <= b for a, b in stretches
            ):
                yield left, right

    # T5

    def procedure(self, pause: Pause) -> More | None:
        if pause.kind == "1" or pause.limit is None or not known(pause.started, self.today):
            return None
        ends = [when for seq, when in self.life.ends if seq == pause.seq and known(when, self.today)]
        earliest = min((when.day for when in ends), default=None)
        unit = pause.unit or "W"
        if unit == "H":
            return self._procedure_hours(pause, ends)
        end = min(earliest or self.today.day, self.completed.day if self.completed else self.today.day)
        if unit == "W":
            last = self.on(pause.started.day, pause.limit)
            excess = 0 if last is None else self.workdays(last, end)
        else:
            natural = (
                pause.started.day + pause.limit * ONE
                if unit == "D"
                else add_months(pause.started.day, pause.limit)
            )
            last = None if natural is None or natural > LAST else self.calendar.next_workday(natural)
            excess = 0 if last is None else (end - last).days
        return More(last, excess) if excess > 0 else None

    def _procedure_hours(self, pause: Pause, ends: Sequence[Moment]) -> More | None:
        assert pause.limit is not None
        moments = [pause.started, *ends, *([self.completed] if self.completed else [])]
        if any(moment.at is None for moment in moments):
            return None
        instants = [moment.at for moment in moments[1:] if moment.at is not None]
        assert pause.started.at is not None
        end = min([*instants, self.today.instant])
        used = sum(
            min(end, us(day) + DAY) - max(pause.started.at, us(day))
            for day in [pause.started.day, *days_after(pause.started.day, local_day(end))]
            if self.calendar.is_workday(day) and us(day) < end
        )
        if used <= pause.limit * HOUR:
            return None
        last: date | None
        last, _ = cap_of(pause.started.day, pause.started.at, pause.limit, "H", self.calendar)
        if pause.limit == 0:
            last = self._back(local_day(pause.started.at - 1))
        return None if last is None else More(last, round((used - pause.limit * HOUR) / HOUR, 6))

    def _back(self, day: date) -> date | None:
        """The day, or the last working day before it; None before the calendar."""
        while day >= FIRST:
            if self.calendar.is_workday(day):
                return day
            day -= ONE
        return None

    # T6, T7, T8

    def _late(self, start: date, end: date, allowed: int) -> More | None:
        excess = self.workdays(start, end) - allowed
        return More(self.on(start, allowed), excess) if excess > 0 else None

    def online(self) -> More | None:
        life = self.life
        if life.applied is None or life.channel not in ONLINE:
            return None
        answers = [
            life.accepted,
            *(when for _, when in life.notices),
            *([life.completed] if life.completed else []),
        ]
        for step in life.steps:
            if (when := step.started or step.ended) is not None:
                answers.append(when)
        days = [when.day for when in answers if known(when, self.today)]
        return self._late(life.applied.day, min(days, default=self.today.day), 2)

    def received(self) -> Iterator[tuple[tuple[str, str], More]]:
        life = self.life
        others = [life.completed] if life.completed is not None else []
        if life.applied is not None:
            answers = [life.accepted, *(when for _, when in life.notices), *others]
            days = [when.day for when in answers if known(when, self.today)]
            if (late := self._late(life.applied.day, min(days, default=self.today.day), 5)) is not None:
                yield ("T7", ""), late
        for ordinal, (_, receipt) in enumerate(life.receipts, 1):
            if not known(receipt, self.today):
                continue
            answers = [*([life.accepted] if life.status in ("1", "2") else []), *others]
            answers += [when for _, when in life.notices if _later(when, receipt)]
            days = [when.day for when in answers if known(when, self.today)]
            if (late := self._late(receipt.day, min(days, default=self.today.day), 5)) is not None:
                yield ("T7", f"receipt {ordinal}"), late

    def delivery(self) -> More | None:
        life = self.life
        if self.completed is None or life.result != "0":
            return None
        delivered = life.delivered is not None and known(life.delivered, self.today)
        return self._late(
            self.completed.day, life.delivered.day if delivered and life.delivered else self.today.day, 10
        )

    # T9

    def extensions(self) -> More | None:
        life = self.life
        found = [p for p in life.pauses if p.kind == "1" and known(p.started, self.today)]
        if not found:
            return None
        amounts = [(p.limit or 0, p.unit or "W") for p in found]
        granted = sum(n if unit == "W" else -(-n // 24) if unit == "H" else 0 for n, unit in amounts if n > 0)
        days = sum(n for n, unit in amounts if unit == "D")
        months = sum(n for n, unit in amounts if unit == "M")
        base = self._statutory_last_day()
        if days + months > 0 and base is not None:
            reached = add_months(base, months)
            beyond = reached is None or reached + days * ONE > LAST
            granted += 9999 if beyond or reached is None else self.workdays(base, reached + days * ONE)
        joint = life.case_type == "5" or bool((life.project_no or "").strip())
        excess = max(0, granted - (15 if joint else 10))
        blank = any(value is not None and not value.strip() for p in found for value in (p.approver, p.basis))
        return More(None, excess) if excess or blank else None

    def _statutory_last_day(self) -> date | None:
        life = self.life
        if self.accepted is None or not life.statutory or life.statutory < 0:
            return None
        unit = life.statutory_unit or "W"
        if unit == "H":
            if self.accepted.at is None or (self.completed is not None and self.completed.at is None):
                return None
            last = _last_instant(self.case, self.accepted.at, life.statutory * HOUR)
            return None if last is None else local_day(last - 1)
        natural = _natural(self.accepted.day, life.statutory, unit)
        if natural is None:
            return None
        return _rolled(
            self.case, self.case.walk(self.accepted.day, natural, "W" if unit == "W" else "D"), unit
        )

    # T12

    def corrections(self) -> Iterator[tuple[tuple[str, str], More]]:
        if self.completed is not None:
            return
        for seq, notified in self.life.notices:
            answered = any(of == seq and known(when, self.today) for of, when in self.life.receipts)
            if answered or not known(notified, self.today) or notified.day + 60 * ONE > LAST:
                continue
            last = self.calendar.next_workday(notified.day + 60 * ONE)
            if last is not None and self.today.day > last:
                yield ("T12", f"notice {seq}"), More(last, (self.today.day - last).days)


def _later(notice: Moment, receipt: Moment) -> bool:
    if notice.at is not None and receipt.at is not None:
        return notice.at > receipt.at
    return notice.day >= receipt.day
