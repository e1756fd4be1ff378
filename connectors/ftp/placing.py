"""Files that appear on the server whole or not at all: written in a hidden folder beside the target, measured, renamed.

FTP knows no fsync: that the server has the bytes is its word and the length it tells.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable

from connectors.ftp.claims import join
from connectors.ftp.listing import FILE
from connectors.ftp.session import BLOCK, Session
from connectors.ftp.wire import Refused
from connectors.workers import Worker

NAME = b".suphub-part"
_REFUSED = (450, 451, 550, 553)

Blocks = Callable[[], Iterable[bytes]]


class ShortTransfer(Exception):
    """The server holds another number of bytes than it was sent."""


class Placing:
    """Places files for one worker. Methods raise what sessions raise, and ShortTransfer."""

    def __init__(self, worker: Worker) -> None:
        self._worker = worker
        self._count = 0
        self._swept: set[bytes] = set()

    def place(self, session: Session, folder: bytes, name: bytes, blocks: Blocks, size: int) -> bool:
        """Write `blocks` (of `size` bytes in all) as `folder/name`; False if the same bytes lie there already."""
        target = join(folder, name)
        there = session.mark(target)
        if there is not None and there.size in (size, None) and _same(session, target, blocks()):
            return False
        self._sweep(session, folder)
        self._count += 1
        temporary = join(join(folder, NAME), f"{self._worker.token}-{self._count}.part".encode("ascii"))
        try:
            sent = _stored(session, folder, temporary, blocks)
            found = session.mark(temporary)
            if sent != size or found is None or found.size not in (size, None):
                raise ShortTransfer(f"{None if found is None else found.size} / {size} bytes")
            _replace(session, temporary, target)
        except (Refused, ShortTransfer):
            with contextlib.suppress(
                Refused, EOFError, OSError
            ):  # the first reason is told; the next run tidies up
                session.delete(temporary)
            raise
        return True

    def _sweep(self, session: Session, folder: bytes) -> None:
        """Remove what dead workers left half-written; once per folder."""
        if folder in self._swept:
            return
        self._worker.live()
        try:
            entries = list(session.list(join(folder, NAME)))
        except Refused as error:
            if error.verb != "CWD":
                raise
            entries = []  # nothing was ever written here
        for entry in entries:
            token = entry.raw.partition(b"-")[0].decode("ascii", "replace")
            if entry.kind == FILE and entry.raw.endswith(b".part") and not self._worker.alive(token):
                session.delete(join(join(folder, NAME), entry.raw))
        self._swept.add(folder)


def _stored(session: Session, folder: bytes, temporary: bytes, blocks: Blocks) -> int:
    hidden = join(folder, NAME)
    try:
        return session.store(temporary, blocks())
    except Refused as error:
        if error.reply.code not in _REFUSED or session.is_folder(hidden):
            raise
    prepared(session, folder)
    return session.store(temporary, blocks())


def prepared(session: Session, folder: bytes) -> list[bytes]:
    """Make the hidden folder for what is being written, and `folder` itself, where they are missing; what was made.

    Never the parent of `folder`: where that is missing the path is wrong. Raises Refused.
    """
    hidden = join(folder, NAME)
    if session.make_folder(hidden):
        return [hidden]
    if session.is_folder(hidden):
        return []
    made = [folder] if session.make_folder(folder) else []
    session.control.ask("MKD", hidden)
    return [*made, hidden]


def _replace(session: Session, temporary: bytes, target: bytes) -> None:
    try:
        done = session.rename(temporary, target)
    except Refused:
        # IIS never renames over a file: the former goes first, so that for a moment there is none, and never half of one.
        if not session.delete(target):
            raise
        done = session.rename(temporary, target)
    if not done:
        raise ShortTransfer("the temporary file is gone")


def _same(session: Session, path: bytes, blocks: Iterable[bytes]) -> bool:
    data, equal, left = session.fetch(path), True, b""
    ours = iter(blocks)
    try:
        while theirs := data.receive(BLOCK):
            while equal and len(left) < len(theirs):
                block = next(ours, None)
                if block is None:
                    break
                left += block
            equal = equal and left.startswith(theirs)
            left = left[len(theirs) :]
    except BaseException:
        data.abort()
        session.close()
        raise
    data.finish("RETR")
    return equal and not left and next(ours, None) is None
