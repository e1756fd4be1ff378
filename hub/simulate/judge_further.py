"""What the time rules beyond T1, T2 and T3 must find in a case, told day by day from the written rules, like `judge`.

T4, T13 and T14 are told in `standing_truth`; T10 and T11 rest on cards that somebody answers.
"""

from __future__ import annotations

from collections.abc import Iterator

from hub.simulate.days import DAY, between, day_of, months_on, on_or_after, walk, works
from hub.simulate.judge import EXTENSION_CAP, JOINT_CAP
from hub.simulate.life import Life, Special

STAGES = "pinyin-stages"
BLIND = {
    # The national tables have no limits of procedures, no corrections and no deliveries: answers and waits are not known.
    "national-exchange-db": frozenset({"T5", "T6", "T7", "T8", "T12"}),
}
"""Dialect → the rules that its cases cannot be judged by."""
ANSWER_ONLINE, ANSWER, DELIVER, WAIT = 2, 5, 10, 60


def further(life: Life, today: int, dialect: str) -> tuple[str, ...]:
    """A rule for each of its findings as of the end of `today`, as far as the dialect tells what it needs."""
    end = (today + 1) * DAY
    found = [
        *("T5" for special in life.specials if _overdue(life, special, today, end)),
        *("T6" for _ in range(_unexamined(life, today, end, dialect))),
        *("T7" for _ in range(_unanswered(life, today, end))),
        *("T8" for _ in range(_undelivered(life, today, end))),
        *("T9" for _ in range(_overextended(life, today, end))),
        *("T12" for _ in _waiting(life, today, end)),
    ]
    return tuple(rule for rule in found if rule not in BLIND.get(dialect, ()))


def _completed(life: Life, end: int) -> int | None:
    return life.completed if life.completed is not None and life.completed < end else None


def _overdue(life: Life, special: Special, today: int, end: int) -> bool:
    """T5: a procedure that is no extension, past its own approved limit when it ended, the case did, or now."""
    if special.kind == "1" or special.limit.amount is None or special.started >= end:
        return False
    ends = [time for seq, time in life.results if seq == special.seq and time < end]
    completed = _completed(life, end)
    stop = min([*ends, *([] if completed is None else [completed])], default=end)
    amount, unit, start = special.limit.amount, special.limit.unit or "W", day_of(special.started)
    if unit == "H":
        return life.times != "day" and _worked(special.started, stop) > amount * 3600
    last = day_of(stop) if stop < end else today
    if unit == "W":
        return between(start, last) > amount
    until = start + amount if unit == "D" else months_on(start, amount)
    return last > on_or_after(until)


def _worked(start: int, stop: int) -> int:
    seconds, time = 0, start
    while time < stop:
        border = min(stop, (day_of(time) + 1) * DAY)
        seconds += border - time if works(day_of(time)) else 0
        time = border
    return seconds


def _answers(life: Life, end: int) -> list[int]:
    """Acceptance record of whatever status, notices, completion: what answers an applicant."""
    times = [life.handled, life.completed, *(time for _, time in life.notices)]
    return [time for time in times if time is not None and time < end]


def _unexamined(life: Life, today: int, end: int, dialect: str) -> int:
    """T6: online, and nobody looked at it within two working days."""
    if life.channel not in ("2", "3"):
        return 0
    # Stage messages tell of a step once it has ended.
    steps = [step.ended if dialect == STAGES else step.started for step in life.steps]
    seen = _answers(life, end) + [time for time in (*steps, life.examined) if time is not None and time < end]
    first = min((day_of(time) for time in seen), default=today)
    return int(between(day_of(life.applied), first) > ANSWER_ONLINE)


def _unanswered(life: Life, today: int, end: int) -> int:
    """T7: five working days without an answer, from the application and from each receipt of corrections."""
    answers = _answers(life, end)
    found = int(between(day_of(life.applied), min(map(day_of, answers), default=today)) > ANSWER)
    for _, received in life.receipts:
        if received >= end:
            continue
        decided = life.handled if life.status in ("1", "2") else None
        later = [time for _, time in life.notices if _after(life, time, received) and time < end]
        times = [time for time in (decided, life.completed) if time is not None and time < end] + later
        found += between(day_of(received), min(map(day_of, times), default=today)) > ANSWER
    return found


def _after(life: Life, notice: int, receipt: int) -> bool:
    return day_of(notice) >= day_of(receipt) if life.times == "day" else notice > receipt


def _undelivered(life: Life, today: int, end: int) -> int:
    """T8: approved, and not handed over within ten working days."""
    completed = _completed(life, end)
    if completed is None or life.result != "0":
        return 0
    known = life.delivered is not None and life.delivered < end
    stop = day_of(life.delivered) if known and life.delivered is not None else today
    return int(between(day_of(completed), stop) > DELIVER)


def _overextended(life: Life, today: int, end: int) -> int:
    """T9: extensions of more than the cap together; in natural days and months from the last day of the limit on."""
    extensions = [special for special in life.specials if special.kind == "1" and special.started < end]
    cap = JOINT_CAP if life.case_type == "5" or (life.parallel or "").strip() else EXTENSION_CAP
    granted, natural = 0, None
    for special in extensions:
        amount, unit = special.limit.amount or 0, special.limit.unit or "W"
        if unit in ("D", "M"):
            assert life.handled is not None
            assert life.statutory is not None
            assert life.statutory.amount is not None
            assert life.statutory.unit in ("W", "D"), "natural extensions are planted on limits in days"
            assert not life.notices, "and without pauses"
            start = day_of(life.handled)
            base = (
                start + life.statutory.amount
                if life.statutory.unit == "D"
                else walk(start, life.statutory.amount)
            )
            natural = natural if natural is not None else on_or_after(base)
            reached = natural + amount if unit == "D" else months_on(natural, amount)
            granted += between(natural, reached)
            natural = reached
        else:
            granted += -(-amount // 24) if unit == "H" else amount
    return int(granted > cap or any(special.blank for special in extensions))


def _waiting(life: Life, today: int, end: int) -> Iterator[int]:
    """T12: an open case whose applicant was told to correct sixty days ago, and never did."""
    if _completed(life, end) is not None:
        return
    for seq, notified in life.notices:
        received = any(of == seq and time < end for of, time in life.receipts)
        if notified < end and not received and today > on_or_after(day_of(notified) + WAIT):
            yield seq
