"""A department whose breaches are planted: exactly the cards of its truth stand, each rule by its own, in each set of codes."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from datetime import date
from typing import Any

import pytest

from hub import wiring
from hub.catalogue.importing import import_files
from hub.central.engine import reading, writing
from hub.demo.truth import differences
from hub.simulate import Options, simulate
from hub.simulate.fees_truth import TELLS
from hub.supervision.seed import ensure_seeded
from tests.integration.pipeline.conftest import Hub

TODAY = date(2026, 11, 20)
CODE = "simulated"


DEPARTMENTS: dict[str, dict[str, Any]] = {
    "canonical": {},
    "the codes of 2011": {"codes": "hunan-2011"},
    "rows": {"dialect": "national-exchange-db", "package_size": 1000},
    "stage messages": {"dialect": "pinyin-stages", "package_size": 150},
}


@pytest.mark.parametrize("department", DEPARTMENTS.values(), ids=DEPARTMENTS)
def test_every_planted_breach_is_carded_and_nothing_else(
    hub: Hub, monkeypatch: pytest.MonkeyPatch, department: dict[str, Any]
) -> None:
    with writing(hub.engine) as connection:
        ensure_seeded(connection)
    out = hub.home / CODE
    simulate(Options(cases=300, out=out, today=TODAY, seed=5, code=CODE, **department))
    (hub.systems / f"{CODE}.yaml").write_bytes((out / f"{CODE}.yaml").read_bytes())
    source = json.dumps({"conn_type": "sqlite", "host": str(out / "exchange.db")})
    monkeypatch.setenv(f"AIRFLOW_CONN_{CODE.upper()}", source)
    import_files(hub.engine, [out / "catalogue.yaml"], hub.home / "work", by="test")
    hub.run(CODE)
    wiring.supervise(TODAY)

    truth: Mapping[str, Any] = json.loads((out / "truth.json").read_text(encoding="utf-8"))
    with reading(hub.engine) as connection:
        assert differences(connection, truth) == []
    raised = Counter(each["rule"] for each in truth["cards"])
    planted = TELLS[department.get("dialect", "canonical")]
    assert {rule for rule in raised if rule.startswith("F")} == planted
    assert {"E2", "E3", "E4"} <= raised.keys()
