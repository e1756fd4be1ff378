"""Every command of docs/auditors.md works as it stands there, for somebody who has only the manual."""

from __future__ import annotations

import re
import shlex
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from hub.clock import local_day, now_us
from tests.support.command import Suphub

ROOT = Path(__file__).parents[3]
MANUAL = (ROOT / "docs" / "auditors.md").read_text(encoding="utf-8")
COMMANDS = [
    line.strip().partition("  #")[0].strip() for line in re.findall(r"^    \S.*$", MANUAL, re.MULTILINE)
]


def first(home: Path, statement: str) -> str:
    database = sqlite3.connect(home / "suphub.db")
    [value] = database.execute(statement).fetchone()
    database.close()
    return str(value)


def test_the_manual_has_the_commands_of_an_audit() -> None:
    begun = {" ".join(command.split()[:3]) for command in COMMANDS}
    assert {"suphub log checkpoint", "suphub log export", "suphub log verify", "suphub log compare"} <= begun
    assert {"python verify.py log.jsonl", "suphub case show", "suphub log search"} <= begun


def test_every_command_of_the_manual_does_what_it_says(
    copy: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfdbinary: Any
) -> None:
    suphub = Suphub(monkeypatch, capfdbinary)
    monkeypatch.chdir(tmp_path)
    shutil.copy(ROOT / "hub" / "ledger" / "verify.py", tmp_path)
    digest = first(copy, "SELECT digest FROM package WHERE state = 'closed'")
    here = {
        "land-bureau/430100-2026-0000011": first(copy, "SELECT system || '/' || case_no FROM case_head"),
        "2026-11-20": local_day(now_us()).isoformat(),
        "land-bureau/P1": first(
            copy, "SELECT system || '/' || package_id FROM package WHERE state = 'closed'"
        ),
        "var/raw/ab/cd/abcd…": str(copy / "raw" / digest[:2] / digest[2:4] / digest),
    }
    for command in COMMANDS:
        name, *arguments = [here.get(word, word) for word in shlex.split(command)]
        if name == "suphub":
            said = suphub(*arguments)
            assert said.code == 0, (command, said.err, said.text)
            assert said.text, command
        else:
            program = [sys.executable] if name == "python" else [name]
            done = subprocess.run([*program, *arguments], capture_output=True, text=True, check=False)
            assert done.returncode == 0, (command, done.stderr)
            assert digest in done.stdout or '"ok": true' in done.stdout, command
        if command.startswith("suphub log checkpoint"):
            shutil.copy(copy / "keys" / "checkpoint.pub", tmp_path)  # as the authority keeps it
