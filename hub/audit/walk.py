"""What every walk over tables has: a snapshot of the database, what the log tells, bounds, a tally, and the stored bytes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from sqlalchemy import Connection

from hub.audit.findings import Bounds, Difference, Tally, shown
from hub.audit.told import Told
from hub.rawstore import RawStore


@dataclass(frozen=True, slots=True)
class Ground:
    """What is walked on; `bytes_too`: stored files are hashed, which takes as long as reading them."""

    connection: Connection
    told: Told
    bounds: Bounds
    tally: Tally
    raw: RawStore
    bytes_too: bool


@dataclass(frozen=True, slots=True)
class Walk:
    """A walk over some tables; `KIND` is what its findings are about."""

    KIND: ClassVar[str] = ""
    ground: Ground

    @property
    def connection(self) -> Connection:
        """The snapshot that is read."""
        return self.ground.connection

    @property
    def told(self) -> Told:
        """What the log tells."""
        return self.ground.told

    @property
    def bounds(self) -> Bounds:
        """What is looked at."""
        return self.ground.bounds

    @property
    def tally(self) -> Tally:
        """How much was looked at."""
        return self.ground.tally

    def differs(
        self, table: str, key: str, column: str, logged: Any, found: Any, why: str = "changed", kind: str = ""
    ) -> Difference:
        """A difference; values are shown as findings may show them."""
        return Difference(
            kind or self.KIND,
            table,
            key,
            column,
            shown(table, column, logged),
            shown(table, column, found),
            why,
        )
