"""Hypothesis strategies for life-cycles: crowded around year ends, holidays and make-up days, with everything odd in them.

Each is made once for its arguments: Hypothesis examines every new one anew, which took more time than the judging.
"""

from __future__ import annotations

from datetime import date, timedelta
from functools import cache

from hypothesis import strategies as st

from tests.oracle.lives import ItemVersion, Life, Moment, Named, Pause, Stage, Today, us

ANCHORS = (
    date(2003, 12, 18),  # the year before the library begins
    date(2025, 1, 15),  # Spring Festival with make-up days, ends of short months after it
    date(2025, 9, 20),  # National Day, eight days on end
    date(2026, 2, 5),
    date(2026, 9, 15),
    date(2026, 12, 10),  # into a year that nobody has published
    date(2027, 6, 1),
    date(2028, 2, 20),  # leap day
)
UNITS = (None, "W", "W", "D", "M", "H")
APPROVALS = (("钱批准", "依据"), ("钱批准", "依据"), (None, None), ("钱批准", " "), ("", "依据"))
TIMES = ((0, 0, 0), (9, 30, 0), (12, 0, 0), (16, 0, 0), (23, 59, 59))
# 2027: named days in the country's name and in two regions' own, nested; a make-up Saturday among them.
REGIONAL = (
    Named(date(2027, 1, 4), False, "43"),
    Named(date(2027, 1, 5), False, "4331"),
    Named(date(2027, 1, 4), True, "4331"),
    Named(date(2025, 9, 25), False, "43"),
    Named(date(2025, 10, 11), False, ""),
    Named(date(2027, 1, 9), True, ""),
    Named(date(2025, 9, 27), True, "4331"),
    Named(date(2025, 9, 25), True, "43"),
)
PUBLISHED_2027 = tuple(
    Named(date(2027, month, day), is_workday)
    for month, day, is_workday in (
        (1, 1, False), (1, 2, False), (1, 3, False), (1, 9, True), (2, 5, False), (2, 6, False), (2, 7, False),
        (2, 8, False), (2, 9, False), (2, 10, False), (2, 11, False), (2, 20, True), (6, 9, False), (6, 12, True),
    )
)  # fmt: skip


@cache
@st.composite
def moments(draw: st.DrawFn, anchor: date, earliest: int, latest: int, timed: bool = False) -> Moment:
    day = anchor + timedelta(days=draw(st.integers(earliest, latest)))
    if not timed and draw(st.integers(0, 4)) == 0:
        return Moment(day)
    return Moment(day, us(day, *draw(st.sampled_from(TIMES))))


@cache
@st.composite
def limits(draw: st.DrawFn, units: tuple[str | None, ...] = UNITS) -> tuple[int | None, str | None]:
    unit = draw(st.sampled_from(units))
    size = {"M": 2, "H": 240, "D": 30}.get(unit or "W", 20)
    amount = draw(st.one_of(st.integers(1, size), st.sampled_from((None, 0, 1))))
    return amount, unit


@cache
def validity(anchor: date) -> st.SearchStrategy[tuple[date | None, date | None]]:
    day = st.one_of(st.none(), st.integers(-6, 6).map(lambda n: anchor + timedelta(days=n)))
    return st.tuples(day, day)


@cache
@st.composite
def item_versions(draw: st.DrawFn, anchor: date) -> tuple[ItemVersion, ...]:
    """Up to three versions, whose validity begins and ends around the anchor; most cases have none."""
    found = []
    for number in range(1, draw(st.sampled_from((0, 0, 1, 2, 3))) + 1):
        first, last = draw(validity(anchor))
        promised, promised_unit = draw(limits(UNITS[1:]))
        statutory, statutory_unit = draw(limits(UNITS[1:]))
        state = draw(st.sampled_from(("in_force", "in_force", "in_force", "suspended")))
        found.append(
            ItemVersion(number, first, last, state, promised, promised_unit, statutory, statutory_unit)
        )
    return tuple(found)


@cache
def handling(anchor: date) -> st.SearchStrategy[tuple[ItemVersion, ...]]:
    return st.one_of(st.just(()), item_versions(anchor))


@cache
def perhaps(
    anchor: date, earliest: int, latest: int, timed: bool = False
) -> st.SearchStrategy[Moment | None]:
    return st.one_of(st.none(), moments(anchor, earliest, latest, timed))


@cache
def numbered(
    anchor: date, numbers: int, latest: int, at_most: int
) -> st.SearchStrategy[list[tuple[int, Moment]]]:
    """Moments of rows by their number, some numbers twice and some of no row."""
    return st.lists(st.tuples(st.integers(1, numbers), moments(anchor, -5, latest)), max_size=at_most)


@cache
def moments_of(anchor: date, latest: int, at_most: int) -> st.SearchStrategy[list[Moment]]:
    return st.lists(moments(anchor, -5, latest), max_size=at_most)


KINDS = st.lists(st.sampled_from(("1", "1", "2", "5", "9", "10")), max_size=4)


@cache
@st.composite
def lives(draw: st.DrawFn, anchor: date) -> Life:
    """A case accepted within ten days of the anchor, its events within fifty days before and after."""
    timed = draw(st.booleans())
    accepted = draw(moments(anchor, 0, 10, timed))
    promised, promised_unit = draw(limits())
    statutory, statutory_unit = draw(limits())
    pauses = tuple(
        Pause(seq, kind, draw(moments(anchor, -5, 45)), *draw(limits()), *draw(st.sampled_from(APPROVALS)))
        for seq, kind in enumerate(draw(KINDS), 1)
    )
    ends = draw(numbered(anchor, 4, 60, at_most=4))
    if pauses and draw(st.integers(0, 3)) == 0:  # one that ends on the day on which it began
        ends = [*ends, (pauses[0].seq, Moment(pauses[0].started.day, us(pauses[0].started.day, 23, 59, 59)))]
    notices = draw(moments_of(anchor, 30, at_most=2))
    receipts = draw(numbered(anchor, 2, 50, at_most=3))
    steps = [
        Stage(
            seq,
            *(draw(perhaps(anchor, -5, latest, timed)) for latest in (25, 60)),
            *draw(limits()),
        )
        for seq in range(1, draw(st.integers(0, 3)) + 1)
    ]
    return Life(
        steps=tuple(steps),
        channel=draw(st.sampled_from("123")),
        result=draw(st.sampled_from("0017")),
        delivered=draw(perhaps(anchor, 0, 75)),
        accepted=accepted,
        completed=draw(perhaps(anchor, 0, 70, timed)),
        promised=promised,
        promised_unit=promised_unit,
        promised_at=draw(perhaps(anchor, -3, 60)),
        statutory=statutory,
        statutory_unit=statutory_unit,
        region=draw(st.sampled_from(("430100", "433101", "433101000", "110101"))),
        case_type=draw(st.sampled_from(("1", "2", "5"))),
        project_no=draw(st.sampled_from((None, "", " ", "2025-430100-01"))),
        status=draw(st.sampled_from(("1", "1", "1", "1", "2", "3"))),
        pauses=pauses,
        ends=tuple(ends),
        notices=tuple(enumerate(notices, 1)),
        receipts=tuple(receipts),
        applied=draw(perhaps(anchor, -6, 6)),
        item=draw(item_versions(anchor)),
        handling_item=draw(handling(anchor)),
    )


@cache
def crowds(anchor: date, size: int) -> st.SearchStrategy[list[Life]]:
    return st.lists(lives(anchor), min_size=size, max_size=size)


@cache
@st.composite
def batches(draw: st.DrawFn, size: int = 12) -> tuple[Today, list[Life]]:
    """Lives around one anchor, and the day or instant that they are judged as of."""
    anchor = draw(st.sampled_from(ANCHORS))
    day = anchor + timedelta(days=draw(st.integers(0, 75)))
    at = draw(st.sampled_from((-1, -1, us(day, 10, 0, 0), us(day, 16, 0, 1))))
    return Today(day, at), draw(crowds(anchor, size))
