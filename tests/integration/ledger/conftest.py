"""An installation that has lived, and copies of it to be tampered with."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.support.lived import TODAY, live


@pytest.fixture(scope="session")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Its folder: `home` and the department `land`."""
    home = tmp_path_factory.mktemp("lived")
    live(home)
    return home


@pytest.fixture
def copy(lived: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of that installation, to be tampered with."""
    home = tmp_path / "home"
    shutil.copytree(lived / "home", home)
    monkeypatch.setenv("SUPHUB_HOME", str(home))
    monkeypatch.setenv("SUPHUB_SYSTEMS", str(lived / "land"))
    monkeypatch.setenv("SUPHUB_TODAY", TODAY)
    monkeypatch.delenv("SUPHUB_DATABASE_URL", raising=False)
    return home
