"""What the door works with: database, registrations, spool, bounds, and the proxies whose word it takes."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Engine

from connectors.push import Spool, spool_of
from hub.register import Registration

Network = ipaddress.IPv4Network | ipaddress.IPv6Network

UPLOADS = 64
"""Packages that are received at the same time; each holds up to a block (1 MiB) in memory. More are told to come again."""
CHUNK_SECONDS = 30.0
"""How long a sender may be silent within a package."""
FREE_SECONDS, SLOWEST = 60.0, 8192
"""After so many seconds a package must have come with so many bytes a second, on the average."""
RESERVE = 256 << 20
"""Bytes of the spool's disk that pushes never use: receipts and the database may lie on the same disk."""


@dataclass(frozen=True, slots=True)
class Patience:
    """How slow a sender may be, in seconds and bytes per second."""

    chunk: float = CHUNK_SECONDS
    free: float = FREE_SECONDS
    slowest: int = SLOWEST


@dataclass(frozen=True, slots=True)
class House:
    """One hub as its door sees it; `limit` is the largest package in bytes."""

    engine: Engine
    registration: Callable[[str], Registration]  # raises StopError
    spool: Path
    limit: Callable[[], int]
    proxies: tuple[Network, ...] = ()
    uploads: int = UPLOADS
    reserve: int = RESERVE
    patience: Patience = Patience()

    def of(self, system: str) -> Spool:
        """The folders of a registered system."""
        return spool_of(self.spool, system)
