"""Registers complaints: checked, numbered without gaps per year, the complainant stored apart, groups reported upward."""

from __future__ import annotations

import hashlib
import json
import re
from datetime import date

from sqlalchemy import Connection, insert, select, update
from sqlalchemy.exc import IntegrityError

from hub.central.tables.complaints import complaint, complaint_year
from hub.clock import local_day
from hub.complaints import links, people, terms
from hub.complaints.events import happened, past
from hub.complaints.shapes import CHANNELS, HOTLINE, TOPICS, Desk, Given, New, Organisation, Row
from hub.complaints.states import REGISTERED, word
from hub.errors import Place, StopError
from hub.plain_text import keepable
from hub.supervision.rules import current_rules

OF_A_YEAR = 1_000_000
LONGEST_TITLE, LONGEST_CONTENT, LONGEST_WORDS, LONGEST_NAME = 200, 20_000, 16_000, 100
MOST_PEOPLE = 1_000_000
_USCC = re.compile(r"[0-9A-Z]{18}")
_REGION = re.compile(r"[0-9]{2,12}")


def register(desk: Desk, connection: Connection, new: New, *, by: str, role: str = "supervisor") -> int:
    """Register a complaint and return its number; a group's or a major one is reported upward at once.

    Raises StopError COMPLAINT_WORD, COMPLAINT_FIELD, COMPLAINT_TIME, COMPLAINT_KNOWN, COMPLAINT_LINK.
    """
    word("role", role, ("supervisor", "hotline"))
    name_checked("by", by)
    checked(new)
    at = past(desk, new.at)
    threshold = current_rules(connection)["K1"].value("group_people")
    number = _next(connection, local_day(at))
    row = _row(number, new, at, group=new.people >= threshold)
    try:
        with connection.begin_nested():
            connection.execute(insert(complaint).values(row))
    except IntegrityError as error:  # the hotline's number, perhaps entered at this very moment
        raise _known(connection, new) from error
    people.keep(connection, number, new.person)
    for kind, target in new.links:
        links.add(connection, number, kind, target)
    terms.begin(connection, number, "first", at, at)
    given = Given(by=by, role=role, at=at)
    happened(
        desk, connection, row, "register", given, REGISTERED, {"channel": new.channel, "hotline": new.hotline}
    )
    if row["is_group"] or row["is_major"]:
        report(desk, connection, row, given)
    return number


def report(desk: Desk, connection: Connection, row: Row, given: Given) -> None:
    """Upward, because of what it is."""
    zh, en = ("群体性投诉", "a group's complaint") if row["is_group"] else ("重大投诉", "a major complaint")
    people = f"{row['people']} {'person' if row['people'] == 1 else 'people'}"
    row["reported_at"] = given.at
    changes = {"reported_at": given.at}
    words = Given(
        by=given.by, role=given.role, at=given.at, words=f"{zh}，{row['people']} 人 · {en}, {people}"
    )
    happened(desk, connection, row, "report", words, row["state"], {"automatic": True}, changes)


def checked(new: New) -> None:
    """Refuse what cannot be registered. Raises StopError COMPLAINT_WORD, COMPLAINT_FIELD."""
    word("channel", new.channel, tuple(CHANNELS))
    word("topic", new.topic, tuple(TOPICS))
    for field, value, most in (
        ("title", new.title, LONGEST_TITLE),
        ("content", new.content, LONGEST_CONTENT),
    ):
        text_checked(field, value, most)
    if not 1 <= new.people <= MOST_PEOPLE:
        raise _wrong("people", f"1 至 {MOST_PEOPLE}", f"1 to {MOST_PEOPLE}")
    if (new.channel == HOTLINE) != (new.hotline is not None) or bool(new.hotline) != bool(new.hotline_no):
        raise _wrong(
            "hotline",
            "热线渠道须写明热线和其编号，其他渠道不写",
            "with the channel 热线 both hotline and its number",
        )
    for field, organisation in (("organization", new.about), ("host", new.host)):
        organisation_checked(field, organisation)
    if new.region is not None and not _REGION.fullmatch(new.region):
        raise _wrong("region", "2 至 12 位数字", "2 to 12 digits")
    for field, name, most in (("hotline", new.hotline, 20), ("hotline_no", new.hotline_no, 64)):
        if name is not None:
            text_checked(field, name, most)
    for field, target in new.links:
        text_checked(field, target, 200)
    limits = {"name": 100, "id_no": 30, "phone": 50, "email": 200, "address": 500}
    for field, value in new.person.known.items():
        text_checked(field, value, limits[field])


def given_checked(given: Given) -> None:
    """What comes with a step, as far as the table of steps does not ask for it. Raises StopError COMPLAINT_FIELD."""
    name_checked("by", given.by)
    for field, name in (("handler", given.handler), ("approver", given.approver)):
        if name is not None and name.strip():
            name_checked(field, name)
    for field, words in (("text", given.words), ("explanation", given.explanation)):
        if words is not None and words.strip():
            text_checked(field, words, LONGEST_WORDS)


def name_checked(field: str, name: str) -> None:
    """Somebody's name. Raises StopError COMPLAINT_FIELD."""
    text_checked(field, name, LONGEST_NAME)


def text_checked(field: str, text: str, most: int) -> None:
    """A text that can be kept. Raises StopError COMPLAINT_FIELD."""
    if not 1 <= len(text.strip()) <= most:
        raise _wrong(field, f"1 至 {most} 字", f"1 to {most} characters")
    if not keepable(text):
        raise _wrong(
            field,
            "能保存的文字，不含 NUL 和残缺的代理对",
            "text that can be kept: without NUL or half of a surrogate pair",
        )


def organisation_checked(field: str, organisation: Organisation) -> None:
    """An organisation's code and name. Raises StopError COMPLAINT_FIELD."""
    if organisation.uscc is not None and not _USCC.fullmatch(organisation.uscc):
        raise _wrong(field, "18 位统一社会信用代码", "a USCC of 18 digits and capital letters")
    if organisation.name is not None:
        text_checked(f"{field}_name", organisation.name, 200)


def digest(new: New) -> str:
    """SHA-256 of what was registered: a hotline's repeat has the same, whatever its time."""
    told = [
        new.topic, new.title, new.content, new.about.uscc, new.about.name, new.people, new.major, new.region,
        sorted(new.person.known.items()), sorted(new.links),
    ]  # fmt: skip
    return hashlib.sha256(json.dumps(told, ensure_ascii=False).encode()).hexdigest()


def _row(number: int, new: New, at: int, *, group: bool) -> Row:
    return {
        "complaint_id": number, "version": 0, "round": 1, "state": REGISTERED, "channel": new.channel,
        "hotline": new.hotline, "hotline_no": new.hotline_no, "content_digest": digest(new),
        "registered_at": at, "registered_day": local_day(at), "region_code": new.region,
        "org_uscc": new.about.uscc, "org_name": new.about.name, "host_uscc": new.host.uscc, "host_name": new.host.name,
        "handling_uscc": None, "handling_name": None, "duty_uscc": new.host.uscc, "duty_name": new.host.name,
        "handler": None, "topic": new.topic, "title": new.title.strip(), "content": new.content.strip(), "people": new.people,
        "is_group": int(group), "is_major": int(new.major), "answered_at": None, "accepted_at": None, "decided_at": None,
        "feedback_at": None, "ended_at": None, "reported_at": None,
    }  # fmt: skip


def _known(connection: Connection, new: New) -> StopError:
    number = connection.execute(
        select(complaint.c.complaint_id).where(
            complaint.c.hotline == new.hotline, complaint.c.hotline_no == new.hotline_no
        )
    ).scalar_one()
    return StopError(
        "COMPLAINT_KNOWN",
        zh=f"热线 {new.hotline} 的 {new.hotline_no} 已登记为投诉 {number}",
        en=f"{new.hotline_no} of hotline {new.hotline} is registered already as complaint {number}",
        remedy_zh=f"用 suphub complaint show {number} 查看",
        remedy_en=f"See it with: suphub complaint show {number}",
        place=Place(case=str(number), field="hotline_no"),
    )


def _next(connection: Connection, day: date) -> int:
    """The next number of the year; the row of the year is held until the transaction ends, so a number is never left out."""
    rise = (
        update(complaint_year).where(complaint_year.c.year == day.year).values(last=complaint_year.c.last + 1)
    )
    if connection.execute(rise).rowcount == 0:
        try:
            with connection.begin_nested():
                connection.execute(insert(complaint_year).values(year=day.year, last=1))
        except IntegrityError:  # somebody began the year at the same moment
            connection.execute(rise)
    last = connection.execute(
        select(complaint_year.c.last).where(complaint_year.c.year == day.year)
    ).scalar_one()
    return day.year * OF_A_YEAR + int(last)


def _wrong(field: str, zh: str, en: str) -> StopError:
    # What was given is not repeated: it may be personal.
    return StopError(
        "COMPLAINT_FIELD",
        zh=f"投诉的 {field} 不对：应为{zh}",
        en=f"{field} of the complaint is wrong: it must be {en}",
        remedy_zh="改正后再登记；本次没有登记",
        remedy_en="Mend it and register again; nothing was registered",
        place=Place(field=field),
    )
