"""An outbox with a clock that can be set forward, and the ways out of it: to a mail server and to a desk that takes JSON."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Engine

from connectors import Access
from hub.central.engine import reading, writing
from hub.clock import MICROSECOND, now_us
from hub.messages import outbox
from hub.messages.send import Round, send_due
from hub.messages.shapes import Book, Channel, Message, Recipient
from tests.support.message_servers import LOGIN, PASSWORD, Desk

FROM = "监察枢纽 <hub@example.gov.cn>"
DUTY = "duty@example.gov.cn"
MINUTE = timedelta(minutes=1) // MICROSECOND


class Post:
    """An outbox, its ways out, and a clock that can be set forward."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.accesses: dict[str, Access] = {}
        self.channels: dict[str, Channel] = {}
        self.recipients: dict[str, Recipient] = {}
        self.ahead = 0

    def channel(self, name: str, kind: str, access: Access, **options: Any) -> None:
        self.accesses[name] = access
        self.channels[name] = Channel(name, kind, name, options)

    def recipient(self, name: str, channel: str, *addresses: str, **options: Any) -> None:
        self.recipients[name] = Recipient(name, channel, addresses or ("-",), **options)

    @property
    def book(self) -> Book:
        return Book(self.channels, self.recipients)

    def now(self) -> int:
        return now_us() + self.ahead

    def say(self, subject: str = "前置机不通", level: int = 2, book: Book | None = None) -> None:
        message = Message(
            "alert.raised", level, subject, "The machine is down", "第一行\n第二行 𠮷", "Body", "land-bureau"
        )
        with writing(self.engine) as connection:
            outbox.post(connection, book or self.book, message, self.now())

    def send(self) -> Round:
        return send_due(self.engine, self.book, self.accesses.__getitem__, self.now)

    def rows(self) -> list[dict[str, Any]]:
        with reading(self.engine) as connection:
            return outbox.listed(connection)[::-1]

    def states(self) -> list[tuple[str, int]]:
        return [(row["state"], row["attempts"]) for row in self.rows()]

    def later(self, minutes: int) -> None:
        self.ahead += minutes * MINUTE


def mail_access(port: int, pem: Path, password: str = PASSWORD) -> Access:
    return Access("mail", "smtp", "127.0.0.1", port, LOGIN, password, extra={"ca": str(pem)})


def with_mail(post: Post, port: int, pem: Path, security: str = "starttls", **options: Any) -> None:
    post.channel("mail", "smtp", mail_access(port, pem), security=security, timeout="30s", **{"from": FROM})
    post.recipient("duty", "mail", DUTY, **options)


def with_chat(post: Post, desk: Desk, timeout: str = "30s", **options: Any) -> None:
    access = Access("chat", "http", "127.0.0.1", desk.port, path="cgi-bin/webhook/send", extra={"key": "k/1"})
    post.channel("chat", "webhook", access, timeout=timeout, **options)
    post.recipient("group", "chat")
