"""One transaction's worth of changes to cards and orders: one writer at a time, the log's entries last."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol, Required, TypedDict

from sqlalchemy import Connection, select, text

from hub.central.tables.rules import rule_version
from hub.errors import Place, StopError
from hub.plain_text import keepable, sayable
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
    if not 0 < len(name.strip()) <= NAME or not keepable(name) or role not in people:
        got, part = sayable(name[:NAME]), sayable(role[:NAME])
        raise StopError(
            "CARD_WHO",
            zh=f"须写明何人({NAME} 字以内)和角色({'、'.join(people)})；得到“{got}”“{part}”",
            en=f"Who acts is a name (at most {NAME} characters) and a role ({', '.join(people)}); got {got!r}, {part!r}",
            remedy_zh="用 --by 写姓名，用 --role 写角色",
            remedy_en="Give the name with --by and the role with --role",
            place=Place(field="by"),
        )
    return Actor(name.strip(), role)


def said(text: str, what: str) -> str:
    """A text that somebody must give. Raises StopError CARD_TEXT where it is blank, too long, or no text; `what` names the field."""
    given = _kept(text, what)
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


def noted(text: str | None, what: str, longest: int) -> str | None:
    """A text that somebody may give; None where it is blank. Raises StopError CARD_TEXT beyond `longest` characters."""
    given = _kept(text or "", what)
    if len(given) > longest:
        raise StopError(
            "CARD_TEXT",
            zh=f"{what} 不超过 {longest} 字；得到 {len(given)} 字",
            en=f"{what} has at most {longest} characters; got {len(given)}",
            remedy_zh="写短些；详情写入理由",
            remedy_en="Make it shorter; details go into the reason",
            place=Place(field=what),
        )
    return given or None


def _kept(text: str, what: str) -> str:
    given = text.strip()
    if not keepable(given):
        raise StopError(
            "CARD_TEXT",
            zh=f"{what} 中有不能保存的字符：NUL，或残缺的代理对",
            en=f"{what} has a character that cannot be kept: NUL, or half of a surrogate pair",
            remedy_zh="以 UTF-8 重新写这段文字",
            remedy_en="Write the text again, in UTF-8",
            place=Place(field=what),
        )
    return given


def written(data: Any) -> str:
    """Data as the JSON that is stored."""
    return json.dumps(data, ensure_ascii=False, sort_keys=True)
