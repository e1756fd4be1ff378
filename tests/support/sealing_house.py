"""Who takes part in a sealed exchange: the hub with its keys, a department, its authority, a stranger of the same authority."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from hub.envelope.certificates import Certificate, certificate
from hub.envelope.keys import HubKey, keys_in
from hub.envelope.trust import Policy
from hub.envelope.unsealing import Unsealed
from tests.support.sealing import Holder, ec_key, holder, rsa_key

CONTENT = "<?xml version='1.0'?>\n<ExchangePackage>湘𠮷 内容\r\n</ExchangePackage>\n".encode() * 40


def known(*holders: Holder) -> tuple[Certificate, ...]:
    return tuple(certificate(each.der) for each in holders)


@dataclass(frozen=True)
class House:
    """The hub with two keys (RSA and EC), a department, its authority, and a stranger of the same authority."""

    folder: Path
    hub: Holder
    hub_ec: Holder
    authority: Holder
    land: Holder
    land_ec: Holder
    water: Holder
    keys: Sequence[HubKey] = field(default_factory=tuple)

    def policy(self, **changes: Any) -> Policy:
        basis = Policy("land-bureau", "required", "required", certificates=known(self.land, self.land_ec))
        return replace(basis, **changes)


def make_house(folder: Path) -> House:
    """Everybody, with new keys; the hub's lie in `folder`/keys."""
    hub = holder(folder / "keys", "hub", rsa_key(), signs=False)
    hub_ec = holder(folder / "keys", "hub-ec", ec_key(), signs=False)
    authority = holder(folder, "authority", rsa_key(), ca=True)
    land, water = (holder(folder, name, rsa_key(), authority) for name in ("land", "water"))
    land_ec = holder(folder, "land-ec", ec_key(), authority)
    return House(folder, hub, hub_ec, authority, land, land_ec, water, keys_in(folder / "keys"))


Opens = Callable[..., Unsealed]
