"""Fetches the answers of one system: claimed, stored, judged in one transaction, receipted, and only then removed."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from io import BytesIO
from itertools import islice
from typing import Any

from sqlalchemy import Connection, Engine, insert, select

from connectors import Claim, Connector
from connectors.failures import IN_A_ROW, of_one
from hub.central.engine import writing
from hub.central.tables.business import card, supervision_order
from hub.central.tables.letters import card_answer
from hub.clock import iso, now_us
from hub.errors import HubError, PackageRefused, Place, RefusedError, StopError
from hub.ledger import chain
from hub.limits import Limits
from hub.masking import scrubbed
from hub.rawstore import RawStore
from hub.register import Registration
from hub.returning.answer_file import LARGEST, Answer, from_row, from_xml, invalid
from hub.returning.documents import written
from hub.returning.row_receipt import Refused, row_receipt
from hub.shapes import Notice
from hub.supervision import handling, ordering
from hub.supervision.attachments import keep
from hub.supervision.cards import Log

log = logging.getLogger(__name__)
OF_ONE_ROUND = 500
"""Answers that one round takes; the rest comes with the next."""


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


@dataclass(slots=True)
class Taken:
    """A round, in answers."""

    accepted: int = 0
    refused: int = 0
    errors: list[str] = field(default_factory=list)

    def note(self, outcome: Outcome) -> None:
        """Count one."""
        if outcome.error is None:
            self.accepted += 1
        else:
            self.refused += 1
            self.errors.append(outcome.error.code)


def take(desk: Desk, connector: Connector) -> Taken:
    """Everything that lies ready, one after another; one that fails stays where it lies and holds up no other.

    Raises RetryError and StopError at once when the endpoint or the store fails, for one answer alone when all were tried.
    """
    done = Taken()
    first: HubError | None = None
    in_a_row = 0
    for notice in islice(connector.ready(), OF_ONE_ROUND):
        try:
            _one(desk, connector, notice, done)
        except HubError as error:
            in_a_row += 1
            if not of_one(error) or in_a_row >= IN_A_ROW:
                raise
            log.warning(
                "%s: 答复 %s 本轮未能处理 / not done in this round: %s", desk.found.code, notice.name, error
            )
            first = first or error
        else:
            in_a_row = 0
    if first is not None:
        raise first
    return done


def _one(desk: Desk, connector: Connector, notice: Notice, done: Taken) -> None:
    claim = connector.claim(notice)
    if claim is None:
        return
    try:
        (_take_rows if desk.found.connector["kind"] == "database" else _take_file)(
            desk, connector, claim, done
        )
    except HubError:
        _put_back(connector, claim)
        raise


def _put_back(connector: Connector, claim: Claim) -> None:
    """For the next round. Where that fails too, the claim ends with this worker."""
    try:
        connector.release(claim)
    except HubError as error:
        log.warning("%s: %s 未能放回 / could not be put back: %s", connector.system, claim.notice.name, error)


def _take_file(desk: Desk, connector: Connector, claim: Claim, done: Taken) -> None:
    name = claim.notice.name
    try:
        with connector.read(claim) as stream:
            digest, _ = desk.raw.put(stream, LARGEST)
    except PackageRefused as error:  # the whole of it was read: its digest is known, its bytes are not kept
        outcome = Outcome(None, _too_large(name))
        _note_unread(desk, name, str(error.params["digest"]), outcome.error)
        digest = str(error.params["digest"])
    else:
        with desk.raw.open(digest) as stored:
            data = stored.read()
        outcome = judge(desk, name, digest, lambda: from_xml(data, name, desk.limits))
        if outcome.error is not None:
            connector.refuse(name, desk.raw.path(digest))
    connector.deliver(name, _receipt(name, digest, outcome))
    connector.acknowledge(claim)
    done.note(outcome)


def _take_rows(desk: Desk, connector: Connector, claim: Claim, done: Taken) -> None:
    with connector.read(claim) as stream:
        digest, _ = desk.raw.put(stream, desk.limits.package_bytes)
    refused: list[Refused] = []
    with desk.raw.open(digest) as stored:
        next(stored)  # the format line
        for line in stored:
            told = json.loads(line)
            row, table = told["row"], str(told["table"])
            of_row = desk.raw.put_bytes(line)[0]
            outcome = judge(desk, f"{table}/{row.get('id')}", of_row, partial(from_row, row, desk.found.code))
            done.note(outcome)
            if outcome.error is not None:
                refused.append(Refused(table, str(row.get("id")), outcome.error))
    connector.acknowledge(claim)
    if refused:
        connector.deliver(claim.notice.name, row_receipt(desk.found.code, digest, refused, now_us()))


def judge(desk: Desk, name: str, digest: str, read: Callable[[], Answer]) -> Outcome:
    """Accept or refuse one answer, in one transaction with its entry in the log; the same bytes again: the same outcome."""
    with writing(desk.engine) as connection:
        known = _accepted(connection, desk.found.code, card_answer.c.digest == digest)
        if known is not None:
            return Outcome(known)
        answer: Answer | None = None
        try:
            answer = read()
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
    theirs = row is not None and row.system == found.code
    organization = row.org_uscc if row is not None else None
    if (
        not theirs
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
        "system": desk.found.code, "digest": digest, "name": name.encode("utf-8", "replace").decode()[:500], "outcome": outcome,
        "code": None if error is None else error.code, "received_at": now_us(),
        "reason": None if error is None else scrubbed(f"{error.message_zh} · {error.message_en}")[:1000],
    }  # fmt: skip
    if answer is not None:
        row |= {
            "answer_id": answer.answer_id, "card_id": answer.card_id, "order_id": answer.order_id, "kind": answer.kind,
            "accepted_key": answer.answer_id if error is None else None,
        }  # fmt: skip
    connection.execute(insert(card_answer).values(row))
    body = {name: row.get(name) for name in ("digest", "answer_id", "card_id", "order_id", "kind", "code")}
    body = {"system": desk.found.code, **{name: value for name, value in body.items() if value is not None}}
    chain.append(connection, "hub", f"answer.{outcome}", body, now_us())


def _note_unread(desk: Desk, name: str, digest: str, error: HubError | None) -> None:
    with writing(desk.engine) as connection:
        _note(connection, desk, name, digest, None, error)


def _receipt(name: str, digest: str, outcome: Outcome) -> bytes:
    error = outcome.error
    return written("AnswerReceipt", [
        ("Name", name), ("AnswerId", outcome.answer_id), ("Digest", digest),
        ("Outcome", "accepted" if error is None else "refused"), *_texts(error), ("HubTime", iso(now_us())),
    ])  # fmt: skip


def _texts(error: HubError | None) -> Sequence[tuple[str, str]]:
    if error is None:
        return ()
    return (
        ("Code", error.code), ("MessageZh", error.message_zh), ("MessageEn", error.message_en),
        ("RemedyZh", error.remedy_zh), ("RemedyEn", error.remedy_en),
    )  # fmt: skip


def _too_large(name: str) -> RefusedError:
    mib = LARGEST // 1024 // 1024
    return invalid(name, f"超过 {mib} MiB", f"larger than {mib} MiB")


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


def listed(connection: Connection, system: str | None, limit: int) -> list[dict[str, Any]]:
    """The newest answers as plain data, oldest first."""
    statement = select(card_answer).order_by(card_answer.c.id.desc()).limit(limit)
    if system is not None:
        statement = statement.where(card_answer.c.system == system)
    names = (
        "id",
        "system",
        "name",
        "answer_id",
        "kind",
        "card_id",
        "order_id",
        "outcome",
        "code",
        "reason",
        "digest",
    )
    return [
        {**{name: row[name] for name in names}, "received_at": iso(row["received_at"])}
        for row in connection.execute(statement).mappings()
    ][::-1]
