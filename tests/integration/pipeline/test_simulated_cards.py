"""A department whose breaches are planted: exactly the cards of its truth stand, each rule by its own, in each set of codes."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Collection, Mapping
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from hub import wiring
from hub.catalogue.importing import import_files
from hub.central.engine import reading, writing
from hub.central.tables.business import card
from hub.demo.truth import WITHDRAWN, differences
from hub.simulate import Options, simulate
from hub.simulate.fees_truth import TELLS
from hub.supervision.seed import ensure_seeded
from tests.integration.pipeline.conftest import Hub

TODAY = date(2026, 11, 20)
CODE = "simulated"


DEPARTMENTS: dict[str, dict[str, Any]] = {
    "canonical": {},
    "the codes of 2011": {"codes": "hunan-2011"},
    "with evaluations": {"schema": "1.1"},
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
    if department.get("dialect", "canonical") == "canonical":
        assert {"T4", "T13"} <= raised.keys()
    assert raised["S1"] == (5 if "schema" in department else 0)

    # A yellow card still stands three working days later, and a fourth one begins.
    later = truth["later"]
    wiring.supervise(back(date.fromisoformat(later["today"])))
    assert standing(hub, later["rules"]) == []
    wiring.supervise(date.fromisoformat(later["today"]))
    assert standing(hub, later["rules"]) == sorted((each["case_no"], each["rule"]) for each in later["cards"])
    assert later["cards"]


def back(day: date) -> date:
    """The working day before."""
    day -= timedelta(days=1)
    return day if day.weekday() < 5 else back(day)


def standing(hub: Hub, rules: Collection[str]) -> list[tuple[str, str]]:
    """The cards by these rules that are not withdrawn, as case and rule."""
    with reading(hub.engine) as connection:
        rows = connection.execute(
            select(card.c.case_no, card.c.rule).where(card.c.rule.in_(list(rules)), card.c.state != WITHDRAWN)
        )
        return sorted((row.case_no, row.rule) for row in rows)
