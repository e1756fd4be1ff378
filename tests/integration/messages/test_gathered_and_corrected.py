"""Digests that gather, floods that leave at once, addresses that are corrected, servers that say odd things: each message once."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from connectors import Access
from hub.central.engine import reading, writing
from hub.central.tables.exchange import exchange_log
from hub.messages import outbox
from hub.messages.plan import FLOOD
from hub.messages.shapes import Book
from tests.support.message_servers import Desk, mail_server
from tests.support.outgoing import DUTY, Post, with_chat, with_mail


def told(desk: Desk) -> list[str]:
    """The first words of what came to the desk."""
    return [document["text"]["content"].split(" ")[0] for _, _, document in desk.requests]


def test_a_digest_gathers_what_comes_one_after_another_and_leaves_as_one(post: Post, desk: Desk) -> None:
    with_chat(post, desk, limit="100000")
    post.recipient("group", "chat", digest=timedelta(minutes=30))
    for number in range(7):  # 0, 5 … 30 minutes; the DAG comes every five
        post.say(f"第{number}条")
        post.send()
        post.later(5)
    assert len(desk.requests) == 1
    text = desk.requests[0][2]["text"]["content"]
    assert [f"第{number}条" in text for number in range(7)] == [True] * 7
    post.say("第7条")
    post.send()
    assert len(desk.requests) == 1
    post.later(30)
    post.send()
    assert "第7条" in desk.requests[1][2]["text"]["content"]
    assert {state for state, _ in post.states()} == {"sent"}


def test_the_gravest_leave_first_and_all_within_one_round(
    light_post: Post, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbox, "AT_ONCE", 4)
    with_chat(light_post, desk)
    for number in range(10):
        light_post.say(str(number), level=1)
    light_post.say("红", level=3)
    assert light_post.send().sent == 11
    assert told(desk)[0] != "9"
    assert "红" in told(desk)[:4]


def test_a_great_many_leave_as_one(light_post: Post, desk: Desk) -> None:
    with_chat(light_post, desk, limit="1000")
    for number in range(30 * FLOOD):
        light_post.say(f"第{number}条", level=2 if number == 590 else 1)
    light_post.send()
    [(_, _, document)] = desk.requests
    text = document["text"]["content"]
    assert text.startswith("监察枢纽:600 条消息")
    assert len(text.encode()) <= 1000
    assert text.endswith("suphub message list")
    assert "\ufffd" not in text


@pytest.mark.parametrize("farewell", ["500 what?", "421 too busy to say good-bye"])
def test_a_letter_that_was_taken_is_not_sent_again_whatever_the_server_says_in_the_end(
    light_post: Post, tmp_path: Path, farewell: str
) -> None:
    with mail_server(tmp_path) as (box, port, pem):
        box.farewell = farewell
        with_mail(light_post, port, pem)
        light_post.say()
        assert light_post.send().sent == 1
        light_post.later(2)
        light_post.send()
    assert len(box.mails) == 1


@pytest.mark.parametrize(
    ("where", "answer", "state", "code"),
    [
        ("sender", "454 temporary authentication failure", "waiting", "MESSAGE_CHANNEL"),
        ("sender", "530 authentication required", "waiting", "MESSAGE_LOGIN"),
        ("sender", "550 not from here", "failed", "MESSAGE_REFUSED"),
        ("data", "432 later, please", "waiting", "MESSAGE_LATER"),
        ("data", "421 closing", "waiting", "MESSAGE_CHANNEL"),
        ("data", "554 no spam", "failed", "MESSAGE_REFUSED"),
    ],
)
def test_a_reply_of_four_hundred_is_for_now_and_one_of_five_hundred_for_ever(
    light_post: Post, tmp_path: Path, where: str, answer: str, state: str, code: str
) -> None:
    with mail_server(tmp_path) as (box, port, pem):
        setattr(box, where, answer)
        with_mail(light_post, port, pem)
        light_post.say()
        light_post.send()
    [row] = light_post.rows()
    assert (row["state"], row["error"].split(":")[0]) == (state, code)


def test_what_a_server_says_of_an_address_is_kept_masked(light_post: Post, tmp_path: Path) -> None:
    with mail_server(tmp_path) as (box, port, pem):
        box.answers[DUTY] = f"550 <{DUTY.upper()}> unknown"
        with_mail(light_post, port, pem)
        light_post.say()
        light_post.send()
    [row] = light_post.rows()
    assert "unknown" in row["error"]
    assert DUTY not in str(row).lower()


def test_an_address_that_is_corrected_gets_what_was_refused_at_the_wrong_one(
    light_post: Post, tmp_path: Path
) -> None:
    with mail_server(tmp_path) as (box, port, pem):
        box.answers["dutty@example.gov.cn"] = "550 no such user"
        with_mail(light_post, port, pem)
        light_post.recipient("duty", "mail", "chief@example.gov.cn", "dutty@example.gov.cn")
        light_post.say()
        light_post.send()
        light_post.recipient("duty", "mail", "chief@example.gov.cn", DUTY)
        assert retry(light_post) == 1
        assert light_post.send().as_dict() == {"sent": 1, "tried_again": 0, "failed": 0, "held": 0}
    assert [mail["To"] for mail in box.mails] == ["chief@example.gov.cn", DUTY]


def test_what_waits_for_somebody_who_has_left_is_given_up_and_logged(light_post: Post, desk: Desk) -> None:
    with_chat(light_post, desk)
    light_post.channel(
        "mail", "smtp", Access("mail", "smtp", "127.0.0.1", 1), **{"from": "hub@example.gov.cn"}
    )
    light_post.recipient("duty", "mail", "here@example.gov.cn", "left@example.gov.cn")
    light_post.say()
    light_post.send()
    light_post.recipient("duty", "mail", "here@example.gov.cn")
    light_post.later(5)
    light_post.send()
    states = {row["address"]: row["state"] for row in light_post.rows() if row["recipient"] == "duty"}
    assert sorted(states.values()) == ["failed", "waiting"]
    with reading(light_post.engine) as connection:
        events = list(connection.scalars(select(exchange_log.c.event).where(exchange_log.c.chain == "hub")))
    assert events == ["message.failed"]


def test_while_the_book_is_faulty_messages_wait_and_reach_everybody_once_it_is_mended(
    post: Post, desk: Desk
) -> None:
    with_chat(post, desk)
    post.say("一", book=Book(unread=True))
    post.say("二", level=3, book=Book(unread=True))
    post.recipient("leaders", "chat", level=3)
    assert {row["recipient"] for row in post.rows()} == {"*"}
    assert post.send().sent == 3
    assert sorted(told(desk)) == ["一", "二", "二"]
    assert post.send().sent == 0


def test_a_web_server_whose_certificate_does_not_verify_is_told_so_and_gets_nothing(
    light_post: Post, tmp_path: Path
) -> None:
    with mail_server(tmp_path, "tls") as (_, port, _):
        access = Access("chat", "https", "127.0.0.1", port, path="send", extra={"key": "k/1"})
        light_post.channel("chat", "webhook", access)
        light_post.recipient("group", "chat")
        light_post.say()
        light_post.send()
    [row] = light_post.rows()
    assert row["error"].startswith("MESSAGE_CHANNEL")
    assert "certificate" in row["error"]
    assert "k/1" not in row["error"]


def retry(post: Post) -> int:
    with writing(post.engine) as connection:
        return outbox.retry(connection, [], post.now())
