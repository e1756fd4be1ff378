"""An installation with a department, as for packages; commands run against it."""

from __future__ import annotations

import pytest

from tests.integration.pipeline.conftest import Hub, hub, sqlite_hub
from tests.support.command import Suphub

__all__ = ["Hub", "hub", "sqlite_hub", "suphub"]


@pytest.fixture
def suphub(monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]) -> Suphub:
    return Suphub(monkeypatch, capfdbinary)
