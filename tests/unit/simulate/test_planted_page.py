"""The page on what is planted: every rule of the library has its place there, and the truths hold what the page says."""

from __future__ import annotations

import json
import re
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from hub.simulate import Options, simulate
from hub.simulate.anomaly_truth import TELLS
from hub.simulate.quarter import DIARY, write_quarter
from hub.simulate.world import DIALECTS
from hub.supervision.rules import shipped_rules

ROOT = Path(__file__).resolve().parents[3]
TODAY = date(2026, 11, 20)
FABRICATED = (("X1", "X7"), ("X2", "X4", "X5", "X10"), ("X3", "X8", "X11"), ("X6", "X9"))
OF_NO_DIALECT = {"K1", "K2", "K3", "K4"}
"""Complaints have a truth of their own."""


def page() -> dict[str, dict[str, str]]:
    """Rule → dialect → the mark in the table."""
    found: dict[str, dict[str, str]] = {}
    text = (ROOT / "docs" / "rules" / "planted.md").read_text(encoding="utf-8")
    for line in text.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if len(cells) == 5 and re.fullmatch(r"[A-Z]\d+(, [A-Z]\d+)*", cells[0]):
            for rule in cells[0].split(", "):
                assert rule not in found
                found[rule] = dict(zip(DIALECTS, cells[1:4], strict=True))
    return found


def test_every_rule_has_its_place_and_every_reason_is_told() -> None:
    told = page()
    assert told.keys() == shipped_rules().keys()
    text = (ROOT / "docs" / "rules" / "planted.md").read_text(encoding="utf-8")
    reasons = set(re.findall(r"^(\d+)\. ", text, re.MULTILINE))
    marks = {mark for marks in told.values() for mark in marks.values()}
    assert marks == {"✓", *reasons}


def truth(out: Path, dialect: str, **options: Any) -> dict[str, Any]:
    simulate(Options(out=out, today=TODAY, seed=5, dialect=dialect, **options))
    found: dict[str, Any] = json.loads((out / "truth.json").read_text(encoding="utf-8"))
    return found


@pytest.mark.parametrize("dialect", DIALECTS)
def test_the_truths_hold_what_the_page_says(tmp_path: Path, dialect: str) -> None:
    schema = "1.0" if dialect == "pinyin-stages" else "1.1"
    plain = truth(tmp_path / "plain", dialect, cases=300, schema=schema)
    cards = [*plain["cards"], *plain["later"]["cards"]]
    for number, patterns in enumerate(FABRICATED):
        cards += truth(tmp_path / f"{number}", dialect, cases=150, fabricate=patterns)["cards"]
    write_quarter(Options(1, tmp_path / "quarter", TODAY, dialect=dialect))
    cards += json.loads((tmp_path / "quarter" / DIARY).read_text(encoding="utf-8"))["cards"]
    planted = {each["rule"] for each in cards} | ({"X12"} & TELLS[dialect]) | OF_NO_DIALECT
    assert planted == {rule for rule, marks in page().items() if marks[dialect] == "✓"}
