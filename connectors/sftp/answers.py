"""What goes back to the department by SFTP: receipts, and packages that were refused; one by one, or many in flight."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, suppress
from pathlib import Path

from connectors import placing as local
from connectors.base import Answer
from connectors.failures import of_one
from connectors.folders import Folders, shown_path
from connectors.names import SIGNATURE, raw_of, receipt_name, refused_name
from connectors.returning import Parcel
from connectors.sftp.failures import Doing, translated
from connectors.sftp.fields import Refused
from connectors.sftp.lanes import place_all
from connectors.sftp.placing import WRITING, Blocks, make_folder, place, sweep
from connectors.sftp.session import Session
from connectors.sftp.wire import Wire
from hub.errors import HubError, StopError

LANES = 6
"""Channels on which receipts are laid at once; OpenSSH lets a connection have ten (MaxSessions)."""
EACH = 4
"""Receipts for which another channel is worth while."""
_WRITING = ("写回执", "writing the receipt")


class Answers:
    """Writes into two folders of a server. Methods raise RetryError and StopError."""

    def __init__(self, system: str, session: Session, folders: Folders, now: Callable[[], float]) -> None:
        self._system = system
        self._session = session
        self._folders = folders
        self._now = now
        self._swept: set[bytes] = set()

    def deliver(self, answer: Answer) -> None:
        """Lay one receipt, its signature first."""
        target = receipt_name(raw_of(answer.name))
        if answer.signature is not None:
            self._place(*_WRITING, self._folders.receipts, target + SIGNATURE, answer.signature)
        self._place(*_WRITING, self._folders.receipts, target, answer.body)

    def deliver_all(self, answers: Sequence[Answer]) -> Iterator[int]:
        """The same for several, in flight together; which of them lie there, as it becomes known.

        One that cannot be laid holds up no other: the first reason is raised when all have been tried.
        """
        folder = self._folders.receipts
        parcels = _parcels(answers)
        with self._told(Doing(self._system, *_WRITING, shown_path(folder))):
            self._ready(folder)
            wires = self._session.wires(min(LANES, len(parcels) // EACH))
            laid = place_all(wires, folder, list(parcels.values()))
            whole = {number for number, done in zip(parcels, laid, strict=True) if done}
        yield from sorted(whole)
        failed: HubError | None = None
        for number, each in enumerate(answers):
            if number in whole:
                continue
            try:
                self.deliver(each)
            except HubError as error:
                if not of_one(error):
                    raise
                failed = failed or error
            else:
                yield number
        if failed is not None:
            raise failed

    def refuse(self, name: str, source: Path) -> None:
        """Write a refused package back."""
        target = refused_name(raw_of(name))
        self._place("写回被拒报文", "writing back the refused", self._folders.refused, target, source)

    def hand_over(self, parcel: Parcel, answers: bytes) -> None:
        """Lay a parcel's files among the receipts; the folder for the department's answers is there afterwards."""
        folder = self._folders.receipts
        for suffix, body in parcel.files:
            self._place("交付", "handing over", folder, raw_of(parcel.name + suffix), body)
        with self._told(Doing(self._system, "建立", "making", shown_path(answers))):
            make_folder(self._session.wire(), answers)

    def _place(self, zh: str, en: str, folder: bytes, name: bytes, source: bytes | Path) -> None:
        blocks: Blocks
        if isinstance(source, bytes):
            body = source
            blocks, size = lambda: iter((body,)), len(body)
        else:
            path = source
            blocks, size = lambda: local.file_blocks(path), path.stat().st_size
        with self._told(Doing(self._system, zh, en, shown_path(folder, name))):
            place(self._ready(folder), folder, name, blocks, size)

    def _ready(self, folder: bytes) -> Wire:
        """The connection, once the leftovers of others are gone from the folder."""
        wire = self._session.wire()
        if folder not in self._swept:
            sweep(wire, folder, self._now())
            with suppress(Refused):  # told when the first file is placed
                make_folder(wire, folder + b"/" + WRITING)
            self._swept.add(folder)
        return wire

    def _told(self, doing: Doing) -> AbstractContextManager[None]:
        return translated(doing, self._session.name, self._session.close)


def _parcels(answers: Sequence[Answer]) -> dict[int, list[tuple[bytes, bytes]]]:
    """The files of those that may go together: each signature before its receipt.

    A second receipt of one name is left to come after them all, since the later bytes replace the former.
    """
    found, targets = dict[int, list[tuple[bytes, bytes]]](), set[bytes]()
    for number, each in enumerate(answers):
        with suppress(StopError):  # not a file name: told when it is laid by itself
            target = receipt_name(raw_of(each.name))
            if target not in targets:
                signed = [] if each.signature is None else [(target + SIGNATURE, each.signature)]
                found[number] = [*signed, (target, each.body)]
                targets.add(target)
    return found
