"""The command: what it writes, what it says, and how it refuses options that cannot be meant."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from hub.cli.simulate import add_to
from hub.clock import local_day, now_us
from hub.errors import StopError


def run(*arguments: str) -> tuple[int, str, str]:
    app = typer.Typer()
    add_to(app)
    result = CliRunner().invoke(app, list(arguments))
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.exit_code, result.stdout, result.stderr


def test_it_writes_and_says_in_both_languages_what_was_planted(tmp_path: Path) -> None:
    code, out, _ = run("--cases", "30", "--seed", "3", "--today", "2026-11-20", "--out", str(tmp_path))
    assert code == 0
    assert "报文包 / packages" in out
    assert "2026-11-20" in out
    assert json.loads((tmp_path / "truth.json").read_text(encoding="utf-8"))["today"] == "2026-11-20"


def test_json_is_one_document(tmp_path: Path) -> None:
    code, out, _ = run("--cases", "30", "--today", "2026-11-20", "--out", str(tmp_path), "--json")
    assert code == 0
    summary = json.loads(out)
    truth = json.loads((tmp_path / "truth.json").read_text(encoding="utf-8"))
    assert summary["packages"] + summary["refused"] == len(truth["packages"])
    assert sum(summary["cards"].values()) == len(truth["cards"])


def test_without_a_day_the_truth_names_the_present_one(tmp_path: Path) -> None:
    before = local_day(now_us()).isoformat()
    run("--cases", "1", "--out", str(tmp_path))
    named = json.loads((tmp_path / "truth.json").read_text(encoding="utf-8"))["today"]
    assert before <= named <= local_day(now_us()).isoformat()


@pytest.mark.parametrize(
    ("arguments", "option"),
    [
        (["--cases", "0"], "--cases"),
        (["--cases", "1", "--today", "2026-2-30"], "--today"),
        (["--cases", "1", "--codes", "hunan2011"], "--codes"),
        (["--cases", "1", "--encoding", "latin-1"], "--encoding"),
        (["--cases", "1", "--code", "hub"], "--code"),
    ],
)
def test_a_wrong_option_ends_with_2_and_nothing_written(
    tmp_path: Path, arguments: list[str], option: str
) -> None:
    code, _, errors = run(*arguments, "--out", str(tmp_path / "new"))
    assert code == 2
    assert option in errors
    assert not (tmp_path / "new").exists()


def test_an_inbox_in_use_stops_it(tmp_path: Path) -> None:
    arguments = ("--cases", "1", "--today", "2026-11-20", "--out", str(tmp_path))
    run(*arguments)
    with pytest.raises(StopError):
        run(*arguments)
