"""Which sending travels in which package, and which packages are zipped, re-encoded, spoilt or sent twice.

A sending is packed into one integer (day, case, index, messages, marks), so that 200,000 cases are ordered in a few
megabytes; the case itself is told again, the same, when its package is written.
"""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from hub.simulate.anomaly_truth import Anomalies
from hub.simulate.casting import story
from hub.simulate.catalogue import found_of_items
from hub.simulate.disclosed import Results
from hub.simulate.parcel import FORMS, SPOILERS
from hub.simulate.standing_truth import Standing
from hub.simulate.story import Story
from hub.simulate.world import Options

ID_CONFLICT = "PKG_ID_CONFLICT"
SENT_AGAIN = "same file again"
CHARSETS = ("GB18030", "UTF-16", "gb2312 with 镕")
TREATMENTS = (*SPOILERS, ID_CONFLICT, SENT_AGAIN, *FORMS)
BLOCK = 60  # packages in which each treatment occurs once
SIZES = (1, 2, 3, 8, 20, 60, 120, 200)
SIZE_WEIGHTS = (1, 1, 1, 2, 3, 4, 5, 6)

_NUMBER, _INDEX, _COUNT, _MARKS = 12, 8, 4, 0
_DAY = 40
_ATTACHED, _MALFORMED = 1, 2


@dataclass(frozen=True, slots=True)
class Slot:
    """One sending, unpacked."""

    day: int
    number: int
    index: int
    messages: int
    attached: bool
    malformed: bool


@dataclass(slots=True)
class Plan:
    """Everything known before the first byte is written."""

    slots: array[int]
    first_day: int
    bounds: list[tuple[int, int]]  # package → [start, end) in slots
    treatments: dict[int, str]  # package → treatment
    cards: list[tuple[str, str]]
    anomalies: Anomalies
    standing: Standing
    results: Results
    planted: dict[str, Counter[str]] = field(default_factory=dict)

    def of(self, package: int) -> Iterator[Slot]:
        """The sendings of a package."""
        start, end = self.bounds[package]
        return (_unpacked(self.slots[index], self.first_day) for index in range(start, end))


def make_plan(options: Options) -> Plan:
    """Tell every story once: order the sendings, judge the cases, count what is planted."""
    today = options.today.toordinal()
    first_day = today - 1000
    packed: list[int] = []
    cards: list[tuple[str, str]] = []
    planted: dict[str, Counter[str]] = {}
    anomalies = Anomalies(options.code, options.organization.uscc, today, options.dialect)
    standing = Standing(today, options.dialect, found_of_items(options))
    results = Results(options)
    for number in range(1, options.cases + 1):
        told = story(options, number)
        packed.extend(_pack(told, first_day))
        rules = told.cards(today)
        cards.extend((told.case_no, rule) for rule in rules)
        if told.current is not None and told.current.operation != "D":
            anomalies.see(told.current.life)
            standing.see(told.current.life, rules, told.case_no)
            results.see(told.current.life, told.case_no)
        planted.setdefault(told.kind, Counter())[told.name] += 1
    packed.sort()
    slots = array("Q", packed)
    bounds = list(_bounds(options, slots))
    plan = Plan(slots, first_day, bounds, {}, cards, anomalies, standing, results, planted)
    if not options.clean:
        plan.treatments = _treatments(options, plan)
        planted["results"] = Counter(results.named())
        planted["packages"] = Counter(plan.treatments[package] for package in sorted(plan.treatments))
    return plan


def _pack(told: Story, first_day: int) -> Iterator[int]:
    for index, sending in enumerate(told.sendings):
        marks = 0
        for message in sending.messages:
            marks |= _ATTACHED if message.attachments else 0
            marks |= _MALFORMED if "CASE_MALFORMED" in message.codes else 0
        day = sending.day - first_day
        yield day << _DAY | told.number << _NUMBER | index << _INDEX | len(sending.messages) << _COUNT | marks


def _unpacked(slot: int, first_day: int) -> Slot:
    return Slot(
        day=(slot >> _DAY) + first_day,
        number=slot >> _NUMBER & (1 << _DAY - _NUMBER) - 1,
        index=slot >> _INDEX & 15,
        messages=slot >> _COUNT & 15,
        attached=bool(slot & _ATTACHED),
        malformed=bool(slot & _MALFORMED),
    )


def _bounds(options: Options, slots: array[int]) -> Iterator[tuple[int, int]]:
    """Cut the sendings into packages: by the size asked for, else by days and sizes as they come."""
    rng = options.rng("sizes")
    start, count = 0, 0
    size = options.package_size or rng.choices(SIZES, SIZE_WEIGHTS)[0]
    for index, slot in enumerate(slots):
        messages = slot >> _COUNT & 15
        new_day = options.package_size is None and slot >> _DAY != slots[start] >> _DAY
        if count and (count + messages > size or new_day):
            yield start, index
            start, count = index, 0
            size = options.package_size or rng.choices(SIZES, SIZE_WEIGHTS)[0]
        count += messages
    yield start, len(slots)


def _treatments(options: Options, plan: Plan) -> dict[int, str]:
    """In every sixty packages each treatment once; a package with attachments stays a zip."""
    found: dict[int, str] = {}
    own_charset = options.encoding != "utf-8"
    treatments = [name for name in TREATMENTS if not (own_charset and name in CHARSETS)]
    for block in range(0, len(plan.bounds), BLOCK):
        places = list(range(block, min(block + BLOCK, len(plan.bounds))))
        options.rng("treatments", block).shuffle(places)
        marks = {place: _marks(plan, place) for place in places}
        free = [place for place in places if not marks[place] & _ATTACHED]
        for treatment in treatments:
            unfit = _MALFORMED if treatment == "comments and CDATA" else 0
            place = next((place for place in free if not marks[place] & unfit), None)
            if place is not None:
                found[place] = treatment
                free.remove(place)
    return found


def _marks(plan: Plan, package: int) -> int:
    start, end = plan.bounds[package]
    marks = 0
    for index in range(start, end):
        marks |= plan.slots[index] & 15
    return marks
