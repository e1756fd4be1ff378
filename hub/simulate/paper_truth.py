"""What the rules on process (L1 to L15) and content (C1 to C10) must find in a case, told from its life and its papers.

Written from the rules and sharing no code with the hub's own judgement. A finding about one of several things (a step, a
special procedure, a notice) is listed once for each of them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import pairwise

from hub.simulate.days import DAY, between, day_of
from hub.simulate.elements import REQUIRED, STEPS
from hub.simulate.life import Life, Step
from hub.simulate.numbers import resident_id, uscc

_ALL = frozenset({f"L{n}" for n in range(1, 16)} | {f"C{n}" for n in range(1, 11)})
TELLS = {
    "canonical": _ALL,
    # No corrections, numbers of steps, approvers, or receipts of materials; accepted cases alone. The catalogue tells the
    # types of steps.
    "national-exchange-db": _ALL - {"L2", "L4", "L6", "L12", "L15", "C1", "C3", "C7", "C10"},
    # No numbers and deciding types of steps, materials one by one, legal representatives, or versions of items.
    "pinyin-stages": _ALL - {"L4", "L15", "C3", "C5", "C8"},
}
"""Dialect → the rules for which it tells enough."""
NATIONAL, PINYIN = "national-exchange-db", "pinyin-stages"
ALLOWED = {"1": "24569", "2": "015679", "3": "019"}
"""Type of step → the actions that it may take."""
WINDOW_ITEM = (0, 5)
"""The flow of a 即办件: accepted and decided."""


def findings(life: Life, today: int, dialect: str) -> tuple[str, ...]:
    """The rules on process and content that hold as of the end of `today`, in the order of their codes."""
    told = _Told(life, today, dialect)
    found = [rule for rule in (*_process(told), *_content(told)) if rule in TELLS[dialect]]
    return tuple(sorted(found, key=lambda rule: (rule[0], int(rule[1:]))))


class _Told:
    """A life as far as it is known at the end of a day and as precisely as the dialect tells it."""

    def __init__(self, life: Life, today: int, dialect: str) -> None:
        self.life = life
        self.today = today
        self.dialect = dialect
        self.end = (today + 1) * DAY
        self.by_day = life.times == "day" and dialect != NATIONAL
        hours = any(
            limit is not None and limit[1] == "H" for limit in (life.item.statutory, life.item.promised)
        )
        self.specials_by_day = self.by_day or (dialect == PINYIN and not hours)
        self.handled = self.known(life.handled)
        self.completed = self.known(life.completed)
        self.delivered = self.known(life.delivered)
        self.status = life.status if self.handled is not None else None
        self.result = life.result if self.completed is not None else None
        self.steps = [step for step in life.steps if self.known(self.begun(step)) is not None]

    def known(self, time: int | None) -> int | None:
        return time if time is not None and time < self.end else None

    def later(self, one: int | None, other: int | None, *, by_day: bool | None = None) -> bool:
        """Whether one time is strictly later than another, as far as both are told."""
        if one is None or other is None:
            return False
        coarse = self.by_day if by_day is None else by_day
        return day_of(one) > day_of(other) if coarse else one > other

    def begun(self, step: Step) -> int | None:
        """Where steps are told when they have ended, they begin then."""
        return step.ended if self.dialect == PINYIN else step.started

    def kind(self, step: Step) -> str:
        """The type of a step as it is told, or as the item's flow has it; the stage messages know no deciding step apart."""
        flow = step.kind if self.life.item.case_type != "1" or step.place in WINDOW_ITEM else ""
        told = {NATIONAL: flow, PINYIN: "2" if step.kind == "3" else step.kind}
        return told.get(self.dialect, step.kind)


def _process(told: _Told) -> Iterator[str]:
    life = told.life
    accepted = told.status == "1"
    if accepted and told.later(told.handled, told.completed):
        yield "L1"
    for seq, notified in life.notices:
        if told.known(notified) is not None and any(
            number == seq and told.known(time) is not None and told.later(notified, time)
            for number, time in life.receipts
        ):
            yield "L2"
    yield from _procedures(told)
    yield from _steps(told)
    if sum(1 for _, time in life.notices if told.known(time) is not None) > 1:
        yield "L6"
    if accepted and told.later(life.applied, told.handled):
        yield "L9"
    if told.status == "2" and _goes_on(told):
        yield "L12"
    if accepted and life.case_type == "1":
        assert told.handled is not None
        last = told.today if told.completed is None else day_of(told.completed)
        yield from ["L13"] * (last > day_of(told.handled))
        yield from ["L13" for special in life.specials if told.known(special.started) is not None]
    if life.version != 2 and told.dialect != PINYIN:
        yield "L14"
    if told.status == "2" and not life.lacking.intersection(range(1, REQUIRED + 1)):
        yield "L15"


def _procedures(told: _Told) -> Iterator[str]:
    coarse = told.specials_by_day
    ends = defaultdict(list)
    for seq, time in told.life.results:
        if told.known(time) is not None:
            ends[seq].append(time)
    for special in told.life.specials:
        if told.known(special.started) is None:
            continue
        mine = ends[special.seq]
        if any(told.later(special.started, time, by_day=coarse) for time in mine):
            yield "L3"
        open_still = all(told.later(time, told.completed, by_day=coarse) for time in mine)
        if told.completed is not None and special.kind != "1" and open_still:
            yield "L8"


def _steps(told: _Told) -> Iterator[str]:
    life, steps = told.life, sorted(told.steps, key=lambda step: step.seq)
    for before, step in pairwise(steps):
        if told.later(told.begun(before), told.begun(step)):
            yield "L4"
    accepted, finished = told.status == "1", told.completed is not None
    if accepted and told.result in ("0", "6", "7") and _missing(life, steps):
        yield "L5"
    if accepted and not any(told.kind(step) != "1" for step in steps):
        assert told.handled is not None
        waited = told.dialect != PINYIN and between(day_of(told.handled), told.today) > 0
        if finished or waited:
            yield "L7"
    for step in steps:
        ended = told.known(step.ended)
        if finished and (ended is None or told.later(ended, told.completed)):
            yield "L8"
        kind, action = told.kind(step), step.action
        if kind and ended is not None and action is not None and action not in ALLOWED[kind]:
            yield "L10"
        if _wrong_hand(life, step):
            yield "L11"
    opened = [step.handler for step in steps if step.place == 0]
    if life.item.case_type != "1":
        yield from [
            "L11" for step in steps if step.place == 5 and step.handler in opened and step.handler == 7
        ]


def _missing(life: Life, steps: Iterable[Step]) -> bool:
    """The acceptance itself tells the opening step; the visit on the spot is a branch that may be left out."""
    flow = WINDOW_ITEM if life.item.case_type == "1" else (0, 1, 2, 4, 5)
    return not {0, *(step.place for step in steps)}.issuperset(flow)


def _wrong_hand(life: Life, step: Step) -> bool:
    """People 0 to 6 hold every post but that of the head, who is number 7 and holds no other."""
    assert step.place < len(STEPS)
    chief = step.place == 5 and life.item.case_type != "1"
    return (step.handler != 7) if chief else (step.handler == 7)


def _goes_on(told: _Told) -> bool:
    """Steps of examination, or an approval, after the case was refused."""
    if told.result == "0" and told.later(told.completed, told.handled):
        return True
    return any(
        told.kind(step) in ("2", "3") and told.later(told.begun(step), told.handled) for step in told.steps
    )


def _content(told: _Told) -> Iterator[str]:
    life, who = told.life, told.life.applicant
    if told.status == "2" and not life.explained:
        yield "C1"
    if told.result is not None and told.result not in ("0", "6") and not life.explained:
        yield "C2"
    if told.status == "1" and life.lacking.intersection(range(1, REQUIRED + 1)):
        yield "C3"
    if told.result == "0" and life.item.certificate and not life.certified:
        yield "C4"
    if who.kind in ("2", "3", "4") and not who.legal:
        yield "C5"
    if not _well_numbered(who.id_type, who.id_no):
        yield "C6"
    for special in life.specials:
        if told.known(special.started) is not None and not (special.approved and not special.blank):
            yield "C7"
    for step in told.steps:
        if told.kind(step) == "3" and told.known(step.ended) is not None and not life.decided:
            yield "C8"
    examined = any(told.kind(step) in ("2", "3") for step in told.steps)
    if told.status is None and (examined or told.result in ("0", "6", "7")):
        yield "C9"
    if told.delivered is not None and told.completed is None and told.dialect != NATIONAL:
        yield "C9"
    yield from _longer(told)


def _longer(told: _Told) -> Iterator[str]:
    """The promise that the case names, against that of the item."""
    stated, own = told.life.stated, told.life.item.promised
    if stated is None or stated.amount is None or own is None:
        return
    if told.dialect == PINYIN and told.status is None:
        return  # the limit travels with the acceptance
    if stated.unit == own[1] and stated.amount > own[0] > 0:
        yield "C10"


def _well_numbered(kind: str, number: str) -> bool:
    """Resident's numbers and credit codes have a check digit; other documents are not held to any form."""
    if kind == "111":
        return len(number) == 18 and resident_id(number[:17]) == number
    return kind != "001" or (len(number) == 18 and uscc(number[:17]) == number)
