"""The fields of the letters that go with a complaint's steps: acceptance, refusal, question, extension, transfer, answer and others."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, select

from hub.central.tables.complaints import complaint, complaint_event
from hub.clock import local_day
from hub.complaints.form import written_day
from hub.complaints.handling import unknown
from hub.complaints.people import hidden, person_of, unmasked
from hub.complaints.shapes import Desk
from hub.complaints.states import ACTIONS, word
from hub.complaints.terms import Standing, standings
from hub.errors import Place, StopError
from hub.supervision.rules import current_rules

TO_COMPLAINANT = ("accept", "refuse", "clarify", "extend", "feedback", "reopen")
STEPS = (*TO_COMPLAINANT, "transfer", "report")
"""Steps that have a letter; docs/complaints.md lists them."""


@dataclass(frozen=True, slots=True)
class Paper:
    """What a letter about a step is filled with; `event` is the step's number, so that each step has a letter of its own."""

    event: int
    fields: Mapping[str, str]
    organization: tuple[
        str | None, str | None
    ]  # USCC and name of the addressee; none where it is the complainant


def paper(
    desk: Desk, connection: Connection, number: int, step: str, *, by: str, role: str, why: str
) -> Paper:
    """The letter of the newest `step` of a complaint. Letters to the complainant name them: who wrote one and why is logged.

    In all other fields, and in a transfer or report, nothing tells who complained. Raises StopError COMPLAINT_UNKNOWN,
    COMPLAINT_WORD, COMPLAINT_NO_STEP where that step has not been taken, COMPLAINT_UNMASK.
    """
    word("step", step, STEPS)
    row = (
        connection.execute(select(complaint).where(complaint.c.complaint_id == number))
        .mappings()
        .one_or_none()
    )
    if row is None:
        raise unknown(number)
    event = _newest(connection, number, step)
    person = person_of(connection, number)
    told = json.loads(event.details or "{}")
    terms = standings(connection, current_rules(connection), local_day(desk.now), number)
    to = (told.get("organization"), told.get("name")) if step == "transfer" else (None, None)
    fields: dict[str, Any] = {
        "complaint": number,
        "complainant": _name(desk, connection, number, by, role, why) if step in TO_COMPLAINANT else "",
        "received_on": written_day(row["registered_at"]),
        "done_on": written_day(event.at),
        "channel": row["channel"],
        "against": row["org_name"] or row["org_uscc"],
        "matter": hidden(row["title"], person),
        "words": hidden(event.words or "", person),
        "due_on": _due(terms, ("own", "transfer")),
        "answer_on": _due(terms, ("feedback",)),
        "handling": row["handling_name"] or row["handling_uscc"],
        "approver": told.get("approver"),
        "people": row["people"],
        "handler": row["handler"],
        "organization": to[1] or to[0],
        "organization_code": to[0],
    }
    return Paper(event.number, {name: "" if each is None else str(each) for name, each in fields.items()}, to)


def _newest(connection: Connection, number: int, step: str) -> Row[Any]:
    found = connection.execute(
        select(complaint_event)
        .where(complaint_event.c.complaint_id == number, complaint_event.c.action == step)
        .order_by(complaint_event.c.number.desc())
        .limit(1)
    ).first()
    if found is None:
        zh = ACTIONS[step].zh
        raise StopError(
            "COMPLAINT_NO_STEP",
            zh=f"投诉 {number} 还没有{zh}({step})，没有可写的文书",
            en=f"Complaint {number} has not had the step {step} yet: there is nothing to write",
            remedy_zh=f"先 suphub complaint {step} {number}，再写文书",
            remedy_en=f"Take the step first: suphub complaint {step} {number}",
            place=Place(case=str(number), field="step"),
        )
    return found


def _name(desk: Desk, connection: Connection, number: int, by: str, role: str, why: str) -> str:
    """How the complainant is addressed; who did not say a name is 投诉人."""
    return str(unmasked(desk, connection, number, by=by, role=role, why=why)["name"] or "投诉人")


def _due(terms: Sequence[Standing], kinds: tuple[str, ...]) -> str:
    """The last day of the newest of these terms that is still open; empty where there is none."""
    open_ones = [
        each for each in terms if each.kind in kinds and each.ended_on is None and each.due_on is not None
    ]
    return (
        ""
        if not open_ones or (due := open_ones[-1].due_on) is None
        else f"{due.year}年{due.month}月{due.day}日"
    )
