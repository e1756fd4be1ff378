"""Fetches the answers of one system: claimed, stored, judged in one transaction, receipted, and only then removed."""

from __future__ import annotations

import json
import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import islice
from typing import Any

from sqlalchemy import Connection, select

from connectors import Claim, Connector
from connectors.failures import IN_A_ROW, of_one
from hub.central.tables.letters import card_answer
from hub.clock import iso, now_us
from hub.errors import HubError, PackageRefused, RefusedError
from hub.returning.answer_file import LARGEST, from_row, from_xml, invalid
from hub.returning.documents import written
from hub.returning.judging import Desk, Outcome, judge, note_unread
from hub.returning.row_receipt import Refused, row_receipt
from hub.shapes import Notice

log = logging.getLogger(__name__)
OF_ONE_ROUND = 500
"""Answers that one round takes; the rest comes with the next."""


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
        note_unread(desk, name, str(error.params["digest"]), outcome.error)
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
