"""A seeded central database on SQLite and a press whose log is a list."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, Engine

from hub.letters.issue import Press
from hub.rawstore import RawStore
from tests.support.seeded import copied


@pytest.fixture
def engine(tmp_path: Path, seeded_file: Path) -> Iterator[Engine]:
    with copied(seeded_file, tmp_path) as made:
        yield made


@pytest.fixture
def logged() -> list[tuple[str, dict[str, Any]]]:
    return []


@pytest.fixture
def press(tmp_path: Path, logged: list[tuple[str, dict[str, Any]]]) -> Press:
    def note(connection: Connection, event: str, body: Mapping[str, Any]) -> None:
        logged.append((event, dict(body)))

    return Press(tmp_path / "letters", RawStore(tmp_path / "raw"), note)
