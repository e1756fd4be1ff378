"""Planted papers: cases whose process or content is wrong in each way that a rule names, and some that are just right."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from random import Random

from hub.simulate.codes import can_say, speakable
from hub.simulate.days import DAY, at, day_of, walk
from hub.simulate.life import Life, Limit
from hub.simulate.ordinary import at_once, ordinary
from hub.simulate.paper_truth import PINYIN, TELLS
from hub.simulate.words import ITEMS, misnumbered
from hub.simulate.world import Options

QUIET = 15
"""Days before today in which such a case does not change, as for every case that is planted around its data."""
_WINDOW = next(index for index, item in enumerate(ITEMS) if item.case_type == "1")
_LIMITED = 1  # index of an item whose limits the catalogue sets

Change = Callable[[Life, Random], None]


@dataclass(frozen=True, slots=True)
class PaperPlant:
    """A named change of a finished case, and the rules on process and content that it must raise in the canonical dialect."""

    name: str
    expects: tuple[str, ...]
    change: Change

    def life(self, options: Options, number: int, rng: Random) -> Life:
        """The life of the plant."""
        life = ordinary(options, number, rng, full=True, quiet=QUIET)
        if life.times == "day":
            life.times = "offset"
        self.change(life, rng)
        life.result = speakable(options.codes, "COMPLETION_RESULT", life.result)
        return life


PLANTS: list[PaperPlant] = []


def paper_plants(options: Options) -> list[PaperPlant]:
    """The plants that the dialect and the codes can tell."""
    told = TELLS[options.dialect]
    untold = {PINYIN: {"another version", "an open step"}}.get(options.dialect, set())
    return [
        plant
        for plant in PLANTS
        if (not plant.expects or told.intersection(plant.expects))
        and plant.name not in untold
        and ("即办件" not in plant.name or can_say(options.codes, "CASE_TYPE", "1"))
    ]


def paper(name: str, *expects: str) -> Callable[[Change], Change]:
    """Registers a change under a name."""

    def register(change: Change) -> Change:
        PLANTS.append(PaperPlant(name, expects, change))
        return change

    return register


def _handled(life: Life) -> int:
    assert life.handled is not None
    return life.handled


def _completed(life: Life) -> int:
    assert life.completed is not None
    return life.completed


def _step(life: Life, index: int, **changes: object) -> None:
    life.steps[index] = replace(life.steps[index], **changes)  # type: ignore[arg-type]


def _refuse(life: Life) -> None:
    """Refused at acceptance: nothing else happens."""
    life.status, life.completed, life.delivered, life.fee = "2", None, None, None
    life.steps, life.notices, life.receipts, life.specials, life.results = [], [], [], [], []
    life.lacking = frozenset({2})


@paper("accepted after it was finished", "L1")
def _(life: Life, rng: Random) -> None:
    life.handled = _completed(life) + 3600


@paper("accepted and finished at one instant")
def _(life: Life, rng: Random) -> None:
    life.handled = _completed(life)


@paper("corrections received before they were asked for", "L2")
def _(life: Life, rng: Random) -> None:
    life.receipts = [(seq, time - DAY) for seq, time in life.notices]


@paper("a procedure that ended before it began", "L3")
def _(life: Life, rng: Random) -> None:
    life.results = [(special.seq, special.started - DAY) for special in life.specials]


@paper("a step before the previous one", "L4")
def _(life: Life, rng: Random) -> None:
    _step(life, 2, started=life.steps[1].started - 1)


@paper("two steps at one instant")
def _(life: Life, rng: Random) -> None:
    _step(life, 2, started=life.steps[1].started)


@paper("no second look", "L5")
def _(life: Life, rng: Random) -> None:
    life.steps = [step for step in life.steps if step.place != 4]


@paper("given up half way")
def _(life: Life, rng: Random) -> None:
    life.steps, life.result = life.steps[:3], "2"


@paper("corrections asked for twice", "L6")
def _(life: Life, rng: Random) -> None:
    [(seq, told)], [(_, received)] = life.notices, life.receipts
    life.notices = [(seq, told), (seq + 1, told + 60)]
    life.receipts = [(seq, received), (seq + 1, received)]


@paper("no step at all", "L7")
def _(life: Life, rng: Random) -> None:
    life.steps, life.result, life.fee = [], "1", None  # a fee would name its step


@paper("an open step", "L8")
def _(life: Life, rng: Random) -> None:
    _step(life, 1, ended=None)


@paper("an open procedure", "L8")
def _(life: Life, rng: Random) -> None:
    life.results = []


@paper("applied for after it was accepted", "L9")
def _(life: Life, rng: Random) -> None:
    life.applied = _handled(life) + 7200


@paper("applied for and accepted at one instant")
def _(life: Life, rng: Random) -> None:
    life.applied = _handled(life)


@paper("a step of the wrong action", "L10")
def _(life: Life, rng: Random) -> None:
    _step(life, -1, action="4")


@paper("decided by a clerk", "L11")
def _(life: Life, rng: Random) -> None:
    _step(life, -1, handler=(life.steps[0].handler + 1) % 7)


@paper("refused, and examined all the same", "L12")
def _(life: Life, rng: Random) -> None:
    life.status, life.lacking = "2", frozenset({2})


@paper("即办件 finished the next day", "L13")
def _(life: Life, rng: Random) -> None:
    _at_the_window(life, 1)


@paper("即办件 finished the same day")
def _(life: Life, rng: Random) -> None:
    _at_the_window(life, 0)


def _at_the_window(life: Life, days: int) -> None:
    """A 即办件 that takes so many working days."""
    item = ITEMS[_WINDOW]
    life.item, life.item_index, life.case_type = item, _WINDOW, "1"
    life.statutory, life.promised, life.fee, life.delivered = None, Limit(0), None, None
    life.notices, life.receipts, life.specials, life.results = [], [], [], []
    life.completed = max(at(walk(day_of(_handled(life)), days), 16), _handled(life) + 900)
    at_once(life)


@paper("another version", "L14")
def _(life: Life, rng: Random) -> None:
    life.version = 1


@paper("refused although all materials are there", "L15")
def _(life: Life, rng: Random) -> None:
    _refuse(life)
    life.lacking = frozenset()


@paper("refused for want of a material")
def _(life: Life, rng: Random) -> None:
    _refuse(life)


@paper("refused without a reason", "C1")
def _(life: Life, rng: Random) -> None:
    _refuse(life)
    life.explained = False


@paper("returned without a reason", "C2")
def _(life: Life, rng: Random) -> None:
    life.result, life.explained = "1", False


@paper("accepted without a required material", "C3")
def _(life: Life, rng: Random) -> None:
    life.lacking = frozenset({1})


@paper("no certificate is named", "C4")
def _(life: Life, rng: Random) -> None:
    life.certified = False


@paper("a company without a representative", "C5")
def _(life: Life, rng: Random) -> None:
    who = life.applicant
    life.applicant = replace(who, kind="2", legal=None)


@paper("a wrong identity number", "C6")
def _(life: Life, rng: Random) -> None:
    life.applicant = misnumbered(life.applicant, rng)


@paper("a procedure without basis or approver", "C7")
def _(life: Life, rng: Random) -> None:
    life.specials = [replace(special, approved=False) for special in life.specials]


@paper("a decision without an opinion", "C8")
def _(life: Life, rng: Random) -> None:
    life.decided = False


@paper("decided and never accepted", "C9")
def _(life: Life, rng: Random) -> None:
    life.status, life.handled = None, None


@paper("a longer promise than the item's", "C10")
def _(life: Life, rng: Random) -> None:
    _promise(life, 1)


@paper("the item's own promise")
def _(life: Life, rng: Random) -> None:
    _promise(life, 0)


def _promise(life: Life, more: int) -> None:
    """The case is one of an item whose limits the catalogue sets, and names a promise of so many days more."""
    life.item, life.item_index, life.fee = ITEMS[_LIMITED], _LIMITED, None
    statutory, promised = life.item.statutory, life.item.promised
    assert statutory is not None
    assert promised is not None
    life.statutory, life.promised = Limit(*statutory), Limit(*promised)
    life.stated = Limit(promised[0] + more, promised[1])
