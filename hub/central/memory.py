"""What connectors remember between runs, in the central database: every worker on every machine sees the same."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Engine, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from hub.central.engine import reading, writing
from hub.central.tables import exchange
from hub.clock import now_us

_TABLE = exchange.connector_state
UNTAKEN = "hub.untaken"
"""The key under which the hub itself notes files above its limit, as of the last look: name → bytes, as JSON."""


@dataclass(frozen=True, slots=True)
class Memory:
    """The state of one system's connector; see `connectors.state.State`."""

    engine: Engine
    system: str

    def get(self, key: str) -> str | None:
        """The value, None where there is none."""
        statement = select(_TABLE.c.value).where(_TABLE.c.system == self.system, _TABLE.c.key == key)
        with reading(self.engine) as connection:
            found = connection.execute(statement).scalar_one_or_none()
        return None if found is None else str(found)

    def put(self, key: str, value: str | None, expected: str | None) -> bool:
        """Replace `expected` by `value` (None: absent); False, and nothing changed, if another value stands there."""
        here = (_TABLE.c.system == self.system, _TABLE.c.key == key)
        with writing(self.engine) as connection:
            if expected is None:
                present = connection.execute(select(_TABLE.c.key).where(*here)).first() is not None
                if present or value is None:
                    return not present
                values = {"system": self.system, "key": key, "value": value, "changed_at": now_us()}
                try:
                    with connection.begin_nested():
                        connection.execute(insert(_TABLE).values(values))
                except IntegrityError:
                    return False  # another worker was first
                return True
            same = (*here, _TABLE.c.value == expected)
            if value is None:
                return connection.execute(delete(_TABLE).where(*same)).rowcount == 1
            changed = update(_TABLE).where(*same).values(value=value, changed_at=now_us())
            return connection.execute(changed).rowcount == 1
