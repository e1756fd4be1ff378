"""Letters fitted together: settings, raw store, log and the way back to the department; one transaction per letter."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from functools import partial
from typing import Any, TypeVar

from sqlalchemy import Connection

from hub import wiring
from hub.central.engine import reading, writing
from hub.clock import local_day, now_us
from hub.errors import Place, StopError
from hub.ledger import chain
from hub.letters import due
from hub.letters.fields import card_row
from hub.letters.issue import (
    Press,
    Wanted,
    by_hand,
    for_card,
    issue,
    key_of,
    needed,
    nothing_to_correct,
    preview,
    with_fields,
)
from hub.letters.kinds import CORRECTION, SUPERVISION, kind_of
from hub.letters.listing import show_letter
from hub.wiring.returning import tell_of_letter

T = TypeVar("T")
NO_ADDRESSEE = "no_addressee"
"""Beside the kinds in what `issue_due` counts."""


def said_of_missing(number: int) -> str:
    """What people are told of letters that nobody can be sent."""
    return (
        f"{number} 件不能发文：没有责任单位（主送机关）；用 suphub letter issue 种类 --card 牌号 --set organization=名称 发出 · "
        f"not issuable: {number}, for want of an organisation to address; write them with suphub letter issue KIND --card NUMBER "
        "--set organization=NAME"
    )


def press() -> Press:
    """What letters are written with, here and now."""

    def note(connection: Connection, event: str, body: Mapping[str, Any]) -> None:
        chain.append(connection, "hub", event, body, now_us())

    def tell(connection: Connection, row: Mapping[str, Any]) -> None:
        tell_of_letter(connection, row)

    return Press(wiring.settings().home / "letters", wiring.raw_store(), note, tell)


def day_of_letters(today: date | None = None) -> date:
    """The date that a letter of this moment bears: `today`, else SUPHUB_TODAY, else the present day in UTC+8.

    Raises StopError LETTER_AHEAD where `today` has not come yet: its number would be of a year to come.
    """
    told = wiring.settings().today
    present = date.fromisoformat(told) if told else local_day(now_us())
    if today is not None and today > present:
        raise StopError(
            "LETTER_AHEAD",
            zh=f"成文日期 {today} 在今天({present})之后",
            en=f"The letter's date {today} is after today ({present})",
            remedy_zh="成文日期不晚于今天;演练时以 SUPHUB_TODAY 设定今天",
            remedy_en="Date it today or earlier; in a rehearsal SUPHUB_TODAY says what today is",
            place=Place(field="today"),
        )
    return today or present


def write(make: Callable[[Connection], Wanted | None], today: date | None = None) -> dict[str, Any] | None:
    """Issue one letter in one transaction; None where `make` finds, within it, that it is not due any more."""
    with writing(wiring.engine()) as connection:
        wanted = make(connection)
        if wanted is None:
            return None
        return dict(issue(connection, press(), wanted, day_of_letters(today), now_us()))


def show_preview(make: Callable[[Connection], Wanted], today: date | None = None) -> dict[str, bytes]:
    """What a letter would look like; nothing is stored."""
    with reading(wiring.engine()) as connection:
        return preview(connection, press(), make(connection), day_of_letters(today))


def issue_due(today: date | None = None) -> dict[str, int]:
    """Write every letter that is due, corrections first; how many of each kind. Again at once: nothing more.

    NO_ADDRESSEE, where there are any: how many were not written, as nothing tells the organisation they would go to.
    """
    automatic = press().settings().automatic
    done: dict[str, int] = {}

    def count(what: str) -> None:
        done[what] = done.get(what, 0) + 1

    def addressed(make: Callable[[Connection], Wanted | None], connection: Connection) -> Wanted | None:
        found = make(connection)
        if found is None or found.fields["organization"]:
            return found
        count(NO_ADDRESSEE)
        return None

    def note(make: Callable[[Connection], Wanted | None]) -> None:
        row = write(partial(addressed, make), today)
        if row is not None:
            count(row["kind"])

    if CORRECTION in automatic:
        for look in (due.corrections_due, due.orders_called_off):
            for letter_id in _each(look, lambda found: found):
                note(partial(due.correction, letter_id=letter_id))
    if SUPERVISION in automatic:
        for order_id in _each(due.orders_due, lambda found: found):
            note(partial(due.wanted_for_order, order_id=order_id))
    looked_for = partial(due.cards_due, automatic=automatic)
    for card_id, kind in _each(looked_for, lambda found: found[0]):
        note(partial(due.wanted_for_card, card_id=card_id, kind=kind))
    return done


def _each(look: Callable[[Connection, int], Sequence[T]], number: Callable[[T], int]) -> Iterator[T]:
    """What `look` finds beyond a number, again and again until it finds nothing; each reading is short."""
    after = 0
    while True:
        with reading(wiring.engine()) as connection:
            found = look(connection, after)
        if not found:
            return
        yield from found
        after = number(found[-1])


def show_one(letter_id: int) -> dict[str, Any]:
    """One letter as scripts see it. Raises StopError LETTER_UNKNOWN."""
    with reading(wiring.engine()) as connection:
        return show_letter(connection, letter_id)


def wanted(
    connection: Connection,
    kind: str,
    *,
    card: int | None,
    order: int | None,
    former: int | None,
    fields: Mapping[str, str],
    org: str | None,
    key: str | None,
    by: str,
) -> Wanted:
    """The letter that somebody asks for by hand. Raises StopError LETTER_KIND, LETTER_FIELD, CARD_UNKNOWN, LETTER_UNKNOWN."""
    asked = kind_of(kind)
    if asked.about == "card":
        made = for_card(connection, asked, needed(asked, "card", card), by)
    elif asked.about == "order":
        for_it = due.wanted_for_order(connection, needed(asked, "order", order), by)
        assert for_it is not None
        made = for_it
    elif asked.about == "letter":
        letter_id = needed(asked, "letter", former)
        found = due.correction(connection, letter_id, by)
        if found is None:
            raise nothing_to_correct(letter_id)
        made = found
    else:
        row = {"card_id": card, "org_uscc": org, "org_name": fields.get("organization")}
        of_card = {} if card is None else _of_card(connection, card, org)
        return by_hand(asked, key or key_of(kind, fields, row), fields, by, {**row, **of_card})
    return with_fields(made, fields)


def _of_card(connection: Connection, card: int, org: str | None) -> dict[str, Any]:
    """Whose a letter by hand is that concerns a card: the card's, unless it goes to another organisation. Raises StopError CARD_UNKNOWN."""
    row = card_row(connection, card)
    if org not in (None, row["org_uscc"]):
        return {"case_no": row["case_no"]}
    return {"case_no": row["case_no"], "system": row["system"] or None, "org_uscc": row["org_uscc"]}
