"""A department that fabricates: in its latest ended month its cases bear one of the patterns of the rules X1 to X12.

Each change is made from the written rule; what must be found is counted afterwards from the changed lives (`anomaly_truth`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from hub.simulate.anomaly_truth import STAFF, ended_months, month_of
from hub.simulate.codes import speakable
from hub.simulate.days import DAY, at, day_of
from hub.simulate.life import Life, Limit, Special
from hub.simulate.world import Options

Change = Callable[[Life], None]
ONE_NAME = 3
ELSEWHERE = "430200"


def fabricate(options: Options, life: Life) -> Life:
    """The life as it is told: changed by each pattern asked for, if it belongs to the latest ended month."""
    [month, *_] = ended_months(options.today.toordinal())
    for code in options.fabricate:
        when = life.completed if code in OF_COMPLETION else life.applied
        if when is not None and month_of(day_of(when)) == month:
            CHANGES[code](life)
            life.result = speakable(options.codes, "COMPLETION_RESULT", life.result)
    return life


def _one_instant(life: Life) -> None:
    """X1: accepted, examined and finished at one and the same instant; a 即办件 may be."""
    if life.completed is None or life.case_type == "1" or life.item.case_type == "1":
        return
    life.times = "offset" if life.times == "day" else life.times
    life.handled = life.completed
    life.notices, life.receipts, life.specials, life.results = [], [], [], []
    life.steps = [replace(step, started=life.completed, ended=life.completed) for step in life.steps]


def _strangers(life: Life) -> None:
    """X2: everybody but who decides is somebody whom the staff list does not know."""
    life.steps = [
        step if step.kind == "3" else replace(step, handler=STAFF + life.salt % 3) for step in life.steps
    ]


def _one_name(life: Life) -> None:
    life.steps = [replace(step, handler=ONE_NAME) for step in life.steps]
    if life.salt % 6 == 0:
        life.salt += 1  # somebody else would have looked at it before it was accepted


def _one_type(life: Life) -> None:
    life.case_type = "2"


def _online(life: Life) -> None:
    life.channel = "2" if life.salt % 3 else "3"


def _written_at_once(life: Life) -> None:
    life.entered = life.written = 0


def _one_document(life: Life) -> None:
    who = life.applicant
    life.applicant = replace(who, id_type="111", id_no=who.contact_id)


def _at_night(life: Life) -> None:
    """X8: all of a day is finished within some seconds of the late evening."""
    assert life.completed is not None
    when = at(day_of(life.completed), 23, 0, life.salt % 8)
    life.times = "offset" if life.times == "day" else life.times
    at_once = life.handled == life.completed  # what bears one instant still does
    if at_once:
        life.handled = when
    life.steps = [
        replace(step, started=when if at_once else step.started, ended=when)
        if step.ended == life.completed
        else step
        for step in life.steps
    ]
    life.completed = when


def _bent_procedures(life: Life) -> None:
    """X9: every other hearing begins when the limit is past, the others end as if by a timer."""
    if life.completed is None or life.handled is None or not life.specials:
        return
    life.times = "offset" if life.times == "day" else life.times
    [special, *_] = life.specials
    if life.salt % 2 and life.promised is not None and life.promised.unit == "W" and not life.notices:
        late = Special(special.seq, special.kind, life.completed - 600, Limit(5))
        life.specials, life.results = [late], [(late.seq, life.completed - 60)]
        return
    day = day_of(special.started) + 7
    life.specials = [replace(special, limit=Limit(7, "D"))]
    life.results = (
        [(special.seq, special.started + 7 * DAY)] if day < day_of(life.completed) else life.results
    )


def _back_dated(life: Life) -> None:
    life.entered, life.written = 9 * DAY, 9 * DAY + 600


def _elsewhere(life: Life) -> None:
    if life.salt % 4 == 0:
        life.region = ELSEWHERE


def _refused(life: Life) -> None:
    if life.salt % 5 < 3:
        life.result = "7"


CHANGES: Mapping[str, Change] = {
    "X1": _one_instant, "X2": _strangers, "X3": _one_name, "X4": _one_type, "X5": _online, "X6": _written_at_once,
    "X7": _one_document, "X8": _at_night, "X9": _bent_procedures, "X10": _back_dated, "X11": _elsewhere, "X12": _refused,
}  # fmt: skip
"""Rule → how a department comes to offend against it."""
OF_COMPLETION = frozenset({"X1", "X2", "X3", "X8", "X9", "X12"})
"""Those that change the cases finished in the month; the others, those applied for in it."""
