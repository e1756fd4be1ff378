"""What a connector remembers between runs: how far it has read; shared by all workers of one system."""

from __future__ import annotations

import threading
from typing import Protocol


class State(Protocol):
    """Texts by key. Both methods raise RetryError when the store fails."""

    def get(self, key: str) -> str | None:
        """The value, None where there is none."""
        ...

    def put(self, key: str, value: str | None, expected: str | None) -> bool:
        """Replace `expected` by `value` (None: absent); False, and nothing changed, if another value stands there."""
        ...


class MemoryState:
    """The twin for tests and rehearsals."""

    def __init__(self) -> None:
        self.values: dict[str, str] = {}
        self._lock = threading.Lock()

    def get(self, key: str) -> str | None:
        """See `State.get`."""
        return self.values.get(key)

    def put(self, key: str, value: str | None, expected: str | None) -> bool:
        """See `State.put`."""
        with self._lock:
            if self.values.get(key) != expected:
                return False
            if value is None:
                self.values.pop(key, None)
            else:
                self.values[key] = value
            return True
