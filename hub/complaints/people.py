"""The complainant's data: stored apart, masked wherever they are shown; whoever sees them in full stands in the log."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, insert, select

from hub.central.tables.complaints import complaint, complaint_person
from hub.complaints.shapes import Desk, Person
from hub.errors import Place, StopError
from hub.masking import mask

FIELDS = ("name", "id_no", "phone", "email", "address")
# What reaches or identifies a person, wherever in a text it stands: e-mail, mobiles, landlines and identity numbers in groups, long numbers.
_REACHING = re.compile(
    r"[A-Za-z0-9._%+-]+[@＠][A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+|(?<!\d)1[3-9](?:[ .·-]?\d){9}(?!\d)"
    r"|(?<!\d)0\d{2,3}[)） -]{1,2}\d{3,4}[ -]?\d{4}(?!\d)|(?<!\d)\d{6}[ -]?\d{8}[ -]?\d{3}[\dXx](?!\d)|\d{7,}[Xx]?"
)
SHORT = 4
_BETWEEN = frozenset("-.·•_()@/")
"""What may stand between the letters of a name or number, beside blanks and what is not seen, without making it another."""


def keep(connection: Connection, number: int, person: Person) -> None:
    """Store who complained; nothing for an anonymous complaint."""
    if person.known:
        connection.execute(insert(complaint_person).values(complaint_id=number, **person.known))


def person_of(connection: Connection, number: int) -> Person:
    """Who complained, in full: for what hides it in texts, and for `unmasked`. Never hand it on as it is."""
    row = connection.execute(
        select(*(complaint_person.c[name] for name in FIELDS)).where(
            complaint_person.c.complaint_id == number
        )
    ).one_or_none()
    return Person() if row is None else Person(**row._mapping)


def masked(person: Person) -> dict[str, str | None]:
    """The person as everybody may see it: every field masked, what is not known as None."""
    return {name: _stars(name, value) if (value := getattr(person, name)) else None for name in FIELDS}


def hidden(text: str, person: Person) -> str:
    """A text without what it says of the complainant: the known data, however written, and any number, telephone or e-mail address."""
    for field, value in sorted(person.known.items(), key=lambda known: len(known[1]), reverse=True):
        wanted = _folded(value)[0]
        if len(wanted) < SHORT and wanted.isascii():  # written otherwise it is a part of many words
            text = text.replace(value, _stars(field, value)) if len(value) > 1 else text
        else:
            text = _without(text, field, wanted)
    return _REACHING.sub(lambda found: mask(found[0]), text)


def _without(text: str, field: str, wanted: str) -> str:
    """The text with every place hidden that says `wanted`, whatever its case, width, and what stands between its letters."""
    folded, places = _folded(text)
    start = folded.find(wanted) if len(wanted) > 1 else -1
    kept, end = [], 0
    while start >= 0:
        first, last = places[start], places[start + len(wanted) - 1] + 1
        if first >= end:  # one letter may fold into several
            kept += [text[end:first], _stars(field, text[first:last])]
            end = last
        start = folded.find(wanted, start + len(wanted))
    return "".join([*kept, text[end:]])


def _folded(text: str) -> tuple[str, list[int]]:
    """The letters of a text, all alike in case and width, without what may stand between them; and where each stands in it."""
    found = [
        (letter, place)
        for place, each in enumerate(text)
        for letter in unicodedata.normalize("NFKC", each).casefold()
        if not letter.isspace() and letter not in _BETWEEN and unicodedata.category(letter) != "Cf"
    ]
    return "".join(letter for letter, _ in found), [place for _, place in found]


def _stars(field: str, value: str) -> str:
    """A name is hidden whole: what is left of a long one would tell it."""
    return "*" * len(value) if field == "name" else mask(value)


def unmasked(
    desk: Desk, connection: Connection, number: int, *, by: str, role: str, why: str
) -> Mapping[str, Any]:
    """The complainant in full, for the role supervisor; that somebody looked is an entry of the log.

    Raises StopError COMPLAINT_UNMASK for another role or without a reason.
    """
    if role != "supervisor" or not why.strip():
        raise StopError(
            "COMPLAINT_UNMASK",
            zh=f"查看投诉人全部信息须为监察角色并写明原因；现为 {role}，原因“{why}”",
            en=f"The complainant's data are shown in full to the role supervisor with a reason; this is {role}, reason {why!r}",
            remedy_zh="用 --role supervisor --reason 写明原因；查看将记入日志",
            remedy_en="Give --role supervisor and --reason; that you looked is entered in the log",
            place=Place(case=str(number), field="role"),
        )
    found = person_of(connection, number).known
    state = connection.execute(select(complaint.c.state).where(complaint.c.complaint_id == number)).scalar()
    body = {"complaint": number, "state": state, "by": by, "role": role, "why": why, "fields": sorted(found)}
    desk.log(connection, "complaint.unmasked", body)
    return {name: found.get(name) for name in FIELDS}
