"""What leaves when: hours of rest, digests, floods, parcels that were tried before; and how they read."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from hub.clock import SHANGHAI, to_us
from hub.messages.book import hours
from hub.messages.http import filled
from hub.messages.plan import FLOOD, LISTED, letter, pause, plan
from hub.messages.shapes import Book, Parcel, Recipient, Waiting

CONTENT = {"subject_zh": "主题", "subject_en": "Subject", "body_zh": "正文", "body_en": "Body"}


def at(text: str) -> int:
    return to_us(datetime.fromisoformat(f"2026-11-20T{text}").replace(tzinfo=SHANGHAI))


def waiting(number: int = 1, **changes: Any) -> Waiting:
    base = {
        "id": number, "recipient": "duty", "address": "a@b", "kind": "alert.raised", "level": 2, "system": "land",
        "content": CONTENT, "created_at": at("12:00"), "attempts": 0, "batch": None,
    }  # fmt: skip
    return Waiting(**{**base, **changes})


def book(*addresses: str, **options: Any) -> Book:
    return Book({}, {"duty": Recipient("duty", "mail", addresses or ("a@b",), **options)})


def ids(parcels: tuple[Parcel, ...]) -> list[list[int]]:
    return [[row.id for row in parcel.rows] for parcel in parcels]


def test_messages_leave_one_by_one() -> None:
    found = plan([waiting(1), waiting(2), waiting(3, address="c@d")], book("a@b", "c@d"), at("12:00"))
    assert ids(found.parcels) == [[1], [2], [3]]
    assert not found.later


def test_a_flood_leaves_as_one() -> None:
    found = plan([waiting(number) for number in range(FLOOD + 1)], book(), at("12:00"))
    assert ids(found.parcels) == [list(range(FLOOD + 1))]


@pytest.mark.parametrize(
    ("now", "until"),
    [
        ("21:59:59", None),
        ("22:00", "2026-11-21T07:00"),
        ("23:59:59", "2026-11-21T07:00"),
        ("06:59:59", "2026-11-20T07:00"),
        ("07:00", None),
    ],
)
def test_hours_of_rest_hold_until_they_end(now: str, until: str | None) -> None:
    found = plan([waiting()], book(quiet=hours("22:00-07:00")), at(now))
    ends = {1: to_us(datetime.fromisoformat(until).replace(tzinfo=SHANGHAI))} if until else {}
    assert found.later == ends
    assert len(found.parcels) == (0 if until else 1)


def test_hours_of_rest_at_noon_end_the_same_day() -> None:
    found = plan([waiting()], book(quiet=hours("12:00-13:30")), at("12:10"))
    assert found.later == {1: at("13:30")}


def test_red_is_never_held_unless_the_recipient_says_so() -> None:
    rows = [waiting(1, level=3), waiting(2, level=2)]
    found = plan(rows, book(quiet=hours("22:00-07:00")), at("23:00"))
    assert ids(found.parcels) == [[1]]
    assert list(found.later) == [2]
    found = plan(rows, book(quiet=hours("22:00-07:00"), urgent=4), at("23:00"))
    assert (found.parcels, sorted(found.later)) == ((), [1, 2])


def test_a_digest_waits_for_its_time_and_then_leaves_as_one() -> None:
    rows = [waiting(1), waiting(2, created_at=at("12:20")), waiting(3, level=3)]
    gathering = book(digest=timedelta(minutes=30))
    found = plan(rows, gathering, at("12:29"))
    assert ids(found.parcels) == [[3]]
    assert found.later == {1: at("12:30"), 2: at("12:30")}
    assert ids(plan(rows[:2], gathering, at("12:30")).parcels) == [[1, 2]]


def test_a_digest_that_ends_in_the_hours_of_rest_waits_for_the_morning() -> None:
    found = plan(
        [waiting(created_at=at("21:50"))],
        book(digest=timedelta(minutes=30), quiet=hours("22:00-07:00")),
        at("21:55"),
    )
    assert found.later == {1: at("07:00") + 86_400_000_000}


def test_what_was_tried_together_stays_together_under_its_name() -> None:
    rows = [waiting(1, batch="b1"), waiting(2, batch="b1"), waiting(3)]
    found = plan(rows, book(digest=timedelta(minutes=30)), at("12:40"))
    assert [(parcel.batch, [row.id for row in parcel.rows]) for parcel in found.parcels] == [
        ("b1", [1, 2]),
        (None, [3]),
    ]


def test_messages_for_somebody_who_is_gone_are_told_apart() -> None:
    found = plan([waiting(1), waiting(2, recipient="gone"), waiting(3, address="c@d")], book(), at("12:00"))
    assert [row.id for row in found.orphans] == [2, 3]
    assert ids(found.parcels) == [[1]]


def test_a_long_digest_tells_the_gravest_in_full_in_the_order_in_which_they_came() -> None:
    content = [{**CONTENT, "subject_zh": f"第{number}条"} for number in range(LISTED + 3)]
    levels = [3 if number in (1, LISTED + 2) else 1 for number in range(LISTED + 3)]
    rows = tuple(waiting(n, level=level, content=content[n]) for n, level in enumerate(levels))
    body = letter(Parcel(Recipient("duty", "mail", ("a@b",), language="zh"), "a@b", rows), "key").body
    assert body.index("第1条") < body.index(f"第{LISTED + 2}条")
    assert f"第{LISTED - 1}条" not in body
    assert "另有 3 条" in body


def test_pauses_grow_and_end_at_an_hour() -> None:
    assert [pause(n) // timedelta(minutes=1) for n in (1, 2, 3, 6, 7, 30)] == [1, 2, 4, 32, 60, 60]


@pytest.mark.parametrize(
    ("language", "subject", "body"),
    [("zh", "主题", "正文"), ("en", "Subject", "Body"), ("both", "主题 · Subject", "正文\n\nBody")],
)
def test_a_letter_is_written_in_the_recipients_language(language: str, subject: str, body: str) -> None:
    made = letter(Parcel(Recipient("duty", "mail", ("a@b",), language=language), "a@b", (waiting(),)), "key")
    assert (made.id, made.address, made.subject, made.body, made.system) == (
        "key",
        "a@b",
        subject,
        body,
        "land",
    )


def test_a_digest_tells_each_message_and_at_most_fifty() -> None:
    rows = tuple(waiting(number, level=3 if number == 7 else 1) for number in range(LISTED + 3))
    made = letter(Parcel(Recipient("duty", "mail", ("a@b",)), "a@b", rows), "key")
    assert made.subject == f"监察枢纽:{LISTED + 3} 条消息 · Supervision Hub: {LISTED + 3} messages"
    assert made.body.count("Subject") == LISTED
    assert "3 more" in made.body
    assert made.level == 3


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ("{text}", 'a "b"\n'),
        ({"text": {"content": "[{level}] {text}", "at": ["{to}"]}}, {"text": {"content": '[2] a "b"\n', "at": ["1"]}}),
        ("{unknown} {", "{unknown} {"),
        ("{{text}}", '{a "b"\n}'),
        ("", ""),
    ],
)  # fmt: skip
def test_a_template_is_filled_in_its_texts_only(template: Any, expected: Any) -> None:
    assert filled(template, {"text": 'a "b"\n', "level": "2", "to": "1"}) == expected


def test_what_is_filled_in_is_not_filled_again() -> None:
    assert filled("{text}", {"text": "{to}", "to": "secret"}) == "{to}"
