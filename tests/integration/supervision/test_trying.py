"""A trial on each database: calendar and catalogue are changed, judged by and rolled back, and nothing is left of it."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, func, select, text

from hub.central.engine import reading, writing
from hub.central.tables import metadata
from hub.clock import now_us
from hub.simulate import Options, simulate
from hub.supervision import trying
from hub.supervision.changing import changed
from hub.supervision.judge import Judging
from hub.supervision.rules import current_rules
from hub.wiring.trying import Wish, try_out
from tests.oracle.judging import supervise as judge
from tests.oracle.lives import Life, on
from tests.oracle.loading import put

LATE = Life(on("2025-03-03 09:00"), promised=10)
MARCH = (date(2025, 3, 3), date(2025, 3, 31))


@pytest.fixture
def engine(supervised: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Engine:
    monkeypatch.setenv("SUPHUB_HOME", str(tmp_path))
    monkeypatch.setenv("SUPHUB_DATABASE_URL", supervised.url.render_as_string(hide_password=False))
    with writing(supervised) as connection:
        put(connection, [LATE])
    judge(supervised, today=date(2025, 3, 18))
    return supervised


def rows(engine: Engine) -> dict[str, int]:
    with reading(engine) as connection:
        return {
            name: connection.execute(select(func.count()).select_from(table)).scalar_one()
            for name, table in metadata.tables.items()
        }


def counts(found: dict[str, Any], rule: str) -> tuple[int, ...]:
    return tuple(found["rules"][rule][name] for name in ("there", "same", "raised", "not_raised"))


def test_a_longer_holiday_would_take_the_card_back(engine: Engine, tmp_path: Path) -> None:
    file = tmp_path / "days.csv"
    rest = "".join(f"2025-03-{day},0,,市政府,试\n" for day in range(17, 32))
    file.write_text("date,is_workday,region,source,notice_no\n" + rest, encoding="utf-8")
    before = rows(engine)
    assert counts(try_out(Wish(rules=["T2"], calendar=file), *MARCH), "T2") == (1, 0, 0, 1)
    assert rows(engine) == before


def test_a_parameter_is_tried_on_every_day_of_the_period(engine: Engine) -> None:
    found = try_out(Wish(rules=["T1"], values={"share_percent": 50}), *MARCH)
    # No run was made while the warning was due, so there is no such card; on the 10th five of ten days are left.
    assert counts(found, "T1") == (0, 0, 1, 0)
    assert found["changes"][0]["day"] == "2025-03-10"


def test_a_catalogue_is_imported_for_the_trial_alone(engine: Engine, tmp_path: Path) -> None:
    simulate(Options(cases=3, out=tmp_path / "out", today=date(2025, 3, 31), seed=1, code="land-bureau"))
    before = rows(engine)
    found = try_out(Wish(items=[tmp_path / "out" / "catalogue.yaml"]), *MARCH)
    # Items in force that are judged by themselves: none has a promised limit longer than the statutory one.
    assert counts(found, "T13") == (0, 0, 0, 0)
    assert counts(found, "T2") == (1, 1, 0, 0)
    assert rows(engine) == before


@pytest.mark.postgres
def test_a_longer_trial_holds_no_more_locks_of_the_server(supervised_postgres: Engine) -> None:
    """Locks are held until the trial's one transaction ends, and a server has room for so many of them."""
    with writing(supervised_postgres) as connection:
        put(connection, [LATE])

    def held(last: date) -> int:
        with supervised_postgres.connect() as connection, connection.begin() as transaction:
            rules = current_rules(connection)
            tried = {**rules, "T2": changed(rules, "T2", {}, {"default": 3})}
            days = (date(2025, 3, 17), last)
            trying.try_out(connection, Judging(tried), ["T2", "T13", "X6", "T14"], days, now_us(), rules)
            mine = text("SELECT COUNT(*) FROM pg_locks WHERE pid = pg_backend_pid()")
            locks = int(connection.execute(mine).scalar_one())
            transaction.rollback()
        return locks

    assert held(date(2025, 3, 26)) == held(date(2025, 3, 18))
