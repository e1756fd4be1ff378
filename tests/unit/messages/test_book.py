"""messages.yaml is read strictly, and its recipients get what they asked for and nothing else."""

from __future__ import annotations

from datetime import time, timedelta
from pathlib import Path

import pytest

from hub.errors import StopError
from hub.messages.book import load_book
from hub.messages.shapes import Message, Recipient

GOOD = """\
channels:
  mail: {kind: smtp, connection: hub_mail, from: 监察枢纽 <hub@example.gov.cn>}
  chat: {kind: webhook, connection: duty_chat, body: {text: "{text}"}, accept: {code: 0}}
  text: {kind: sms, connection: sms_gateway, limit: 70, timeout: 5s}
recipients:
  duty:
    channel: mail
    to: [duty@example.gov.cn, second@example.gov.cn]
    quiet: "22:00-07:00"
    digest: 30m
    kinds: [alert]
    language: zh
  leader: {channel: text, to: ["13800000000"], level: 3, urgent: 4}
  group: {channel: chat, roles: [ops, supervisor], systems: [land-bureau]}
"""


def written(folder: Path, text: str) -> Path:
    path = folder / "messages.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_book_is_read_with_all_that_it_says(tmp_path: Path) -> None:
    book = load_book(written(tmp_path, GOOD))
    assert [(c.name, c.kind, c.connection) for c in book.channels.values()] == [
        ("mail", "smtp", "hub_mail"),
        ("chat", "webhook", "duty_chat"),
        ("text", "sms", "sms_gateway"),
    ]
    duty, leader, group = book.recipients.values()
    assert duty.addresses == ("duty@example.gov.cn", "second@example.gov.cn")
    assert duty.quiet is not None
    assert (duty.quiet.begin, duty.quiet.end) == (time(22), time(7))
    assert (duty.digest, duty.level, duty.urgent, duty.language) == (timedelta(minutes=30), 1, 3, "zh")
    assert (leader.level, leader.urgent) == (3, 4)
    assert group.addresses == ("-",)


def test_without_a_file_nobody_gets_anything(tmp_path: Path) -> None:
    assert load_book(tmp_path / "messages.yaml").recipients == {}
    assert load_book(written(tmp_path, "")).recipients == {}


@pytest.mark.parametrize(
    ("before", "after", "line", "said"),
    [
        ("kind: smtp", "kind: smpt", 2, "smtp"),
        ("connection: hub_mail, ", "", 2, "connection"),
        ("level: 3", "level: 7", 13, "1 to 3"),
        ("channel: text", "channel: sms", 13, "text"),
        ("duty@example.gov.cn, ", "duty, ", 8, "address for smtp"),
        ("to: [duty@example.gov.cn, second@example.gov.cn]", "to: []", 7, "lacks to"),
        ('"22:00-07:00"', '"22-7"', 9, "22:00-07:00"),
        ('"22:00-07:00"', '"22:00-22:00"', 9, "not the same"),
        ("roles: [ops, supervisor]", "roles: [boss]", 14, "roles"),
        ("group: {channel: chat,", "group: {channel: chat, to: [x],", 14, "no meaning"),
        ("recipients:", "receivers:", 5, "recipients"),
        ("timeout: 5s", "timeout: soon", 4, "60s"),
        ("    digest: 30m", "    digets: 30m", 10, "digest"),
        ("channels:", "channels: [", 1, "YAML"),
    ],
)
def test_what_is_wrong_is_told_with_its_line(
    tmp_path: Path, before: str, after: str, line: int, said: str
) -> None:
    assert before in GOOD
    with pytest.raises(StopError) as caught:
        load_book(written(tmp_path, GOOD.replace(before, after)))
    assert caught.value.code == "MESSAGES_FILE"
    assert said in str(caught.value)
    if said != "YAML":
        assert caught.value.place.line == line


def message(**changes: object) -> Message:
    base: dict[str, object] = {
        "kind": "alert.raised", "level": 2, "subject_zh": "主题", "subject_en": "Subject", "body_zh": "正文", "body_en": "Body",
        "system": "land-bureau", "organizations": ("11430100006127328X",), "roles": ("ops",),
    }  # fmt: skip
    return Message(**{**base, **changes})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("recipient", "wanted"),
    [
        ({}, True),
        ({"level": 1}, True),
        ({"level": 2}, True),
        ({"level": 3}, False),
        ({"kinds": ("alert",)}, True),
        ({"kinds": ("alert.raised",)}, True),
        ({"kinds": ("aler",)}, False),
        ({"kinds": ("card", "alert.recovered")}, False),
        ({"roles": ("ops", "supervisor")}, True),
        ({"roles": ("supervisor",)}, False),
        ({"systems": ("land-bureau",)}, True),
        ({"systems": ("hrss-bureau",)}, False),
        ({"organizations": ("11430100006127328X",)}, True),
        ({"organizations": ("11430100006127000X",)}, False),
    ],
)
def test_a_recipient_gets_what_he_asked_for(recipient: dict[str, object], wanted: bool) -> None:
    assert Recipient("one", "mail", ("a@b",), **recipient).wants(message()) is wanted  # type: ignore[arg-type]


def test_a_message_for_nobody_in_particular_reaches_every_role() -> None:
    assert Recipient("one", "mail", ("a@b",), roles=("supervisor",)).wants(message(roles=()))


def test_people_of_a_level_get_their_level_and_every_higher_one() -> None:
    levels = {level: Recipient(str(level), "mail", ("a@b",), level=level) for level in (1, 2, 3)}
    found = {
        level: [name for name, each in levels.items() if each.wants(message(level=level))]
        for level in (1, 2, 3)
    }
    assert found == {1: [1], 2: [1, 2], 3: [1, 2, 3]}
