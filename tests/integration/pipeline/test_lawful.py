"""Departments that keep every rule, whatever the seed and the dialect: no card is raised at all."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest
from sqlalchemy import select

from hub import wiring
from hub.catalogue.importing import import_files
from hub.central.engine import reading, writing
from hub.central.tables.business import card
from hub.demo.departments import connection_variable
from hub.simulate import Options, simulate
from hub.simulate.world import DIALECTS
from hub.supervision.seed import ensure_seeded
from tests.integration.pipeline.conftest import Hub

TODAY = date(2026, 11, 20)
SEEDS = (1, 20261122)


def test_whoever_keeps_every_rule_gets_no_card(sqlite_hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    with writing(sqlite_hub.engine) as connection:
        ensure_seeded(connection)
    for seed in SEEDS:
        for dialect in DIALECTS:
            keep_every_rule(sqlite_hub, monkeypatch, seed, dialect)
    summary = wiring.supervise(TODAY)
    with reading(sqlite_hub.engine) as connection:
        rows = connection.execute(select(card.c.system, card.c.case_no, card.c.subject, card.c.rule))
        assert [tuple(row) for row in rows] == []
    looked_at = {rule for rule, count in summary["judged"].items() if count}
    assert looked_at >= {"T1", "T2", "T3", "T5", "T7", "T8", "L1", "L5", "C2", "F3", "E2", "X1"}
    # All that happened to these cases was before the first package of their systems came: nobody could have told it in time.
    assert set(summary["not_judged"]["E1"]) == {"before_first_package"}


def keep_every_rule(hub: Hub, monkeypatch: pytest.MonkeyPatch, seed: int, dialect: str) -> None:
    """A department of a seed and a dialect, exchanged."""
    code = f"{dialect[:8]}-{seed}"
    out = hub.home / code
    simulate(Options(cases=60, out=out, today=TODAY, seed=seed, code=code, dialect=dialect, lawful=True))
    truth: dict[str, Any] = json.loads((out / "truth.json").read_text(encoding="utf-8"))
    assert truth["cards"] == truth["stricter"]["cards"] == truth["later"]["cards"] == []
    (hub.systems / f"{code}.yaml").write_bytes((out / f"{code}.yaml").read_bytes())
    source = {"conn_type": "sqlite", "host": str(out / "exchange.db")}
    monkeypatch.setenv(connection_variable(code), json.dumps(source))
    import_files(hub.engine, [out / "catalogue.yaml"], hub.home / "work", by="test")
    hub.run(code)
