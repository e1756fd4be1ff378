"""What was loaded just now is looked at by the server before it is judged, once; what it knows well enough is left alone."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import Engine, text

from hub.central.engine import writing
from hub.supervision.growth import look_at_what_has_grown
from tests.oracle.judging import supervise
from tests.oracle.lives import Life, on
from tests.oracle.loading import put

MANY = 3_000


@pytest.mark.postgres
def test_a_table_that_outgrew_what_the_server_knows_of_it_is_looked_at_once(
    supervised_postgres: Engine,
) -> None:
    with writing(supervised_postgres) as connection:
        put(connection, [Life(on("2025-03-03 09:00"), promised=10)] * MANY)
        known = text("SELECT COUNT(*) FROM pg_stats WHERE tablename = 'acceptance'")
        assert connection.execute(known).scalar_one() == 0
        grown = look_at_what_has_grown(connection)
        assert {"case_head", "approval_case", "acceptance"} <= set(grown)
        assert connection.execute(known).scalar_one() > 0
        assert look_at_what_has_grown(connection) == []


def test_other_databases_need_no_such_look(supervised_sqlite: Engine) -> None:
    with writing(supervised_sqlite) as connection:
        assert look_at_what_has_grown(connection) == []
    assert supervise(supervised_sqlite, today=date(2025, 3, 3)).cases == 0
