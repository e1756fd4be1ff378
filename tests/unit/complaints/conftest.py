"""An office for complaints on a seeded SQLite database, made once and copied for each test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.complaints import Office
from tests.support.seeded import copied


@pytest.fixture
def office(tmp_path: Path, seeded_file: Path) -> Iterator[Office]:
    with copied(seeded_file, tmp_path) as engine:
        yield Office(engine)
