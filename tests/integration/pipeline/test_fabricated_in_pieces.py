"""The patterns of fabricated data in each dialect, and complaints, on PostgreSQL: what is planted is found, and nothing else."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from hub import wiring
from hub.catalogue.importing import import_files
from hub.central.engine import reading, writing
from hub.complaints.hotline import instant
from hub.complaints.shapes import Desk
from hub.demo.complaints import bring
from hub.demo.complaints import truth as complaints_truth
from hub.demo.departments import connection_variable
from hub.demo.measure import measure
from hub.simulate import Options, simulate
from hub.simulate.words import CONSTRUCTION, HRSS, ORGANIZATIONS, Organization
from hub.simulate.world import FABRICATIONS
from hub.supervision.seed import ensure_seeded
from tests.integration.pipeline.conftest import Hub, installed

TODAY = date(2026, 11, 20)
DEPARTMENTS: dict[str, tuple[str, Organization, tuple[str, ...]]] = {
    "rows": ("national-exchange-db", HRSS, ("X1", "X4", "X7")),
    "stages": ("pinyin-stages", CONSTRUCTION, ("X2", "X5", "X11")),
    "packages": ("canonical", ORGANIZATIONS[0], ("X3", "X8", "X10")),
    "strict": ("canonical", ORGANIZATIONS[3], ("X6", "X9", "X12")),
}


@pytest.fixture
def hub(postgres_engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    yield from installed(postgres_engine, tmp_path, monkeypatch)


def exchanged(hub: Hub, monkeypatch: pytest.MonkeyPatch, code: str) -> dict[str, Any]:
    """One of the departments, simulated and exchanged; its truth."""
    dialect, organization, patterns = DEPARTMENTS[code]
    out = hub.home / code
    simulate(
        Options(
            150, out, TODAY, seed=5, code=code, dialect=dialect, department=organization, fabricate=patterns
        )
    )
    (hub.systems / f"{code}.yaml").write_bytes((out / f"{code}.yaml").read_bytes())
    source = {"conn_type": "sqlite", "host": str(out / "exchange.db")}
    monkeypatch.setenv(connection_variable(code), json.dumps(source))
    import_files(hub.engine, [out / "catalogue.yaml"], hub.home / "work", by="test")
    hub.run(code)
    found: dict[str, Any] = json.loads((out / "truth.json").read_text(encoding="utf-8"))
    return found


def test_every_pattern_and_every_missed_term_is_found_and_nothing_else(
    hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    with writing(hub.engine) as connection:
        ensure_seeded(connection)
    monkeypatch.setenv("SUPHUB_TODAY", TODAY.isoformat())
    truths = [exchanged(hub, monkeypatch, code) for code in DEPARTMENTS]
    told = hub.home / "rows"
    bring(hub.engine, Desk(instant(f"{TODAY}T00:00"), lambda *_: None), told)
    wiring.supervise(TODAY)
    with reading(hub.engine) as connection:
        found = measure(connection, truths, [complaints_truth(told)])
    planted = {each.rule for each in found if each.expected}
    assert planted >= {*FABRICATIONS, "K1", "K2", "K3", "K4"}
    assert [each for each in found if (each.precision, each.recall) != (1, 1)] == []
