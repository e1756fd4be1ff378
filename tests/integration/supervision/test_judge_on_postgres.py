"""PostgreSQL judges exactly as the slow walk over the days does, imported and regional days included."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine

from hub.central.engine import writing
from tests.oracle.holding import assert_further_judged_as_written, assert_judged_as_written
from tests.oracle.lives import Named
from tests.oracle.loading import import_named
from tests.oracle.strategies import PUBLISHED_2027, REGIONAL, batches

pytestmark = pytest.mark.postgres


@pytest.mark.parametrize("imports", [(), (*REGIONAL, *PUBLISHED_2027)], ids=["library", "imported"])
def test_postgres_agrees_with_the_walk_over_the_days(
    supervised_postgres: Engine, imports: tuple[Named, ...]
) -> None:
    if imports:
        with writing(supervised_postgres) as connection:
            import_named(connection, imports)

    @settings(
        max_examples=20,
        derandomize=True,
        phases=(Phase.explicit, Phase.generate),
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )
    @given(data=st.data())
    def hold(data: st.DataObject) -> None:
        today, lives = data.draw(batches())
        with writing(supervised_postgres) as connection:
            assert_judged_as_written(connection, today, lives, imports)
            assert_further_judged_as_written(connection, today, lives, imports)

    hold()
