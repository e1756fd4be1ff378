"""An office for complaints on a seeded SQLite database, made once and copied for each test."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))

from tests.support.complaints import Office
from tests.support.seeded import copied, seeded


@pytest.fixture(scope="session")
def seeded_complaints(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return seeded(tmp_path_factory.mktemp("complaints"))


@pytest.fixture
def office(tmp_path: Path, seeded_complaints: Path) -> Iterator[Office]:
    with copied(seeded_complaints, tmp_path) as engine:
        yield Office(engine)
