"""Histories at random: what departments tell anew from run to run, and what is imported into the calendar between runs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from hypothesis import strategies as st
from sqlalchemy import Engine, delete, insert, select

from hub.central.engine import reading, writing
from hub.central.tables.business import card, card_event, case_watch, supervision_run
from hub.central.tables.exchange import case_outcome, package
from hub.central.tables.rules import calendar_day, calendar_year
from hub.supervision.calendar import rebuild, version
from tests.oracle.card_oracle import Deck
from tests.oracle.judging import supervise
from tests.oracle.lives import Life, Named, Today, us
from tests.oracle.loading import clear, import_named, put
from tests.oracle.strategies import ANCHORS, PUBLISHED_2027, crowds

RULES = ("T1", "T2", "T3", "T4", "T5", "T6", "T7", "T8", "T9", "T12", "T14")
CASES, TOLD = 4, 8
CHANGED = {
    "completion": ("completed", "result", "delivered"),
    "pauses": ("pauses",),
    "ends": ("ends",),
    "corrections": ("notices", "receipts"),
    "steps": ("steps",),
    "limits": ("promised", "promised_unit", "statutory", "statutory_unit", "promised_at"),
    "catalogue": ("item", "handling_item"),
    "acceptance": ("accepted", "status", "applied"),
    "region": ("region",),
}
"""What of a case a later message, or a catalogue, says otherwise."""


@dataclass(frozen=True)
class Turn:
    """One run: as of when, which cases are told anew since the last one (from 0) with what, which days were imported."""

    today: Today
    told: tuple[tuple[int, Life], ...]
    imports: tuple[Named, ...] = ()
    changes: tuple[str, ...] = ()


@st.composite
def histories(draw: st.DrawFn, at_most: int = 6) -> list[Turn]:
    anchor = draw(st.sampled_from(ANCHORS))
    day = anchor + timedelta(days=draw(st.integers(0, 8)))
    pool = draw(
        crowds(anchor, TOLD)
    )  # what is told anew is told of one of these: few draws leave room for many turns
    now = pool[:CASES]
    turns = []
    for number in range(draw(st.integers(3, at_most))):
        day += timedelta(days=draw(st.sampled_from((0, 1, 1, 2, 4, 7, 20, -1, -3))))
        told, changes = dict(enumerate(now)) if number == 0 else {}, []
        for case in (
            draw(st.lists(st.integers(0, CASES - 1), min_size=1, max_size=2, unique=True)) if number else ()
        ):
            what = draw(st.sampled_from(sorted(CHANGED)))
            other = pool[draw(st.integers(0, TOLD - 1))]
            told[case] = now[case] = replace(
                now[case], **{name: getattr(other, name) for name in CHANGED[what]}
            )
            changes.append(what)
        imports = draw(imported(day)) if number else ()
        at = draw(st.sampled_from((-1, -1, us(day, 10), us(day, 16, 0, 1))))
        turns.append(Turn(Today(day, at), tuple(told.items()), imports, tuple(changes)))
    return turns


@st.composite
def imported(draw: st.DrawFn, day: date) -> tuple[Named, ...]:
    """Mostly nothing; a day of rest or of work near, of the country or a region; or the whole notice for 2027."""
    what = draw(st.sampled_from(("nothing", "nothing", "nothing", "day", "year")))
    if what == "year":
        return PUBLISHED_2027
    if what == "nothing":
        return ()
    named = day + timedelta(days=draw(st.integers(-15, 5)))
    return (Named(named, draw(st.booleans()), draw(st.sampled_from(("", "", "43", "4331")))),)


def assert_cards_as_written(engine: Engine, turns: Sequence[Turn]) -> None:
    """After each run the cards are those that the oracle walks out, and a second run over the same data changes none."""
    deck, now = Deck(), [life for _, life in turns[0].told]
    imports: tuple[Named, ...] = ()
    for turn in turns:
        for number, life in turn.told:
            now[number] = life
        imports += turn.imports
        if turn.imports:
            with writing(engine) as connection:
                import_named(connection, turn.imports)
        tell(engine, now, [number + 1 for number, _ in turn.told])
        run(engine, turn.today, everything=False)
        deck.run(turn.today, now, imports)
        context = "\n".join(f"{n} {life}" for n, life in enumerate(now, 1)) + f"\n{turns}"
        expected = sorted((each.told for each in deck.cards), key=repr)
        got = kept(engine)
        assert got == expected, (
            f"\n{turn.today}\nexpected {set(expected) - set(got)}\nfound {set(got) - set(expected)}\n{context}"
        )
    assert run(engine, turns[-1].today, everything=True) == 0
    assert kept(engine) == expected


def as_new(engine: Engine) -> None:
    """Forget all cards, runs, cases, and the days imported after the seed: for a database that serves several histories."""
    with writing(engine) as connection:
        for table in (card_event, card, case_watch, supervision_run):
            connection.execute(delete(table))
        clear(connection)
        if version(connection) > 1:
            connection.execute(delete(calendar_day).where(calendar_day.c.version > 1))
            connection.execute(delete(calendar_year).where(calendar_year.c.version > 1))
            rebuild(connection, 1)


def run(engine: Engine, today: Today, *, everything: bool) -> int:
    """A run of these rules; how many cards it changed."""
    given: dict[str, Any] = {"today": today.day} if today.at < 0 else {"now": today.at}
    done = supervise(engine, only=RULES, everything=everything, **given)
    return sum((done.raised + done.issued + done.closed + done.withdrawn + done.refigured).values())


def kept(engine: Engine) -> list[tuple[Any, ...]]:
    """The cards in the database, in the oracle's words."""
    c = card.c
    with reading(engine) as connection:
        rows = connection.execute(
            select(c.case_id, c.rule, c.subject, c.state, c.provisional, c.raised_on, c.issued_on)
        )
        found = [(*row[:2], row.subject or "", row.state, bool(row.provisional), *row[5:]) for row in rows]
    return sorted(found, key=repr)


def tell(engine: Engine, told: Sequence[Life], changed: Sequence[int], state: str = "closed") -> None:
    """The department's data as they are now; a package brought the changed cases (from 1)."""
    with writing(engine) as connection:
        clear(connection)
        put(connection, told)
        number = connection.execute(select(package.c.id).order_by(package.c.id.desc())).scalar() or 0
        row = {
            "id": number + 1, "system": "land-bureau", "digest": f"{number:064d}", "state": state, "origin": "x",
            "size": 1, "received_at": 0,
        }  # fmt: skip
        connection.execute(insert(package), [row])
        outcomes = [
            {
                "package": number + 1,
                "ordinal": n,
                "case_no": f"C{n}",
                "outcome": "accepted",
                "case_id": n,
                "version": 1,
            }
            for n in changed
        ]
        if outcomes:
            connection.execute(insert(case_outcome), outcomes)
