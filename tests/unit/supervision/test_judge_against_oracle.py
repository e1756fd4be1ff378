"""The set-based judge says what a slow walk over the days says, for life-cycles nobody thought of."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine

from hub.central.engine import create_engine, writing
from tests.oracle.holding import assert_further_judged_as_written, assert_judged_as_written
from tests.oracle.lives import Named
from tests.oracle.loading import import_named
from tests.oracle.standing import assert_standing_judged_as_written, standing
from tests.oracle.strategies import PUBLISHED_2027, REGIONAL, batches

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
