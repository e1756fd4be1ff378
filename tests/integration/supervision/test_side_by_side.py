"""Many chunks of cases judged side by side come to what one chunk comes to, and a chunk that fails ends the run."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import Engine, select, text

from hub.central.engine import reading, writing
from hub.central.tables.business import card, case_watch
from hub.supervision import chunked, touched
from tests.oracle.judging import supervise
from tests.oracle.lives import Life, on
from tests.oracle.loading import put

pytestmark = pytest.mark.postgres
DAY = date(2025, 3, 18)
LATE = Life(on("2025-03-03 09:00"), promised=10, statutory=20)
NEAR = Life(on("2025-03-05 09:00"), promised=10, statutory=20)
FINE = Life(on("2025-03-17 09:00"), promised=10, statutory=20)
WRONG = Life(on("2025-03-17 09:00"), promised=25, statutory=20)


def stand(engine: Engine) -> list[tuple[object, ...]]:
    """The cards and the days on which cases are looked at again, however they were numbered."""
    with reading(engine) as connection:
        cards = connection.execute(select(card.c.case_id, card.c.rule, card.c.state, card.c.version)).all()
        watches = connection.execute(select(case_watch.c.case_id, case_watch.c.watch_at)).all()
    return [*sorted(map(tuple, cards)), *sorted(map(tuple, watches))]


def test_chunks_side_by_side_raise_the_cards_of_one_chunk_and_a_second_run_none(
    supervised_postgres: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    with writing(supervised_postgres) as connection:
        put(connection, [LATE, NEAR, FINE, LATE, NEAR, FINE, LATE])
    monkeypatch.setattr(touched, "CASES_AT_ONCE", 2)
    summary = supervise(supervised_postgres, today=DAY).as_dict()
    found = stand(supervised_postgres)
    assert [row[:3] for row in found if len(row) > 2] == [
        (1, "T2", "已发"), (2, "T1", "已发"), (4, "T2", "已发"), (5, "T1", "已发"), (7, "T2", "已发"),
    ]  # fmt: skip
    assert (summary["cases"], summary["judged"]["T2"], summary["raised"]["T2"]) == (7, 7, 3)
    monkeypatch.setattr(touched, "CASES_AT_ONCE", 100)
    again = supervise(supervised_postgres, today=DAY).as_dict()
    assert (sum(again["raised"].values()), again["judged"]) == (0, summary["judged"])
    assert stand(supervised_postgres) == found


def test_what_is_about_no_case_is_judged_beside_the_chunks_and_counted_once(
    supervised_postgres: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    with writing(supervised_postgres) as connection:
        put(connection, [LATE, WRONG, FINE])
    monkeypatch.setattr(touched, "CASES_AT_ONCE", 1)
    summary = supervise(supervised_postgres, today=DAY).as_dict()
    assert (summary["raised"]["T13"], summary["judged"]["T13"]) == (1, 3)
    again = supervise(supervised_postgres, today=DAY).as_dict()
    assert (sum(again["raised"].values()), again["judged"]["T13"]) == (0, 3)
    with supervised_postgres.connect() as connection:
        assert connection.execute(text("SHOW temp_buffers")).scalar_one() == "64MB"


def test_a_chunk_that_fails_fails_the_run_which_leaves_nothing_behind_on_its_connections(
    supervised_postgres: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    with writing(supervised_postgres) as connection:
        put(connection, [LATE, LATE, LATE])
    monkeypatch.setattr(touched, "CASES_AT_ONCE", 1)
    whole = chunked._judge_chunk
    broken = iter([False, True])

    def fail_once(*arguments: object, **named: object) -> None:
        if next(broken, False):
            raise RuntimeError("the second chunk")
        whole(*arguments, **named)  # type: ignore[arg-type]

    with monkeypatch.context() as patched:
        patched.setattr(chunked, "_judge_chunk", fail_once)
        with pytest.raises(RuntimeError, match="the second chunk"):
            supervise(supervised_postgres, today=DAY)
    with supervised_postgres.connect() as connection:
        left = connection.execute(
            text("SELECT relname FROM pg_class WHERE relpersistence = 't' AND relkind IN ('r', 'v')")
        )
        assert left.all() == []
    assert supervise(supervised_postgres, today=DAY).cases == 3
    assert [row[1] for row in stand(supervised_postgres) if len(row) > 2] == ["T2"] * 3
