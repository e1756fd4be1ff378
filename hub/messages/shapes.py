"""The shapes of a message's way: Message (what is said) → recipients of the book → rows of the outbox → Parcel → channel."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import time, timedelta
from typing import Any

ROLES = ("ops", "supervisor", "department", "province")
"""Whom a message concerns: 运维、监察、部门、省中心."""
LEVELS = (1, 2, 3)
"""预警、黄牌、红牌, and as grave a fault of the machinery."""
LANGUAGES = ("zh", "en", "both")


@dataclass(frozen=True, slots=True)
class Message:
    """What is to be said, in both languages. Personal data are masked by whoever writes it.

    `kind` is dotted, `alert.raised` or `card.issued`; `level` 1 to 3. People of a level get the messages of their level
    and of every higher one. `roles` are those it concerns, none: everybody.
    """

    kind: str
    level: int
    subject_zh: str
    subject_en: str
    body_zh: str
    body_en: str
    system: str | None = None
    organizations: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Channel:
    """A way out: its kind (smtp, webhook, sms), the name of its connection, and the options of its kind."""

    name: str
    kind: str
    connection: str
    options: Mapping[str, Any] = dataclasses.field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Quiet:
    """Hours of rest in UTC+8, over midnight where `begin` is later than `end`."""

    begin: time
    end: time

    def holds(self, at: time) -> bool:
        """Whether that time of day lies in them; the end does not."""
        if self.begin <= self.end:
            return self.begin <= at < self.end
        return at >= self.begin or at < self.end


@dataclass(frozen=True, slots=True)
class Recipient:
    """Somebody who gets messages. What is empty is no restriction.

    `level`: of this level and above. `urgent`: of this level and above neither held in quiet hours nor gathered.
    """

    name: str
    channel: str
    addresses: tuple[str, ...]
    level: int = 1
    urgent: int = 3
    kinds: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()
    systems: tuple[str, ...] = ()
    organizations: tuple[str, ...] = ()
    quiet: Quiet | None = None
    digest: timedelta | None = None
    language: str = "both"

    def wants(self, message: Message) -> bool:
        """Whether a message is meant for this recipient."""
        return (
            message.level >= self.level
            and (not self.kinds or any(_within(message.kind, kind) for kind in self.kinds))
            and (not self.roles or not message.roles or bool(set(self.roles) & set(message.roles)))
            and (not self.systems or message.system in self.systems)
            and (not self.organizations or bool(set(self.organizations) & set(message.organizations)))
        )


@dataclass(frozen=True, slots=True)
class Book:
    """Who gets what by which way; empty where nothing is set up. `unread`: the file is faulty, and nobody knows as yet."""

    channels: Mapping[str, Channel] = dataclasses.field(default_factory=dict)
    recipients: Mapping[str, Recipient] = dataclasses.field(default_factory=dict)
    unread: bool = False


@dataclass(frozen=True, slots=True)
class Waiting:
    """A row of the outbox that is to be sent."""

    id: int
    recipient: str
    address: str
    kind: str
    level: int
    system: str | None
    content: Mapping[str, str]  # subject_zh, subject_en, body_zh, body_en
    created_at: int
    attempts: int
    batch: str | None


@dataclass(frozen=True, slots=True)
class Parcel:
    """Messages that leave together for one address; `batch` names them whenever they are tried, None: not yet tried."""

    recipient: Recipient
    address: str
    rows: tuple[Waiting, ...]
    batch: str | None = None


@dataclass(frozen=True, slots=True)
class Letter:
    """A parcel as a channel sends it. `id` stays the same with every attempt, so that doubles can be recognised."""

    id: str
    address: str
    subject: str
    body: str
    kind: str
    level: int
    system: str


def _within(kind: str, beginning: str) -> bool:
    return kind == beginning or kind.startswith(f"{beginning}.")
