"""Messages reach a real mail server and a webhook once, survive what goes wrong there, and never hold each other up."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest

from connectors import Access
from hub.central.engine import reading, writing
from hub.messages import outbox
from hub.messages.book import hours
from hub.messages.plan import MOST_ATTEMPTS
from hub.messages.shapes import Message
from tests.support.message_servers import LOGIN, PASSWORD, Desk, mail_server
from tests.support.outgoing import DUTY, FROM, MINUTE, Post, mail_access, with_chat, with_mail
from tests.support.ports import free_port


@pytest.mark.parametrize("security", ["starttls", "tls", "none"])
def test_a_message_reaches_the_mailbox_secured_and_legible(
    light_post: Post, tmp_path: Path, security: str
) -> None:
    with mail_server(tmp_path, security) as (box, port, pem):
        with_mail(light_post, port, pem, security)
        light_post.say()
        assert light_post.send().as_dict() == {"sent": 1, "tried_again": 0, "failed": 0, "held": 0}
        assert light_post.send().sent == 0
    [mail] = box.mails
    assert mail["Subject"] == "前置机不通 · The machine is down"
    assert (mail["To"], mail["Auto-Submitted"], mail["X-Suphub-Level"]) == (DUTY, "auto-generated", "2")
    assert "监察枢纽" in str(mail["From"])
    assert str(mail["Message-ID"]).endswith("@example.gov.cn>")
    assert mail.get_content().replace("\r", "").strip() == "第一行\n第二行 𠮷\n\nBody"
    assert box.secured == [security == "starttls"]  # with "tls" the server speaks nothing else
    assert light_post.states() == [("sent", 1)]
    assert DUTY not in str(light_post.rows())


def test_a_certificate_that_does_not_verify_gets_no_password(light_post: Post, tmp_path: Path) -> None:
    with mail_server(tmp_path) as (box, port, pem):
        with_mail(light_post, port, pem)
        light_post.accesses["mail"] = Access("mail", "smtp", "127.0.0.1", port, LOGIN, PASSWORD)
        light_post.say()
        light_post.send()
    [row] = light_post.rows()
    assert box.raw == []
    assert row["state"] == "waiting"
    assert "MESSAGE_CHANNEL" in row["error"]
    assert "certificate" in row["error"]


def test_a_server_that_is_down_gets_everything_once_it_is_back(post: Post, tmp_path: Path) -> None:
    port = free_port()
    with mail_server(tmp_path, port=port) as (_, _, pem):
        pass
    with_mail(post, port, pem)
    post.say("一")
    post.say("二")
    assert post.send().as_dict() == {"sent": 0, "tried_again": 1, "failed": 0, "held": 0}
    assert post.states() == [("waiting", 1), ("waiting", 0)]  # one look at a channel that is down is enough
    assert "MESSAGE_CHANNEL" in post.rows()[0]["error"]
    post.later(2)
    with mail_server(tmp_path, port=port) as (box, _, pem):
        post.accesses["mail"] = mail_access(port, pem)
        assert post.send().sent == 2
    assert sorted(str(mail["Subject"])[0] for mail in box.mails) == ["一", "二"]
    assert [row["error"] for row in post.rows()] == [None, None]


@pytest.mark.parametrize(
    ("greeting", "said"),
    [(None, "imed"), (b"554 no service here\r\n", "554"), (b"", "SMTPServerDisconnected")],
)
def test_a_mail_server_that_is_silent_refuses_or_hangs_up_is_left_in_time(
    light_post: Post, greeting: bytes | None, said: str
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        over = threading.Event()

        def answer() -> None:
            client, _ = server.accept()
            with client:
                if greeting is None:
                    over.wait(20)
                else:
                    client.sendall(greeting)

        thread = threading.Thread(target=answer)
        thread.start()
        access = Access("mail", "smtp", "127.0.0.1", server.getsockname()[1])
        light_post.channel("mail", "smtp", access, timeout="1s", **{"from": FROM})
        light_post.recipient("duty", "mail", DUTY)
        light_post.say()
        begun = time.monotonic()
        light_post.send()
        assert time.monotonic() - begun < 10
        over.set()
        thread.join(10)
    [row] = light_post.rows()
    assert (row["state"], row["attempts"]) == ("waiting", 1)
    assert "MESSAGE_CHANNEL" in row["error"]
    assert said in row["error"]


def test_a_wrong_password_is_told_and_mended_by_correcting_it(light_post: Post, tmp_path: Path) -> None:
    with mail_server(tmp_path) as (box, port, pem):
        with_mail(light_post, port, pem)
        light_post.accesses["mail"] = mail_access(port, pem, "wrong")
        light_post.say()
        light_post.send()
        [row] = light_post.rows()
        assert row["error"].startswith("MESSAGE_LOGIN")
        assert "wrong" not in row["error"]
        light_post.accesses["mail"] = mail_access(port, pem)
        light_post.later(2)
        assert light_post.send().sent == 1
    assert len(box.mails) == 1


@pytest.mark.parametrize(
    ("answer", "state", "code"),
    [("550 no such user", "failed", "MESSAGE_REFUSED"), ("450 greylisted", "waiting", "MESSAGE_LATER")],
)
def test_an_address_that_is_refused_holds_up_no_other(
    light_post: Post, tmp_path: Path, answer: str, state: str, code: str
) -> None:
    with mail_server(tmp_path) as (box, port, pem):
        with_mail(light_post, port, pem)
        light_post.recipient("gone", "mail", "gone@example.gov.cn")
        light_post.recipients = dict(reversed(light_post.recipients.items()))
        box.answers["gone@example.gov.cn"] = answer
        light_post.say()
        light_post.send()
    gone, duty = light_post.rows()
    assert (gone["state"], duty["state"]) == (state, "sent")
    assert gone["error"].startswith(code)
    assert answer.split()[0] in gone["error"]


def test_a_repeated_letter_bears_the_same_message_id(light_post: Post, tmp_path: Path) -> None:
    """The worker died between sending and writing that down: it is sent again, recognisably."""
    with mail_server(tmp_path) as (box, port, pem):
        with_mail(light_post, port, pem, digest=timedelta(minutes=1))
        light_post.say("一")
        light_post.say("二")
        light_post.later(2)
        settle = outbox.sent
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(outbox, "sent", _killed)
            with pytest.raises(KeyboardInterrupt):
                light_post.send()
        assert light_post.states() == [("sending", 1), ("sending", 1)]
        assert light_post.send().sent == 0
        light_post.say("三")
        light_post.later(11)
        assert outbox.sent is settle
        assert light_post.send().sent == 3
    first, second, third = box.mails
    assert first["Message-ID"] == second["Message-ID"] != third["Message-ID"]
    assert first.get_content() == second.get_content()
    assert "三" not in second.get_content()


def _killed(*_: Any) -> None:
    raise KeyboardInterrupt


def test_two_workers_at_once_send_each_message_once(post: Post, desk: Desk) -> None:
    with_chat(post, desk)
    for number in range(12):
        post.say(str(number))
    start = threading.Barrier(2)

    def work() -> None:
        start.wait(60)
        post.send()

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    told = [document["text"]["content"].split(" ")[0] for _, _, document in desk.requests]
    assert sorted(told, key=int) == [str(number) for number in range(12)]
    assert {state for state, _ in post.states()} == {"sent"}


def test_a_webhook_gets_the_text_and_its_key_in_the_address(light_post: Post, desk: Desk) -> None:
    with_chat(light_post, desk)
    light_post.say('带"引号"的')
    assert light_post.send().sent == 1
    [(path, headers, document)] = desk.requests
    assert path == "/cgi-bin/webhook/send?key=k%2F1"
    assert document == {
        "msgtype": "text",
        "text": {"content": '带"引号"的 · The machine is down\n第一行\n第二行 𠮷\n\nBody'},
    }
    assert headers["idempotency-key"]


def _slowly(handler: BaseHTTPRequestHandler) -> None:
    """A reply that never ends, a byte now and then, until the other side leaves."""
    handler.send_response(200)
    handler.send_header("Content-Length", "1000000")
    handler.end_headers()
    gone = threading.Event()
    while not gone.wait(0.1):
        try:
            handler.wfile.write(b" ")
        except OSError:
            return


def _endlessly(handler: BaseHTTPRequestHandler) -> None:
    """Answers as fast as it goes, and never ends: only the beginning is looked at."""
    handler.send_response(200)
    handler.end_headers()
    with suppress(OSError):
        while True:
            handler.wfile.write(b" " * 65_536)


@pytest.mark.parametrize(
    ("answer", "state", "code"),
    [
        ((200, '{"errcode": 93000, "errmsg": "invalid webhook"}'), "waiting", "MESSAGE_LATER"),
        ((500, "no"), "waiting", "MESSAGE_CHANNEL"),
        ((429, ""), "waiting", "MESSAGE_CHANNEL"),
        ((302, ""), "waiting", "MESSAGE_CHANNEL"),
        ((403, ""), "waiting", "MESSAGE_LOGIN"),
        ((400, "bad"), "failed", "MESSAGE_REFUSED"),
        (lambda handler: handler.connection.close(), "waiting", "MESSAGE_CHANNEL"),
        (_slowly, "waiting", "MESSAGE_CHANNEL"),
        ((200, "not json"), "sent", None),
        (_endlessly, "sent", None),
    ],
)
def test_what_a_webhook_answers_decides_what_follows(
    light_post: Post,
    desk: Desk,
    answer: tuple[int, str] | Callable[[BaseHTTPRequestHandler], None],
    state: str,
    code: str | None,
) -> None:
    with_chat(light_post, desk, timeout="1s" if answer is _slowly else "30s")
    desk.answers = [answer]
    light_post.say()
    light_post.send()
    [row] = light_post.rows()
    assert row["state"] == state
    assert (row["error"] or "").split(":")[0] == (code or "")
    assert "k/1" not in str(row)
    assert "k%2F1" not in str(row)


def test_a_text_message_is_short_and_says_the_subject(light_post: Post, desk: Desk) -> None:
    access = Access(
        "sms", "http", "127.0.0.1", desk.port, "hub", "s3cret", "send", {"headers": {"X-App": "7"}}
    )
    light_post.channel(
        "sms",
        "sms",
        access,
        limit="20",
        body={"mobile": "{to}", "content": "[监察] {text}", "key": "{id}"},
        accept={"result": "ok"},
    )
    light_post.recipient("leader", "sms", "13800000000", language="zh")
    desk.answers = [(200, '{"result": "ok"}'), (200, "{}")]
    light_post.say("国土资源局的前置机自昨天起一直连接不上,请尽快处理")
    light_post.send()
    light_post.say("短")
    light_post.send()
    (path, headers, document), _ = desk.requests
    assert (path, headers["x-app"]) == ("/send", "7")
    assert headers["authorization"].startswith("Basic ")
    assert document["mobile"] == "13800000000"
    assert document["content"] == "[监察] 国土资源局的前置机自昨天起一直连接不上…"
    assert [row["state"] for row in light_post.rows()] == [
        "sent",
        "waiting",
    ]  # a reply without `result` is no yes
    assert "13800000000" not in str(light_post.rows())


def test_a_channel_that_is_down_holds_up_no_other(light_post: Post, desk: Desk) -> None:
    light_post.channel("mail", "smtp", Access("mail", "smtp", "127.0.0.1", free_port()), **{"from": FROM})
    light_post.recipient("duty", "mail", DUTY)
    with_chat(light_post, desk)
    light_post.say()
    assert light_post.send().as_dict() == {"sent": 1, "tried_again": 1, "failed": 0, "held": 0}


def test_what_waits_for_a_channel_that_is_down_does_not_stand_in_the_way(
    light_post: Post, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbox, "AT_ONCE", 5)
    light_post.channel("mail", "smtp", Access("mail", "smtp", "127.0.0.1", free_port()), **{"from": FROM})
    light_post.recipient("duty", "mail", DUTY)
    for number in range(8):
        light_post.say(str(number))
    del light_post.recipients["duty"]
    with_chat(light_post, desk)
    light_post.say()
    light_post.recipient("duty", "mail", DUTY)
    sent = [light_post.send().sent for _ in range(3)]
    assert sum(sent) == 1
    assert len([row for row in light_post.rows() if row["attempts"]]) <= 4


def test_after_many_attempts_a_person_must_look_and_may_retry(post: Post, desk: Desk) -> None:
    with_chat(post, desk)
    post.say()
    for _ in range(MOST_ATTEMPTS):
        desk.answers.append((500, ""))
        post.send()
        post.later(61)
    assert post.states() == [("failed", MOST_ATTEMPTS)]
    assert post.send().sent == 0
    assert len(desk.requests) == MOST_ATTEMPTS
    assert chain_events(post) == ["message.failed"]
    with writing(post.engine) as connection:
        assert outbox.retry(connection, [], post.now()) == 1
    assert post.send().sent == 1


def chain_events(post: Post) -> list[str]:
    from sqlalchemy import select

    from hub.central.tables.exchange import exchange_log

    with reading(post.engine) as connection:
        return list(connection.scalars(select(exchange_log.c.event).where(exchange_log.c.chain == "hub")))


def test_messages_are_held_in_quiet_hours_without_counting_as_attempts(light_post: Post, desk: Desk) -> None:
    with_chat(light_post, desk)
    light_post.recipient("group", "chat", quiet=hours("00:00-23:59"))
    light_post.say(level=2)
    light_post.say(level=3)
    found = light_post.send().as_dict()
    assert (found["sent"], found["held"]) == (1, 1)
    assert light_post.states() == [("waiting", 0), ("sent", 1)]


def test_a_message_is_stored_with_what_caused_it_or_not_at_all(post: Post, desk: Desk) -> None:
    with_chat(post, desk)
    message = Message("alert.raised", 1, "一", "One", "", "")

    def cause() -> None:
        with writing(post.engine) as connection:
            outbox.post(connection, post.book, message, post.now())
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        cause()
    assert post.rows() == []


def test_old_messages_are_removed_but_never_those_that_wait(light_post: Post, desk: Desk) -> None:
    with_chat(light_post, desk)
    light_post.say("一")
    light_post.send()
    light_post.say("二")
    with writing(light_post.engine) as connection:
        assert outbox.prune(connection, light_post.now() + MINUTE) == 1
    assert [row["subject_zh"] for row in light_post.rows()] == ["二"]


def test_who_is_no_longer_in_the_book_is_told(light_post: Post, desk: Desk) -> None:
    with_chat(light_post, desk)
    light_post.say()
    light_post.recipients.clear()
    light_post.send()
    [row] = light_post.rows()
    assert row["state"] == "failed"
    assert "messages.yaml" in row["error"]
