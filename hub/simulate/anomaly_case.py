"""What X9 must find in a case: special procedures begun when the limit was past, or ended exactly at their own.

Written from the rule and sharing no code with the hub's own judgement; days are walked one by one, as in `judge`.
"""

from __future__ import annotations

from collections.abc import Iterator

from hub.simulate.days import DAY, day_of, works
from hub.simulate.judge import (
    _cap_day,
    _extended,
    _extension_cap,
    _extensions,
    _in_force,
    _last_day,
    _paused_times,
    _worked,
    paused_days,
    promise_of,
)
from hub.simulate.life import Life, Limit, Special

NATIONAL, PINYIN = "national-exchange-db", "pinyin-stages"


def findings(life: Life, today: int, dialect: str) -> tuple[str, ...]:
    """X9 once for each procedure that it finds, as of the end of `today`."""
    end = (today + 1) * DAY
    if life.status != "1" or life.handled is None or life.handled >= end:
        return ()
    known = [special for special in life.specials if special.kind != "1" and special.started < end]
    return tuple(
        "X9"
        for special in known
        if _too_late(life, special, today) or any(_exact(life, special, end, dialect))
    )


def _too_late(life: Life, special: Special, today: int) -> bool:
    """Whether a counted day (hour) had passed since the limit ran out when the procedure began."""
    limit, extended = promise_of(life), False
    if limit is None:
        limit, extended = _in_force(life.statutory), True
    if limit is None or limit.amount is None:
        return False
    end = (today + 1) * DAY
    finished = life.completed if life.completed is not None and life.completed < end else None
    begun = special.started if finished is None else min(special.started, finished)
    if limit.unit == "H":
        return life.times != "day" and _hours_past(life, limit, begun, today, extended=extended)
    paused = paused_days(life, today)
    natural = limit.unit in ("D", "M")

    def counts(day: int) -> bool:
        return day not in paused and (natural or works(day))

    last = _last_day(life, limit, today)
    if extended:
        last = _extended(life, last, paused, counts, today)
    return any(counts(day) for day in range(last + 1, day_of(begun) + 1))


def _hours_past(life: Life, limit: Limit, begun: int, today: int, *, extended: bool) -> bool:
    assert life.handled is not None
    assert limit.amount is not None
    pauses, allowed = _paused_times(life, today), limit.amount * 3600
    if extended:
        granted = 0
        for each in _extensions(life, today):
            if _worked(life.handled, each.started, pauses) > allowed + granted * 86_400:
                break
            amount = each.limit.amount
            more = -(-amount // 24) if each.limit.unit == "H" and amount else amount
            granted = min(_extension_cap(life), granted + (_extension_cap(life) if more is None else more))
        allowed += granted * 86_400
    return _worked(life.handled, begun, pauses) > allowed


def _exact(life: Life, special: Special, end: int, dialect: str) -> Iterator[bool]:
    """For each of its results: ended on the last day of its own limit, at the time of day at which it began."""
    amount = special.limit.amount
    hours = any(limit is not None and limit[1] == "H" for limit in (life.item.statutory, life.item.promised))
    by_day = life.times == "day" if dialect != PINYIN else life.times == "day" or not hours
    if amount is None or amount <= 0 or (by_day and dialect != NATIONAL):
        return
    for seq, ended in life.results:
        if seq != special.seq or ended >= end or ended <= special.started:
            continue
        if special.limit.unit == "H":
            yield _worked(special.started, ended, []) == amount * 3600
        else:
            yield (ended - special.started) % DAY == 0 and day_of(ended) == _cap_day(special)
