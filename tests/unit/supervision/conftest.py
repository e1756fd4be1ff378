"""A seeded central database on SQLite, made once and copied for each test that wants one."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))

from hub.central.engine import create_engine, writing
from hub.central.tables import metadata
from hub.supervision.seed import ensure_seeded
from tests.oracle.loading import register
from tests.support.cards import Logged, one_yellow_card


@pytest.fixture(scope="session")
def seeded_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("seeded") / "hub.db"
    engine = create_engine(f"sqlite:///{file}")
    with writing(engine) as connection:
        metadata.create_all(connection)
        ensure_seeded(connection)
        register(connection)
    engine.dispose()
    return file


@pytest.fixture
def engine(tmp_path: Path, seeded_file: Path) -> Iterator[Engine]:
    """A seeded database with one live system, without cases."""
    file = tmp_path / "hub.db"
    file.write_bytes(seeded_file.read_bytes())
    made = create_engine(f"sqlite:///{file}")
    yield made
    made.dispose()


@pytest.fixture(scope="session")
def yellow_file(seeded_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("yellow") / "hub.db"
    file.write_bytes(seeded_file.read_bytes())
    made = create_engine(f"sqlite:///{file}")
    one_yellow_card(made)
    made.dispose()
    return file


@pytest.fixture
def yellow(yellow_file: Path, tmp_path: Path) -> Iterator[Engine]:
    """One open case with a T2 card, issued on 10 March 2025: card 1."""
    file = tmp_path / "yellow.db"
    file.write_bytes(yellow_file.read_bytes())
    made = create_engine(f"sqlite:///{file}")
    yield made
    made.dispose()


@pytest.fixture
def logged() -> Logged:
    """What the log was given."""
    return Logged()
