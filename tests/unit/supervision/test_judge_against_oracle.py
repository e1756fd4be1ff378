"""The set-based judge says what a slow walk over the days says, for life-cycles nobody thought of."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine

from hub.central.engine import create_engine, writing
from tests.oracle.histories import CHANGED, Turn, assert_cards_as_written, histories
from tests.oracle.holding import assert_further_judged_as_written, assert_judged_as_written
from tests.oracle.lives import Life, Named, Today
from tests.oracle.loading import import_named
from tests.oracle.standing import assert_standing_judged_as_written, standing
from tests.oracle.strategies import PUBLISHED_2027, REGIONAL, batches
from tests.oracle.traits import ALL, traits
from tests.support.seeded import copied

CALENDARS: dict[str, tuple[Named, ...]] = {
    "library": (),
    "regional": REGIONAL,
    "published": (*REGIONAL, *PUBLISHED_2027),
}


@pytest.fixture(scope="session", params=sorted(CALENDARS))
def calendar(
    request: pytest.FixtureRequest, seeded_file: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Engine, tuple[Named, ...]]]:
    file = tmp_path_factory.mktemp("calendar") / "hub.db"
    file.write_bytes(seeded_file.read_bytes())
    engine = create_engine(f"sqlite:///{file}")
    imports = CALENDARS[request.param]
    if imports:
        with writing(engine) as connection:
            import_named(connection, imports)
    yield engine, imports
    engine.dispose()


@settings(
    max_examples=30,
    derandomize=True,
    phases=(Phase.explicit, Phase.generate),
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(data=st.data())
def test_the_judge_agrees_with_the_walk_over_the_days(
    calendar: tuple[Engine, tuple[Named, ...]], data: st.DataObject
) -> None:
    engine, imports = calendar
    today, lives = data.draw(batches())
    with writing(engine) as connection:
        assert_judged_as_written(connection, today, lives, imports)
        # Steps, procedures, answers, deliveries, extensions and corrections, of the same lives.
        assert_further_judged_as_written(connection, today, lives, imports)


@settings(
    max_examples=12,
    derandomize=True,
    phases=(Phase.explicit, Phase.generate),
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(data=st.data())
def test_the_judge_agrees_about_cards_orders_and_items(
    calendar: tuple[Engine, tuple[Named, ...]], data: st.DataObject
) -> None:
    """T10, T11, T13, T14."""
    engine, imports = calendar
    today, lives = data.draw(batches(6))
    told = data.draw(standing(today, len(lives)))
    with writing(engine) as connection:
        assert_standing_judged_as_written(connection, today, lives, told, imports)


@settings(
    max_examples=10,
    derandomize=True,
    phases=(Phase.explicit, Phase.generate),
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(turns=histories())
def test_cards_over_a_history_are_those_that_the_sentences_leave(
    seeded_file: Path, tmp_path_factory: pytest.TempPathFactory, turns: list[Turn]
) -> None:
    """Late and out-of-order data, changed limits, catalogue and calendar: 13 and 25, and T14 on the cards before it."""
    with copied(seeded_file, tmp_path_factory.mktemp("history")) as engine:
        assert_cards_as_written(engine, turns)


def test_the_lives_at_random_hold_everything_that_the_sentences_speak_of() -> None:
    held: Counter[str] = Counter()

    @settings(
        max_examples=60,
        derandomize=True,
        phases=(Phase.generate,),
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(batch=batches())
    def look(batch: tuple[Today, list[Life]]) -> None:
        for life in batch[1]:
            held.update(traits(life, batch[0], CALENDARS["regional"]))

    look()
    assert {name: held[name] for name in ALL if held[name] < 5} == {}


def test_the_histories_at_random_change_everything_that_may_change() -> None:
    held: Counter[str] = Counter()

    @settings(
        max_examples=40,
        derandomize=True,
        phases=(Phase.generate,),
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(turns=histories())
    def look(turns: list[Turn]) -> None:
        for before, turn in pairwise(turns):
            held.update(turn.changes)
            held.update(
                ["a day imported" if len(turn.imports) == 1 else "a year imported"] if turn.imports else []
            )
            held.update(["an earlier day"] if turn.today.day < before.today.day else [])

    look()
    wanted = (*CHANGED, "a day imported", "a year imported", "an earlier day")
    assert {name: held[name] for name in wanted if held[name] < 3} == {}
