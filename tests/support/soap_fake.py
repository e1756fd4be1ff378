"""A Web Service in memory: pages as texts, answered as SOAP envelopes; it can be made to fail or to answer anything."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

from connectors.base import Access, Surroundings
from connectors.soap.connector import SoapConnector
from connectors.soap.failures import At
from connectors.soap.transport import Answer
from connectors.state import MemoryState

OPTIONS: dict[str, Any] = {
    "kind": "soap-pull",
    "connection": "bureau",
    "wsdl": "bureau.wsdl",
    "operation": "QueryBatch",
    "page": {"argument": "pageNo"},
    "receipt": {"operation": "PutReceipt", "arguments": {"name": "{name}", "receipt": "{receipt}"}},
}
SOAP = "http://schemas.xmlsoap.org/soap/envelope/"


def envelope(inner: str, namespace: str = SOAP) -> bytes:
    """A reply with this in its body."""
    return f'<s:Envelope xmlns:s="{namespace}"><s:Body>{inner}</s:Body></s:Envelope>'.encode()


def answer(fields: Mapping[str, str | None]) -> bytes:
    """A reply with these fields; one that is None is left out."""
    inner = "".join(f"<{name}>{escape(text)}</{name}>" for name, text in fields.items() if text is not None)
    return envelope(f"<r>{inner}</r>")


class FakeService:
    """`replies` answers each call with bytes, or raises what it is given; by default the pages, and nothing beyond."""

    def __init__(self, pages: dict[int, str] | None = None) -> None:
        self.at = At("land", "http://bureau.example/ws", "QueryBatch")
        self.pages = pages or {}
        self.replies: list[bytes | Exception] = []
        self.asked: list[dict[str, Any]] = []
        self.receipts: dict[str, str] = {}
        self.content_type = "text/xml"
        self.lock = threading.Lock()

    def call(self, name: str, arguments: Mapping[str, Any], fill: Mapping[str, str]) -> Answer:
        with self.lock:
            if name == "PutReceipt":
                self.receipts[fill["{name}"]] = fill["{receipt}"]
                return Answer(200, {"content-type": self.content_type}, answer({"return": "true"}))
            self.asked.append(dict(arguments))
            if self.replies:
                reply = self.replies.pop(0)
                if isinstance(reply, Exception):
                    raise reply
                return Answer(200, {"content-type": self.content_type}, reply)
            page = self.pages.get(int(arguments.get("pageNo", 1)))
            return Answer(200, {"content-type": self.content_type}, answer({"return": page}))


def surroundings(state: MemoryState | None = None) -> Surroundings:
    """What a connector may use in these tests."""
    access = Access("bureau", "http", "bureau.example", login="hub", password="s3cret-pw")
    return Surroundings(state or MemoryState(), lambda name: access, Path("work"))


def connector(service: FakeService, state: MemoryState | None = None, **options: Any) -> SoapConnector:
    """A connector of the service; an option that is None is left out."""
    given = {name: value for name, value in {**OPTIONS, **options}.items() if value is not None}
    return SoapConnector("land", given, surroundings(state), calls=service)


def take(source: SoapConnector) -> list[bytes]:
    """Take everything that is ready, as the hub does."""
    found = []
    for notice in source.ready():
        claim = source.claim(notice)
        if claim is None:
            continue
        with source.read(claim) as stream:
            found.append(stream.read())
        source.acknowledge(claim)
    return found
