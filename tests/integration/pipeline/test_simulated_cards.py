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
from hub.clock import now_us
from hub.demo.truth import WITHDRAWN, differences
from hub.simulate import Options, simulate
from hub.simulate.fees_truth import TELLS
from hub.supervision.proposing import activate, propose_rule
from hub.supervision.seed import ensure_seeded
from tests.integration.pipeline.conftest import Hub

TODAY = date(2026, 11, 20)
CODE = "simulated"


DEPARTMENTS: dict[str, dict[str, Any]] = {
    "canonical": {},
    "the codes of 2011": {"codes": "hunan-2011"},
    "with evaluations": {"schema": "1.1"},
    "rows": {"dialect": "national-exchange-db", "package_size": 1000, "schema": "1.1"},
    "stage messages": {"dialect": "pinyin-stages", "package_size": 150},
}


BESIDE = {
    "canonical": {"T4", "T6", "T7", "T9", "T12", "T13", "G1", "G2", "G3"},
    "national-exchange-db": {"T4", "T13", "G1", "G2", "G3"},
    "pinyin-stages": {"T6", "T7", "T12", "T13", "G1", "G2", "G3"},
}
"""Dialect → what is planted beside the limits of cases."""
STRICT = ("canonical", "national-exchange-db")


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
    dialect = department.get("dialect", "canonical")
    assert raised.keys() >= BESIDE[dialect]
    assert raised["S1"] == ((5 if dialect == "canonical" else 2) if "schema" in department else 0)

    if dialect in STRICT:
        make_stricter(hub, truth["stricter"])
        wiring.supervise(TODAY)
        cards = truth["stricter"]["cards"]
        assert standing(hub, ["T4"]) == sorted((each["case_no"], each["rule"]) for each in cards)
        assert len(cards) > raised["T4"]

    # A yellow card still stands three working days later, and a fourth one begins.
    later = truth["later"]
    wiring.supervise(back(date.fromisoformat(later["today"])))
    assert standing(hub, later["rules"]) == []
    wiring.supervise(date.fromisoformat(later["today"]))
    assert standing(hub, later["rules"]) == sorted((each["case_no"], each["rule"]) for each in later["cards"])
    assert later["cards"]


def make_stricter(hub: Hub, told: Mapping[str, Any]) -> None:
    """One person proposes the parameter that the truth names, another puts it in force."""
    with writing(hub.engine) as connection:
        number = propose_rule(
            connection, told["rule"], told["set"], {}, reason="试点", by="王监察", at=now_us(), log=_no_log
        )
        activate(connection, number, reason="同意", by="赵局长", at=now_us(), log=_no_log)


def _no_log(connection: Any, event: str, body: Mapping[str, Any], /) -> None:
    pass


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
