"""PostgreSQL and MariaDB judge exactly as the slow walk over the days does, imported and regional days included."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine

from hub.central.engine import reading, writing
from hub.supervision.listing import list_cards
from tests.oracle.histories import Turn, as_new, assert_cards_as_written, histories
from tests.oracle.holding import assert_further_judged_as_written, assert_judged_as_written
from tests.oracle.judging import supervise
from tests.oracle.lives import Life, Named, on
from tests.oracle.loading import clear, import_named, put
from tests.oracle.standing import assert_standing_judged_as_written, standing
from tests.oracle.strategies import PUBLISHED_2027, REGIONAL, batches

pytestmark = pytest.mark.postgres
LATE = Life(on("2025-03-03 09:00"), promised=10, statutory=20)


def test_a_run_raises_and_withdraws_cards_on_each_server(supervised_server: Engine) -> None:
    with writing(supervised_server) as connection:
        put(connection, [LATE])
    for day in (date(2025, 3, 18), date(2025, 4, 1), date(2025, 4, 1)):
        supervise(supervised_server, today=day)
    with reading(supervised_server) as connection:
        assert [(c["rule"], c["level"], c["state"]) for c in list_cards(connection)] == [
            ("T2", 2, "已发"),
            ("T3", 3, "已发"),
            ("T14", 3, "已发"),
        ]
    with writing(supervised_server) as connection:
        # As late data have it, the case had been finished in time.
        clear(connection)
        put(connection, [replace(LATE, completed=on("2025-03-10 09:00"))])
    supervise(supervised_server, today=date(2025, 4, 2))
    with reading(supervised_server) as connection:
        assert {c["state"] for c in list_cards(connection) if c["rule"] in ("T2", "T3", "T14")} == {"撤销"}


@pytest.mark.parametrize("imports", [(), (*REGIONAL, *PUBLISHED_2027)], ids=["library", "imported"])
def test_a_server_agrees_with_the_walk_over_the_days(
    supervised_server: Engine, imports: tuple[Named, ...]
) -> None:
    if imports:
        with writing(supervised_server) as connection:
            import_named(connection, imports)

    @settings(
        max_examples=15 if supervised_server.dialect.name == "postgresql" else 8,  # MariaDB is slow at this
        derandomize=True,
        phases=(Phase.explicit, Phase.generate),
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )
    @given(data=st.data())
    def hold(data: st.DataObject) -> None:
        today, lives = data.draw(batches())
        with writing(supervised_server) as connection:
            assert_judged_as_written(connection, today, lives, imports)
            assert_further_judged_as_written(connection, today, lives, imports)
            told = data.draw(standing(today, len(lives)))
            assert_standing_judged_as_written(connection, today, lives, told, imports)

    hold()


def test_a_server_keeps_the_cards_that_the_sentences_leave_over_a_history(supervised_server: Engine) -> None:
    @settings(
        max_examples=6 if supervised_server.dialect.name == "postgresql" else 3,
        derandomize=True,
        phases=(Phase.explicit, Phase.generate),
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )
    @given(turns=histories(4))
    def hold(turns: list[Turn]) -> None:
        as_new(supervised_server)
        assert_cards_as_written(supervised_server, turns)

    hold()
