"""What the pages on letters show, and their stored bytes; who takes a letter that names a complainant is entered in the log."""

from __future__ import annotations

from typing import Any

from hub import wiring
from hub.central.engine import reading, writing
from hub.central.seen import Seen
from hub.clock import now_us
from hub.errors import Place, StopError
from hub.ledger import chain
from hub.letters.fields import unknown
from hub.letters.kinds import KINDS
from hub.letters.listing import list_letters, show_letter
from hub.views.pages import SHOWN, turned

FORMS = {
    "pdf": "application/pdf",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
}
"""What a letter is kept as → its media type."""


def letters(
    kind: str | None, organization: str | None, number: int, seen: Seen | None = None
) -> dict[str, Any]:
    """Letters, newest first."""
    with reading(wiring.engine()) as connection:
        window = turned(number)
        rows = list_letters(
            connection, kind=kind, organization=organization, seen=seen,
            limit=window["limit"], offset=window["offset"],
        )[::-1]  # fmt: skip
    return {
        "rows": rows[:SHOWN], "more": len(rows) > SHOWN, "number": number, "kinds": KINDS, "kind": kind,
        "organization": organization,
    }  # fmt: skip


def shown(letter_id: int, seen: Seen | None = None) -> dict[str, Any]:
    """One letter as it is stored. Raises StopError LETTER_UNKNOWN, for one that is not the reader's too."""
    with reading(wiring.engine()) as connection:
        found = show_letter(connection, letter_id)
    if seen is not None and not seen.allows(found["system"], found["org_uscc"]):
        raise unknown(letter_id)
    return found


def letter(letter_id: int, seen: Seen | None = None) -> dict[str, Any]:
    """One letter with its fields in words, and what corrects it. Raises StopError LETTER_UNKNOWN."""
    found = shown(letter_id, seen)
    with reading(wiring.engine()) as connection:
        corrections = list_letters(connection, follows=letter_id)
    return {
        "letter": found, "kind": KINDS.get(found["kind"]), "corrections": corrections, "personal": personal(found["kind"]),
    }  # fmt: skip


def personal(kind: str) -> bool:
    """Whether a letter of that kind names a person in full on its paper; of an unknown kind it may."""
    found = KINDS.get(kind)
    return found is None or bool(found.personal)


def paper(letter_id: int, form: str, *, by: str, noted: bool = True) -> tuple[bytes, str]:
    """The stored bytes of a letter and the name of the file; a personal one is an entry of the log (`noted`).

    Raises StopError LETTER_UNKNOWN, LETTER_FORM; RetryError where the bytes are missing.
    """
    if form not in FORMS:
        raise StopError(
            "LETTER_FORM_UNKNOWN",
            zh=f"文书没有 {form} 格式",
            en=f"Letters are not kept as {form}",
            remedy_zh=f"可用：{'、'.join(FORMS)}",
            remedy_en=f"There are {', '.join(FORMS)}",
            place=Place(field="form"),
        )
    with reading(wiring.engine()) as connection:
        found = show_letter(connection, letter_id)
    with wiring.raw_store().open(found[form]) as stored:
        data = stored.read()
    if noted and personal(found["kind"]):
        body = {"letter": letter_id, "kind": found["kind"], "form": form, "by": by}
        with writing(wiring.engine()) as connection:
            chain.append(connection, chain.HUB_CHAIN, "letter.read", body, now_us())
    return data, f"{found['reference']}.{form}"
