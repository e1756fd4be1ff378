"""What the rules on reporting must find in a case: E2 finished late, E3 overdue beyond its days of grace.

Written from the rules and sharing no code with the hub's own judgement. Rules on packages and silence look at the hub's
own clock: everything that is simulated comes at once, so none of them finds anything.
"""

from __future__ import annotations

from hub.simulate.days import DAY
from hub.simulate.judge import late_workdays
from hub.simulate.life import Life

GRACE = 5  # working days


def findings(life: Life, today: int, limits: tuple[str, ...]) -> tuple[str, ...]:
    """E2 or E3 of a case that is past its promised limit as of the end of `today`."""
    if "T2" not in limits:
        return ()
    if life.completed is not None and life.completed < (today + 1) * DAY:
        return ("E2",)
    return ("E3",) if late_workdays(life, today) > GRACE else ()
