"""`suphub log` and `suphub db` as people and scripts use them: output, exit codes, files."""

from __future__ import annotations

import json
import stat
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import typer
from sqlalchemy import Engine, text
from typer.testing import CliRunner, Result

import hub
from hub.central.engine import writing
from hub.central.upgrade import upgrade
from hub.cli import db, log
from hub.errors import StopError
from hub.ledger.keys import KEY_FILE, signing_key
from hub.settings import load_settings
from tests.support.log import write_log


@pytest.fixture
def home(tmp_path: Path, sqlite_engine: Engine, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An installation whose log holds three chains."""
    with writing(sqlite_engine) as connection:
        write_log(connection)
    settings = load_settings({"SUPHUB_HOME": str(tmp_path / "home")})
    wiring = SimpleNamespace(
        engine=lambda: sqlite_engine, settings=lambda: settings, upgrade=lambda: upgrade(sqlite_engine)
    )
    monkeypatch.setitem(sys.modules, "hub.wiring", wiring)
    monkeypatch.setattr(hub, "wiring", wiring, raising=False)
    return settings.home


def suphub(*arguments: str) -> Result:
    app = typer.Typer()
    log.add_to(app)
    db.add_to(app)
    return CliRunner().invoke(app, list(arguments), catch_exceptions=True)


def document(*arguments: str, code: int = 0) -> Any:
    result = suphub(*arguments, "--json")
    assert result.exit_code == code, result.output
    return json.loads(result.stdout)


def test_verify_reports_a_whole_log(home: Path) -> None:
    assert document("log", "verify") == {
        "ok": True,
        "entries": 9,
        "chains": 3,
        "first_break": None,
        "checkpoints": 0,
    }
    assert "日志完好" in suphub("log", "verify").output


def test_verify_ends_with_1_and_names_the_first_break(home: Path, sqlite_engine: Engine) -> None:
    with writing(sqlite_engine) as connection:
        connection.execute(text("DROP TRIGGER exchange_log_no_update"))
        connection.execute(
            text("UPDATE exchange_log SET event = 'forged' WHERE chain = 'land-bureau' AND seq = 3")
        )
    told = document("log", "verify", code=1)
    assert told["ok"] is False
    assert set(told["first_break"]) == {"chain", "seq", "what", "expected", "found"}
    assert (told["first_break"]["chain"], told["first_break"]["seq"], told["first_break"]["what"]) == (
        "land-bureau", 3, "hash",
    )  # fmt: skip
    result = suphub("log", "verify")
    assert result.exit_code == 1
    assert "land-bureau/3" in result.output


def test_an_export_tells_who_took_it_and_verifies_elsewhere(home: Path, tmp_path: Path) -> None:
    file = tmp_path / "log.jsonl"
    assert suphub("log", "export", "--out", str(file)).exit_code == 0
    assert document("log", "verify", str(file))["entries"] == 10
    assert document("log", "search", "--event", "log.exported")[0]["body"]["file"] == "log.jsonl"
    assert [path.name for path in tmp_path.iterdir() if "part" in path.name] == []

    file.write_text(file.read_text(encoding="utf-8").replace("A-2", "A-3"), encoding="utf-8")
    assert document("log", "verify", str(file), code=1)["first_break"]["what"] == "root"
    file.write_bytes(b"\x00")
    assert document("log", "verify", str(file), code=1)["first_break"]["what"] == "format"


def test_a_checkpoint_kept_elsewhere_finds_a_dropped_log(
    home: Path, sqlite_engine: Engine, tmp_path: Path
) -> None:
    kept = tmp_path / "kept.json"
    made = document("log", "checkpoint", "--out", str(kept))
    assert json.loads(kept.read_text(encoding="utf-8")) == made
    assert document("log", "verify", "--checkpoint", str(kept))["ok"]
    with writing(sqlite_engine) as connection:
        for table in ("exchange_log", "checkpoint", "log_head", "package"):
            connection.execute(text(f"CREATE TABLE copy AS SELECT * FROM {table} WHERE 0"))
            connection.execute(text(f"DROP TABLE {table}"))
            connection.execute(text(f"ALTER TABLE copy RENAME TO {table}"))
    assert document("log", "verify")["ok"]
    told = document("log", "verify", "--checkpoint", str(kept), code=1)
    assert (told["first_break"]["chain"], told["first_break"]["what"]) == ("hub", "checkpoint")


def test_the_key_is_its_owners_alone_and_a_strangers_checkpoint_is_refused(home: Path) -> None:
    document("log", "checkpoint")
    key = home / "keys" / KEY_FILE
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    key.unlink()
    (home / "keys" / "checkpoint.pub").unlink()
    signing_key(home / "keys")
    assert document("log", "verify", code=1)["first_break"]["what"] == "signature"


@pytest.mark.parametrize("damage", ["mode", "content"])
def test_a_key_that_cannot_be_trusted_stops(home: Path, damage: str) -> None:
    signing_key(home / "keys")
    key = home / "keys" / KEY_FILE
    if damage == "mode":
        key.chmod(0o644)
    else:
        key.write_bytes(b"nonsense")
    with pytest.raises(StopError) as caught:
        signing_key(home / "keys")
    assert caught.value.code == "KEY_FILE"
    assert str(key) in caught.value.message_zh


def test_search_takes_days_in_local_time_and_packages_by_name(home: Path) -> None:
    def found(*options: str) -> list[tuple[str, int]]:
        return [(e["chain"], e["seq"]) for e in document("log", "search", *options)]

    assert found("--package", "water-bureau/P1") == [("water-bureau", 1), ("water-bureau", 2)]
    assert len(found("--since", "2026-12-01", "--until", "2026-12-01")) == 9
    assert found("--until", "2026-11-30") == []
    assert len(found("--since", "2026-12-01T12:00:00+08:00")) == 9
    assert found("--since", "2026-12-01T12:00:01") == []
    assert suphub("log", "search", "--since", "yesterday").exit_code == 2
    assert "land-bureau" in suphub("log", "search").output


@pytest.mark.parametrize(
    "arguments",
    [
        ("log", "verify", "{missing}/log.jsonl"),
        ("log", "verify", "--key", "{missing}/key.pub"),
        ("log", "verify", "--checkpoint", "{missing}/kept.json"),
        ("log", "export", "--out", "{missing}/log.jsonl"),
        ("log", "checkpoint", "--out", "{missing}/kept.json"),
    ],
)
def test_a_file_that_cannot_be_used_is_named(home: Path, tmp_path: Path, arguments: tuple[str, ...]) -> None:
    result = suphub(*(part.format(missing=tmp_path / "missing") for part in arguments))
    assert isinstance(result.exception, StopError)
    assert "missing" in result.exception.message_zh


def test_db_info_and_upgrade_tell_where_the_database_stands(home: Path) -> None:
    told = document("db", "info")
    assert told["up_to_date"] is True
    assert document("db", "upgrade")["applied"] == []
    assert told["revision"] in suphub("db", "info").output
    assert "已是最新" in suphub("db", "upgrade").output
