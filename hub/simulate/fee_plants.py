"""Planted fees: what a department of a charged item takes rightly, and what it takes wrongly in each way that a rule names."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from hub.simulate.fees_truth import TELLS
from hub.simulate.life import Life, Limit, Special, Terms
from hub.simulate.ordinary import ordinary
from hub.simulate.words import FEE, GREATEST_FEE, ITEMS, LEAST_FEE
from hub.simulate.world import Options

QUIET = 15
"""Days before today in which such a case does not change, as for every case that is planted around its data."""
BASIS = "财税〔2018〕104号:小微企业免征"
_FREE = 1  # index of an item that is free


@dataclass(frozen=True, slots=True)
class FeePlant:
    """A named change of a finished case of a charged item, and the rules on fees that it must raise."""

    name: str
    expects: frozenset[str]
    change: Callable[[Life], None]

    def life(self, options: Options, number: int, rng: Random) -> Life:
        """The life of the plant."""
        life = ordinary(options, number, rng, full=True, quiet=QUIET)
        if life.times == "day":
            life.times = "offset"
        life.fee = LEAST_FEE
        self.change(life)
        return life


def _charged(fee: int | None, terms: Terms | None = None) -> Callable[[Life], None]:
    def change(life: Life) -> None:
        life.fee, life.terms = fee, terms or Terms()

    return change


def _free(fee: int | None) -> Callable[[Life], None]:
    """The case is one of a free item."""

    def change(life: Life) -> None:
        life.item, life.item_index, life.fee = ITEMS[_FREE], _FREE, fee
        statutory, promised = life.item.statutory, life.item.promised
        assert statutory is not None
        assert promised is not None
        life.statutory, life.promised = Limit(*statutory), Limit(*promised)

    return change


def _procedure(fee: int) -> Callable[[Life], None]:
    def change(life: Life) -> None:
        special: Special = life.specials[0]
        life.special_fees = [(special.seq, fee)]

    return change


def _plant(name: str, expects: str, change: Callable[[Life], None]) -> FeePlant:
    return FeePlant(name, frozenset(expects.split()), change)


_ALL = (
    _plant("free item, nothing charged", "", _free(None)),
    _plant("free item, one fen charged", "F1", _free(1)),
    _plant("no fee", "F2", _charged(None)),
    _plant("nothing charged, not reduced", "F2", _charged(0)),
    _plant("waived", "", _charged(0, Terms(standard=LEAST_FEE, reduced=True, basis=BASIS))),
    _plant("the most that is allowed", "", _charged(GREATEST_FEE)),
    _plant("a fen too much", "F3", _charged(GREATEST_FEE + 1)),
    _plant("a fen too little", "F3", _charged(LEAST_FEE - 1)),
    _plant("reduced on a basis", "", _charged(1, Terms(standard=LEAST_FEE, reduced=True, basis=BASIS))),
    _plant("another fee item", "F4", _charged(LEAST_FEE, Terms(code="FE-999", name="资料查阅费"))),
    _plant("the fee's name alone", "", _charged(LEAST_FEE, Terms(code=None, name=FEE))),
    _plant("at the second step", "F5", _charged(LEAST_FEE, Terms(step=2))),
    _plant("reduced without a basis", "F6", _charged(1, Terms(standard=LEAST_FEE, reduced=True))),
    _plant("reduced on a blank basis", "F6", _charged(1, Terms(standard=LEAST_FEE, reduced=True, basis=" "))),
    _plant("a procedure's fee", "F7", _procedure(30_000)),
    _plant("a procedure's fee of zero", "", _procedure(0)),
)


def fee_plants(dialect: str) -> tuple[FeePlant, ...]:
    """The plants whose difference the dialect can tell."""
    if dialect == "canonical":
        return _ALL
    return tuple(plant for plant in _ALL if plant.expects & TELLS[dialect])
