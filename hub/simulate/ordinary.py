"""Ordinary lives: applied for, accepted, examined, sometimes paused, finished in time or late, or still open."""

from __future__ import annotations

from random import Random

from hub.simulate.codes import can_say, speakable
from hub.simulate.days import at, day_of, on_or_after, walk
from hub.simulate.life import Life, Limit, Special, Step
from hub.simulate.words import ITEMS, PLACES, PLAIN, applicant
from hub.simulate.world import WINDOW, Options

_WEIGHTS = (
    20,
    34,
    46,
    60,
    66,
    72,
    76,
    82,
    87,
    96,
    100,
    100,
    100,
)  # cumulated, of ITEMS; the planted ones come by plants alone
_TAILS = ("",) * 8 + ("000", "000000")  # regions are written with 6, 9 or 12 digits
_TIMES = ("offset",) * 7 + ("bare", "bare", "day")
_IN_TIME = (0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)  # shares of the limit that are used
_LATE = (1.0, 1.1, 1.3, 1.8)
_INDEXES = range(len(ITEMS))
_RESULTS = ("0", "0", "0", "0", "0", "0", "6", "6", "7", "2", "1", "5")


def blank(options: Options, number: int, rng: Random, item_index: int | None = None) -> Life:
    """A case of nothing but its identity, item and applicant; times are still to come."""
    chosen = item_index
    while chosen is None or not _sayable(options, chosen):
        chosen = rng.choices(_INDEXES, cum_weights=_WEIGHTS)[0]
    item = ITEMS[chosen]
    organization = options.organization
    life = Life(
        case_no=f"{organization.region}-{options.today.year}-{number:07d}",
        organization=organization,
        item=item,
        item_index=chosen,
        case_type=speakable(options.codes, "CASE_TYPE", item.case_type),
        applicant=applicant(rng),
        applied=0,
        channel=rng.choice("11122345"),
        statutory=Limit(*item.statutory) if item.statutory else None,
        promised=Limit(*item.promised) if item.promised else None,
        parallel=f"2026-{number:06d}" if item.case_type == "5" else None,
        salt=number,
        materials=rng.randrange(2, 6),
        region=organization.region + rng.choice(_TAILS),
        times=rng.choice(_TIMES),
        by_code9=rng.random() < 0.02,
    )
    life.subject = f"{rng.choice(PLACES)}{rng.choice(PLACES)}地块 {item.name} <{number % 97}> & 附属事项"
    if life.times == "day" and any(limit and limit.unit == "H" for limit in (life.statutory, life.promised)):
        life.times = "offset"  # hours cannot be counted from a day
    return life


def _sayable(options: Options, index: int) -> bool:
    item = ITEMS[index]
    units = [limit[1] for limit in (item.statutory, item.promised) if limit]
    return can_say(options.codes, "CASE_TYPE", item.case_type) and all(
        can_say(options.codes, "LIMIT_UNIT", unit) for unit in units
    )


def ordinary(options: Options, number: int, rng: Random, *, full: bool = False, quiet: int = 0) -> Life:
    """A life within the window. `full`: all 14 elements occur. `quiet`: nothing happens in the last days before today."""
    today = options.today.toordinal()
    until = today - quiet
    life = blank(options, number, rng, PLAIN if full else None)
    newest = until - 45 if full else until
    first = rng.randrange(min(today - WINDOW, newest), newest + 1)
    life.applied = at(first, 9, rng.randrange(60), rng.randrange(60))
    accept(life, on_or_after(first + rng.randrange(3)), rng)
    assert life.handled is not None
    if day_of(life.handled) > until:
        life.status, life.handled = None, None
        return life
    if not full and rng.random() < 0.04:
        return _not_accepted(options, life, rng)
    if life.case_type == "1":
        finish(options, life, day_of(life.handled), rng)
        at_once(life)
        return life
    if life.promised is None:
        life.promised_at = at(day_of(life.handled) + rng.randrange(10, 25), 17)
    pauses = _interrupted(life, until, rng, full=full)
    done = walk(day_of(life.handled), _pace(life, rng) + pauses)
    if full:
        done = min(done, until - 4)
    if life.results:  # nobody decides before the hearing is over
        done = max(done, on_or_after(day_of(max(time for _, time in life.results)) + 1))
    if done <= until:
        finish(options, life, done, rng, deliver=full)
    settle(life, until, rng)
    return life


def accept(life: Life, day: int, rng: Random) -> None:
    """Accepted on a day, in office hours, never before it was applied for."""
    life.status = "1"
    life.handled = max(
        at(day, 10 + rng.randrange(6), rng.randrange(60), rng.randrange(60)), life.applied + 600
    )


def _not_accepted(options: Options, life: Life, rng: Random) -> Life:
    life.status = "3" if can_say(options.codes, "ACCEPT_STATUS", "3") and rng.random() < 0.4 else "2"
    life.specials, life.notices = [], []
    life.lacking = frozenset({2})
    return life


def _pace(life: Life, rng: Random) -> int:
    """Working days that the department takes: mostly well within the promise, sometimes beyond the law."""
    limit = life.promised if life.promised and life.promised.amount else life.statutory
    amount = limit.amount if limit and limit.amount else 10
    days = {"W": amount, "D": amount * 2 // 3, "H": amount // 24, "M": amount * 20}[
        limit.unit or "W" if limit else "W"
    ]
    share = rng.choice(_LATE) if rng.random() < 0.05 else rng.choice(_IN_TIME)
    return max(1, round(days * share))


def _interrupted(life: Life, until: int, rng: Random, *, full: bool) -> int:
    """A correction or a special procedure after acceptance in some cases; returns the working days they take."""
    assert life.handled is not None
    day, taken = day_of(life.handled), 0
    if full or rng.random() < 0.25:
        told = walk(day, 1)
        wait = rng.randrange(1, 5)
        if walk(told, wait) <= until:
            life.notices.append((1, at(told, 9, rng.randrange(60))))
            life.receipts.append((1, at(walk(told, wait), 15, rng.randrange(60))))
            day, taken = walk(told, wait), taken + wait
    if full or rng.random() < 0.25:
        kind = str(rng.randrange(2, 11))
        begun = walk(day, 1)
        length = rng.randrange(2, 8)
        if walk(begun, length) <= until:
            life.specials.append(Special(1, kind, at(begun, 10, rng.randrange(60)), Limit(length + 1)))
            life.results.append((1, at(walk(begun, length), 16, rng.randrange(60))))
            taken += length
    return taken


def finish(options: Options, life: Life, day: int, rng: Random, *, deliver: bool = False) -> None:
    """Finished on a day, with a result, perhaps a fee, and delivered soon after."""
    assert life.handled is not None
    life.result = speakable(options.codes, "COMPLETION_RESULT", "0" if deliver else rng.choice(_RESULTS))
    life.completed = max(at(day, 16, rng.randrange(60), rng.randrange(60)), life.handled + 900)
    if life.item.charged:
        life.fee = rng.choice((1000, 8000, 55000))
    if deliver or (life.result in "06" and rng.random() < 0.7):
        life.delivered = at(day + 1 + rng.randrange(3), 10, rng.randrange(60))


def opening(life: Life) -> Step:
    """The step that ends with acceptance."""
    assert life.handled is not None
    return Step(1, "1", max(life.applied, life.handled - 900), life.handled, life.salt % 7)


def at_once(life: Life) -> None:
    """A 即办件: one person accepts and decides it on the spot."""
    assert life.handled is not None
    life.steps = [opening(life), Step(2, "3", life.handled + 60, life.completed, life.salt % 7, 5)]


def settle(life: Life, until: int, rng: Random) -> None:
    """Lays the steps between acceptance and completion (or the present) and drops a delivery not yet made."""
    if life.handled is None or life.status != "1":
        return
    if life.delivered is not None and day_of(life.delivered) > until:
        life.delivered = None
    start = life.handled
    stop = life.completed if life.completed is not None else max(at(until, 17), start + 7200)
    places = (0, 1, 2, 3, 4, 5) if rng.random() < 0.5 else (0, 1, 2, 4, 5)  # as the flow branches
    count = len(places)
    inner = max(stop - start - 900, count)
    marks = [start + inner * n // (count - 1) for n in range(count)]
    steps = [opening(life)]
    for n in range(1, count):
        last = n == count - 1
        if last and life.completed is None:
            break
        ended = stop if last else marks[n] if n < count - 2 or life.completed is not None else None
        steps.append(
            Step(
                n + 1, "3" if last else "2", marks[n - 1] + 60, ended, 7 if last else (life.salt + n) % 7, places[n]
            )
        )  # fmt: skip
    life.steps = steps
