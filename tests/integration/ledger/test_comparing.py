"""What was changed beside the log is told by name: rows of packages, cards and letters, and the stored bytes."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from hub import wiring
from hub.central.engine import reading
from hub.rawstore import RawStore
from hub.views.comparing import Difference, compare
from tests.support.command import Suphub

TODAY = "2026-11-20"
OFFICER = ("--by", "王监察")


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """An installation whose cards have been raised, answered, appealed against, withdrawn and escalated, with letters."""
    home = tmp_path_factory.mktemp("lived")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SUPHUB_HOME", str(home / "home"))
        patch.setenv("SUPHUB_SYSTEMS", str(home / "land"))
        patch.delenv("SUPHUB_DATABASE_URL", raising=False)
        from typer.testing import CliRunner

        from hub.cli import build

        def run(*words: str) -> None:
            done = CliRunner().invoke(build(), list(words))
            assert done.exit_code == 0, (words, done.output, done.exception)

        run("simulate", "--cases", "20", "--seed", "3", "--today", TODAY, "--out", str(home / "land"))
        run("db", "upgrade")
        run("exchange", "run", "land-bureau")
        run("supervise", "run", "--today", TODAY)
        run("letter", "due", "--today", TODAY)
        yellow = cards(2)
        run("card", "answer", yellow[0], "--text", "已整改", "--by", "李承办", "--role", "department")
        run("card", "appeal", yellow[1], "--text", "理由成立", "--by", "李承办", "--role", "department")
        run("card", "withdraw", yellow[1], "--reason", "申诉成立", *OFFICER)
        run("card", "escalate", yellow[2], "--reason", "情节严重", *OFFICER)
        yield home


def cards(level: int) -> list[str]:
    with reading(wiring.engine()) as connection:
        rows = connection.exec_driver_sql(
            "SELECT card_id FROM card WHERE level = ? AND state = '已发' ORDER BY card_id", (level,)
        )
        return [str(row[0]) for row in rows]


@pytest.fixture
def copy(lived: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of that installation, to be tampered with."""
    home = tmp_path / "home"
    shutil.copytree(lived / "home", home)
    monkeypatch.setenv("SUPHUB_HOME", str(home))
    monkeypatch.delenv("SUPHUB_DATABASE_URL", raising=False)
    return home


def found(home: Path) -> list[Difference]:
    with reading(wiring.engine()) as connection:
        return list(compare(connection, RawStore(home / "raw")))


def change(home: Path, *statements: str) -> None:
    """As somebody who owns the database: triggers are dropped first."""
    with sqlite3.connect(home / "suphub.db") as database:
        for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            database.execute(f'DROP TRIGGER "{name}"')
        for statement in statements:
            assert database.execute(statement).rowcount > 0
    database.close()


def test_what_only_lived_is_as_the_log_says(
    copy: Path, monkeypatch: pytest.MonkeyPatch, capfdbinary: Any
) -> None:
    assert found(copy) == []
    said = Suphub(monkeypatch, capfdbinary)("log", "compare")
    assert (said.code, "as the log says" in said.text) == (0, True)


CLOSED = "(SELECT min(id) FROM package WHERE state = 'closed')"


@pytest.mark.parametrize(
    ("statement", "told"),
    [
        (f"UPDATE package SET accepted = accepted + 1 WHERE id = {CLOSED}", {("package", "accepted")}),
        (f"UPDATE package SET state = 'received' WHERE id = {CLOSED}", {("package", "state")}),
        (f"DELETE FROM package WHERE id = {CLOSED}", {("package", "row")}),
        ("UPDATE card SET level = 1 WHERE card_id = (SELECT max(card_id) FROM card WHERE level = 3)", {("card", "level")}),
        ("UPDATE card SET state = '撤销' WHERE card_id = (SELECT max(card_id) FROM card WHERE state = '已发')", {("card", "state")}),
        ("UPDATE card SET case_no = 'X' WHERE card_id = (SELECT max(card_id) FROM card WHERE case_no IS NOT NULL)", {("card", "case_no")}),
        ("DELETE FROM card WHERE card_id = (SELECT max(card_id) FROM card)", {("card", "row")}),
        ("UPDATE letter SET pdf = docx WHERE letter_id = 1", {("letter", "pdf")}),
        ("DELETE FROM letter WHERE letter_id = 1", {("letter", "row")}),
        ("UPDATE card SET card_id = 99999 WHERE card_id = (SELECT max(card_id) FROM card)", {("card", "row"), ("card", "entry")}),
    ],
)  # fmt: skip
def test_a_row_that_was_changed_is_told(copy: Path, statement: str, told: set[tuple[str, str]]) -> None:
    change(copy, statement)
    assert {(each.kind, each.what) for each in found(copy)} == told


@pytest.mark.parametrize("gone", [True, False])
def test_stored_bytes_that_were_changed_or_are_gone_are_told(
    copy: Path, monkeypatch: pytest.MonkeyPatch, capfdbinary: Any, gone: bool
) -> None:
    [digest] = (
        sqlite3.connect(copy / "suphub.db")
        .execute(f"SELECT digest FROM package WHERE id = {CLOSED}")
        .fetchone()
    )
    file = RawStore(copy / "raw").path(digest)
    if gone:
        file.unlink()
    else:
        file.chmod(0o600)
        file.write_bytes(file.read_bytes() + b" ")
    [only] = found(copy)
    assert (only.kind, only.what, only.logged, only.found == "-") == ("bytes", str(file), digest, gone)
    suphub = Suphub(monkeypatch, capfdbinary)
    assert suphub("log", "compare").code == 1
    assert suphub("log", "compare", "--no-bytes").code == 0
