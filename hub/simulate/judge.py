"""What T1, T2 and T3 must find in a case, told day by day: slow, readable, the truth that the hub is held to.

Written from the sentences on time that the rules cite (行政许可法 arts. 42-45, 82) and sharing no code with the hub's own
judgement: every used day is stepped over, and no day is subtracted from another.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

from hub.simulate.days import DAY, between, day_of, months_on, on_or_after, walk, works
from hub.simulate.life import Life, Limit, Special

EXTENSION_CAP = 10
JOINT_CAP = 15
LEVELS = {
    "T1": 1, "T2": 2, "T3": 3, "T4": 2, "T5": 2, "T6": 2, "T7": 2, "T8": 2, "T9": 3, "T12": 1, "T13": 1, "T14": 3, "S1": 1, "G1": 1, "G2": 1, "G3": 1,
    "F1": 3, "F2": 2, "F3": 3, "F4": 2, "F5": 2, "F6": 2, "F7": 2, "E2": 2, "E3": 2, "E4": 2,
    **{f"L{n}": 3 if n in (12, 14) else 2 for n in range(1, 16)}, **{f"C{n}": 2 if n < 5 else 1 for n in range(1, 11)},
    **{f"X{n}": 1 for n in range(1, 13)},
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Standing:
    """How one limit stands: past or not, and if not, whether it is near."""

    past: bool
    near: bool = False


def findings(life: Life, today: int) -> tuple[str, ...]:
    """The rules that hold for a case as of the end of `today` (24:00): T1, or T2 and T3 as they come."""
    end = (today + 1) * DAY
    if life.status != "1" or life.handled is None or life.handled >= end:
        return ()
    is_open = life.completed is None or life.completed >= end
    found = []
    promised = _standing(life, promise_of(life), today, extended=False)
    if promised and promised.past:
        found.append("T2")
    elif promised and is_open and promised.near:
        found.append("T1")
    statutory = _standing(life, _in_force(life.statutory), today, extended=True)
    if statutory and statutory.past:
        found.append("T3")
    return tuple(found)


def promise_of(life: Life) -> Limit | None:
    """The promised limit; where none is known, the promised day as natural days from acceptance."""
    stated = _in_force(life.promised)
    if stated or life.promised_at is None or life.handled is None:
        return stated
    return _in_force(Limit(day_of(life.promised_at) - day_of(life.handled), "D"))


def late_workdays(life: Life, today: int) -> int:
    """Of an open case past its promised limit: the working days after the last day, pauses left out."""
    limit = promise_of(life)
    assert limit is not None
    assert limit.amount is not None
    last = _last_hour(life, limit, today) if limit.unit == "H" else _last_day(life, limit, today)
    paused = paused_days(life, today)
    return sum(1 for day in range(last + 1, today + 1) if works(day) and day not in paused)


def _last_day(life: Life, limit: Limit, today: int) -> int:
    assert life.handled is not None
    assert limit.amount is not None
    start, natural = day_of(life.handled), limit.unit in ("D", "M")
    need = months_on(start, limit.amount) - start if limit.unit == "M" else limit.amount
    paused = paused_days(life, today)
    base = walk(start, need, lambda day: day not in paused and (natural or works(day)))
    return on_or_after(base) if natural else base


def _last_hour(life: Life, limit: Limit, today: int) -> int:
    """The day on which a limit in hours runs out; today at the latest."""
    assert life.handled is not None
    assert limit.amount is not None
    pauses, day = _paused_times(life, today), day_of(life.handled)
    while day < today and _worked(life.handled, (day + 1) * DAY, pauses) < limit.amount * 3600:
        day += 1
    return day


def _in_force(limit: Limit | None) -> Limit | None:
    """A limit of zero or null is none; a null unit means working days."""
    if limit is None or limit.amount is None or limit.amount <= 0:
        return None
    return Limit(limit.amount, limit.unit or "W")


def _standing(life: Life, limit: Limit | None, today: int, *, extended: bool) -> _Standing | None:
    if limit is None:
        return None
    if limit.unit == "H":
        return None if life.times == "day" else _hours(life, limit, today, extended=extended)
    return _days(life, limit, today, extended=extended)


def _days(life: Life, limit: Limit, today: int, *, extended: bool) -> _Standing:
    assert life.handled is not None
    assert limit.amount is not None
    start = day_of(life.handled)
    natural = limit.unit in ("D", "M")
    need = months_on(start, limit.amount) - start if limit.unit == "M" else limit.amount
    paused = paused_days(life, today)

    def counts(day: int) -> bool:
        return day not in paused and (natural or works(day))

    base = walk(start, need, counts)
    base = on_or_after(base) if natural else base
    last = _extended(life, base, paused, counts, today) if extended else base
    if any(counts(day) for day in range(last + 1, _stop_day(life, today) + 1)):
        return _Standing(True)
    if extended or today == start:
        return _Standing(False)  # T1 looks at the promise alone, and never on the day of acceptance
    used = sum(1 for day in range(start + 1, today + 1) if counts(day))
    near = 5 * (need - used) <= need or between(today, last) <= 1
    return _Standing(False, near)


def _stop_day(life: Life, today: int) -> int:
    """Everything stops at completion, whatever its result; what comes after today is not known yet."""
    return today if life.completed is None else min(today, day_of(life.completed))


def paused_days(life: Life, today: int) -> set[int]:
    """The days that stand still: (start day, end day] of every pause, as one set."""
    paused: set[int] = set()
    for special, ended in _pauses(life, today):
        stop = day_of(ended) if ended is not None else today
        paused.update(range(day_of(special.started) + 1, min(stop, _cap_day(special), today) + 1))
    for notified, received in _waits(life, today):
        stop = day_of(received) if received is not None else today
        paused.update(range(day_of(notified) + 1, min(stop, today) + 1))
    return paused


def _pauses(life: Life, today: int) -> list[tuple[Special, int | None]]:
    """Procedures that stop the clock (kinds 2 to 10), each with the earliest of its known results."""
    end = (today + 1) * DAY
    found = []
    for special in life.specials:
        if special.kind != "1" and special.started < end:
            ends = [time for seq, time in life.results if seq == special.seq and time < end]
            found.append((special, min(ends, default=None)))
    return found


def _waits(life: Life, today: int) -> list[tuple[int, int | None]]:
    """Waits for corrections after acceptance, each to the earliest receipt."""
    end = (today + 1) * DAY
    assert life.handled is not None
    found = []
    for seq, notified in life.notices:
        if notified < end:
            ends = [time for notice, time in life.receipts if notice == seq and time < end]
            found.append((max(notified, life.handled), min(ends, default=None)))
    return found


def _cap_day(special: Special) -> int:
    """The last day of a pause's own approved limit, from its own start, without deductions."""
    start, limit = day_of(special.started), special.limit
    if limit.amount is None:
        return 10**9
    if limit.amount <= 0:
        return start
    if limit.unit == "H":
        return day_of(_cap_time(special) - 1)
    if limit.unit == "D":
        return on_or_after(start + limit.amount)
    if limit.unit == "M":
        return on_or_after(months_on(start, limit.amount))
    return walk(start, limit.amount)


def _cap_time(special: Special) -> int:
    """The instant at which a pause's own limit has run out: hours of working days, else the end of the last day."""
    amount = special.limit.amount
    if amount is None:
        return 10**15
    if amount <= 0:
        return special.started
    if special.limit.unit != "H":
        return (_cap_day(special) + 1) * DAY
    left, time = amount * 3600, special.started
    while True:
        tomorrow = (day_of(time) + 1) * DAY
        if works(day_of(time)):
            if left <= tomorrow - time:
                return time + left
            left -= tomorrow - time
        time = tomorrow


def _extended(life: Life, base: int, paused: set[int], counts: Callable[[int], bool], today: int) -> int:
    """The statutory last day moved by the extensions begun in time, in all at most 10 (joint cases 15) working days."""
    cap = _extension_cap(life)
    last, granted, natural_last = base, 0, base
    for special in _extensions(life, today):
        begun = day_of(special.started)
        if any(counts(day) for day in range(last + 1, begun + 1)):
            break  # past stays past: this one and all after it are void
        amount, unit = special.limit.amount, special.limit.unit
        if amount is None:
            granted = cap
        elif unit in ("D", "M"):
            reached = natural_last
            natural_last = reached + amount if unit == "D" else months_on(reached, amount)
            granted += between(reached, natural_last)
        else:
            granted += -(-amount // 24) if unit == "H" else amount
        last = walk(base, min(granted, cap), lambda day: day not in paused and works(day))
    return last


def _extension_cap(life: Life) -> int:
    return JOINT_CAP if life.case_type == "5" or (life.parallel or "").strip() else EXTENSION_CAP


def _extensions(life: Life, today: int) -> list[Special]:
    end = (today + 1) * DAY
    return sorted(
        (special for special in life.specials if special.kind == "1" and special.started < end),
        key=lambda special: (special.started, special.seq),
    )


def _hours(life: Life, limit: Limit, today: int, *, extended: bool) -> _Standing:
    """A limit in hours: all 24 of every working day, from the instant, less the pauses by the instant."""
    assert life.handled is not None
    assert limit.amount is not None
    end = (today + 1) * DAY
    pauses = _paused_times(life, today)
    allowed = limit.amount * 3600
    if extended:
        granted = 0
        for special in _extensions(life, today):
            if _worked(life.handled, special.started, pauses) > allowed + granted * 86_400:
                break
            assert special.limit.unit in ("W", "H", None), "an extension of a limit in hours is in W or H"
            amount = special.limit.amount
            more = -(-amount // 24) if special.limit.unit == "H" and amount else amount
            granted = min(_extension_cap(life), granted + (_extension_cap(life) if more is None else more))
        allowed += granted * 86_400
    stop = end if life.completed is None else min(end, life.completed)
    if _worked(life.handled, stop, pauses) > allowed:
        return _Standing(True)
    return _Standing(False, 5 * (allowed - _worked(life.handled, end, pauses)) <= allowed)


def _paused_times(life: Life, today: int) -> list[tuple[int, int]]:
    end = (today + 1) * DAY
    pauses = [
        (special.started, min(end, _cap_time(special), end if ended is None else ended))
        for special, ended in _pauses(life, today)
    ]
    return pauses + [(start, end if stop is None else stop) for start, stop in _waits(life, today)]


def _worked(start: int, stop: int, pauses: list[tuple[int, int]]) -> int:
    """Seconds of working days in [start, stop) outside every pause: cut at each border, piece by piece."""
    if stop <= start:
        return 0
    borders = {start, stop, *(time for pause in pauses for time in pause if start < time < stop)}
    borders.update(day * DAY for day in range(day_of(start) + 1, day_of(stop) + 1) if day * DAY < stop)
    cuts = sorted(borders)
    return sum(
        right - left
        for left, right in pairwise(cuts)
        if works(day_of(left)) and not any(a <= left < b for a, b in pauses)
    )
