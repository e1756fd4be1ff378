"""A trial on each database: calendar and catalogue are changed, judged by and rolled back, and nothing is left of it."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, func, select

from hub.central.engine import reading, writing
from hub.central.tables import metadata
from hub.simulate import Options, simulate
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
