"""Fits complaints together with the log, the messages and the database."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection

from hub import wiring
from hub.central.engine import reading, writing
from hub.clock import local_day, now_us
from hub.complaints import handling, hotline, listing, people, registering
from hub.complaints.shapes import Desk, Given, New, Notice, Row
from hub.errors import StopError
from hub.ledger import chain
from hub.messages import outbox
from hub.messages.book import load_book
from hub.messages.shapes import Message

log = logging.getLogger(__name__)


def desk(now: int | None = None) -> Desk:
    """Where complaints are worked on at this moment; a faulty messages.yaml holds no work up, and is told in the log of the program."""
    at = now_us() if now is None else now
    try:
        book = load_book(wiring.settings().messages)
    except StopError as error:
        log.error("%s", error)
        book = None

    def note(connection: Connection, event: str, body: Mapping[str, Any], /) -> None:
        chain.append(connection, chain.HUB_CHAIN, event, body, at)

    def tell(connection: Connection, notice: Notice) -> None:
        if book is not None:
            message = Message(
                notice.kind, notice.level, notice.subject_zh, notice.subject_en, notice.body_zh, notice.body_en,
                organizations=notice.organizations, roles=notice.roles,
            )  # fmt: skip
            outbox.post(connection, book, message, at)

    return Desk(at, note, tell)


def register(new: New, *, by: str, role: str = "supervisor") -> int:
    """Register a complaint; see `hub.complaints.registering`."""
    here = desk()
    with writing(wiring.engine()) as connection:
        return registering.register(here, connection, new, by=by, role=role)


def act(number: int, action: str, given: Given) -> Row:
    """Take one step with a complaint; see `hub.complaints.handling`."""
    here = desk()
    with writing(wiring.engine()) as connection:
        return handling.act(here, connection, number, action, given)


def show(number: int) -> dict[str, Any]:
    """One complaint, the complainant masked."""
    with reading(wiring.engine()) as connection:
        return listing.show_complaint(connection, number, local_day(now_us()))


def show_unmasked(number: int, *, by: str, role: str, why: str) -> dict[str, Any]:
    """One complaint with the complainant in full; an entry of the log."""
    here = desk()
    with writing(wiring.engine()) as connection:
        found = listing.show_complaint(connection, number, local_day(here.now))
        return {**found, "complainant": people.unmasked(here, connection, number, by=by, role=role, why=why)}


def import_file(content: bytes, kind: str, *, by: str) -> hotline.Imported:
    """Take what a hotline sent, row by row; see `hub.complaints.hotline`."""
    here, done = desk(), hotline.Imported()
    for row in hotline.read(content, kind):
        with writing(wiring.engine()) as connection:
            hotline.take(here, connection, row, done, by=by)
    with writing(wiring.engine()) as connection:
        hotline.finish(here, connection, content, done, by=by)
    return done


def export(name: str, *, by: str) -> list[dict[str, Any]]:
    """What became of the complaints of a hotline; an entry of the log."""
    here = desk()
    with writing(wiring.engine()) as connection:
        return hotline.export(here, connection, name, local_day(here.now), by=by)
