"""Files taken out of an inbox by a rename on the server, into a folder of this worker: `inbox/.suphub-claimed/<worker>/`.

Of two workers that rename the same file only one succeeds, whatever the server: the file can leave the inbox once. A
folder for each worker keeps a server whose rename overwrites (SFTP leaves that open) from replacing another's claim.
The file moves first and its marker after it; back, the marker first: a death in between always leaves the file among
the claims, where it is found again. What lies in the folder of a dead worker (see `workers`) anybody may move on.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress

from connectors.claims import FOLDER
from connectors.readiness import Readiness
from connectors.sftp import requests as ssh
from connectors.sftp.fields import Attributes, Entry, Refused, text
from connectors.sftp.wire import Wire
from connectors.sftp.workers import Worker

__all__ = ["FOLDER", "Claims"]


class Claims:
    """The claims of one worker in one inbox. Methods raise Refused and Lost; RetryError where the worker's own state fails."""

    def __init__(self, inbox: bytes, readiness: Readiness, worker: Worker) -> None:
        self.inbox = inbox
        self.root = inbox + b"/" + FOLDER
        self._readiness = readiness
        self._worker = worker
        self._made: str | None = None

    def prepare(self, wire: Wire) -> None:
        """Make this worker's folder; once for each life of the worker."""
        mine = self._worker.begin()
        if self._made == mine:
            self._worker.renew()
            return
        for path in (self.root, self.folder):
            try:
                wire.make_folder(path, 0o700)
            except Refused:
                found = wire.lstat(path)
                if found is None or not found.folder:
                    raise
        self._made = mine

    @property
    def folder(self) -> bytes:
        """This worker's."""
        assert self._worker.id is not None
        return self.root + b"/" + self._worker.id.encode("ascii")

    def path(self, raw: bytes) -> bytes:
        """Where a file that this worker has claimed lies."""
        return self.folder + b"/" + raw

    def abandoned(self, wire: Wire) -> Iterator[tuple[bytes, Entry]]:
        """What dead workers have left: the folder and the file. Folders that are empty go."""
        try:
            workers = [entry.name for entry in wire.entries(self.root) if entry.attributes.folder]
        except Refused as refused:
            if refused.status == ssh.NO_SUCH_FILE:
                return  # nothing was ever claimed here
            raise
        for name in workers:
            other = name.decode("ascii", "replace")
            if not self._worker.dead(other):
                continue
            folder, left = self.root + b"/" + name, False
            for entry in wire.entries(folder):
                left = True
                yield folder, entry
            if not left:
                self._bury(wire, folder, other)

    def _bury(self, wire: Wire, folder: bytes, other: str) -> None:
        try:
            wire.remove_folder(folder)
        except Refused:
            return  # another worker was first, or has just moved something here
        self._worker.bury(other)

    def seize(self, wire: Wire, source: bytes, raw: bytes) -> Attributes | None:
        """Move a file from a folder (the inbox, or a dead worker's) here; None if it is there no more."""
        old, target = source + b"/" + raw, self.path(raw)
        move, look = wire.ask_all((ssh.RENAME, text(old) + text(target)), (ssh.LSTAT, text(target)))
        try:
            wire.done(move)
        except Refused as refused:
            there = wire.found(look)
            if refused.status == ssh.NO_SUCH_FILE or wire.lstat(old) is None:
                return None
            if there is not None or not wire.move_without_link(old, target):
                raise
            return wire.lstat(target)
        return wire.found(look)

    def seize_all(
        self, wire: Wire, files: Mapping[bytes, Attributes], *, resting: bool
    ) -> dict[bytes, Attributes]:
        """`seize` and `fetch_marker` for several files of the inbox, in flight together; those that are now here whole.

        `files` are as they were seen; `resting`: only as long as they have not changed since. Of the others each lies
        where it lay, to be claimed by itself.
        """
        marker, requests = self._readiness.marker, list[tuple[int, bytes]]()
        for raw in files:
            old, target = text(self.inbox + b"/" + raw), text(self.path(raw))
            requests += [(ssh.RENAME, old + target), (ssh.LSTAT, target)]
            if marker is not None:
                requests += [(ssh.LSTAT, text(self.inbox + b"/" + raw + marker)), (ssh.LSTAT, old)]
        numbers = iter(wire.ask_all(*requests))
        here, back = dict[bytes, Attributes](), list[bytes]()
        for raw, seen in files.items():
            moved = wire.granted(next(numbers))
            found, *marked = (wire.maybe(next(numbers)) for _ in range(1 if marker is None else 3))
            if not moved:
                continue
            ready = found is not None and found.plain and (found.state == seen.state or not resting)
            if ready and found is not None and (marker is None or _belongs(*marked)):
                here[raw] = found
            else:
                back.append(raw)
        for raw in self._without_marker(wire, list(here)):
            del here[raw]
            back.append(raw)
        for raw in back:
            self.put_back(wire, raw)
        return here

    def _without_marker(self, wire: Wire, names: list[bytes]) -> list[bytes]:
        """Move the markers after their files; those files whose own marker did not come."""
        marker = self._readiness.marker
        if marker is None:
            return []
        requests = list[tuple[int, bytes]]()
        for raw in names:
            old, target = text(self.inbox + b"/" + raw + marker), text(self.path(raw) + marker)
            requests += [(ssh.RENAME, old + target), (ssh.LSTAT, target)]
            requests += [(ssh.LSTAT, text(self.inbox + b"/" + raw))]
        numbers = iter(wire.ask_all(*requests))
        missing = []
        for raw in names:
            moved = wire.granted(next(numbers))
            came = _belongs(wire.maybe(next(numbers)), wire.maybe(next(numbers)))
            if moved and not came:
                self._return_marker(wire, raw, marker)
            if not (moved and came):
                missing.append(raw)
        return missing

    def _return_marker(self, wire: Wire, raw: bytes, marker: bytes) -> None:
        """A new file of that name was written while its marker was being moved: the marker is, or may be, its own."""
        with suppress(Refused):  # it has another one already
            wire.rename(self.path(raw) + marker, self.inbox + b"/" + raw + marker)

    def fetch_marker(self, wire: Wire, source: bytes, raw: bytes) -> bool:
        """Move the marker after its file; whether there was one, and not one of a new file of the same name."""
        marker = self._readiness.marker
        if marker is None:
            return True
        old = source + b"/" + raw
        asked = wire.ask_all((ssh.LSTAT, text(old + marker)), (ssh.LSTAT, text(old)))
        found, newer = (wire.found(number) for number in asked)
        if not _belongs(found, newer):
            return False
        try:
            wire.rename(old + marker, self.path(raw) + marker)
        except Refused as refused:
            if refused.status == ssh.NO_SUCH_FILE:
                return False
            if not wire.move_without_link(old + marker, self.path(raw) + marker):
                raise
        if source == self.inbox and not _belongs(wire.lstat(self.path(raw) + marker), wire.lstat(old)):
            self._return_marker(wire, raw, marker)
            return False
        return True

    def put_back(self, wire: Wire, raw: bytes) -> None:
        """Move the file and its marker back; if a new file of that name lies there, to where a dead worker's would lie."""
        marker = self._readiness.marker
        names = [raw] if marker is None else [raw + marker, raw]
        target = self.inbox
        if wire.lstat(self.inbox + b"/" + raw) is not None:
            target = self._nobodys(wire)
        for name in names:
            try:
                wire.rename(self.path(name), target + b"/" + name)
            except Refused as refused:
                if refused.status == ssh.NO_SUCH_FILE and wire.lstat(self.path(name)) is None:
                    continue  # it had no marker; or the file was taken from a worker held for dead
                if target == self.inbox:
                    target = self._nobodys(wire)
                    wire.move(self.path(name), target + b"/" + name)
                elif not wire.move_without_link(self.path(name), target + b"/" + name):
                    raise  # it stays among the claims, where it is found again

    def remove(self, wire: Wire, raw: bytes) -> None:
        """Remove the file and its marker; what is gone already is no error."""
        refused = self.remove_all(wire, [raw]).get(raw)
        if refused is not None:
            raise refused

    def remove_all(self, wire: Wire, names: Sequence[bytes]) -> dict[bytes, Refused]:
        """The same for several in flight together; those of which something was refused, and what the server said."""
        marker, failed = self._readiness.marker, dict[bytes, Refused]()
        # The marker first: alone it would stay for ever.
        ends = (b"",) if marker is None else (marker, b"")
        paths = [(raw, self.path(raw) + end) for raw in names for end in ends]
        numbers = wire.ask_all(*((ssh.REMOVE, text(path)) for _, path in paths))
        for (raw, _), number in zip(paths, numbers, strict=True):
            try:
                wire.done(number)
            except Refused as refused:
                if refused.status != ssh.NO_SUCH_FILE:
                    failed.setdefault(raw, refused)
        return failed

    def leave(self, wire: Wire) -> None:
        """Remove this worker's folder, if nothing lies in it."""
        try:
            wire.remove_folder(self.folder)
        except Refused:
            return  # claims that were not finished: they are found by the next worker
        self._made = None

    def _nobodys(self, wire: Wire) -> bytes:
        """A new folder of a worker that never lived."""
        folder = self.root + b"/" + secrets.token_hex(8).encode("ascii")
        wire.make_folder(folder, 0o700)
        return folder


def _belongs(marker: Attributes | None, newer: Attributes | None) -> bool:
    """Whether that marker is one of the file that was moved, and not of a new one of the same name."""
    return marker is not None and (newer is None or marker.modified < newer.modified)
