"""What people do with a card: answer, appeal, uphold, withdraw, escalate, close, and what follows for whom (处理).

Each function works in the caller's transaction, one writer of cards at a time, and ends with the log's entries; docs/cards.md.
All raise StopError CARD_UNKNOWN, CARD_TRANSITION, CARD_ROLE, CARD_WHO, CARD_TEXT, and CARD_CHANGED where the card is not as `seen`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from typing import Any, Unpack

from sqlalchemy import Connection, func, insert, select

from hub.central.tables.business import card, card_consequence
from hub.clock import local_day
from hub.errors import Place, StopError
from hub.supervision import cards, touched
from hub.supervision.attachments import Attachment, checked
from hub.supervision.card_told import allowed
from hub.supervision.change import Actor, Change, Deed, Log, Seen, acting, noted, said
from hub.supervision.states import DEPARTMENT, SUPERVISOR, WITHDRAWN

KINDS = ("书面检查", "限期整改", "通报批评", "约谈", "诫勉谈话")
"""处理方式: written self-criticism, correction by a date, public criticism, talk, admonishing talk."""
BY_A_DATE, TALK = "限期整改", "约谈"
TALKS = 3
"""After so many talks of one organisation the next one is with its head."""
HEAD = "单位主要负责人"


@dataclass(frozen=True, slots=True)
class Done:
    """A card after something was done with it."""

    card_id: int
    state: str
    level: int
    version: int

    def as_dict(self) -> dict[str, Any]:
        """As plain data."""
        return {"card_id": self.card_id, "state": self.state, "level": self.level, "version": self.version}


def answer(
    connection: Connection,
    card_id: int,
    *,
    text: str,
    attachments: Sequence[Attachment] = (),
    **deed: Unpack[Deed],
) -> Done:
    """反馈: the department answers; the first answer stops the feedback deadline. Raises StopError CARD_ATTACHMENT too."""
    return _from_department(connection, card_id, "answer", text, attachments, deed)


def appeal(
    connection: Connection,
    card_id: int,
    *,
    text: str,
    attachments: Sequence[Attachment] = (),
    **deed: Unpack[Deed],
) -> Done:
    """申诉: the department holds the card to be wrong; that is an answer as well. Raises StopError CARD_ATTACHMENT too."""
    return _from_department(connection, card_id, "appeal", text, attachments, deed)


def uphold(connection: Connection, card_id: int, *, reason: str, **deed: Unpack[Deed]) -> Done:
    """维持: the appeal is turned down."""
    with _begun(connection, card_id, SUPERVISOR, **deed) as hand:
        done = hand.record("uphold", said(reason, "reason"))
        # The hub left it alone while it was appealed.
        touched.look_again(connection, hand.row["case_id"], deed["at"])
        return done


def withdraw(connection: Connection, card_id: int, *, reason: str, **deed: Unpack[Deed]) -> Done:
    """撤销 by people; an open order of the card ends with it, and the hub does not raise the card again."""
    with _begun(connection, card_id, SUPERVISOR, **deed) as hand:
        done = hand.record("withdraw", said(reason, "reason"))
        # What rests on it (T14) falls with it.
        touched.look_again(connection, hand.row["case_id"], deed["at"])
        return done


def close(connection: Connection, card_id: int, *, reason: str, **deed: Unpack[Deed]) -> Done:
    """办结: the matter is settled; the card still scores."""
    with _begun(connection, card_id, SUPERVISOR, **deed) as hand:
        return hand.record("close", said(reason, "reason"))


def escalate(connection: Connection, card_id: int, *, reason: str, **deed: Unpack[Deed]) -> Done:
    """升级: one level up. Raises StopError CARD_HIGHEST for a red card too."""
    with _begun(connection, card_id, SUPERVISOR, **deed) as hand:
        allowed(connection, hand.row, "escalate", hand.actor)  # before the level: who may not is told that
        level = hand.row["level"]
        if level >= 3:
            raise _highest(card_id)
        columns = {"level": level + 1, "escalated": hand.row["escalated"] + 1}
        return hand.record("escalate", said(reason, "reason"), columns=columns, told={"level_before": level})


def consequence(
    connection: Connection,
    card_id: int,
    *,
    kind: str,
    text: str,
    due_on: date | None = None,
    person: str | None = None,
    **deed: Unpack[Deed],
) -> dict[str, Any]:
    """处理: what follows, recorded with the card; three talks of one organisation, and the next is with its head.

    Returns {consequence_id, kind, due_on, person, head, talks, next_is_head}. Raises StopError CARD_CONSEQUENCE (an unknown
    kind, 限期整改 without a day to come, or a day for another kind) too.
    """
    with _begun(connection, card_id, SUPERVISOR, **deed) as hand:
        given, day, row = said(text, "text"), local_day(deed["at"]), hand.row
        _check(kind, due_on, day)
        talks = talks_since_head(connection, row["org_uscc"]) if kind == TALK else 0
        head = kind == TALK and talks >= TALKS
        reason = (
            f"{kind}{f'，{due_on.isoformat()} 前' if due_on else ''}{f'，{HEAD}' if head else ''}：{given}"
        )
        told = {"kind": kind, "head": head, "consequence_due_on": _iso(due_on)}
        done = cards.record(hand.change, row, "consequence", hand.actor, reason, text=given, told=told)
        values = {
            "card_id": card_id, "event": done["version"], "recorded_on": day,
            "org_uscc": row["org_uscc"], "org_name": row["org_name"],
            "kind": kind, "due_on": due_on, "head": int(head), "text": given,
            "person": noted(person, "person", 200) or (HEAD if head else None),
        }  # fmt: skip
        made = connection.execute(insert(card_consequence).values(values))
    count = talks + 1 if kind == TALK and not head else 0
    return {
        "consequence_id": (made.inserted_primary_key or (None,))[0],
        "kind": kind,
        "person": values["person"],
        "due_on": _iso(due_on),
        "head": head,
        "talks": count,
        "next_is_head": count >= TALKS,
    }


def talks_since_head(connection: Connection, organization: str | None) -> int:
    """Talks of an organisation since the last one with its head; those of withdrawn cards do not count."""
    if organization is None:
        return 0
    talk = (card_consequence.c.org_uscc == organization) & (card_consequence.c.kind == TALK)
    standing = select(card_consequence.c.consequence_id).join(
        card, card.c.card_id == card_consequence.c.card_id
    )
    standing = standing.where(talk, card.c.state != WITHDRAWN)
    last = standing.with_only_columns(func.coalesce(func.max(card_consequence.c.consequence_id), 0)).where(
        card_consequence.c.head == 1
    )
    since = standing.with_only_columns(func.count()).where(
        card_consequence.c.head == 0, card_consequence.c.consequence_id > last.scalar_subquery()
    )
    return int(connection.execute(since).scalar_one())


@dataclass(frozen=True, slots=True)
class _Hand:
    """A card in the hand of somebody who holds the lock of cards."""

    change: Change
    actor: Actor
    row: Mapping[str, Any]

    def record(
        self,
        action: str,
        text: str,
        *,
        columns: Mapping[str, Any] | None = None,
        attachments: Sequence[Mapping[str, Any]] = (),
        told: Mapping[str, Any] | None = None,
    ) -> Done:
        new = cards.record(
            self.change, self.row, action, self.actor, text,
            columns=columns, text=text, attachments=attachments, told=told,
        )  # fmt: skip
        return Done(new["card_id"], new["state"], new["level"], new["version"])


@contextmanager
def _begun(
    connection: Connection,
    card_id: int,
    usual: str,
    *,
    by: str,
    at: int,
    log: Log | None,
    role: str | None = None,
    seen: Seen | None = None,
) -> Iterator[_Hand]:
    """The card, found under the lock of cards; what was recorded is logged at the end. `usual` is the role where none is named."""
    actor = acting(by, usual if role is None else role)
    change = Change(connection, at)
    change.lock()
    yield _Hand(change, actor, cards.find(change, card_id, seen))
    change.log(log)


def _from_department(
    connection: Connection,
    card_id: int,
    action: str,
    text: str,
    attachments: Sequence[Attachment],
    deed: Deed,
) -> Done:
    with _begun(connection, card_id, DEPARTMENT, **deed) as hand:
        files = checked(attachments)
        columns = {} if hand.row["answered_on"] is not None else {"answered_on": local_day(deed["at"])}
        return hand.record(action, said(text, "text"), columns=columns, attachments=files)


def _iso(day: date | None) -> str | None:
    return None if day is None else day.isoformat()


def _check(kind: str, due_on: date | None, today: date) -> None:
    if kind not in KINDS or (kind == BY_A_DATE) != (due_on is not None) or (due_on and due_on < today):
        raise StopError(
            "CARD_CONSEQUENCE",
            zh=f"处理方式为{'、'.join(KINDS)}；{BY_A_DATE}须有今天或以后的期限，其他方式没有期限；得到 {kind} {due_on or ''}",
            en=f"A consequence is one of {', '.join(KINDS)}; {BY_A_DATE} has a day, today or later, the others have none;"
            f" got {kind} {due_on or ''}",
            remedy_zh=f"例如 {BY_A_DATE}，期限写作 2026-12-01",
            remedy_en=f"For instance {BY_A_DATE}, with a day such as 2026-12-01",
            place=Place(field="kind"),
        )


def _highest(card_id: int) -> StopError:
    return StopError(
        "CARD_HIGHEST",
        zh=f"牌 {card_id} 已是红牌，没有更高的级别",
        en=f"Card {card_id} is red: there is no higher level",
        remedy_zh="红牌之上是督办：suphub order start",
        remedy_en="Above red comes a supervision order: suphub order start",
        place=Place(field=f"card {card_id}"),
    )
