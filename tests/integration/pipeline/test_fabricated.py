"""Departments that fabricate a month, each in several ways: every pattern is found, nothing else is, and a report says it."""

from __future__ import annotations

import json
from collections import Counter
from datetime import date
from typing import Any

import pytest
from sqlalchemy import select
from typer.testing import CliRunner

from hub import wiring
from hub.catalogue.importing import import_files
from hub.central.engine import reading, writing
from hub.central.tables.business import card
from hub.cli import build
from hub.demo.measure import measure
from hub.demo.truth import differences
from hub.simulate import Options, simulate
from hub.simulate.world import FABRICATIONS
from hub.supervision.seed import ensure_seeded
from tests.integration.pipeline.conftest import Hub

TODAY = date(2026, 11, 20)
PATTERNS = {
    "instants": ("X1", "X6", "X7"),
    "strangers": ("X2", "X5", "X10"),
    "one-hand": ("X3", "X8", "X11"),
    "bent": ("X4", "X9", "X12"),
}
SYSTEM_RULES = {
    "instants": {"X1", "X6", "X7"},
    "strangers": {"X2", "X5", "X10"},
    "one-hand": {"X3", "X8", "X11"},
    "bent": {"X4"},
}


@pytest.fixture
def truths(sqlite_hub: Hub, monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """The departments, exchanged and judged."""
    with writing(sqlite_hub.engine) as connection:
        ensure_seeded(connection)
    monkeypatch.setenv("SUPHUB_TODAY", TODAY.isoformat())
    told = []
    for code, patterns in PATTERNS.items():
        out = sqlite_hub.home / code
        simulate(Options(cases=200, out=out, today=TODAY, seed=5, code=code, fabricate=patterns))
        (sqlite_hub.systems / f"{code}.yaml").write_bytes((out / f"{code}.yaml").read_bytes())
        import_files(sqlite_hub.engine, [out / "catalogue.yaml"], sqlite_hub.home / "work", by="test")
        sqlite_hub.run(code)
        told.append(json.loads((out / "truth.json").read_text(encoding="utf-8")))
    wiring.supervise(TODAY)
    return told


def run(*args: str) -> Any:
    result = CliRunner().invoke(build("fabrication"), ["fabrication", *args], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.stdout


def test_every_pattern_is_found_where_it_was_planted_and_nowhere_else(
    sqlite_hub: Hub, truths: list[dict[str, Any]]
) -> None:
    with reading(sqlite_hub.engine) as connection:
        found = measure(connection, truths)
        others = [
            each for truth in truths for each in differences(connection, truth) if "X12" not in each.where
        ]
        rows = connection.execute(select(card.c.system, card.c.rule).where(card.c.rule.like("X%"))).all()
    assert {each.rule for each in found if each.expected} >= set(FABRICATIONS)
    assert [each for each in found if (each.precision, each.recall) != (1, 1)] == []
    assert others == []
    raised = {code: {row.rule for row in rows if row.system == code} - {"X9", "X12"} for code in PATTERNS}
    assert raised == SYSTEM_RULES

    report = json.loads(run("instants", "--json"))
    assert (report["month"], report["ended"]) == ("2026-10", True)
    # Who leaves out corrections is far off the peers as well.
    seen = {r["rule"] for r in report["rules"] for group in r["findings"] if group["found"]}
    assert seen == {"X1", "X6", "X7", "X12"}
    assert [r["rule"] for r in report["rules"]] == [
        *(f"X{n}" for n in range(1, 9)),
        "X10",
        "X11",
        "X12",
        "X9",
    ]
    by_rule = {r["rule"]: r for r in report["rules"]}
    [group] = by_rule["X1"]["findings"]
    listed = json.loads(run("instants", "--cases", "X1", "--json"))
    assert len(listed) == group["hits"]
    assert [case["case_no"] for case in group["cases"]] == [case["case_no"] for case in listed][
        : len(group["cases"])
    ]
    assert all(case["handled"] == case["completed"] for case in listed)
    assert sum(report["charts"]["hours"]) == sum(
        1 for truth in truths[:1] for _ in range(truth["outcomes"]["2026-10"]["refusals"][1])
    ) - _by_day(sqlite_hub)
    bent = {r["rule"]: r for r in json.loads(run("bent", "--month", "2026-10", "--json"))["rules"]}
    assert bent["X12"]["findings"][-1]["peers"] == 3
    # Beside every share stands that of the three other departments; X12 names those that it compares with.
    beside = [group for rule, r in bent.items() if rule != "X12" for group in r["findings"]]
    assert {group["peers"] for group in beside} <= {1, 2, 3}
    assert (group["peers"], group["peer_share_percent"]) == (3, 0.0)  # nobody else has X1
    assert bent["X1"]["findings"][0]["peer_share_percent"] == pytest.approx(
        group["share_percent"] / 3, abs=0.1
    )
    nines = Counter(row.rule for row in rows if row.system == "bent")["X9"]
    assert 0 < bent["X9"]["findings"][0]["hits"] <= nines

    page = sqlite_hub.home / "report.html"
    run("one-hand", "--out", str(page))
    text = page.read_text(encoding="utf-8")
    assert "建议核实" in text
    assert "王小明" not in text  # names in the steps are masked
    assert "造假" not in text
    assert text.count("<svg") >= 3


def _by_day(hub: Hub) -> int:
    """Cases finished in October of which only the day is told."""
    from hub.central.tables.exchange import case_head
    from hub.central.tables.result import completion

    with reading(hub.engine) as connection:
        rows = connection.execute(
            select(completion.c.completed_day)
            .join(case_head, case_head.c.id == completion.c.case_id)
            .where(case_head.c.system == "instants", completion.c.completed_at.is_(None))
        )
        return sum(row.completed_day.isoformat()[:7] == "2026-10" for row in rows)
