"""The way back through the door: documents about cards, orders and letters to be fetched, and the department's answers."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

from connectors.names import raw_of, receipt_name
from connectors.push.spool import Spool
from hub.clock import SHANGHAI, iso, to_us
from hub.inbox import problems, refusals
from hub.inbox.house import House
from hub.inbox.packages import place
from hub.inbox.upload import Upload
from hub.nodes.shapes import Node


def whole(node: Node) -> None:
    """Cards are of the whole system. Raises RefusedError PUSH_BOUNDS for a node with bounds of its own."""
    if node.organizations or node.regions:
        raise problems.bounded()


def instant(text: str | None) -> int:
    """A day or an instant as µs, by UTC+8 where none is said; 0 where nothing is. Raises RefusedError PUSH_SINCE."""
    if text is None:
        return 0
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise refusals.since(text) from error
    return to_us(moment if moment.tzinfo else moment.replace(tzinfo=SHANGHAI))


def listed(house: House, node: Node, since: int) -> list[dict[str, Any]]:
    """Name and size of every document laid down at or after an instant (µs), and when that was, by name. Raises RefusedError PUSH_BOUNDS."""
    whole(node)
    folder = house.of(node.system).cards
    if not folder.is_dir():
        return []
    found = []
    for each in sorted(folder.iterdir()):
        if each.name.startswith(".") or not each.is_file():
            continue
        stat = each.stat()
        laid = stat.st_mtime_ns // 1000
        if laid >= since:
            found.append({"name": each.name, "size": stat.st_size, "at": iso(laid)})
    return found


def document(house: House, node: Node, name: str) -> bytes:
    """One document. Raises RefusedError PUSH_BOUNDS, PUSH_UNKNOWN."""
    whole(node)
    return _read(house.of(node.system).cards / name)


def answer(house: House, node: Node, name: str, upload: Upload) -> None:
    """Put a complete upload among the answers. Raises RefusedError PUSH_NAME_WAITS, RetryError PUSH_FULL."""
    spool = house.of(node.system)
    place(upload, spool.answers, name, lambda: spool.answer_lying(name), lambda: False)


def receipt(house: House, node: Node, name: str) -> bytes | None:
    """What became of an answer; None while it waits. Raises RefusedError PUSH_BOUNDS, PUSH_UNKNOWN."""
    whole(node)
    spool: Spool = house.of(node.system)
    if spool.answer_lying(name) is not None:
        return None
    return _read(spool.answers_receipts / receipt_name(raw_of(name)).decode())


def _read(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except (FileNotFoundError, IsADirectoryError) as error:
        raise refusals.unknown() from error
