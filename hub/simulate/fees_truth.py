"""What the rules on fees must find in a case, told from the department's own catalogue: F1 to F7.

Written from the rules (行政许可法 arts. 45, 58, 59) and sharing no code with the hub's own judgement.
"""

from __future__ import annotations

from collections.abc import Iterator

from hub.simulate.days import DAY, day_of
from hub.simulate.life import Life
from hub.simulate.words import CHARGES_FROM, FEE, FEE_CODE, FEE_STEP, GREATEST_FEE, LEAST_FEE

TELLS = {
    "canonical": frozenset({"F1", "F2", "F3", "F4", "F5", "F6", "F7"}),
    "pinyin-stages": frozenset({"F1", "F2", "F3"}),  # amounts alone
    "national-exchange-db": frozenset(),  # no fees at all
}
"""Dialect → the rules for which it tells enough."""


def findings(life: Life, today: int, dialect: str) -> tuple[str, ...]:
    """The rules on fees that hold as of the end of `today`, in order."""
    if day_of(life.applied) < CHARGES_FROM:
        return ()  # the catalogue knows nothing of that time
    return tuple(rule for rule in sorted(_found(life, today)) if rule in TELLS[dialect])


def _found(life: Life, today: int) -> Iterator[str]:
    free = not life.item.charged
    terms, fee = life.terms, life.fee
    if fee is not None and fee > 0:
        if free:
            yield "F1"
        yield from _amount(life, fee)
        listed = not free and (terms.code == FEE_CODE or (terms.code is None and terms.name == FEE))
        if not free and not listed:
            yield "F4"
        if listed and terms.step != FEE_STEP:
            yield "F5"
    if fee is not None and terms.reduced and not (terms.basis or "").strip():
        yield "F6"
    if not free and _must_be_paid(life, today) and not (fee or (fee == 0 and terms.reduced is not False)):
        yield "F2"
    ended = {seq for seq, time in life.results if time < (today + 1) * DAY}
    if any(seq in ended and amount > 0 for seq, amount in life.special_fees):
        yield "F7"  # the catalogue names no fee of any procedure


def _amount(life: Life, fee: int) -> Iterator[str]:
    """The catalogue's range counts; a fee that it does not know is held to what the message itself calls the standard."""
    terms = life.terms
    known = not life.item.charged or (terms.code not in (None, FEE_CODE))
    low, high = (LEAST_FEE, GREATEST_FEE)
    if known:
        low = high = fee if terms.standard is None else terms.standard
    if fee > high or (fee < low and terms.reduced is False):
        yield "F3"


def _must_be_paid(life: Life, today: int) -> bool:
    """Accepted, and granted or otherwise finished: refusals, withdrawals and returns cost nothing."""
    if life.status != "1" or life.completed is None or life.completed >= (today + 1) * DAY:
        return False
    return life.handled is not None and life.handled < (today + 1) * DAY and life.result in ("0", "6")
