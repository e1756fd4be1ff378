"""An office for complaints on a seeded SQLite database, made once and copied for each test."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))

from hub.central.engine import create_engine, writing
from hub.central.tables import metadata
from hub.supervision.seed import ensure_seeded
from tests.support.complaints import Office


@pytest.fixture(scope="session")
def seeded_complaints(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("complaints") / "hub.db"
    engine = create_engine(f"sqlite:///{file}")
    with writing(engine) as connection:
        metadata.create_all(connection)
        ensure_seeded(connection)
    engine.dispose()
    return file


@pytest.fixture
def office(tmp_path: Path, seeded_complaints: Path) -> Iterator[Office]:
    file = tmp_path / "hub.db"
    file.write_bytes(seeded_complaints.read_bytes())
    engine = create_engine(f"sqlite:///{file}")
    yield Office(engine)
    engine.dispose()
