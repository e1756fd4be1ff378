"""What the rooms' tests share: a central database with calendar and rules, made once."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.seeded import seeded


@pytest.fixture(scope="session")
def seeded_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Calendar and rules, and nothing else; to be copied."""
    return seeded(tmp_path_factory.mktemp("seeded"))
