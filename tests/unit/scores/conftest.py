"""A seeded central database on SQLite, made once and copied for each test that wants one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from tests.oracle.loading import registered
from tests.support.seeded import changed, copied


@pytest.fixture(scope="session")
def seeded_file(tmp_path_factory: pytest.TempPathFactory, seeded_file: Path) -> Path:
    """Calendar, rules and one live system."""
    return changed(seeded_file, tmp_path_factory.mktemp("registered"), registered)


@pytest.fixture
def engine(tmp_path: Path, seeded_file: Path) -> Iterator[Engine]:
    """A seeded database with one live system, without cases."""
    with copied(seeded_file, tmp_path) as made:
        yield made
