"""The shapes of a complaint's way: who complains, what is registered, what is given with an action, what people are told."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from hub.supervision.cards import Log

CHANNELS: Mapping[str, str] = {
    "来电": "phone",
    "来函": "letter",
    "来访": "visit",
    "网络": "web",
    "热线": "hotline",
}
HOTLINE = "热线"
TOPICS: Mapping[str, str] = {
    "服务态度": "attitude",
    "超时办理": "delay",
    "违规收费": "fees",
    "程序违规": "procedure",
    "不作为": "inaction",
    "乱作为": "misuse",
    "廉洁自律": "integrity",
    "其他": "other",
}
LINKS = ("case", "item", "organization", "card")


@dataclass(frozen=True, slots=True)
class Person:
    """The complainant. Kept apart, masked wherever it is shown."""

    name: str | None = None
    id_no: str | None = None
    phone: str | None = None
    email: str | None = None
    address: str | None = None

    @property
    def known(self) -> dict[str, str]:
        """What is known of the person; empty for an anonymous complaint."""
        return {name: value for name, value in dataclasses.asdict(self).items() if value}


@dataclass(frozen=True, slots=True)
class Organisation:
    """An organisation by its USCC (18 characters, or None where only the name is known) and name."""

    uscc: str | None = None
    name: str | None = None


@dataclass(frozen=True, slots=True)
class New:
    """What is registered. `at` is when the complaint came (µs UTC), None: now."""

    channel: str
    topic: str
    title: str
    content: str
    about: Organisation
    person: Person = Person()
    host: Organisation = Organisation()
    region: str | None = None
    people: int = 1
    major: bool = False
    hotline: str | None = None
    hotline_no: str | None = None
    links: tuple[tuple[str, str], ...] = ()
    at: int | None = None


@dataclass(frozen=True, slots=True)
class Given:
    """What comes with an action. `at` is when it happened (µs UTC), None: now; `if_version`: only if nobody changed it since."""

    by: str
    role: str = "supervisor"
    words: str | None = None
    at: int | None = None
    days: int | None = None  # an extension: to which working day after acceptance
    approver: str | None = None
    organization: Organisation = Organisation()
    handler: str | None = None
    explanation: str | None = None  # of a delay
    link: tuple[str, str] | None = None
    if_version: int | None = None

    @property
    def names(self) -> frozenset[str]:
        """Of what the table may ask for, what is there."""
        there = {
            "words": self.words and self.words.strip(),
            "days": self.days is not None,
            "approver": self.approver and self.approver.strip(),
            "organization": self.organization.uscc or self.organization.name,
            "link": self.link is not None,
        }
        return frozenset(name for name, value in there.items() if value)


@dataclass(frozen=True, slots=True)
class Notice:
    """What people are told of a complaint; whoever brings it to them knows the ways. No personal data."""

    kind: str  # complaint.registered, complaint.transferred …
    level: int  # 1 to 3
    subject_zh: str
    subject_en: str
    body_zh: str
    body_en: str
    organizations: tuple[str, ...]
    roles: tuple[str, ...]


Tell = Callable[[Connection, Notice], object]


def _tell_nobody(connection: Connection, notice: Notice) -> None:
    """Where no messages are set up."""


@dataclass(frozen=True, slots=True)
class Desk:
    """Where complaints are worked on: the present instant (µs), the hub's chain of the log, and how people are told."""

    now: int
    log: Log
    tell: Tell = _tell_nobody


Row = dict[str, Any]
