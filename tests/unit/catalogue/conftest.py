"""An empty catalogue in a database of its own, and shorthands to fill it."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))

from hub.central.engine import create_engine
from hub.central.upgrade import upgrade


@pytest.fixture(scope="session")
def empty_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("empty") / "hub.db"
    engine = create_engine(f"sqlite:///{file}")
    upgrade(engine)
    engine.dispose()
    return file


@pytest.fixture
def engine(empty_file: Path, tmp_path: Path) -> Iterator[Engine]:
    file = tmp_path / "hub.db"
    file.write_bytes(empty_file.read_bytes())
    made = create_engine(f"sqlite:///{file}")
    yield made
    made.dispose()
