"""Read-only answers about letters, in the shapes that scripts rely on."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, select

from hub.central.seen import Seen, by_owner
from hub.central.tables.letters import letter
from hub.clock import iso
from hub.letters.fields import letter_row
from hub.letters.kinds import KINDS


def list_letters(
    connection: Connection,
    *,
    kind: str | None = None,
    system: str | None = None,
    card_id: int | None = None,
    order_id: int | None = None,
    complaint: int | None = None,
    organization: str | None = None,
    follows: int | None = None,
    seen: Seen | None = None,
    limit: int = 1000,
    offset: int = 0,
) -> list[dict[str, Any]]:
    """The newest letters (after `offset` newer ones), oldest first: of a kind, a system, to an organisation (USCC), about a card,
    an order or a complaint, or those that correct another (`follows`), as far as they are `seen`."""
    statement = (
        select(letter)
        .where(*by_owner(letter, seen))
        .order_by(letter.c.letter_id.desc())
        .limit(limit)
        .offset(offset or None)
    )
    pairs = (
        (letter.c.kind, kind),
        (letter.c.system, system),
        (letter.c.card_id, card_id),
        (letter.c.order_id, order_id),
        (letter.c.complaint, None if complaint is None else str(complaint)),
        (letter.c.org_uscc, organization),
        (letter.c.follows, follows),
    )
    for column, value in pairs:
        if value is not None:
            statement = statement.where(column == value)
    return [_listed(dict(row)) for row in connection.execute(statement).mappings()][::-1]


def show_letter(connection: Connection, letter_id: int) -> dict[str, Any]:
    """One letter with the fields it was filled with and the digests of its bytes. Raises StopError LETTER_UNKNOWN."""
    row = letter_row(connection, letter_id)
    return {
        **_listed(row),
        "issued_at": iso(row["issued_at"]),
        "issued_by": row["issued_by"],
        "fields": json.loads(row["fields"]),
        "template": row["template"],
        "pdf": row["pdf"],
        "docx": row["docx"],
    }


def _listed(row: Mapping[str, Any]) -> dict[str, Any]:
    names = ("letter_id", "kind", "reference", "title", "card_id", "order_id", "complaint", "follows", "level", "system",
             "case_no", "org_uscc", "org_name")  # fmt: skip
    due = row["answer_due_on"]
    return {
        **{name: row[name] for name in names},
        "name": KINDS[row["kind"]].zh if row["kind"] in KINDS else row["kind"],
        "name_en": KINDS[row["kind"]].en if row["kind"] in KINDS else row["kind"],
        "issued_on": row["issued_on"].isoformat(),
        "answer_due_on": None if due is None else due.isoformat(),
    }
