"""What the page on an item shows: one version of it with the source of each part, the cards about it, and a page of its cases."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection

from hub import wiring
from hub.catalogue.columns import ITEM
from hub.catalogue.documents import unknown
from hub.central.engine import reading
from hub.central.seen import Seen
from hub.supervision.behind import cases_of_item
from hub.supervision.listing import Wanted, list_cards
from hub.views import items
from hub.views.pages import SHOWN, about_items, turned


def item(code: str, version: int | None, number: int, seen: Seen | None = None) -> dict[str, Any]:
    """A version (the newest without `version`) with its cards and page `number` of its cases.

    An item that cases or cards name and the catalogue does not know has these alone. Raises StopError CATALOGUE_UNKNOWN.
    """
    with reading(wiring.engine()) as connection:
        known = items.known(connection, code, version)
        shown = known if known is not None else version
        found = None if known is None else items.item(connection, code, known)
        cards = [] if shown is None else _cards(connection, f"{code}@{shown}", seen)
        cases = [] if shown is None else cases_of_item(connection, code, shown, seen=seen, **turned(number))
    theirs = found is not None and (seen is None or found["org_uscc"] in seen.organizations)
    if not (theirs or cards or cases):
        raise unknown(ITEM, (code,), None, ())
    return {
        "item": found, "code": code, "version": shown, "cards": cards,
        "rows": cases[:SHOWN], "more": len(cases) > SHOWN, "number": number,
    }  # fmt: skip


def _cards(connection: Connection, subject: str, seen: Seen | None) -> list[dict[str, Any]]:
    """The cards about a version, newest first."""
    found = list_cards(connection, Wanted(subject=subject, seen=seen), newest=True, limit=SHOWN)
    return [each for each in found if about_items(each["rule"])]
