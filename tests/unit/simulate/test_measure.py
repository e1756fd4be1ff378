"""`suphub measure`: precision and recall of each rule; the exit code says whether all are 1."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from rich.console import Console
from typer.testing import CliRunner

from hub.cli import build
from hub.demo import measure
from hub.demo.measure import Measured, departments_of, exact, print_families

EXACT = [Measured("T1", 3, 3, 3), Measured("T2", 2, 2, 2), Measured("L1", 1, 1, 1)]
MISSED = [*EXACT, Measured("L2", 2, 4, 1)]


def department(home: Path) -> Path:
    folder = home / "departments" / "land-bureau"
    folder.mkdir(parents=True)
    (folder / "truth.json").write_text("{}", encoding="utf-8")
    return folder


@pytest.mark.parametrize(("found", "code"), [(EXACT, 0), (MISSED, 1)])
def test_the_exit_code_says_whether_all_are_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, found: list[Measured], code: int
) -> None:
    folder = department(tmp_path)
    monkeypatch.setattr(measure, "measured", lambda folders: found if folders == [folder] else [])
    shown = CliRunner().invoke(build("measure"), ["measure", "cards", str(folder), "--json"])
    assert shown.exit_code == code
    told = json.loads(shown.stdout)
    assert [each["rule"] for each in told] == [each.rule for each in found]
    assert told[0] == {"rule": "T1", "expected": 3, "raised": 3, "right": 3, "precision": 1.0, "recall": 1.0}
    assert CliRunner().invoke(build("measure"), ["measure", "cards", str(folder)]).exit_code == code
    assert exact(found) == (code == 0)


def test_without_folders_the_departments_of_the_demonstration_are_meant(tmp_path: Path) -> None:
    assert departments_of(tmp_path) == []
    folder = department(tmp_path)
    (tmp_path / "departments" / "other").mkdir()
    assert departments_of(tmp_path) == [folder]


def test_a_folder_that_is_none_of_a_department_or_not_empty_is_told(tmp_path: Path) -> None:
    wrong = CliRunner().invoke(build("measure"), ["measure", "cards", str(tmp_path)])
    assert (wrong.exit_code, "truth.json" in wrong.output) == (2, True)
    (tmp_path / "a").touch()
    assert CliRunner().invoke(build("measure"), ["measure", "quarter", str(tmp_path)]).exit_code == 2
    empty = tmp_path / "empty"
    assert (
        CliRunner().invoke(build("measure"), ["measure", "quarter", str(empty), "--today", "?"]).exit_code
        == 2
    )


def test_families_are_summed_and_what_is_not_exact_is_named() -> None:
    console = Console(record=True, width=200)
    print_families(console, MISSED)
    lines = [line.split() for line in console.export_text().splitlines()]
    assert ["T", "(2)", "5", "5", "5", "1.000", "1.000"] in lines
    assert ["L", "(2)", "3", "5", "2", "0.400", "0.667"] in lines
    assert ["L2", "2", "4", "1", "0.250", "0.500"] in lines
    assert not any(line[:1] == ["T1"] for line in lines)
