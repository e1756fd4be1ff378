"""One approval case as it really went: the times that the limits are judged by, and what a department writes around them."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from hub.simulate.days import DAY, day_of
from hub.simulate.words import Applicant, Item, Organization

FAR = 9_000_000 * DAY


@dataclass(frozen=True, slots=True)
class Limit:
    """A number of W(orking days), D(ays), H(ours) or M(onths); a null unit means working days."""

    amount: int | None
    unit: str | None = "W"


@dataclass(frozen=True, slots=True)
class Special:
    """A special procedure: kind 1 is an extension, 2 to 10 stop the clock."""

    seq: int
    kind: str
    started: int
    limit: Limit
    approved: bool = True  # approver and basis are named
    blank: bool = False  # the approver is there, and empty


@dataclass(frozen=True, slots=True)
class Step:
    """A step of the examination; `ended` None is still going on."""

    seq: int
    kind: str  # STEP_TYPE
    started: int
    ended: int | None
    handler: int
    place: int = 0  # in the item's flow: which of STEPS it is
    action: str | None = None  # another than the one that was meant
    limit: Limit | None = None  # of its own


@dataclass(frozen=True, slots=True)
class Terms:
    """How a fee is told: code and name of the fee item, the step, and a reduction; `standard` None is the amount itself."""

    code: str | None = "FE-001"
    name: str = "证照工本费"
    step: int = 1
    standard: int | None = None
    reduced: bool | None = False  # None: not told
    basis: str | None = None


@dataclass(slots=True)
class Life:
    """A case's whole life; times are local seconds, None is not (yet) happened or not reported."""

    case_no: str
    organization: Organization
    item: Item
    item_index: int
    case_type: str
    applicant: Applicant
    applied: int
    channel: str = "1"
    statutory: Limit | None = None
    promised: Limit | None = None
    parallel: str | None = None
    status: str | None = None  # ACCEPT_STATUS
    handled: int | None = None
    examined: int | None = None  # looked at before it was accepted, where the department tells that
    promised_at: int | None = None
    entered: int = 5  # seconds after it was applied for, into the department's own system
    written: int = 2880  # and onto the front-end machine
    materials: int = 3
    steps: list[Step] = field(default_factory=list)
    notices: list[tuple[int, int]] = field(default_factory=list)  # (seq, time)
    receipts: list[tuple[int, int]] = field(default_factory=list)  # (seq of the notice, time)
    specials: list[Special] = field(default_factory=list)
    results: list[tuple[int, int]] = field(default_factory=list)  # (seq of the procedure, time)
    fee: int | None = None  # fen
    terms: Terms = Terms()
    special_fees: list[tuple[int, int]] = field(default_factory=list)  # (seq of the procedure, fen)
    result: str = "0"
    completed: int | None = None
    delivered: int | None = None
    explained: bool = True  # reasons are given where the law wants them
    decided: bool = True  # the decision step has an opinion
    certified: bool = True  # the certificate is named, if the item issues one
    lacking: frozenset[int] = frozenset()  # materials, by their numbers, that were not received
    version: int = 2  # of the item, as the case names it
    stated: Limit | None = None  # the promised limit that the case names, where it is not the item's
    salt: int = 0  # varies wording
    times: str = "offset"  # how times are written: offset, bare, day
    region: str = ""  # the organisation's code with 6, 9 or 12 digits
    by_code9: bool = False  # the organisation is named by its 9-digit code
    subject: str = ""
    evaluations: list[tuple[str, int]] = field(default_factory=list)  # (grade, time)

    def last_event(self, before: int = FAR) -> int:
        """The latest thing that happened before a time."""
        known = [self.applied, *(time for _, time in (*self.notices, *self.receipts, *self.results))]
        known += [special.started for special in self.specials]
        known += [time for time in (self.handled, self.completed, self.delivered) if time is not None]
        return max(time for time in known if time < before)


def seen(life: Life, day: int) -> Life:
    """The life as the department knows it at the end of a day: later events are not there yet."""
    end = (day + 1) * DAY
    if life.last_event() < end:
        return life

    def known(time: int | None) -> int | None:
        return time if time is not None and time < end else None

    handled = known(life.handled)
    completed = known(life.completed)
    return replace(
        life,
        status=life.status if handled is not None else None,
        handled=handled,
        steps=[
            replace(step, ended=known(step.ended))
            for step in life.steps
            if handled is not None and day_of(step.started) <= day
        ],
        notices=[pair for pair in life.notices if pair[1] < end],
        receipts=[pair for pair in life.receipts if pair[1] < end],
        specials=[special for special in life.specials if special.started < end],
        results=[pair for pair in life.results if pair[1] < end],
        fee=life.fee if completed is not None else None,
        completed=completed,
        delivered=known(life.delivered),
        evaluations=[pair for pair in life.evaluations if pair[1] < end],
    )
