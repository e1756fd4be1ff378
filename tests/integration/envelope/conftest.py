"""Keys and certificates made once, and a way to open a sealed file as the hub does."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from hub.clock import now_us
from hub.envelope import Limits
from hub.envelope.trust import Policy
from hub.envelope.unsealing import Unsealed, unseal
from tests.support.sealing_house import CONTENT, House, Opens, make_house


@pytest.fixture(scope="session")
def house(tmp_path_factory: pytest.TempPathFactory) -> House:
    return make_house(tmp_path_factory.mktemp("house"))


@pytest.fixture
def opens(house: House, tmp_path: Path) -> Opens:
    """Opens a file under a policy, by default: signed and encrypted are required, land's certificates are known."""

    def run(file: Path, policy: Policy | None = None, *, at: int | None = None, keys: Any = None) -> Unsealed:
        given = keys if keys is not None else house.keys
        wanted = policy or house.policy()
        return unseal(file, tmp_path / "work", wanted, lambda: given, at or now_us(), Limits())

    return run


@pytest.fixture
def content(tmp_path: Path) -> Path:
    file = tmp_path / "x.xml"
    file.write_bytes(CONTENT)
    return file
