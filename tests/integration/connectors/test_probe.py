"""The probe of an exchange directory tells what is wrong before a package does, and leaves no trace."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from connectors.directory import DirectoryConnector
from frontend_probe import folders as probing
from frontend_probe.directory import probe_directory
from hub.cli import probe as command
from hub.errors import StopError

CHECKS = [
    "inbox.reachable",
    "inbox.readable",
    "inbox.writable",
    "receipts.writable",
    "refused.writable",
    "inbox.free_space",
    "receipts.free_space",
    "clock",
    "backlog",
    "not_ready",
]


@pytest.fixture
def inbox(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(probing, "FREE_WARN", 0)
    monkeypatch.setattr(probing, "FREE_FAIL", 0)
    inbox = tmp_path / "frontend" / "inbox"
    inbox.mkdir(parents=True)
    return inbox


def report(inbox: Path, shift: float = 0, **options: Any) -> dict[str, Any]:
    settings = {"inbox": str(inbox), "ready": {"marker": ".ok"}, **options}
    return probe_directory(DirectoryConnector("land", settings), now=lambda: time.time() + shift).as_dict()


def row(found: dict[str, Any], name: str) -> dict[str, Any]:
    [check] = [check for check in found["checks"] if check["name"] == name]
    return dict(check)


def test_a_sound_directory_passes_every_check_and_stays_as_it_was(inbox: Path) -> None:
    found = report(inbox)

    assert [check["name"] for check in found["checks"]] == CHECKS
    assert (found["system"], found["verdict"]) == ("land", "ok")
    assert all(check["verdict"] == "ok" and not check["remedy"] for check in found["checks"])
    assert all(
        set(check) == {"name", "verdict", "seen", "expected", "remedy", "took_ms"}
        for check in found["checks"]
    )
    assert [str(path.relative_to(inbox.parent)) for path in inbox.parent.rglob("*")] == ["inbox"]


def test_the_backlog_and_what_is_not_ready_are_counted_with_the_oldest(inbox: Path) -> None:
    for name, ready, age in (("a.xml", True, 90_000), ("b.xml", True, 10), ("c.xml", False, 7_200)):
        (inbox / name).write_bytes(b"12345")
        os.utime(inbox / name, (time.time() - age, time.time() - age))
        if ready:
            (inbox / f"{name}.ok").touch()
    (inbox / "报文.xml").write_bytes(b"")
    found = report(inbox)

    assert found["verdict"] == "warn"
    backlog, waiting = row(found, "backlog"), row(found, "not_ready")
    assert backlog["verdict"] == waiting["verdict"] == "warn"
    assert backlog["seen"].startswith("2 ")
    assert "10 bytes" in backlog["seen"]
    assert "a.xml 25.0 h" in backlog["seen"]
    assert "c.xml 2.0 h" in waiting["seen"]
    assert "marker" in waiting["remedy"]
    assert len(list(inbox.iterdir())) == 6


@pytest.mark.parametrize(
    ("shift", "verdict"), [(-3, "ok"), (3, "ok"), (30, "warn"), (-30, "warn"), (-4_000, "fail")]
)
def test_a_clock_that_goes_wrong_is_told(inbox: Path, shift: float, verdict: str) -> None:
    found = row(report(inbox, shift), "clock")
    assert found["verdict"] == verdict
    assert abs(float(found["seen"].split()[0]) + shift) < 2 or verdict == "ok"


def test_a_disk_nearly_full_is_told(inbox: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(probing, "FREE_WARN", 1 << 60)
    assert row(report(inbox), "inbox.free_space")["verdict"] == "warn"
    monkeypatch.setattr(probing, "FREE_FAIL", 1 << 60)
    found = row(report(inbox), "receipts.free_space")
    assert found["verdict"] == "fail"
    assert "receipt" in found["remedy"]


def test_a_missing_inbox_fails_its_checks_and_only_those(inbox: Path) -> None:
    receipts = inbox.parent / "receipts"
    receipts.mkdir()
    inbox.rmdir()
    found = report(inbox, receipts=str(receipts))
    assert found["verdict"] == "fail"
    assert row(found, "inbox.reachable")["verdict"] == "fail"
    told = [
        each["name"]
        for each in found["checks"]
        if "CONNECTOR_MISSING" in each["seen"] and each["remedy"] and each["verdict"] == "fail"
    ]
    resting = ("inbox.reachable", "inbox.readable", "inbox.writable", "clock", "backlog", "not_ready")
    assert len(told) == 1
    assert told[0] in resting
    assert all(row(found, name)["verdict"] != "ok" for name in resting)
    assert row(found, "receipts.writable")["verdict"] == "ok"
    assert not inbox.exists()


def test_a_receipts_folder_that_cannot_be_written_fails(inbox: Path) -> None:
    (inbox.parent / "receipts").write_bytes(b"a file in its place")
    assert row(report(inbox), "receipts.writable")["verdict"] == "fail"


REGISTRATION = """\
code: land
name: 国土资源局
organization: 11430100006127328K
region: "430100"
connector: {connector}
dialect: canonical
codes: canonical
schema: "1.0"
status: trial
"""


@pytest.fixture
def suphub(inbox: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    app = typer.Typer()
    app.callback()(lambda: None)
    command.add_to(app)
    systems = tmp_path / "systems"
    systems.mkdir()
    monkeypatch.setenv("SUPHUB_SYSTEMS", str(systems))
    monkeypatch.setenv("SUPHUB_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("COLUMNS", "200")

    def call(*arguments: str, kind: str = "directory", code: str = "land") -> Any:
        folder = f'{{kind: {kind}, inbox: "{inbox}", ready: {{marker: .ok}}}}'
        connector = folder if kind == "directory" else f"{{kind: {kind}}}"
        (systems / "land.yaml").write_text(REGISTRATION.format(connector=connector), "utf-8")
        return CliRunner().invoke(app, ["probe", code, *arguments])

    return call


def test_the_command_prints_one_json_document_and_exits_with_zero_when_all_is_well(suphub: Any) -> None:
    result = suphub("--json")
    assert (result.exit_code, json.loads(result.output)["verdict"]) == (0, "ok")
    assert "inbox.reachable" in suphub().output


def test_the_command_exits_with_one_when_a_check_fails(suphub: Any, inbox: Path) -> None:
    inbox.rmdir()
    result = suphub("--json")
    assert (result.exit_code, json.loads(result.output)["verdict"]) == (1, "fail")
    result = suphub()
    assert result.exit_code == 1
    assert "CONNECTOR_MISSING" in result.output


def test_checks_that_come_to_the_same_are_told_together_each_by_its_name(suphub: Any, inbox: Path) -> None:
    inbox.rmdir()
    checks = json.loads(suphub("--json").output)["checks"]
    faults = [(c["verdict"], c["seen"], c["expected"], c["remedy"]) for c in checks if c["verdict"] != "ok"]
    assert len(set(faults)) < len(faults)
    told = suphub().output
    assert told.count("处理 remedy") == len(set(faults))
    assert [c["name"] for c in checks if c["name"] not in told] == []


def test_what_cannot_be_probed_says_so(suphub: Any) -> None:
    result = suphub(kind="memory")
    assert isinstance(result.exception, StopError)
    assert result.exception.code == "PROBE_KIND"
    result = suphub(code="lnad")
    assert isinstance(result.exception, StopError)
    assert "land" in result.exception.remedy_en
