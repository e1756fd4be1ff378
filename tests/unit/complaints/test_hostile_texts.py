"""Complaints with texts that nothing keeps, names that are none, days that are not there: told, and nothing is left of them."""

from __future__ import annotations

import json
from typing import Any

import pytest
from sqlalchemy import select

from hub.central.engine import reading
from hub.central.tables.complaints import complaint, complaint_event
from hub.complaints.shapes import Organisation, Person
from hub.errors import StopError
from tests.support.complaints import Office
from tests.unit.complaints.test_hotline import ROW, imported

MONDAY, TUESDAY = "2026-11-09T09:00", "2026-11-10T09:00"
NUL, HALF = "张\0三", "张\udc80三"


@pytest.mark.parametrize(
    "given",
    [
        {"title": NUL},
        {"content": HALF},
        {"by": " "},
        {"by": "王" * 101},
        {"by": NUL},
        {"person": Person(name=HALF)},
        {"person": Person(address=NUL)},
        {"about": Organisation(None, NUL)},
        {"channel": "热线", "hotline": "12345", "hotline_no": NUL},
    ],
)
def test_what_cannot_be_kept_is_not_registered(office: Office, given: dict[str, Any]) -> None:
    with pytest.raises(StopError, match="COMPLAINT_FIELD") as caught:
        office.register(MONDAY, **given)
    str(caught.value).encode()
    assert office.logged == []
    assert office.register(MONDAY) == 2026000001, "no number is lost"


@pytest.mark.parametrize(
    ("action", "given"),
    [
        ("accept", {"by": ""}),
        ("accept", {"by": "王" * 101}),
        ("accept", {"handler": NUL}),
        ("accept", {"handler": "王" * 101}),
        ("accept", {"words": "x" * 16_001}),
        ("accept", {"words": HALF}),
        ("accept", {"explanation": NUL}),
        ("refuse", {"words": NUL}),
    ],
)
def test_what_cannot_be_kept_is_no_step(office: Office, action: str, given: dict[str, Any]) -> None:
    number = office.register(MONDAY)
    office.logged.clear()
    with pytest.raises(StopError, match="COMPLAINT_FIELD"):
        office.act(number, action, TUESDAY, **given)
    assert office.logged == []
    assert office.show(number)["state"] == "登记"


def test_an_approver_is_a_name(office: Office) -> None:
    number = office.accepted(MONDAY)
    for approver in (NUL, "王" * 101):
        with pytest.raises(StopError, match="COMPLAINT_FIELD"):
            office.act(number, "extend", TUESDAY, approver=approver, days=9)
    with pytest.raises(StopError, match="COMPLAINT_APPROVER"):
        office.act(number, "extend", TUESDAY, approver="李\u200b明", days=9)
    assert office.standing(number, "own", "2026-11-10").extended_by == 0


@pytest.mark.parametrize("target", ["land-bureau/\0", "land-bureau/\udc80", "x" * 1000])
def test_what_is_linked_is_there(office: Office, target: str) -> None:
    number = office.register(MONDAY)
    with pytest.raises(StopError, match="COMPLAINT_LINK") as caught:
        office.act(number, "link", TUESDAY, link=("case", target))
    str(caught.value).encode()


@pytest.mark.parametrize("at", ["1989-12-31T23:59", "0001-01-02T00:00"])
def test_a_complaint_is_not_from_before_the_calendar_by_which_its_terms_are_counted(
    office: Office, at: str
) -> None:
    with pytest.raises(StopError, match="COMPLAINT_TIME") as caught:
        office.register(at)
    assert "1990-01-01" in caught.value.message_zh
    office.act(office.accepted("1990-01-02T09:00"), "extend", "1990-01-03T09:00", days=9)


def test_a_row_that_nothing_can_keep_holds_up_no_other(office: Office) -> None:
    faulty: list[dict[str, str]] = [
        {"title": NUL}, {"content": HALF}, {"name": NUL}, {"phone": HALF}, {"hotline_no": NUL}, {"topic": HALF},
        {"handed_at": NUL}, {"handed_at": "0001-01-01"}, {"case": HALF}, {"region": NUL}, {"organization_name": HALF},
    ]  # fmt: skip
    rows = [{**ROW, "hotline_no": f"HT-{number}", **cells} for number, cells in enumerate(faulty)]
    done = imported(office, json.dumps([*rows, ROW]).encode(), "json")
    assert done.registered == [2026000001]
    assert [each["line"] for each in done.refused] == list(range(1, len(faulty) + 1))
    json.dumps(done.as_dict(), ensure_ascii=False).encode()
    with reading(office.engine) as connection:
        assert connection.execute(select(complaint.c.hotline_no)).scalars().all() == ["HT-0001"]
        assert len(connection.execute(select(complaint_event)).all()) == 1
