"""Calls a department's Web Service, page by page; each reply's document is a package, and the position moves on acknowledge."""

from __future__ import annotations

import hashlib
import logging
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from io import BytesIO
from pathlib import Path
from typing import Any, BinaryIO, Protocol

from connectors.base import Claim, Surroundings
from connectors.failures import LOST, endpoint_failed
from connectors.names import raw_of
from connectors.soap.address import address_of
from connectors.soap.arguments import nested
from connectors.soap.failures import STUCK, At, passing
from connectors.soap.options import options_of
from connectors.soap.position import KEY, Position, read, ways_of, written
from connectors.soap.replies import Fault, Malformed, Reply, fault_error, glimpse, read_reply
from connectors.soap.service import Service
from connectors.soap.transport import Answer
from hub.shapes import Notice

_log = logging.getLogger(__name__)

PAGES_AT_MOST = 1_000
"""Calls of one run; the next run goes on."""
EMPTY_AT_MOST = 20
"""Replies without a document, one after the other, whose cursor nevertheless moves on."""


class Calls(Protocol):
    """What the connector needs of a service; `connectors.soap.service.Service` is the real one."""

    at: At

    def call(self, name: str, arguments: Mapping[str, Any], fill: Mapping[str, str]) -> Answer:
        """Call an operation. Raises HubError."""
        ...


@dataclass(frozen=True)
class Taken:
    """What one call gave: the package's bytes (None: an empty page), and what the reply says of the way on."""

    body: bytes | None
    last: bool | None = None
    cursor: str | None = None
    malformed: str = ""

    @cached_property
    def digest(self) -> str | None:
        """The SHA-256 of the body."""
        return None if self.body is None else hashlib.sha256(self.body).hexdigest()


@dataclass(slots=True)
class _Offer:
    expected: str | None  # the state as it was when the page was read
    moved: str  # the state once it is acknowledged
    body: bytes
    token: str = ""
    done: bool = False


class SoapConnector:
    """See `connectors.base.Connector`. One page is offered at a time: the next follows when it is acknowledged.

    There is no lock at a Web Service: two workers may read the same page, and store the same bytes once. The position is
    moved by compare-and-set, so that no page is passed over.
    """

    def __init__(
        self, system: str, options: Mapping[str, Any], around: Surroundings, calls: Calls | None = None
    ) -> None:
        self.system = system
        self.options = options_of(system, options)
        self.ways = ways_of(self.options)
        self.around = around
        self._calls = calls
        self._offers: dict[str, _Offer] = {}

    def ready(self) -> Iterator[Notice]:
        """See `Connector.ready`. Calls the service; goes on to the next page once one is acknowledged."""
        state = self.around.state
        kept, before, empty = state.get(KEY), None, 0
        here = read(kept, self.ways)
        for _ in range(PAGES_AT_MOST):
            taken = self.ask(here)
            if taken.digest is not None and taken.digest == before:
                return  # beyond its end the service gives the last page again
            onward, place = self.ways.behind(here, taken.digest, last=taken.last, cursor=taken.cursor)
            moved = written(place, self.ways)
            if taken.body is not None and taken.digest != here.seen:
                offer = _Offer(kept, moved, taken.body)
                yield self._offer(here, taken, offer)
                if not offer.done:
                    return  # not taken, or another worker has moved on: the same page comes again
                kept = moved
            elif place != here:
                if not state.put(KEY, moved, kept):
                    return
                kept = moved
            if taken.malformed and self.ways.cursor and not self.ways.page and taken.cursor is None:
                raise passing(STUCK, self.service().at, taken.malformed)
            empty = empty + 1 if taken.body is None else 0
            if onward is None or empty > EMPTY_AT_MOST:
                return
            here, before = onward, taken.digest
        _log.warning(
            "%s: 一次最多 %d 页,下次接着取 / pages; the next run goes on", self.system, PAGES_AT_MOST
        )

    def claim(self, notice: Notice) -> Claim | None:
        """See `Connector.claim`: None unless this connector has just offered it and nobody has moved on since."""
        raw_of(notice.name)
        offer = self._offers.get(notice.name)
        if offer is None or offer.token or self.around.state.get(KEY) != offer.expected:
            return None
        offer.token = secrets.token_hex(8)
        return Claim(Notice(self.system, notice.name, len(offer.body)), offer.token)

    @contextmanager
    def read(self, claim: Claim) -> Iterator[BinaryIO]:
        """See `Connector.read`. The bytes were read when the page was offered; they cannot change any more."""
        offer = self._held(claim)
        if offer is None:
            raise endpoint_failed(
                LOST, system=self.system, doing_zh="读取", doing_en="reading", path=claim.notice.name
            )
        yield BytesIO(offer.body)

    def acknowledge(self, claim: Claim) -> None:
        """See `Connector.acknowledge`: the position moves on, unless another worker has moved it meanwhile."""
        offer = self._held(claim)
        if offer is None:
            return
        del self._offers[claim.notice.name]
        offer.done = self.around.state.put(KEY, offer.moved, offer.expected)
        if not offer.done:
            _log.info("%s: %s 已由另一进程推进 / another worker has moved on", self.system, claim.notice.name)

    def release(self, claim: Claim) -> None:
        """See `Connector.release`: the position stays, so that the same page is asked for again."""
        if self._held(claim) is not None:
            del self._offers[claim.notice.name]

    def deliver(self, name: str, body: bytes, signature: bytes | None = None) -> None:
        """See `Connector.deliver`: calls the receipt operation; without one the receipt is to be seen in the hub only."""
        raw_of(name)
        if self.options.receipt_operation is None:
            return
        service = self.service()
        fill = {"{receipt}": body.decode("utf-8"), "{name}": name}
        answer = service.call(self.options.receipt_operation, self.options.receipt_arguments, fill)
        at = At(self.system, service.at.address, self.options.receipt_operation)
        if not answer.body.strip():
            return  # 202 Accepted: a one-way operation
        try:
            found = read_reply(answer.body, answer.content_type, self.options.charset, at)
        except Malformed as error:
            _log.warning(
                "%s: 回执 %s 已送达,但应答不合格 / delivered, odd reply: %s", self.system, name, error
            )
            return
        if isinstance(found, Fault):
            raise self._fault(found, at)

    def refuse(self, name: str, source: Path) -> None:
        """See `Connector.refuse`: a service has no folder for it; the receipt says why, the bytes stay in the hub."""
        raw_of(name)
        _log.info(
            "%s: %s 整包被拒,原文存于枢纽 / refused, kept in the hub: %s", self.system, name, source.name
        )

    def service(self) -> Calls:
        """The service, its WSDL read once per connector. Raises HubError."""
        if self._calls is None:
            around = self.around
            address = address_of(around.access(self.options.connection), self.system)
            at = At(self.system, address.origin + (address.path or ""), self.options.operation)
            service = Service(at, address, self.options, around.folder)
            service.operation(self.options.operation)
            service.check_fields(self.options.operation, self._fields())
            self._calls = service
        return self._calls

    def ask(self, here: Position) -> Taken:
        """Call the operation for one position. A reply that is not well-formed is asked for once more, then kept as it is."""
        try:
            return self._ask(here)
        except Malformed as first:
            _log.warning("%s: %s 应答不合格,再取一次 / malformed, asked again: %s", self.system, here, first)
        try:
            return self._ask(here)
        except Malformed as error:
            raw = error.body
            cursor = glimpse(raw, self.options.cursor.field) if self.options.cursor else None
            return Taken(raw, cursor=cursor or None, malformed=str(error))

    def _ask(self, here: Position) -> Taken:
        service = self.service()
        answer = service.call(self.options.operation, self._arguments(here), {})
        at = At(self.system, service.at.address, self.options.operation)
        try:
            found = read_reply(answer.body, answer.content_type, self.options.charset, at)
        except Malformed as error:
            raise Malformed(str(error), answer.body) from error
        if isinstance(found, Fault):
            raise self._fault(found, at)
        cursor = found.text(self.options.cursor.field) if self.options.cursor else None
        return Taken(found.document(self.options.reply), self._is_last(found), cursor or None)

    def _is_last(self, reply: Reply) -> bool | None:
        """Whether the reply calls itself the last page; None where it says nothing that can be understood."""
        page = self.options.page
        if page and page.more:
            said = (reply.text(page.more) or "").lower()
            return {"true": False, "1": False, "false": True, "0": True}.get(said)
        if page and page.count and page.size:
            said = reply.text(page.count) or ""
            return int(said) < page.size if said.isascii() and said.isdigit() else None
        return None

    def _arguments(self, here: Position) -> Mapping[str, Any]:
        page, cursor = self.options.page, self.options.cursor
        own: list[tuple[str, str]] = []
        if page and here.page is not None:
            own.append((page.argument, str(here.page)))
            if page.size_argument:
                own.append((page.size_argument, str(page.size)))
        if cursor and here.cursor is not None:
            own.append((cursor.argument, here.cursor))
        return nested(self.options.arguments, own)

    def _fields(self) -> dict[str, str | None]:
        page, cursor = self.options.page, self.options.cursor
        return {
            "reply": self.options.reply,
            "page.more": page.more if page else None,
            "page.count": page.count if page else None,
            "cursor.from": cursor.field if cursor else None,
        }

    def _fault(self, fault: Fault, at: At) -> Exception:
        around = self.around
        return fault_error(
            fault, at, self.options.retry, self.options.stop, around.access(self.options.connection).password
        )

    def _offer(self, here: Position, taken: Taken, offer: _Offer) -> Notice:
        name = f"{self.options.operation};{here};{(taken.digest or '')[:12]}"
        self._offers = {name: offer}
        return Notice(self.system, name, len(offer.body))

    def _held(self, claim: Claim) -> _Offer | None:
        offer = self._offers.get(claim.notice.name)
        return offer if offer is not None and offer.token and offer.token == claim.token else None
