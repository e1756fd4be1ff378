"""A department that keeps every rule: nothing is to be found in its truth, on whatever day, and it has cases of every kind."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest

from hub.simulate import Options, simulate
from hub.simulate.casting import story
from hub.simulate.world import DIALECTS

DAYS = {1: date(2026, 11, 20), 2: date(2025, 10, 9), 3: date(2026, 2, 24), 4: date(2027, 1, 8)}


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("seed", DAYS)
def test_no_card_must_stand(tmp_path: Path, seed: int, dialect: str) -> None:
    simulate(Options(cases=80, out=tmp_path, today=DAYS[seed], seed=seed, dialect=dialect, lawful=True))
    truth = json.loads((tmp_path / "truth.json").read_text(encoding="utf-8"))
    assert truth["cards"] == []
    assert truth["planted"] == {"ordinary": {"lawful": 80}}


def test_its_cases_are_open_and_finished_paused_and_corrected_and_the_same_in_every_dialect() -> None:
    told = []
    for dialect in DIALECTS:
        options = Options(
            cases=1, out=Path("nowhere"), today=DAYS[1], dialect=dialect, codes="canonical", lawful=True
        )
        assert options.clean
        told.append([story(options, number).sendings[0].messages[0].life for number in range(1, 101)])
    assert told[0] == told[1] == told[2]
    lives = told[0]
    assert {life.completed is None for life in lives} == {True, False}
    assert any(life.notices for life in lives)
    assert any(life.specials for life in lives)
    assert {life.item_index for life in lives} >= set(range(9))
