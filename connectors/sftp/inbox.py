"""What lies in an inbox as one worker sees it, and what of it may be claimed: new files, and what dead workers have left."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from connectors.base import LISTED_AT_MOST
from connectors.looks import Looks
from connectors.names import raw_of, text_of
from connectors.readiness import Readiness
from connectors.sftp import listing
from connectors.sftp.claims import Claims
from connectors.sftp.fields import Attributes, Entry
from connectors.sftp.wire import Wire
from connectors.state import State
from hub.shapes import Notice


class Inbox:
    """The looks of one worker and what they saw. Methods raise Refused and Lost; RetryError where the state fails."""

    def __init__(
        self, system: str, readiness: Readiness, claims: Claims, state: State, now: Callable[[], float]
    ) -> None:
        self._system = system
        self._readiness = readiness
        self._claims = claims
        self._now = now
        stable_s = readiness.stable_s
        self._looks = Looks(state, stable_s) if stable_s is not None else None
        self._listed: dict[bytes, Attributes] = {}
        self._left: dict[bytes, list[bytes]] | None = None  # name → folders of dead workers where it lies

    def look(self, wire: Wire) -> list[tuple[bytes, int]]:
        """Names and sizes of what may be claimed, by name. With `stable_for`, what was seen is kept for the next look."""
        if self._looks is not None:
            self._looks.begin()
        sizes = self._look_for_left(wire)
        found = listing.first_ready(wire, self._claims.inbox, self._system, self._readiness, self._rested)
        if self._looks is not None:
            self._looks.end()
        self._listed = {entry.name: entry.attributes for entry in found}
        sizes |= {entry.name: entry.attributes.size for entry in found if entry.name not in sizes}
        return [(raw, sizes[raw]) for raw in sorted(sizes)[:LISTED_AT_MOST]]

    def forget(self) -> None:
        """What others have left is to be looked for anew."""
        self._left = None

    def fresh(self, notices: Sequence[Notice], held: set[bytes]) -> dict[bytes, Attributes]:
        """Those that the last look saw ready in the inbox, and that nobody has left behind, as they were seen."""
        fresh = {}
        for notice in notices:
            raw = raw_of(notice.name)
            seen = self._listed.get(raw)
            if seen is None or raw in held or raw in (self._left or ()):
                continue
            if self._readiness.stable_s is None or notice.size in (None, seen.size):
                fresh[raw] = self._listed.pop(raw)
        return fresh

    def take(self, wire: Wire, raw: bytes, size: int | None) -> Attributes | None:
        """Claim a file: a dead worker's, if there is one of that name, else one of the inbox that is ready."""
        return self._take_over(wire, raw) or self._take_new(wire, raw, size)

    def _look_for_left(self, wire: Wire) -> dict[bytes, int]:
        """What dead workers have left, name → size; where it lies is kept."""
        self._left, sizes = {}, {}
        for folder, entry in self._claims.abandoned(wire):
            if entry.attributes.plain and self._readiness.is_package(entry.name):
                self._left.setdefault(entry.name, []).append(folder)
                sizes[entry.name] = entry.attributes.size
        return sizes

    def _take_over(self, wire: Wire, raw: bytes) -> Attributes | None:
        """A dead worker's claim, if there is one of that name."""
        if self._left is None:
            self._look_for_left(wire)
        assert self._left is not None
        folders = self._left.get(raw, [])
        while folders:
            folder = folders.pop()
            taken = self._claims.seize(wire, folder, raw)
            if taken is not None:
                # Its marker lies beside it, or still in the inbox if the worker died between the two moves.
                if not self._claims.fetch_marker(wire, folder, raw):
                    self._claims.fetch_marker(wire, self._claims.inbox, raw)
                return taken
        return None

    def _take_new(self, wire: Wire, raw: bytes, size: int | None) -> Attributes | None:
        """A file of the inbox, if it is ready; what turns out not to be after the move goes back."""
        inbox = self._claims.inbox
        seen = self._listed.pop(raw, None)
        if seen is None:
            seen = wire.lstat(inbox + b"/" + raw)
            if seen is None or not seen.plain or not self._rested(Entry(raw, seen)):
                return None
            marker = self._readiness.marker
            if marker is not None:
                found = wire.lstat(inbox + b"/" + raw + marker)
                if found is None or not found.plain:
                    return None
        if self._readiness.stable_s is not None and size not in (None, seen.size):
            return None  # still growing, whatever its time says
        taken = self._claims.seize(wire, inbox, raw)
        if taken is None:
            return None
        moved = self._readiness.stable_s is not None and taken.state != seen.state
        if taken.plain and not moved and self._claims.fetch_marker(wire, inbox, raw):
            return taken
        self._claims.put_back(wire, raw)
        return None

    def _rested(self, entry: Entry) -> bool:
        if self._looks is None:
            return True
        found = entry.attributes
        return self._looks.rested(text_of(entry.name), (found.size, found.modified * 10**9), self._now())
