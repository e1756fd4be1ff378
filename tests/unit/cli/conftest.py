"""The command line, as the tests call it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.command import Suphub


@pytest.fixture
def suphub(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> Suphub:
    """The command line of an installation without registrations."""
    monkeypatch.setenv("SUPHUB_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("SUPHUB_SYSTEMS", str(tmp_path / "systems"))
    monkeypatch.delenv("SUPHUB_DATABASE_URL", raising=False)
    return Suphub(monkeypatch, capfdbinary)
