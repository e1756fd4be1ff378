"""What becomes of a package that has come: into the spool, told again, or refused; and what is known of it afterwards."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from connectors.names import SIGNATURE, raw_of, receipt_name
from connectors.push import Spool
from hub.central import pushed
from hub.central.engine import reading, writing
from hub.clock import now_us
from hub.inbox import refusals
from hub.inbox.house import House
from hub.inbox.upload import Upload, digest_of
from hub.nodes.shapes import Node

TRIES = 5
"""A file may be claimed, put back or answered between two looks; more often than this it is the disk that is wrong."""


def store(house: House, node: Node, name: str, upload: Upload) -> None:
    """Put a complete upload into the spool under its name. The same bytes again change nothing, whatever became of the first.

    Raises RefusedError PUSH_NAME_WAITS where other bytes of that name have no receipt yet, RetryError PUSH_FULL.
    """
    spool = house.of(node.system)

    def note() -> None:
        # Before the file can be taken: what is taken is held to the bounds of the node that sent it.
        push = pushed.Push(
            node.system, name, upload.digest, upload.size, node.name, node.credential, now_us()
        )
        with writing(house.engine) as connection:
            pushed.note(connection, push)

    def answered() -> bool:
        return _answered(house, node.system, name, upload.digest)

    place(upload, spool.inbox, name, lambda: spool.lying(name), answered, note)


def place(
    upload: Upload,
    folder: Path,
    name: str,
    lying: Callable[[], Path | None],
    answered: Callable[[], bool],
    note: Callable[[], None] | None = None,
) -> None:
    """Name an upload in a folder unless its bytes lie there (`lying`) or were taken (`answered`) already.

    `note` is called before it gets its name. Raises RefusedError PUSH_NAME_WAITS, RetryError PUSH_FULL.
    """
    noted = False
    for _ in range(TRIES):
        there = lying()
        if there is not None:
            try:
                same = there.stat().st_size == upload.size and digest_of(there) == upload.digest
            except FileNotFoundError:
                continue  # claimed, or taken, while we looked
            if not same:
                raise refusals.name_waits()
            return
        if answered():
            return
        if note is not None and not noted:
            note()
            noted = True
        if upload.named(folder, name):
            return
    raise refusals.name_waits()


def _answered(house: House, system: str, name: str, digest: str) -> bool:
    """Whether these very bytes were taken under that name last; others may follow once they have their receipt."""
    with reading(house.engine) as connection:
        last = pushed.standing(connection, system, name)
    if last is None:
        return False
    if last.digest == digest:
        # Cleared: the same bytes come in again, and their receipt is laid down again, as it was.
        return not last.answered or _receipt_of(house.of(system), name).is_file()
    if not last.answered:
        raise refusals.name_waits()
    return False


@dataclass(frozen=True, slots=True)
class Receipt:
    """A receipt as it lies there, or, without a body, why there is none yet: `waiting` to be taken, or `taken`."""

    state: str
    body: bytes = b""
    signed: bool = False


def receipt(house: House, node: Node, name: str) -> Receipt:
    """The receipt of the last package of a name; a bounded node sees its own only. Raises RefusedError PUSH_UNKNOWN, PUSH_CLEARED."""
    spool = house.of(node.system)
    for _ in range(TRIES):
        if spool.lying(name) is not None:
            return Receipt("waiting")
        with reading(house.engine) as connection:
            last = pushed.standing(connection, node.system, name)
        if last is None or (_is_bounded(node) and last.node != node.name):
            raise refusals.unknown()
        if not last.answered:
            return Receipt("taken")
        file = _receipt_of(spool, name)
        try:
            body = file.read_bytes()
        except FileNotFoundError:
            continue
        return Receipt("answered", body, file.with_name(file.name + SIGNATURE.decode()).is_file())
    raise refusals.cleared()


def signature(house: House, node: Node, name: str) -> bytes:
    """The detached signature (CMS, DER) of that receipt. Raises RefusedError PUSH_UNKNOWN, PUSH_UNSIGNED."""
    found = receipt(house, node, name)
    if not found.body:
        raise refusals.unknown()
    if not found.signed:
        raise refusals.unsigned()
    return (house.of(node.system).receipts / (receipt_name(raw_of(name)) + SIGNATURE).decode()).read_bytes()


def _receipt_of(spool: Spool, name: str) -> Path:
    return spool.receipts / receipt_name(raw_of(name)).decode()


def _is_bounded(node: Node) -> bool:
    return bool(node.organizations or node.regions)
