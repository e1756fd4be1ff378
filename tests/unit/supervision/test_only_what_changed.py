"""Looking only at the cases that could have changed leaves the same cards as judging all of them, whatever happens."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, select, update

from hub.central.engine import create_engine, reading, writing
from hub.central.tables.business import card, card_event, case_watch, supervision_run
from hub.central.tables.exchange import package
from tests.oracle.histories import tell
from tests.oracle.judging import supervise
from tests.oracle.lives import Life, Named, on, us
from tests.oracle.loading import import_named, register
from tests.oracle.strategies import ANCHORS, lives

CASES = 8


def all_cards(engine: Engine) -> tuple[list[Any], list[Any]]:
    """Every card and event, but for the instants at which the hub itself worked."""
    with reading(engine) as connection:
        cards = [
            {**row, "raised_at": 0}
            for row in connection.execute(select(card).order_by(card.c.card_id)).mappings()
        ]
        events = [
            {**row, "at": 0}
            for row in connection.execute(
                select(card_event).order_by(card_event.c.card_id, card_event.c.number)
            ).mappings()
        ]
    return cards, events


@st.composite
def histories(draw: st.DrawFn) -> list[tuple[date, int | None, list[tuple[int, Life]], list[Named]]]:
    """Steps: the day, an instant of it or None for its end, cases that change, days that are imported."""
    anchor = draw(st.sampled_from(ANCHORS[1:6]))
    day, found = anchor + timedelta(days=draw(st.integers(0, 5))), []
    for number in range(draw(st.integers(3, 6))):
        day += timedelta(days=draw(st.sampled_from((0, 1, 1, 2, 7, 20))))
        changed = (
            range(CASES)
            if number == 0
            else draw(st.lists(st.integers(0, CASES - 1), max_size=2, unique=True))
        )
        days = [Named(day + timedelta(days=1), False)] if number and draw(st.integers(0, 7)) == 0 else []
        at = draw(st.sampled_from((None, None, us(day, 10), us(day, 16))))
        found.append((day, at, [(n, draw(lives(anchor))) for n in changed], days))
    return found


@settings(
    max_examples=8,
    derandomize=True,
    phases=(Phase.explicit, Phase.generate),
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(history=histories())
def test_the_cards_are_the_same_as_if_all_cases_were_judged(
    tmp_path_factory: pytest.TempPathFactory, seeded_file: Path, history: Any
) -> None:
    folder = tmp_path_factory.mktemp("twins")
    engines = []
    for name in ("all", "changed"):
        file = folder / f"{name}.db"
        file.write_bytes(seeded_file.read_bytes())
        engines.append(create_engine(f"sqlite:///{file}"))
    told: list[Life] = [Life(on("2025-03-03"))] * CASES
    for day, at, changes, days in history:
        for number, life in changes:
            told[number] = life
        for engine, everything in zip(engines, (True, False), strict=True):
            if days:
                with writing(engine) as connection:
                    import_named(connection, days)
            tell(engine, told, [number + 1 for number, _ in changes])
            supervise(engine, today=day if at is None else None, now=at or us(day, 23), everything=everything)
        assert all_cards(engines[1]) == all_cards(engines[0])
    for engine in engines:
        engine.dispose()


# Accepted Monday 3 March 2025; 10 working days end on Monday 17, near from Thursday 13.
OPEN = Life(on("2025-03-03 09:00"), promised=10, statutory=20)


def looked_at(engine: Engine, today: str) -> int:
    return supervise(engine, today=date.fromisoformat(today), everything=False).cases


def test_nothing_is_looked_at_where_nothing_changed(engine: Engine) -> None:
    tell(engine, [OPEN] * 3, [1, 2, 3])
    assert looked_at(engine, "2025-03-04") == 3
    assert looked_at(engine, "2025-03-04") == 0
    assert looked_at(engine, "2025-03-12") == 0
    assert looked_at(engine, "2025-03-13") == 3  # they come near their limits


def test_a_changed_case_is_looked_at_alone(engine: Engine) -> None:
    tell(engine, [OPEN] * 3, [1, 2, 3])
    looked_at(engine, "2025-03-04")
    tell(engine, [OPEN] * 3, [2])
    assert looked_at(engine, "2025-03-04") == 1
    assert looked_at(engine, "2025-03-04") == 0


@pytest.mark.parametrize(("state", "cases"), [("closed", 0), ("processing", 1), ("set_aside", 1)])
def test_cases_of_a_package_that_is_not_finished_are_looked_at_until_it_is(
    engine: Engine, state: str, cases: int
) -> None:
    tell(engine, [OPEN], [1])
    looked_at(engine, "2025-03-04")
    tell(engine, [OPEN], [1], state=state)
    assert looked_at(engine, "2025-03-04") == 1
    assert looked_at(engine, "2025-03-04") == cases
    with writing(engine) as connection:
        connection.execute(update(package).values(state="closed"))
    assert looked_at(engine, "2025-03-04") == cases
    assert looked_at(engine, "2025-03-04") == 0


def test_an_imported_day_a_registration_or_an_earlier_day_has_everything_judged(engine: Engine) -> None:
    tell(engine, [OPEN] * 3, [1, 2, 3])
    looked_at(engine, "2025-03-04")
    with writing(engine) as connection:
        import_named(connection, [Named(date(2025, 3, 6), False)])
    assert looked_at(engine, "2025-03-04") == 3
    assert looked_at(engine, "2025-03-04") == 0
    with writing(engine) as connection:
        register(connection, supervise_from="2025-03-01")
    assert looked_at(engine, "2025-03-04") == 3
    assert looked_at(engine, "2025-03-03") == 3


def test_a_finished_case_is_not_watched_and_one_with_a_future_event_is_looked_at_each_time(
    engine: Engine,
) -> None:
    done = Life(on("2025-03-03"), completed=on("2025-03-06"), result="7", promised=10)
    later = Life(on("2025-03-03"), completed=on("2025-04-01"), result="7", promised=10)
    tell(engine, [done, later], [1, 2])
    looked_at(engine, "2025-03-07")
    with reading(engine) as connection:
        assert connection.execute(select(case_watch.c.case_id)).scalars().all() == [2]
    assert looked_at(engine, "2025-03-07") == 1


def test_a_run_that_died_is_made_up_for(engine: Engine) -> None:
    tell(engine, [OPEN], [1])

    def broken(*_: Any) -> None:
        raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        supervise(engine, today=date(2025, 3, 18), everything=False, log=broken)
    with reading(engine) as connection:
        assert connection.execute(select(supervision_run)).all() == []
    assert looked_at(engine, "2025-03-18") == 1
    assert len(all_cards(engine)[0]) == 1
