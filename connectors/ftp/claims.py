"""Files taken out of a folder of an FTP server by a rename into a folder of the worker's own: `.suphub-claimed/<worker>/`.

FTP has no lock, and some servers overwrite on rename where others refuse. So each worker has a target of its own: of two that
rename the same file one succeeds and the other is told that there is no such file, on every server whose disk renames
atomically. `connectors.workers` tells whether the worker of a folder lives; the files of a dead one are taken over the same
way, by renaming them into one's own folder, out of reach of whoever held them before.

The file moves first and its marker after it; back, the marker first: a death in between leaves the file among the claims, where
it is found again, and never in the inbox waiting for a marker that is gone.
"""

from __future__ import annotations

from collections.abc import Iterator

from connectors.ftp.listing import FILE, FOLDER, Entry
from connectors.ftp.session import Mark, Session
from connectors.ftp.wire import Refused
from connectors.readiness import Readiness
from connectors.workers import Worker

NAME = b".suphub-claimed"


class Claims:
    """The claims of one inbox as one worker sees and makes them. Methods raise what sessions raise."""

    def __init__(self, inbox: bytes, readiness: Readiness, worker: Worker) -> None:
        self.inbox = inbox
        self.folder = join(inbox, NAME)
        self.mine = join(self.folder, worker.token.encode("ascii"))
        self.left: dict[bytes, list[str]] | None = None  # name → workers that left it behind, as last seen
        self._readiness = readiness
        self._worker = worker
        self._made = False

    def path(self, raw: bytes) -> bytes:
        """Where a file lies that this worker has claimed."""
        return join(self.mine, raw)

    def survey(self, session: Session, held: set[bytes]) -> list[Entry]:
        """The files that dead workers left behind; `held` is what this one works on. Empty folders of the dead are removed."""
        self.left, found = {}, []
        for token in self._workers(session):
            if token != self._worker.token and self._worker.alive(token):
                continue
            entries = [each for each in session.list(self._of(token)) if each.kind == FILE]
            for entry in entries:
                if token == self._worker.token and entry.raw in held:
                    continue
                if self._readiness.is_package(entry.raw):
                    self.left.setdefault(entry.raw, []).append(token)
                    found.append(entry)
            if not entries and token != self._worker.token and session.remove_folder(self._of(token)):
                self._worker.bury(token)
        return found

    def take_left(self, session: Session, raw: bytes) -> Mark | None:
        """Take over a file of that name from a dead worker; None if there is none."""
        while self.left and self.left.get(raw):
            token = self.left[raw].pop(0)
            if token == self._worker.token:
                found = session.mark(self.path(raw))
            elif self._worker.alive(token) or not self._moved(session, join(self._of(token), raw), raw):
                continue
            else:
                self._move_marker(session, self._of(token), raw)
                found = session.mark(self.path(raw))
            if found is not None:
                self._fetch_late_marker(session, raw)
                return found
        return None

    def take(self, session: Session, raw: bytes) -> Mark | None:
        """Take a file out of the inbox; None if another was faster."""
        if not self._moved(session, join(self.inbox, raw), raw):
            return None
        self._move_marker(session, self.inbox, raw)
        return session.mark(self.path(raw))

    def put_back(self, session: Session, raw: bytes) -> None:
        """Move a file and its marker back, unless a new file of that name lies there: then it stays, for anybody to claim.

        FTP has no rename that never overwrites: a file written between the look and the rename would be lost. The look comes
        right before it, and sources do not write a name again while it is being processed.
        """
        source, marker = self.path(raw), self._readiness.marker
        if session.mark(source) is None:
            return
        if session.mark(join(self.inbox, raw)) is not None:
            self.left = self.left or {}
            self.left.setdefault(raw, []).insert(0, self._worker.token)
            return
        if marker is not None:
            session.rename(source + marker, join(self.inbox, raw) + marker)
        session.rename(source, join(self.inbox, raw))

    def remove(self, session: Session, raw: bytes) -> None:
        """Remove a file and its marker; what is gone already is no error."""
        if self._readiness.marker is not None:
            session.delete(self.path(raw) + self._readiness.marker)
        session.delete(self.path(raw))

    def prepare(self, session: Session) -> None:
        """Make this worker's folder."""
        if not self._made:
            if not session.make_folder(self.mine):
                session.make_folder(self.folder)
                session.make_folder(self.mine)
            self._made = True

    def _workers(self, session: Session) -> Iterator[str]:
        try:
            entries = [each for each in session.list(self.folder) if each.kind == FOLDER]
        except Refused as error:
            if error.verb != "CWD" or error.reply.code != 550:
                raise
            return  # nothing was ever claimed here
        for entry in entries:
            token = entry.raw.decode("ascii", "replace")
            if len(token) == 16 and all(letter in "0123456789abcdef" for letter in token):
                yield token

    def _of(self, token: str) -> bytes:
        return join(self.folder, token.encode("ascii"))

    def _moved(self, session: Session, source: bytes, raw: bytes) -> bool:
        self.prepare(session)
        try:
            return session.rename(source, self.path(raw))
        except Refused:
            # Its folder may have been tidied away, if this worker was thought dead: once more with a new one.
            if not session.make_folder(self.mine):
                raise
            return session.rename(source, self.path(raw))

    def _move_marker(self, session: Session, folder: bytes, raw: bytes) -> None:
        marker = self._readiness.marker
        if marker is None or not session.rename(join(folder, raw) + marker, self.path(raw) + marker):
            return
        newer = session.mark(join(self.inbox, raw)) if folder == self.inbox else None
        if newer is None:
            return
        # A new file of that name was written while the marker was being moved: the marker is, or may be, its own.
        moved = session.mark(self.path(raw) + marker)
        if moved is not None and (moved.at or 0.0) >= (newer.at or 0.0):
            session.rename(self.path(raw) + marker, join(self.inbox, raw) + marker)

    def _fetch_late_marker(self, session: Session, raw: bytes) -> None:
        """A worker may have died between file and marker: the marker is still in the inbox, unless it is a new file's."""
        marker = self._readiness.marker
        if marker is None or session.mark(self.path(raw) + marker) is not None:
            return
        waiting, newer = session.mark(join(self.inbox, raw) + marker), session.mark(join(self.inbox, raw))
        if waiting is None or (newer is not None and (waiting.at or 0.0) >= (newer.at or 0.0)):
            return
        self._move_marker(session, self.inbox, raw)


def join(folder: bytes, name: bytes) -> bytes:
    """A path on the server: always with slashes, on Windows too."""
    return folder.rstrip(b"/") + b"/" + name
