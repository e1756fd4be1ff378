"""The simulated complaints: the hub comes to the simulator's truth, on whatever day, and the second time changes nothing."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import Engine

from hub.central.engine import reading
from hub.complaints.hotline import instant
from hub.complaints.shapes import Desk
from hub.demo.complaints import bring, differences, truth
from hub.demo.measure import measure
from hub.simulate import Options
from hub.simulate.complaints import FILE, TRUTH, write_complaints
from hub.supervision.run import supervise
from tests.support.complaints import K
from tests.support.seeded import copied


@pytest.fixture(scope="module")
def engine(seeded_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    with copied(seeded_file, tmp_path_factory.mktemp("complaints")) as made:
        yield made


@pytest.mark.parametrize("today", ["2026-11-20", "2026-11-22", "2026-02-24", "2026-10-09", "2027-01-08"])
def test_the_hub_comes_to_the_truth_of_the_simulator(engine: Engine, tmp_path: Path, today: str) -> None:
    # Each day has numbers of its own, so that one database serves them all.
    day = date.fromisoformat(today)
    write_complaints(Options(1, tmp_path, day, code=f"land-{today}"))
    desk = Desk(instant(f"{today}T00:00"), lambda *_: None)
    told = truth(tmp_path)
    assert bring(engine, desk, tmp_path) == len(told["complaints"])
    supervise(engine, today=day, now=instant(f"{today}T23:59:59"), only=K)
    with reading(engine) as connection:
        assert differences(connection, told) == []
        found = measure(connection, [], [told])
    assert [(m.rule, m.expected, m.precision, m.recall) for m in found] == [
        (rule, 1, 1, 1) for rule in ("K1", "K2", "K3", "K4")
    ]
    assert bring(engine, desk, tmp_path) == 0
    assert {rule for each in told["complaints"] for rule in each["cards"]} == {"K1", "K2", "K3", "K4"}


def test_the_same_options_write_the_same_bytes_and_clean_ones_nothing_overdue(tmp_path: Path) -> None:
    written = []
    for name, clean in (("a", False), ("b", False), ("c", True)):
        (tmp_path / name).mkdir()
        write_complaints(Options(1, tmp_path / name, date(2026, 11, 20), clean=clean))
        written.append([(tmp_path / name / file).read_bytes() for file in (FILE, TRUTH)])
    assert written[0] == written[1]
    assert all(each["cards"] == [] for each in truth(tmp_path / "c")["complaints"])


def test_a_difference_is_told(engine: Engine, tmp_path: Path) -> None:
    write_complaints(Options(1, tmp_path, date(2026, 11, 20), code="never-brought"))
    with reading(engine) as connection:
        assert len(differences(connection, truth(tmp_path))) == len(truth(tmp_path)["complaints"])
