"""Fits complaints together with the log, the messages and the database."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection

from hub import wiring
from hub.central.engine import reading, writing
from hub.clock import local_day, now_us
from hub.complaints import handling, hotline, links, listing, people, registering
from hub.complaints.form import form_fields
from hub.complaints.shapes import Desk, Given, New, Notice, Row
from hub.ledger import chain
from hub.letters.issue import Wanted, issue
from hub.letters.kinds import kind_of
from hub.messages import outbox
from hub.messages.shapes import Message
from hub.supervision import by_hand
from hub.wiring import letters
from hub.wiring.cards import readable_book, teller


def desk(now: int | None = None) -> Desk:
    """Where complaints are worked on at this moment; a faulty messages.yaml holds no work up."""
    at = now_us() if now is None else now
    book = readable_book()

    def note(connection: Connection, event: str, body: Mapping[str, Any], /) -> None:
        chain.append(connection, chain.HUB_CHAIN, event, body, at)

    def tell(connection: Connection, notice: Notice) -> None:
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


def card(number: int, *, level: int, reason: str, basis: str, by: str, case: str | None = None) -> int:
    """Issue a card by hand because of a complaint, and link it; the card's id. Nothing in it tells who complained.

    It is about `case` (SYSTEM/NO), else about the one case that the complaint is linked to, else about the organisation that is
    complained of. Raises StopError COMPLAINT_UNKNOWN and what `hub.supervision.by_hand` raises.
    """
    here = desk()
    with writing(wiring.engine()) as connection:
        row = handling.held(connection, number)  # before the cards and the log, which others wait for
        linked = [each["target"] for each in links.of(connection, number) if each["kind"] == "case"]
        system, _, case_no = (case or (linked[0] if len(linked) == 1 else "")).partition("/")
        subject = f"complaint {number}"
        about = by_hand.About(system, case_no or None, subject)
        if not system:
            about = by_hand.About(
                subject=subject, organization=row["org_uscc"], organization_name=row["org_name"]
            )
        why = people.hidden(reason, people.person_of(connection, number))
        card_id = by_hand.issue(
            connection, about, level=level, reason=why, basis=basis, by=by, at=here.now, log=teller()
        )
        given = Given(by=by, link=("card", str(card_id)))
        handling.act(here, connection, number, "link", given)
    return card_id


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


def form(number: int, *, by: str, role: str, why: str) -> dict[str, Any]:
    """Write the registration form (效能投诉受理登记表) of a complaint as it now stands; a letter, and an entry of the log.

    Asked for again while nothing has changed, it is the same letter, and another entry. Raises StopError COMPLAINT_UNKNOWN,
    COMPLAINT_UNMASK, LETTER_…
    """
    here, seen = desk(), list[tuple[str, Mapping[str, Any]]]()
    press = letters.press()
    looking = Desk(here.now, lambda _, event, body: seen.append((event, body)))
    with writing(wiring.engine()) as connection:
        # Numbers of letters are held before the log, which everybody waits for.
        row = handling.held(connection, number)
        fields = form_fields(looking, connection, number, by=by, role=role, why=why)
        wanted = Wanted(
            kind_of("complaint"),
            f"complaint:{number}:{row['version']}",
            fields,
            by,
            {"complaint": str(number)},
        )
        written = dict(issue(connection, press, wanted, local_day(here.now), here.now))
        for event, body in seen:
            here.log(connection, event, body)
    return written


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
