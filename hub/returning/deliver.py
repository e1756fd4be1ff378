"""Hands over what waits for one system: the document is made once and stored, then given to the connector until it lies there."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, Engine

from connectors.returning import Parcel, Returning
from hub.central.engine import reading, writing
from hub.central.seals import seals
from hub.central.tables.letters import handover
from hub.clock import now_us
from hub.errors import HubError, RetryError
from hub.ledger import chain
from hub.rawstore import RawStore
from hub.returning import outbox
from hub.returning.documents import LETTER, columns, document

log = logging.getLogger(__name__)
ROW = ("card_id", "event_no", "order_id", "letter_id", "level_no", "state", "rule_code", "rule_name", "case_no", "org_code",
       "org_name", "step_name", "handler", "basis", "reason", "issued_on", "answer_by", "letter_no", "created_time")  # fmt: skip
"""What of a document's columns a row of the department's table holds beside the document itself."""


def hand_over(engine: Engine, raw: RawStore, connector: Returning, system: str) -> dict[str, int]:
    """Give the department what waits for it; {delivered, failed}.

    Raises RetryError after the first delivery that the endpoint does not take: the others would not get through either,
    they stay and are tried again. Raises StopError for a wrong registration.
    """
    done = {"delivered": 0, "failed": 0}
    while True:
        with reading(engine) as connection:
            rows = outbox.due(connection, system, now_us())
        if not rows:
            return done
        for row in rows:
            digest = None
            try:
                parcel, digest = _parcel(engine, raw, row)
                connector.hand_over(parcel)
            except RetryError as error:
                if _put_off(engine, row, digest, error):
                    done["failed"] += 1
                raise
            with writing(engine) as connection:
                if outbox.delivered(connection, row, digest, now_us()):
                    mine = handover.c.handover_id == row["handover_id"]
                    sealed = {"handover": seals(connection, handover, mine)}
                    body = {"name": row["name"], "document": digest, "seals": sealed}
                    chain.append(connection, system, "handover.delivered", body, now_us())
                    done["delivered"] += 1


def _parcel(engine: Engine, raw: RawStore, row: Mapping[str, Any]) -> tuple[Parcel, str]:
    """The parcel of a row, and the digest of its document: that of the first attempt, whatever has happened since."""
    with reading(engine) as connection:
        told = columns(connection, row)
    if row["document"] is None:
        body = document(row, told)
        digest = raw.put_bytes(body)[0]
        _remember(engine, row, digest)
    else:
        digest = row["document"]
        body = _stored(raw, digest)
    files = [(".xml", body)]
    pdf = _stored(raw, told["digest"]) if row["kind"] == LETTER else None
    if pdf is not None:
        files.insert(0, (".pdf", pdf))
    shown = {"kind": row["kind"], **{name: told.get(name) for name in ROW}}
    return Parcel(row["name"], tuple(files), {**shown, "document": body.decode("utf-8"), "pdf": pdf}), digest


def _remember(engine: Engine, row: Mapping[str, Any], digest: str) -> None:
    with writing(engine) as connection:
        outbox.remember(connection, row, digest)


def _stored(raw: RawStore, digest: str) -> bytes:
    with raw.open(digest) as stream:
        return stream.read()


def _put_off(engine: Engine, row: Mapping[str, Any], digest: str | None, error: HubError) -> bool:
    told = f"{error.code}: {error.message_zh} · {error.message_en}"
    log.warning("%s: %s 未能交付 · not handed over: %s", row["system"], row["name"], told)
    with writing(engine) as connection:
        failed = outbox.put_off(connection, row, digest, told, now_us())
        if failed:
            _note_failed(connection, row, error)
    return failed


def _note_failed(connection: Connection, row: Mapping[str, Any], error: HubError) -> None:
    body = {"name": row["name"], "code": error.code, "attempts": row["attempts"] + 1}
    chain.append(connection, row["system"], "handover.failed", body, now_us())
