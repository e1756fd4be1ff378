"""Keys and certificates made once, and a way to open a sealed file as the hub does."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from hub.clock import now_us
from hub.envelope import Limits
from hub.envelope.keys import keys_in
from hub.envelope.trust import Policy
from hub.envelope.unsealing import Unsealed, unseal
from tests.support.sealing import ec_key, holder, rsa_key
from tests.support.sealing_house import CONTENT, House, Opens


@pytest.fixture(scope="session")
def house(tmp_path_factory: pytest.TempPathFactory) -> House:
    folder = tmp_path_factory.mktemp("house")
    hub = holder(folder / "keys", "hub", rsa_key(), signs=False)
    hub_ec = holder(folder / "keys", "hub-ec", ec_key(), signs=False)
    authority = holder(folder, "authority", rsa_key(), ca=True)
    land, water = (holder(folder, name, rsa_key(), authority) for name in ("land", "water"))
    land_ec = holder(folder, "land-ec", ec_key(), authority)
    (folder / "keys").chmod(0o700)
    return House(folder, hub, hub_ec, authority, land, land_ec, water, keys_in(folder / "keys"))


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
