"""`suphub log verify` and `log compare` used wrongly: each time a clear word on what is wrong and what to do, and nothing is made."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from hub.audit.told import Told
from hub.central.engine import create_engine
from hub.central.upgrade import upgrade
from tests.support.command import Said, Suphub

Run = Callable[..., Said]


@pytest.fixture
def suphub(monkeypatch: pytest.MonkeyPatch, capfdbinary: Any) -> Run:
    return Suphub(monkeypatch, capfdbinary)


def told(said: Said, code: str, *words: str) -> None:
    """Exit 3, the code, and a remedy in both languages with these words."""
    assert said.code == 3, said.err
    for word in (code, "处理", "Remedy", *words):
        assert word in said.err, said.err


@pytest.mark.parametrize("command", ["verify", "compare"])
def test_no_database_is_there_and_none_is_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, suphub: Run, command: str
) -> None:
    monkeypatch.setenv("SUPHUB_HOME", str(tmp_path / "elsewhere"))
    monkeypatch.delenv("SUPHUB_DATABASE_URL", raising=False)
    told(suphub("log", command), "DB_MISSING", "SUPHUB_HOME")
    assert not (tmp_path / "elsewhere").exists()


@pytest.mark.parametrize("command", ["verify", "compare"])
def test_a_file_that_is_no_database_of_the_hub(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, suphub: Run, command: str
) -> None:
    monkeypatch.setenv("SUPHUB_HOME", str(tmp_path))
    monkeypatch.delenv("SUPHUB_DATABASE_URL", raising=False)
    (tmp_path / "suphub.db").write_bytes(b"no database" * 1000)
    told(suphub("log", command), "DB_FILE")


def test_an_export_that_is_cut_off_empty_or_a_folder(copy: Path, tmp_path: Path, suphub: Run) -> None:
    whole = tmp_path / "log.jsonl"
    assert suphub("log", "export", "--out", whole).code == 0
    data = whole.read_bytes()
    lines = data.splitlines(keepends=True)
    for name, body in {"cut": data[: len(data) // 2], "short": b"".join(lines[:40]), "empty": b""}.items():
        file = tmp_path / name
        file.write_bytes(body)
        said = suphub("log", "verify", file)
        assert (said.code, "format" in said.text) == (1, True)
        assert "重新导出" in said.text
        assert "fetch the file again" in said.text
    told(suphub("log", "verify", tmp_path), "FILE_UNREADABLE")
    told(suphub("log", "verify", whole, "--key", whole), "KEY_FILE", "checkpoint.pub")


def test_an_export_of_another_hub(
    copy: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, suphub: Run
) -> None:
    mine = tmp_path / "mine.jsonl"
    assert suphub("log", "checkpoint", "--out", mine).code == 0
    other = tmp_path / "other"
    upgrade(create_engine(f"sqlite:///{other / 'suphub.db'}"))
    monkeypatch.setenv("SUPHUB_HOME", str(other))
    theirs = tmp_path / "theirs.jsonl"
    key = copy / "keys" / "checkpoint.pub"
    assert suphub("log", "export", "--out", theirs).code == 0
    unsigned = suphub("log", "verify", theirs, "--key", key)
    assert (unsigned.code, "没有检查点" in unsigned.text, "no checkpoint" in unsigned.text) == (0, True, True)
    against = suphub("log", "verify", theirs, "--checkpoint", mine, "--key", key)
    assert (against.code, "另一枢纽" in against.text, "of two hubs" in against.text) == (1, True, True)
    assert suphub("log", "checkpoint").code == 0
    assert suphub("log", "export", "--out", theirs).code == 0
    signed = suphub("log", "verify", theirs, "--key", key)
    assert (signed.code, "another hub" in signed.text, "另一枢纽" in signed.text) == (1, True, True)
    assert json.loads(suphub("log", "verify", theirs, "--json").text)["checkpoints"] == 1


def test_a_disk_that_is_full_stops_the_comparison_and_says_so(
    copy: Path, monkeypatch: pytest.MonkeyPatch, suphub: Run
) -> None:
    made = Told.__init__

    def small(self: Told, file: Path) -> None:
        made(self, file)
        self._db.execute("PRAGMA max_page_count = 4")

    monkeypatch.setattr(Told, "__init__", small)
    told(suphub("log", "compare"), "FILE_UNWRITABLE", "SUPHUB_HOME/work", "full")
    assert list((copy / "work").iterdir()) == []


def test_a_scratch_folder_that_cannot_be_written(copy: Path, suphub: Run) -> None:
    (copy / "work").rmdir()
    (copy / "work").write_text("a file stands where the folder belongs", encoding="utf-8")
    told(suphub("log", "compare"), "FILE_UNWRITABLE", "SUPHUB_HOME/work")


def test_a_database_of_which_a_part_cannot_be_read(copy: Path, suphub: Run) -> None:
    with sqlite3.connect(copy / "suphub.db") as database:
        database.execute("DROP TABLE card_event")
    database.close()
    told(suphub("log", "compare"), "DB_NOT_UPGRADED", "card_event")
