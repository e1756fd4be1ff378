"""Takes one step with a complaint: checked against the table, the terms, and what others did meanwhile."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Connection, func, select

from hub.central.tables.complaints import complaint, complaint_event
from hub.clock import iso
from hub.complaints import links, terms
from hub.complaints.events import changed, happened, past
from hub.complaints.registering import given_checked, organisation_checked
from hub.complaints.shapes import Desk, Given, Row
from hub.complaints.states import ACTIONS, ENDED, move
from hub.errors import Place, StopError
from hub.supervision.four_eyes import same_person
from hub.supervision.rules import Rule, current_rules

ENDS: Mapping[str, tuple[str, ...]] = {
    "clarify": ("first",),
    "accept": ("first",),
    "refuse": ("first",),
    "transfer": ("own", "feedback"),
    "decide": ("own", "transfer"),
    "feedback": ("feedback",),
    "withdraw": tuple(terms.KINDS),
}
"""Which terms an action ends."""
_OPENING = ("register", "supplement", "accept", "transfer", "reopen")


@dataclass(frozen=True, slots=True)
class Deed:
    """One step while it is taken."""

    connection: Connection
    row: Row
    given: Given
    at: int
    rules: Mapping[str, Rule]

    @property
    def number(self) -> int:
        """The complaint's."""
        return int(self.row["complaint_id"])


def act(desk: Desk, connection: Connection, number: int, action: str, given: Given) -> Row:
    """Take one step in the caller's transaction and return the complaint's row as it is then.

    Who comes second is told what the first did (`if_version`), or that the step is no longer possible. Raises StopError
    COMPLAINT_UNKNOWN, COMPLAINT_CHANGED, COMPLAINT_TRANSITION, COMPLAINT_ROLE, COMPLAINT_NEEDS, COMPLAINT_TIME, COMPLAINT_DELAY,
    COMPLAINT_EXTENSION, COMPLAINT_APPROVER, COMPLAINT_FIELD, COMPLAINT_LINK, COMPLAINT_WORD.
    """
    row = held(connection, number)
    if given.if_version is not None and given.if_version != row["version"]:
        raise changed(number, given.if_version, _since(connection, number, given.if_version))
    step = move(number, row["state"], action, given.role, given.names, lambda: _last_step(connection, row))
    given_checked(given)
    last = connection.execute(
        select(complaint_event.c.at).where(
            complaint_event.c.complaint_id == number, complaint_event.c.number == row["version"]
        )
    ).scalar_one()
    at = past(desk, given.at, last)
    given = replace(given, at=at)
    deed = Deed(connection, row, given, at, current_rules(connection))
    _explained(desk, deed, action)
    ended = ENDS.get(action, ())
    changes, details = _EFFECTS.get(action, _nothing)(deed)
    if ended:
        terms.end(connection, number, ended, at, action)
    if step.to in ENDED:
        changes = {**changes, "ended_at": at}
    happened(desk, connection, row, action, given, step.to or row["state"], details, changes)
    return row


def held(connection: Connection, number: int) -> Row:
    """The complaint's row, held until the transaction ends. Raises StopError COMPLAINT_UNKNOWN."""
    row = (
        connection.execute(select(complaint).where(complaint.c.complaint_id == number).with_for_update())
        .mappings()
        .one_or_none()
    )
    if row is None:
        raise unknown(number)
    return dict(row)


def unknown(number: int) -> StopError:
    """No such complaint."""
    return StopError(
        "COMPLAINT_UNKNOWN",
        zh=f"没有编号为 {number} 的投诉",
        en=f"There is no complaint {number}",
        remedy_zh="用 suphub complaint list 查看现有的投诉",
        remedy_en="See the complaints there are with: suphub complaint list",
        place=Place(field="NUMBER"),
    )


def _explained(desk: Desk, deed: Deed, action: str) -> None:
    """What ends a term late needs the delay explained: before it, or with it. Raises StopError COMPLAINT_DELAY."""
    if deed.given.explanation and deed.given.explanation.strip():
        words = Given(by=deed.given.by, role=deed.given.role, at=deed.at, words=deed.given.explanation)
        happened(desk, deed.connection, deed.row, "explain", words, deed.row["state"], {})
        return
    if action == "withdraw" or not terms.late(
        deed.connection, deed.rules, deed.number, ENDS.get(action, ()), deed.at
    ):
        return
    if _last(deed, ("explain",)) < _last(deed, _OPENING):
        raise StopError(
            "COMPLAINT_DELAY",
            zh=f"投诉 {deed.number} 已超过期限，须先说明延误原因",
            en=f"Complaint {deed.number} is past its term: the delay must be explained",
            remedy_zh="用 --explain 写明原因，或先 suphub complaint explain",
            remedy_en="Say why with --explain, or before it with: suphub complaint explain",
            place=Place(case=str(deed.number), field="explanation"),
        )


def _last(deed: Deed, actions: tuple[str, ...]) -> int:
    """The number of the last event of these actions; 0 where there is none."""
    newest = select(func.coalesce(func.max(complaint_event.c.number), 0)).where(
        complaint_event.c.complaint_id == deed.number, complaint_event.c.action.in_(actions)
    )
    return int(deed.connection.execute(newest).scalar_one())


def _last_step(connection: Connection, row: Row) -> tuple[str, str]:
    """What was done last: when, by whom and what, in Chinese and English."""
    last = connection.execute(
        select(complaint_event.c.recorded_at, complaint_event.c.actor, complaint_event.c.action).where(
            complaint_event.c.complaint_id == row["complaint_id"], complaint_event.c.number == row["version"]
        )
    ).one()
    known = ACTIONS.get(last.action)
    who = f"{iso(last.recorded_at)} {last.actor}"
    return f"{who} {known.zh if known else '登记'}", f"{who}: {known.en if known else 'register'}"


def _since(connection: Connection, number: int, version: int) -> str:
    rows = connection.execute(
        select(complaint_event.c.action, complaint_event.c.actor, complaint_event.c.to_state)
        .where(complaint_event.c.complaint_id == number, complaint_event.c.number > version)
        .order_by(complaint_event.c.number)
    )
    return "；".join(
        f"{row.actor} {ACTIONS[row.action].zh if row.action in ACTIONS else row.action}({row.action}) → {row.to_state}"
        for row in rows
    )


Effect = tuple[dict[str, Any], dict[str, Any]]
"""Columns that change, and what the event tells besides."""


def _nothing(deed: Deed) -> Effect:
    return {}, {}


def _answer(deed: Deed) -> dict[str, Any]:
    return {} if deed.row["answered_at"] is not None else {"answered_at": deed.at}


def _told(deed: Deed) -> Effect:
    return _answer(deed), {}


def _supplement(deed: Deed) -> Effect:
    terms.begin(deed.connection, deed.number, "first", deed.at, deed.at)
    return {}, {}


def _accept(deed: Deed) -> Effect:
    for kind in ("own", "feedback"):
        terms.begin(deed.connection, deed.number, kind, deed.at, deed.at)
    handler = deed.given.handler or deed.given.by
    return {**_answer(deed), "accepted_at": deed.at, "handler": handler}, {"handler": handler}


def _extend(deed: Deed) -> Effect:
    days, approver = deed.given.days, deed.given.approver
    assert days is not None
    assert approver is not None
    if same_person(approver, deed.given.by):
        raise StopError(
            "COMPLAINT_APPROVER",
            zh=f"延期须由他人批准：申请人和批准人都是 {approver}",
            en=f"An extension is approved by somebody else: {approver} asks and approves",
            remedy_zh="由有权批准的另一人批准，用 --approver 写明",
            remedy_en="Let another person approve it, named with --approver",
            place=Place(case=str(deed.number), field="approver"),
        )
    added = terms.extend(deed.connection, deed.rules, deed.number, days, deed.at)
    return {}, {"to_workday": days, "added": added, "approver": approver}


def _transfer(deed: Deed) -> Effect:
    to = deed.given.organization
    organisation_checked("organization", to)
    if deed.row["handling_uscc"] is None and deed.row["handling_name"] is None:
        accepted = deed.row["accepted_at"]
        terms.begin(deed.connection, deed.number, "transfer", deed.at, accepted)
    names = {"uscc": to.uscc, "name": to.name}
    changes = {f"{part}_{name}": value for part in ("handling", "duty") for name, value in names.items()}
    return changes, {"organization": to.uscc, "name": to.name}


def _opinion(deed: Deed) -> Effect:
    return {"duty_uscc": deed.row["host_uscc"], "duty_name": deed.row["host_name"]}, {}


def _disagree(deed: Deed) -> Effect:
    return {"duty_uscc": deed.row["handling_uscc"], "duty_name": deed.row["handling_name"]}, {}


def _decide(deed: Deed) -> Effect:
    return {"decided_at": deed.at}, {}


def _feedback(deed: Deed) -> Effect:
    return {**_answer(deed), "feedback_at": deed.at}, {}


def _reopen(deed: Deed) -> Effect:
    for kind in ("own", "feedback"):
        terms.begin(deed.connection, deed.number, kind, deed.at, deed.at)
    cleared = dict.fromkeys(("decided_at", "feedback_at", "ended_at", "handling_uscc", "handling_name"))
    host = {"duty_uscc": deed.row["host_uscc"], "duty_name": deed.row["host_name"]}
    return {**cleared, **host, "accepted_at": deed.at, "round": deed.row["round"] + 1}, {
        "round": deed.row["round"] + 1
    }


def _report(deed: Deed) -> Effect:
    return {"reported_at": deed.at}, {"automatic": False}


def _link(deed: Deed) -> Effect:
    kind, target = deed.given.link or ("", "")
    links.add(deed.connection, deed.number, kind, target)
    return {}, {"kind": kind, "target": target}


_EFFECTS: Mapping[str, Callable[[Deed], Effect]] = {
    "clarify": _told,
    "supplement": _supplement,
    "accept": _accept,
    "refuse": _told,
    "extend": _extend,
    "transfer": _transfer,
    "opinion": _opinion,
    "disagree": _disagree,
    "decide": _decide,
    "feedback": _feedback,
    "reopen": _reopen,
    "report": _report,
    "link": _link,
}
