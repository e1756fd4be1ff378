"""Files at rest: what earlier looks into an inbox saw, so that a file is taken only if a later look finds it the same.

The time of a file proves nothing: a copy that keeps the old time looks settled while it still grows. Kept is, per name,
size and time of the file and when the hub first saw it so, by the hub's own clock.
"""

from __future__ import annotations

import heapq
import json

from connectors.state import State

KEY = "looks"
AT_MOST = 10_000
"""Names that are remembered, the first in order: the same that are listed first."""

Mark = tuple[int, int]
"""Size, and time of the last change in nanoseconds."""


class Looks:
    """The looks into one inbox, shared by all workers through the connector's state. Not for two threads at once."""

    def __init__(self, state: State, stable_s: float) -> None:
        self._state = state
        self._stable_s = stable_s
        self._text: str | None = None
        self._known: dict[str, tuple[Mark, float]] | None = None
        self._seen: dict[str, tuple[Mark, float]] = {}

    def begin(self) -> None:
        """A new look: what the others saw is read anew."""
        self._text = self._state.get(KEY)
        rows = json.loads(self._text) if self._text else {}
        self._known = {name: ((size, changed), since) for name, (size, changed, since) in rows.items()}
        self._seen = {}

    def rested(self, name: str, mark: Mark, now: float) -> bool:
        """Whether the file was the same in a look that is long enough ago; what is seen now is noted."""
        if self._known is None:
            self.begin()
        assert self._known is not None
        before, since = self._known.get(name, (None, now))
        if before != mark or since > now:  # another file by now, or the hub's clock was set back
            since = now
        self._seen[name] = mark, since
        if len(self._seen) > 2 * AT_MOST:
            self._forget()
        return now - since >= self._stable_s

    def end(self) -> None:
        """Keep what this look saw; names that it did not see are forgotten. If another worker was faster, its look counts."""
        self._forget()
        rows = {name: [*mark, since] for name, (mark, since) in sorted(self._seen.items())}
        text = json.dumps(rows, ensure_ascii=True, separators=(",", ":")) if rows else None
        if text != self._text:
            self._state.put(KEY, text, self._text)

    def _forget(self) -> None:
        if len(self._seen) > AT_MOST:
            self._seen = {name: self._seen[name] for name in heapq.nsmallest(AT_MOST, self._seen)}
