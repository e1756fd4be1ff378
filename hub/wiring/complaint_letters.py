"""Letters about the steps of a complaint, fitted together: fields, number, log, in one transaction."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hub import wiring
from hub.central.engine import writing
from hub.complaints import handling
from hub.complaints.paper import paper
from hub.complaints.shapes import Desk
from hub.letters.issue import Wanted, issue
from hub.letters.kinds import kind_of
from hub.wiring import letters
from hub.wiring.complaints import desk


def write(number: int, step: str, *, by: str, role: str, why: str) -> dict[str, Any]:
    """The letter of the newest `step` of a complaint: numbered, kept, in the log; asked for again, the same one.

    That the complainant was named in it is an entry of the log each time. Raises StopError COMPLAINT_UNKNOWN, COMPLAINT_WORD,
    COMPLAINT_NO_STEP, COMPLAINT_UNMASK, LETTER_…
    """
    here, seen = desk(), list[tuple[str, Mapping[str, Any]]]()
    press, looking = letters.press(), Desk(here.now, lambda _, event, body: seen.append((event, body)))
    with writing(wiring.engine()) as connection:
        handling.held(connection, number)  # before numbers of letters and the log, which others wait for
        made = paper(looking, connection, number, step, by=by, role=role, why=why)
        uscc, name = made.organization
        row = {"complaint": str(number), "org_uscc": uscc, "org_name": name}
        wanted = Wanted(
            kind_of(f"complaint_{step}"), f"complaint:{number}:{step}:{made.event}", made.fields, by, row
        )
        written = dict(issue(connection, press, wanted, letters.day_of_letters(), here.now))
        for event, body in seen:
            here.log(connection, event, body)
    return written
