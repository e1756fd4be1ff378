"""Judges one answer: accepted and done, or refused, in one transaction with its entry in the log."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO
from typing import Any

from sqlalchemy import Connection, Engine, insert, select

from hub.central.engine import writing
from hub.central.seals import seals
from hub.central.tables.business import card, supervision_order
from hub.central.tables.letters import card_answer
from hub.clock import now_us
from hub.errors import HubError, Place, RefusedError, StopError
from hub.ledger import chain
from hub.limits import Limits
from hub.masking import scrubbed
from hub.plain_text import sayable
from hub.rawstore import RawStore
from hub.register import Registration
from hub.returning.answer_file import Answer
from hub.returning.whose import is_theirs
from hub.supervision import handling, ordering
from hub.supervision.attachments import keep
from hub.supervision.change import Change, Log


@dataclass(frozen=True, slots=True)
class Desk:
    """What answers are judged with; `tell` writes the events of cards and orders into log and outbox."""

    engine: Engine
    raw: RawStore
    found: Registration
    limits: Limits
    tell: Log


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one answer; `error` says why it was refused."""

    answer_id: str | None
    error: HubError | None = None


def judge(desk: Desk, name: str, digest: str, read: Callable[[], Answer]) -> Outcome:
    """Accept or refuse one answer, in one transaction with its entry in the log; the same bytes again: the same outcome."""
    with writing(desk.engine) as connection:
        known = _accepted(connection, desk.found.code, card_answer.c.digest == digest)
        if known is not None:
            return Outcome(known)
        answer: Answer | None = None
        try:
            answer = read()
            # Of two workers that bring the same answer the second waits here, and finds what the first did.
            Change(connection, now_us()).lock()
            known = _accepted(connection, desk.found.code, card_answer.c.digest == digest)
            if known is not None:
                return Outcome(known)
            with connection.begin_nested():
                _act(connection, desk, answer)
        except (RefusedError, StopError) as error:
            _note(connection, desk, name, digest, answer, error)
            return Outcome(None if answer is None else answer.answer_id, error)
        _note(connection, desk, name, digest, answer, None)
        return Outcome(answer.answer_id)


def _act(connection: Connection, desk: Desk, answer: Answer) -> None:
    """Do what the answer asks for. Raises RefusedError and StopError, saying why it cannot be done."""
    if answer.system != desk.found.code:
        raise _not_yours(answer, desk.found)
    if _accepted(connection, desk.found.code, card_answer.c.accepted_key == answer.answer_id) is not None:
        raise _repeated(answer)
    _check_owner(connection, desk.found, answer)
    files = [keep(desk.raw, name, BytesIO(data)) for name, data in answer.attachments]
    said: dict[str, Any] = {
        "by": answer.person,
        "role": "department",
        "at": now_us(),
        "log": desk.tell,
        "attachments": files,
    }
    if answer.order_id is not None:
        ordering.act(connection, answer.order_id, answer.kind, opinion=answer.text, **said)
    else:
        act = {"answer": handling.answer, "appeal": handling.appeal}[answer.kind]
        act(connection, answer.card_id or 0, text=answer.text, **said)


def _check_owner(connection: Connection, found: Registration, answer: Answer) -> None:
    """The card or order is of this system, its organisation is one of the registration's, and it is who answers."""
    table, key, number = (
        (card, card.c.card_id, answer.card_id)
        if answer.order_id is None
        else (supervision_order, supervision_order.c.order_id, answer.order_id)
    )
    row = connection.execute(select(table.c.system, table.c.org_uscc).where(key == number)).one_or_none()
    organization = row.org_uscc if row is not None else None
    if (
        row is None
        or not is_theirs(row, found.code, found.organizations if found.status == "live" else ())
        or answer.organization not in found.organizations
        or organization not in (None, answer.organization)
    ):
        raise _not_yours(answer, found)


def _accepted(connection: Connection, system: str, condition: Any) -> str | None:
    wanted = select(card_answer.c.answer_id).where(
        card_answer.c.system == system, condition, card_answer.c.outcome == "accepted"
    )
    found = connection.execute(wanted).scalar_one_or_none()
    return None if found is None else str(found)


def _note(
    connection: Connection, desk: Desk, name: str, digest: str, answer: Answer | None, error: HubError | None
) -> None:
    outcome = "accepted" if error is None else "refused"
    row: dict[str, Any] = {
        "system": desk.found.code, "digest": digest, "name": sayable(name)[:500], "outcome": outcome,
        "code": None if error is None else error.code, "received_at": now_us(),
        "reason": None if error is None else scrubbed(f"{error.message_zh} · {error.message_en}")[:1000],
    }  # fmt: skip
    if answer is not None:
        row |= {
            "answer_id": answer.answer_id, "card_id": answer.card_id, "order_id": answer.order_id, "kind": answer.kind,
            "accepted_key": answer.answer_id if error is None else None,
        }  # fmt: skip
    number = connection.execute(insert(card_answer).values(row).returning(card_answer.c.id)).scalar_one()
    body = {name: row.get(name) for name in ("digest", "answer_id", "card_id", "order_id", "kind", "code")}
    body = {"system": desk.found.code, **{name: value for name, value in body.items() if value is not None}}
    sealed = {"card_answer": seals(connection, card_answer, card_answer.c.id == number)}
    chain.append(connection, "hub", f"answer.{outcome}", {**body, "seals": sealed}, now_us())


def note_unread(desk: Desk, name: str, digest: str, error: HubError | None) -> None:
    """Write down an answer that was refused before anybody read it."""
    with writing(desk.engine) as connection:
        _note(connection, desk, name, digest, None, error)


def _not_yours(answer: Answer, found: Registration) -> RefusedError:
    about = f"card {answer.card_id}" if answer.order_id is None else f"order {answer.order_id}"
    return RefusedError(
        "ANSWER_NOT_YOURS",
        zh=f"{about} 不属于系统 {found.code} 的机构,或 SystemCode、OrgCode 与牌不符",
        en=f"The {about} is not of an organisation of {found.code}, or SystemCode or OrgCode is not the card's",
        remedy_zh="核对牌号、SystemCode 和 OrgCode:照交付的文件填写",
        remedy_en="Check the number, SystemCode and OrgCode: copy them from the file that was handed over",
        place=Place(system=found.code, field="CardId"),
    )


def _repeated(answer: Answer) -> RefusedError:
    return RefusedError(
        "ANSWER_REPEATED",
        zh=f"AnswerId {answer.answer_id} 已用于另一份已接受的答复",
        en=f"AnswerId {answer.answer_id} was used by another answer that was accepted",
        remedy_zh="每份答复用一个新的 AnswerId",
        remedy_en="Give each answer an AnswerId of its own",
        place=Place(system=answer.system, field="AnswerId"),
    )
