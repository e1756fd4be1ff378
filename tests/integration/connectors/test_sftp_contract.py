"""The SFTP directory keeps every promise of a connector, on a real OpenSSH server."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.sftp import SftpPeer
from tests.support.sshd import Sshd
from tests.unit.connectors.test_contract import *  # noqa: F403 - the same tests, with another peer

WAYS = {"marker": {"marker": ".ok"}, "rename": {"rename": ".part"}, "stable": {"stable_for": "60s"}}


@pytest.fixture(params=WAYS, ids=str)
def peer(request: pytest.FixtureRequest, sshd: Sshd, tmp_path: Path) -> Iterator[SftpPeer]:
    made = SftpPeer(sshd, tmp_path.name, tmp_path / "work", WAYS[request.param])
    yield made
    made.close()
