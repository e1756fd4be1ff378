"""What is odd about a life as of a day: so that a test can show that the lives at random hold everything the sentences speak of."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations, pairwise

from tests.oracle.lives import Life, Moment, Named, Today
from tests.oracle.time_oracle import (
    Calendar,
    Case,
    calendar_of,
    cap_of,
    days_after,
    in_force,
    known,
    late_instant,
)

ALL = (
    "overlapping pauses", "pauses one within the other", "open pause", "over-long pause", "pause begun before acceptance",
    "pause within a day", "pause approved for 0", "pause without limit", "correction wait", "open correction wait", "results twice",
    "extension", "extensions together", "extension in hours", "extension in natural days", "extension without limit", "joint case",
    "make-up day", "holiday of the week", "year end", "unpublished day", "day of a region", "known later", "finished before accepted",
    "ended before begun", "received before asked", "steps out of order", "day-precise", "limit of the catalogue", "two versions of the item",
    "promised W", "promised D", "promised M", "promised H", "statutory W", "statutory D", "statutory M", "statutory H", "promise by its day",
    "not accepted", "finished", "open",
)  # fmt: skip


def traits(life: Life, today: Today, imports: tuple[Named, ...] = ()) -> set[str]:
    """The traits of a life, of ALL."""
    calendar = calendar_of(imports, life.region, False)
    return {
        *_of_pauses(life, today, calendar),
        *_of_extensions(life),
        *_of_days(life, today, imports),
        *_of_order(life, today),
        *_of_limits(life),
    }


def _of_pauses(life: Life, today: Today, calendar: Calendar) -> Iterator[str]:
    case = Case(life, today, calendar)
    spans = [(begin, end) for begin, _, end, _ in case.pauses if end > begin]
    for (a, b), (c, d) in combinations(spans, 2):
        if max(a, c) < min(b, d):
            yield (
                "pauses one within the other"
                if (a <= c and d <= b) or (c <= a and b <= d)
                else "overlapping pauses"
            )
    for pause in life.pauses:
        if pause.kind == "1" or not known(pause.started, today):
            continue
        ends = [when for seq, when in life.ends if seq == pause.seq and known(when, today)]
        if not ends:
            yield "open pause"
        if len(ends) > 1:
            yield "results twice"
        if pause.started.day < life.accepted.day:
            yield "pause begun before acceptance"
        if any(when.day == pause.started.day for when in ends):
            yield "pause within a day"
        if pause.limit == 0:
            yield "pause approved for 0"
        if pause.limit is None:
            yield "pause without limit"
        elif pause.limit > 0:
            at = late_instant(pause.started)
            cap, _ = cap_of(pause.started.day, at, pause.limit, pause.unit or "W", calendar)
            if min((when.day for when in ends), default=today.day) > cap:
                yield "over-long pause"
    for seq, notified in life.notices:
        if known(notified, today):
            answered = any(of == seq and known(when, today) for of, when in life.receipts)
            yield "correction wait" if answered else "open correction wait"


def _of_extensions(life: Life) -> Iterator[str]:
    granted = [pause for pause in life.pauses if pause.kind == "1"]
    if granted:
        yield "extension"
    if len(granted) > 1:
        yield "extensions together"
    for pause in granted:
        if pause.limit is None:
            yield "extension without limit"
        elif pause.unit in ("H", "D", "M"):
            yield "extension in hours" if pause.unit == "H" else "extension in natural days"
    if life.case_type == "5" or (life.project_no or "").strip():
        yield "joint case"


def _of_days(life: Life, today: Today, imports: tuple[Named, ...]) -> Iterator[str]:
    end = min(life.completed.day, today.day) if life.completed else today.day
    calendar, strict = (calendar_of(imports, life.region, reading) for reading in (False, True))
    nation = calendar_of(imports, "", False)
    if life.accepted.day.year != end.year:
        yield "year end"
    for day in days_after(life.accepted.day, end):
        works, weekday = calendar.is_workday(day), day.weekday() < 5
        if works != weekday:
            yield "make-up day" if works else "holiday of the week"
        if works and not strict.is_workday(day):
            yield "unpublished day"
        if works != nation.is_workday(day):
            yield "day of a region"


def _of_order(life: Life, today: Today) -> Iterator[str]:
    moments = [life.accepted, life.completed, *(pause.started for pause in life.pauses)]
    moments += [when for _, when in (*life.ends, *life.notices, *life.receipts)]
    there = [moment for moment in moments if moment is not None]
    if any(not known(moment, today) for moment in there):
        yield "known later"
    if any(moment.at is None for moment in there):
        yield "day-precise"
    if life.completed is not None and life.completed.day < life.accepted.day:
        yield "finished before accepted"
    begun = {pause.seq: pause.started for pause in life.pauses}
    if any(seq in begun and when.day < begun[seq].day for seq, when in life.ends):
        yield "ended before begun"
    asked = dict(life.notices)
    if any(seq in asked and when.day < asked[seq].day for seq, when in life.receipts):
        yield "received before asked"
    starts = [when for step in life.steps if isinstance(when := step.started or step.ended, Moment)]
    if any(one.day > other.day for one, other in pairwise(starts)):
        yield "steps out of order"


def _of_limits(life: Life) -> Iterator[str]:
    version = in_force(life.handling_item or life.item, life.applied)
    if version is not None and ((version.promised or 0) > 0 or (version.statutory or 0) > 0):
        yield "limit of the catalogue"
    if len(life.handling_item or life.item) > 1:
        yield "two versions of the item"
    if (life.promised or 0) > 0:
        yield f"promised {life.promised_unit or 'W'}"
    elif life.promised_at is not None:
        yield "promise by its day"
    if (life.statutory or 0) > 0:
        yield f"statutory {life.statutory_unit or 'W'}"
    if life.status != "1":
        yield "not accepted"
    yield "open" if life.completed is None else "finished"
