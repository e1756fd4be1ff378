"""Sends what the outbox holds and is due: claims, sends, writes down what became of it; a channel that is down is left alone."""

from __future__ import annotations

import logging
import re
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from time import monotonic

from sqlalchemy import Connection, Engine

from connectors import Access
from hub.central.engine import reading, writing
from hub.clock import MICROSECOND, now_us
from hub.errors import HubError
from hub.ledger import chain
from hub.masking import mask
from hub.messages import outbox
from hub.messages.failures import refused
from hub.messages.http import send_sms, send_webhook
from hub.messages.plan import MOST_ATTEMPTS, Plan, letter, pause, plan
from hub.messages.readdress import readdress, stale
from hub.messages.shapes import Book, Channel, Letter, Parcel, Recipient, Waiting
from hub.messages.smtp import send as send_mail

log = logging.getLogger(__name__)

GONE = "收件人或地址已不在 messages.yaml 中 · the recipient or the address is no longer in messages.yaml"
ROUND_S = 120.0
"""A round ends after this time; the next goes on."""
Reach = Callable[[str], Access]
Way = Callable[[Channel, Access, Letter], None]
WAYS: Mapping[str, Way] = {"smtp": send_mail, "webhook": send_webhook, "sms": send_sms}
_ONE_MESSAGE = ("MESSAGE_LATER", "MESSAGE_REFUSED")
"""Errors that concern one message; any other one concerns its channel."""


@dataclass(slots=True)
class Round:
    """What a round did, in messages."""

    sent: int = 0
    tried_again: int = 0
    failed: int = 0
    held: int = 0

    def as_dict(self) -> dict[str, int]:
        """As scripts read it."""
        return {"sent": self.sent, "tried_again": self.tried_again, "failed": self.failed, "held": self.held}


def send_due(
    engine: Engine, book: Book, reach: Reach, now: Callable[[], int] = now_us, seconds: float = ROUND_S
) -> Round:
    """One round, until nothing is due or its time is over. `reach` resolves connections; failures are written into the outbox,
    none is raised but the database's."""
    done = Round()
    until = monotonic() + seconds
    down: set[str] = set()
    with reading(engine) as connection:
        unsettled = outbox.unsettled(connection)
    if unsettled:
        with writing(engine) as connection:
            while outbox.settle(connection, book):
                pass
    while _some(engine, book, reach, now, until, down, done):
        if monotonic() > until:
            log.warning("消息未发完,下一轮接着发 · messages are left for the next round")
            break
    return done


def _some(
    engine: Engine,
    book: Book,
    reach: Reach,
    now: Callable[[], int],
    until: float,
    down: set[str],
    done: Round,
) -> bool:
    """What is due now, at most outbox.AT_ONCE rows; False where that changed nothing. `down`: channels that failed in this round."""
    planned, moved = _planned(engine, book, now())
    changed = moved + _set_aside(engine, planned.later, planned.orphans, now(), done)
    left: dict[int, int] = {}
    for parcel in planned.parcels:
        if parcel.recipient.channel in down:
            left.update((row.id, now() + pause(1) // MICROSECOND) for row in parcel.rows)
            continue
        if monotonic() > until:
            break
        batch = parcel.batch or uuid.uuid4().hex
        with writing(engine) as connection:
            if not outbox.claim(connection, parcel.rows, batch, now()):
                continue
        changed += 1
        error = _sent(book, reach, parcel, batch)
        with writing(engine) as connection:
            _settle(connection, parcel, error, now(), done)
        if error is not None and error.code not in _ONE_MESSAGE:
            down.add(parcel.recipient.channel)
    if left:  # else they would stand before everything else in the next round, and in the one after it
        with writing(engine) as connection:
            changed += outbox.hold(connection, left)
    return changed > 0


def _planned(engine: Engine, book: Book, now: int) -> tuple[Plan, int]:
    """The plan of what is due, and how many messages got another address for it."""
    gathering = {name for name, recipient in book.recipients.items() if recipient.digest is not None}
    with reading(engine) as connection:
        rows = outbox.due(connection, now, gathering)
    moved = 0
    if old := stale(rows, book):
        with writing(engine) as connection:
            moved = readdress(connection, old, book)
            rows = outbox.due(connection, now, gathering)
    return plan(rows, book, now), moved


def trial(book: Book, reach: Reach, recipient: Recipient) -> None:
    """Send a trial message to all addresses of a recipient, past the outbox. Raises RetryError and StopError."""
    channel = book.channels[recipient.channel]
    content = {
        "subject_zh": "监察枢纽试消息", "subject_en": "Trial message of the Supervision Hub",
        "body_zh": f"收件人 {recipient.name},通道 {channel.name}", "body_en": f"Recipient {recipient.name}, channel {channel.name}",
    }  # fmt: skip
    for address in recipient.addresses:
        row = Waiting(0, recipient.name, address, "trial", recipient.level, None, content, now_us(), 0, None)
        made = letter(Parcel(recipient, address, (row,)), uuid.uuid4().hex)
        WAYS[channel.kind](channel, reach(channel.connection), made)


def _set_aside(
    engine: Engine, later: Mapping[int, int], orphans: tuple[Waiting, ...], now: int, done: Round
) -> int:
    """Hold what is to leave later, give up what is for nobody; how many rows that changed."""
    if not later and not orphans:
        return 0
    with writing(engine) as connection:
        held = outbox.hold(connection, later)
        done.held += held
        outbox.failed(connection, orphans, GONE)
        done.failed += len(orphans)
        for name in sorted({row.recipient for row in orphans}):
            told = [row.id for row in orphans if row.recipient == name]
            _note_failed(connection, name, told, "RECIPIENT_GONE", now)
    return held + len(orphans)


def _note_failed(connection: Connection, recipient: str, ids: Sequence[int], code: str, now: int) -> None:
    body = {"recipient": recipient, "messages": list(ids), "code": code}
    chain.append(connection, "hub", "message.failed", body, now)


def _sent(book: Book, reach: Reach, parcel: Parcel, batch: str) -> HubError | None:
    channel = book.channels[parcel.recipient.channel]
    try:
        WAYS[channel.kind](channel, reach(channel.connection), letter(parcel, batch))
    except HubError as error:
        log.warning("%s: %s", parcel.recipient.name, _told(error, parcel.address))
        return error
    except Exception as error:
        # A fault of ours with one message must not hold up all the others, round after round: logged, and told as refused.
        log.exception("%s: message %s", parcel.recipient.name, [row.id for row in parcel.rows])
        return refused(channel.name, f"{type(error).__name__}: {error}")
    return None


def _settle(connection: Connection, parcel: Parcel, error: HubError | None, now: int, done: Round) -> None:
    rows = parcel.rows
    if error is None:
        outbox.sent(connection, rows, now)
        done.sent += len(rows)
        return
    told = _told(error, parcel.address)
    attempts = max(row.attempts for row in rows) + 1
    if error.code != "MESSAGE_REFUSED" and attempts < MOST_ATTEMPTS:
        outbox.postponed(connection, rows, now + pause(attempts) // MICROSECOND, told)
        done.tried_again += len(rows)
        return
    outbox.failed(connection, rows, told)
    done.failed += len(rows)
    _note_failed(connection, parcel.recipient.name, [row.id for row in rows], error.code, now)


def _told(error: HubError, address: str) -> str:
    """An error as it is kept: what a server says often names the address, which nobody is shown."""
    told = f"{error.code}: {error.message_zh} · {error.message_en}"
    return told if address == "-" else re.sub(re.escape(address), mask(address), told, flags=re.IGNORECASE)
