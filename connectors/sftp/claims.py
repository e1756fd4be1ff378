"""Files taken out of an inbox by a rename on the server, into a folder of this worker: `inbox/.suphub-claimed/<worker>/`.

Of two workers that rename the same file only one succeeds, whatever the server: the file can leave the inbox once. A
folder for each worker keeps a server whose rename overwrites (SFTP leaves that open) from replacing another's claim.
The file moves first and its marker after it; back, the marker first: a death in between always leaves the file among
the claims, where it is found again. What lies in the folder of a dead worker (see `workers`) anybody may move on.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator

from connectors.claims import FOLDER
from connectors.readiness import Readiness
from connectors.sftp import wire as ssh
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

    def fetch_marker(self, wire: Wire, source: bytes, raw: bytes) -> bool:
        """Move the marker after its file; whether there was one, and not one of a new file of the same name."""
        marker = self._readiness.marker
        if marker is None:
            return True
        old = source + b"/" + raw
        asked = wire.ask_all((ssh.LSTAT, text(old + marker)), (ssh.LSTAT, text(old)))
        found, newer = (wire.found(number) for number in asked)
        if found is None or (newer is not None and found.modified >= newer.modified):
            return False
        try:
            wire.rename(old + marker, self.path(raw) + marker)
        except Refused as refused:
            if refused.status == ssh.NO_SUCH_FILE:
                return False
            if not wire.move_without_link(old + marker, self.path(raw) + marker):
                raise
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
        marker = self._readiness.marker
        # The marker first: alone it would stay for ever.
        names = [raw] if marker is None else [raw + marker, raw]
        for number in wire.ask_all(*((ssh.REMOVE, text(self.path(name))) for name in names)):
            try:
                wire.done(number)
            except Refused as refused:
                if refused.status != ssh.NO_SUCH_FILE:
                    raise

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
