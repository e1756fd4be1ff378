"""G1 and G2: what nobody reports is counted as not judged, and never taken for published or for hidden."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import Engine, func, select

from hub.central.engine import reading, writing
from hub.central.tables.business import card
from hub.supervision.run import supervise
from tests.support.papers import catalogue, store


@pytest.mark.parametrize("rule", ["G1", "G2"])
def test_every_item_version_is_counted_as_not_reported(engine: Engine, rule: str) -> None:
    with writing(engine) as connection:
        catalogue(connection)
        catalogue(connection, "I2", version=3)
        store(connection, {})
    summary = supervise(engine, today=date(2025, 3, 31), only=[rule])
    assert (summary.judged[rule], summary.not_judged[rule]) == (0, {"not_reported": 2})
    with reading(engine) as connection:
        assert connection.execute(select(func.count()).select_from(card)).scalar_one() == 0
