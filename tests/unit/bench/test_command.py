"""`suphub bench` writes its figures to the file it was given, and says clearly when it cannot measure."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from bench import run
from bench.model import Figure, figure
from hub.cli import bench as command
from hub.errors import StopError


@pytest.fixture
def app(monkeypatch: pytest.MonkeyPatch) -> typer.Typer:
    """The command, with a measurement that costs no time."""

    def measured(*, quick: bool, tell: object, supervision_cases: int = 0) -> list[Figure]:
        if supervision_cases:
            return [figure("supervision_cases", [supervision_cases])]
        return [figure("peak_memory", [120.0] if quick else [120.0, 130.0, 260.0], max)]

    monkeypatch.setattr(run, "run", measured)
    app = typer.Typer()
    command.add_to(app)
    return app


@pytest.mark.parametrize(("options", "met", "rounds"), [(["--quick"], True, 1), ([], False, 3)])
def test_the_file_holds_what_the_table_shows(
    app: typer.Typer, tmp_path: Path, options: list[str], met: bool, rounds: int
) -> None:
    file = tmp_path / "bench.json"
    done = CliRunner().invoke(app, [*options, "--json", str(file)])
    [row] = json.loads(file.read_text(encoding="utf-8"))
    assert done.exit_code == 0, done.output
    assert (row["metric"], row["unit"], row["floor"], row["goal"]) == ("peak_memory", "MB", 250, 150)
    assert (row["met"], row["rounds"]) == (met, rounds)
    assert "peak_memory" in done.output
    assert ("NO" in done.output) is not met


def test_the_size_of_the_judged_tables_may_be_given(app: typer.Typer, tmp_path: Path) -> None:
    file = tmp_path / "bench.json"
    done = CliRunner().invoke(app, ["--supervision-cases", "10000000", "--json", str(file)])
    assert done.exit_code == 0, done.output
    [row] = json.loads(file.read_text(encoding="utf-8"))
    assert (row["metric"], row["value"]) == ("supervision_cases", 10_000_000)


def test_a_folder_that_is_not_there_is_told_before_anything_is_measured(
    app: typer.Typer, tmp_path: Path
) -> None:
    done = CliRunner().invoke(app, ["--json", str(tmp_path / "nowhere" / "bench.json")])
    assert isinstance(done.exception, StopError)
    assert done.exception.code == "FILE_UNWRITABLE"


def test_without_a_checkout_the_command_says_where_it_runs(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(command, "CHECKOUT", tmp_path)
    with pytest.raises(StopError, match="BENCH_MISSING") as refused:
        command._benchmark()
    assert "make bench" in refused.value.remedy_en
