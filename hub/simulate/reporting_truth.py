"""What the rules on reporting must find in a case: E2 finished late, E3 overdue beyond its grace, E4 returned in silence.

Written from the rules and sharing no code with the hub's own judgement. Rules on packages and silence look at the hub's
own clock: everything that is simulated comes at once, so none of them finds anything.
"""

from __future__ import annotations

from collections.abc import Iterator

from hub.simulate.days import DAY, between, day_of
from hub.simulate.judge import late_workdays
from hub.simulate.life import Life

GRACE = 5  # working days past the last day
RETURN = "7"
TOLD_WITHIN = 1  # working days after a return


def findings(life: Life, today: int, limits: tuple[str, ...]) -> tuple[str, ...]:
    """E2 to E4 as of the end of `today`; `limits` are the time rules that hold."""
    finished = life.completed is not None and life.completed < (today + 1) * DAY
    found = []
    if "T2" in limits and finished:
        found.append("E2")
    elif "T2" in limits and late_workdays(life, today) > GRACE:
        found.append("E3")
    if not finished and any(_left_alone(life, today)):
        found.append("E4")
    return tuple(found)


def _left_alone(life: Life, today: int) -> Iterator[bool]:
    """Whether the last step of an accepted case returned it, and nothing was heard for too long."""
    end = (today + 1) * DAY
    if life.status != "1" or life.handled is None or life.handled >= end:
        return
    begun = [step for step in life.steps if step.started < end]
    last = max(begun, key=lambda step: step.seq, default=None)
    if last is None or last.action != RETURN or last.ended is None or last.ended >= end:
        return
    returned = day_of(last.ended)
    others = [time for _, time in (*life.notices, *life.receipts)]
    others += [special.started for special in life.specials]
    heard = any(day_of(time) >= returned and time < end for time in others)
    yield not heard and between(returned, today) > TOLD_WITHIN
