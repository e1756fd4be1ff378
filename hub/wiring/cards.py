"""What fits cards and orders to the log and to the messages: whatever happens is in both, in the transaction that did it."""

from __future__ import annotations

import logging
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from hub import wiring
from hub.clock import now_us
from hub.errors import HubError
from hub.ledger import chain
from hub.messages import outbox
from hub.messages.book import load_book
from hub.messages.shapes import Book
from hub.supervision.attachments import Attachment, keep
from hub.supervision.change import Log
from hub.wiring.card_messages import message_of

log = logging.getLogger(__name__)


def teller() -> Log:
    """Writes each event into the hub's chain, and a message for everybody whom the book names into the outbox.

    Read once: a book that is faulty holds up neither judging nor people; what was to be told waits until it is mended.
    """
    book = readable_book()

    def tell(connection: Connection, event: str, body: Mapping[str, Any], /) -> None:
        at = now_us()
        message = message_of(event, body)
        if message is not None:
            outbox.post(connection, book, message, at)
        chain.append(connection, "hub", event, body, at)

    return tell


def stored(paths: Sequence[Path]) -> list[Attachment]:
    """Files of this machine, kept in the raw store. Raises StopError CARD_ATTACHMENT, RetryError of the store; OSError."""
    found = []
    for path in paths:
        with path.open("rb") as stream:
            found.append(keep(wiring.raw_store(), path.name, stream))
    return found


def written_out(digest: str, out: Path) -> None:
    """An attachment's bytes, from the raw store into a new file. Raises RetryError of the store; OSError."""
    with wiring.raw_store().open(digest) as stored_bytes, out.open("xb") as file:
        shutil.copyfileobj(stored_bytes, file)


def readable_book() -> Book:
    """Who is told what. A faulty file is told in the log of the program, and its messages wait for nobody yet."""
    try:
        return load_book(wiring.settings().messages)
    except HubError as error:
        log.error("消息留待 messages.yaml 改正 · messages wait until messages.yaml is mended: %s", error)
        return Book(unread=True)
