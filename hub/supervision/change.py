"""One transaction's worth of changes to cards and orders: one writer at a time, the log's entries last."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol, Required, TypedDict

from sqlalchemy import Connection, select, text

from hub.central.tables.rules import rule_version
from hub.errors import Place, StopError
from hub.supervision.sealing import seal_entries
from hub.supervision.states import HUB, ROLES

LONGEST = 4000
"""Characters of an answer, a reason, an opinion."""
NAME = 100


class Log(Protocol):
    """Writes one entry of the hub's own chain of the log, within the transaction of `connection`."""

    def __call__(self, connection: Connection, event: str, body: Mapping[str, Any], /) -> object: ...


@dataclass(frozen=True, slots=True)
class Actor:
    """Who does something: a name and a role (hub, supervisor, department, ops)."""

    name: str
    role: str


BY_ITSELF = Actor("hub", HUB)


@dataclass(frozen=True, slots=True)
class Seen:
    """What somebody saw before acting; what is None was not looked at."""

    state: str | None = None
    version: int | None = None

    def en(self, state: str | None) -> str:
        """What was seen, in English; `state` is how its state is called there."""
        return " ".join(
            [*([state] if state else []), *([] if self.version is None else [f"version {self.version}"])]
        )


class Deed(TypedDict, total=False):
    """What everything that people do is told beside its matter: who acts in which role, when, the log, and what they had seen."""

    by: Required[str]
    role: str
    at: Required[int]  # µs
    log: Required[Log | None]
    seen: Seen | None


@dataclass(slots=True)
class Change:
    """One transaction's worth of changes; log entries wait here, since the log's chain is locked last."""

    connection: Connection
    at: int  # µs
    entries: list[tuple[str, dict[str, Any]]] = field(default_factory=list)

    def lock(self) -> None:
        """Let one writer of cards at a time pass: the rule library's first row stands for all cards and orders."""
        if self.connection.dialect.name == "postgresql":
            # A plan made while the table of cards was still small is not kept: the first run fills it chunk by chunk.
            self.connection.execute(text("SET LOCAL plan_cache_mode = force_custom_plan"))
        self.connection.execute(
            select(rule_version.c.rule)
            .where(rule_version.c.rule == "T1", rule_version.c.version == 1)
            .with_for_update()
        ).all()

    def log(self, log: Log | None) -> None:
        """Hand over what happened, with seals of the rows as they are then; the last thing before the commit."""
        if log is not None:
            seal_entries(self.connection, self.entries, self.at)
            for event, body in self.entries:
                log(self.connection, event, body)
        self.entries.clear()


def acting(name: str, role: str) -> Actor:
    """Somebody who acts by hand. Raises StopError CARD_WHO for a missing name or a role that people do not have."""
    people = [each for each in ROLES if each != HUB]
    if not 0 < len(name.strip()) <= NAME or role not in people:
        raise StopError(
            "CARD_WHO",
            zh=f"须写明何人({NAME} 字以内)和角色({'、'.join(people)})；得到“{name[:NAME]}”“{role}”",
            en=f"Who acts is a name (at most {NAME} characters) and a role ({', '.join(people)}); got {name[:NAME]!r}, {role!r}",
            remedy_zh="用 --by 写姓名，用 --role 写角色",
            remedy_en="Give the name with --by and the role with --role",
            place=Place(field="by"),
        )
    return Actor(name.strip(), role)


def said(text: str, what: str) -> str:
    """A text that somebody must give. Raises StopError CARD_TEXT where it is blank or too long; `what` names the field."""
    given = text.strip()
    if not 0 < len(given) <= LONGEST:
        raise StopError(
            "CARD_TEXT",
            zh=f"{what} 须写明，不超过 {LONGEST} 字；得到 {len(given)} 字",
            en=f"{what} must be given, in at most {LONGEST} characters; got {len(given)}",
            remedy_zh="写明理由或内容；篇幅较长的作为附件",
            remedy_en="Say why or what; long texts go into an attachment",
            place=Place(field=what),
        )
    return given


def written(data: Any) -> str:
    """Data as the JSON that is stored."""
    return json.dumps(data, ensure_ascii=False, sort_keys=True)
