"""A month worked out by hand: March 2025, whose working days are Monday to Friday; what each case adds stands beside it."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, delete, insert

from hub.central.tables import business, complaints, exchange, items, result
from tests.oracle.lives import Life, Moment, Pause
from tests.oracle.loading import SYSTEM, clear, put

ORG = "11430100006121778E"
OTHER = "11430100006122222X"
MARCH_OVER = 1_743_436_800_000_000
"""2025-04-01T00:00 in UTC+8, µs."""


def micros(at: str) -> int:
    """An instant of UTC+8 in microseconds."""
    return int((datetime.fromisoformat(at) - timedelta(hours=8)).replace(tzinfo=UTC).timestamp()) * 1_000_000


def at(when: str) -> Moment:
    """A time of 2025 to the second: 03-03T10:00:00."""
    return Moment(date.fromisoformat(f"2025-{when[:5]}"), micros(f"2025-{when}"))


def life(completed: str | None = None, **more: Any) -> Life:
    """Accepted on Monday 3 March at 10:00, promised in 4 working days: the last day is Friday 7 March."""
    accepted = more.pop("accepted", "03-03T10:00:00")
    done = None if completed is None else at(completed)
    given = {"promised": 4, "promised_unit": "W", "applied": at(accepted), **more}
    return Life(at(accepted), done, **given)


PAUSED = {
    "pauses": (Pause(1, "2", at("03-04T09:00:00"), 60, "W"),),
    "ends": ((1, at("03-06T09:00:00")),),
}

CASES = (
    life("03-06T16:00:00", channel="2"),  # 1 on time; Friday is left: early
    life("03-07T16:00:00", channel="2"),  # 2 on time on the last day: not early
    life("03-09T16:00:00", channel="2"),  # 3 on a Sunday, before Monday counts: on time
    life("03-10T00:00:00", channel="3"),  # 4 late
    life(applied=None),  # 5 overdue at the end of the month; no application, so no channel
    life(accepted="03-28T10:00:00", promised=10),  # 6 still in time at the end of the month
    life("03-05T16:00:00", promised=None),  # 7 no limit: not judged
    life("03-10T16:00:00", **PAUSED),  # 8 paused on 5 and 6: 3 days used, early
    life("04-01T00:00:00"),  # 9 finished in April: at the end of March overdue
    life("02-28T16:00:00", accepted="02-20T10:00:00"),  # 10 of February
    life("03-06T09:00:00", promised=96, promised_unit="H"),  # 11 25 hours left: early
    life("03-06T10:00:01", promised=96, promised_unit="H"),  # 12 a second less than a day left: not early
    life("03-04T16:00:00", status="2"),  # 13 refused at acceptance: no limit runs
    life("03-06T16:00:00", promised_unit="D"),  # 14 Friday is left: early
    life(
        "03-07T16:00:00", promised=5, promised_unit="D"
    ),  # 15 Saturday rolls to Monday, which is left: early
)


def names(*numbers: int) -> list[str]:
    """Cases as lists name them, in their order."""
    return sorted(f"{SYSTEM}/C{number}" for number in numbers)


ON_TIME = names(1, 2, 3, 8, 11, 12, 14, 15)
JUDGED = names(1, 2, 3, 4, 5, 8, 9, 11, 12, 14, 15)
EARLY = names(1, 8, 11, 14, 15)
FINISHED_JUDGED = names(1, 2, 3, 4, 8, 11, 12, 14, 15)
FINISHED = names(1, 2, 3, 4, 7, 8, 11, 12, 13, 14, 15)
ACCEPTED = names(1, 2, 3, 4, 5, 6, 7, 8, 9, 11, 12, 14, 15)


def known(connection: Connection, number: int, *times: str) -> None:
    """When the versions of a case came to the hub."""
    rows = [
        {"case_id": number, "version": version, "digest": "0" * 64, "state": "current", "package": 1, "ordinal": 1,
         "known_at": micros(f"2025-{time}")}
        for version, time in enumerate(times, 1)
    ]  # fmt: skip
    connection.execute(insert(exchange.case_version), rows)


def versions(connection: Connection, number: int, *packages: int) -> None:
    """The versions of a case, each with the package that brought it."""
    rows = [
        {"case_id": number, "version": version, "digest": "0" * 64, "state": "current", "package": package, "ordinal": 1,
         "known_at": 0}
        for version, package in enumerate(packages, 1)
    ]  # fmt: skip
    if rows:
        connection.execute(insert(exchange.case_version), rows)


def told(connection: Connection, number: int, event: str, version: int) -> None:
    """A later version than the first one told an event."""
    row = {"case_id": number, "event": event, "number": 0, "version": version}
    connection.execute(insert(exchange.event_told), [row])


def forget(connection: Connection) -> None:
    """No cases, packages and versions."""
    clear(connection)
    for table in (exchange.case_version, exchange.event_told, exchange.package):
        connection.execute(delete(table))


def put_evaluation(connection: Connection, number: int, grade: str | None, day: str) -> None:
    """An evaluation of a case on a day of 2025."""
    row = {"case_id": number, "seq": 1, "grade": grade, "evaluated_at": None,
           "evaluated_day": date.fromisoformat(f"2025-{day}"), "handler_name": "赵决定"}  # fmt: skip
    connection.execute(insert(result.evaluation), [row])


def put_month(connection: Connection) -> None:
    """The cases of March."""
    put(connection, CASES)


def item(code: str, **more: Any) -> dict[str, Any]:
    """A version of an item in force."""
    return {
        "item_code": code, "version": 1, "digest": "0" * 64, "change": 1, "parts": "{}", "name": "事项", "org_uscc": ORG,
        "org_name": "长沙市自然资源和规划局", "state": "in_force", "is_exempt": 0, "details": "{}", "valid_from": None,
        "valid_to": None, "online_depth": None, "promised_limit": None, "promised_limit_unit": None,
        "statutory_limit": None, "statutory_limit_unit": None, **more,
    }  # fmt: skip


def put_items(connection: Connection, *given: dict[str, Any]) -> None:
    """Items of the catalogue."""
    connection.execute(insert(items.service_item), list(given))


def card(number: int, level: int, issued: str | None, **more: Any) -> dict[str, Any]:
    """A card of land-bureau; `issued` the day of 2025, None while it waits."""
    day = None if issued is None else date.fromisoformat(f"2025-{issued}")
    return {
        "card_id": number, "system": SYSTEM, "case_id": 1, "case_no": "C1", "rule": "T2", "rule_version": 1,
        "calendar_version": 1, "case_version": 1, "level": level, "state": "已发" if issued else "待发", "provisional": 0,
        "raised_on": day or date(2025, 3, 3), "judged_as_of": 0, "org_uscc": ORG, "org_name": "局", "handler": "赵决定",
        "snapshot": "{}", "open_key": f"T2|{number}|", "raised_at": 0, "issued_on": day, "subject": None, "step": None, **more,
    }  # fmt: skip


def put_cards(connection: Connection, *given: dict[str, Any]) -> None:
    """Cards as supervision would have raised them."""
    connection.execute(insert(business.card), list(given))


def package(number: int, serial: int, received: str) -> dict[str, Any]:
    """A package of land-bureau, received at a time of 2025."""
    return {
        "id": number, "system": SYSTEM, "digest": f"{number:064}", "package_id": f"P{number}", "serial": serial,
        "state": "closed", "origin": "x.xml", "size": 1, "received_at": micros(f"2025-{received}"), "cases": 0,
    }  # fmt: skip


def put_packages(connection: Connection, *given: dict[str, Any]) -> None:
    """Packages that came."""
    connection.execute(insert(exchange.package), list(given))


def complaint(number: int, registered: str, answered: str | None = None, **more: Any) -> dict[str, Any]:
    """A complaint about ORG, registered and first answered at times of 2025."""
    return {
        "complaint_id": 2025000000 + number, "version": 1, "round": 1, "state": "登记", "channel": "来电",
        "content_digest": f"{number:064}", "registered_at": micros(f"2025-{registered}"),
        "registered_day": date.fromisoformat(f"2025-{registered[:5]}"), "org_uscc": ORG, "org_name": "局", "topic": "其他",
        "title": "t", "content": "c", "people": 1, "is_group": 0, "is_major": 0, "region_code": None,
        "answered_at": None if answered is None else micros(f"2025-{answered}"), **more,
    }  # fmt: skip


def put_complaints(connection: Connection, *given: dict[str, Any]) -> None:
    """Complaints as they were registered."""
    connection.execute(insert(complaints.complaint), list(given))
