"""A system that exists only in memory: the twin of every other connector, for tests and rehearsals."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from io import BytesIO
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO

from connectors.base import LISTED_AT_MOST, Claim
from connectors.failures import CHANGED, LOST, endpoint_failed
from connectors.names import SIGNATURE, raw_of, receipt_name, refused_name, text_of
from connectors.returning import Parcel
from hub.shapes import Notice


@dataclass(slots=True)
class _Claimed:
    body: bytes
    owner: object | None  # the connector that works on it; None once that one is dead
    token: str


@dataclass(slots=True)
class MemorySource:
    """The source's side: what lies ready, what is claimed, what came back. Names are bytes, as on a disk."""

    inbox: dict[bytes, bytes] = field(default_factory=dict)
    unready: set[bytes] = field(default_factory=set)
    claimed: dict[bytes, _Claimed] = field(default_factory=dict)
    receipts: dict[bytes, bytes] = field(default_factory=dict)
    refused: dict[bytes, bytes] = field(default_factory=dict)
    rows: dict[str, dict[str, Any]] = field(default_factory=dict)
    lock: threading.RLock = field(default_factory=threading.RLock)
    claims_made: int = 0

    def put(self, name: bytes, body: bytes, *, ready: bool = True) -> None:
        """The department writes a file; the same name again replaces what is not yet claimed."""
        with self.lock:
            self.inbox[name] = body
            (self.unready.discard if ready else self.unready.add)(name)

    def forget(self, worker: object) -> None:
        """The worker has died: what it had claimed may be claimed again."""
        with self.lock:
            for claimed in self.claimed.values():
                if claimed.owner is worker:
                    claimed.owner = None


_sources: dict[str, MemorySource] = {}


def source_named(name: str) -> MemorySource:
    """The source of that name in this process; made when first asked for."""
    return _sources.setdefault(name, MemorySource())


class MemoryConnector:
    """See `connectors.base.Connector`; option `source` names the MemorySource, by default after the system."""

    def __init__(
        self, system: str, options: Mapping[str, Any] | None = None, source: MemorySource | None = None
    ) -> None:
        self.system = system
        self.source = source if source is not None else source_named((options or {}).get("source", system))

    def ready(self) -> Iterator[Notice]:
        """See `Connector.ready`."""
        with self.source.lock:
            sizes = {n: len(body) for n, body in self.source.inbox.items() if n not in self.source.unready}
            sizes |= {n: len(c.body) for n, c in self.source.claimed.items() if c.owner is None}
        for raw in islice(sorted(sizes), LISTED_AT_MOST):
            yield Notice(self.system, text_of(raw), sizes[raw])

    def claim(self, notice: Notice) -> Claim | None:
        """See `Connector.claim`."""
        raw, source = raw_of(notice.name), self.source
        with source.lock:
            left = source.claimed.get(raw)
            if left is not None and left.owner is not None:
                return None
            if left is None and (raw not in source.inbox or raw in source.unready):
                return None
            body = source.inbox.pop(raw) if left is None else left.body
            source.claims_made += 1
            token = str(source.claims_made)
            source.claimed[raw] = _Claimed(body, self, token)
        return Claim(Notice(self.system, notice.name, len(body)), token)

    @contextmanager
    def read(self, claim: Claim) -> Iterator[BinaryIO]:
        """See `Connector.read`."""
        raw, name = raw_of(claim.notice.name), claim.notice.name
        where = {"system": self.system, "doing_zh": "读取", "doing_en": "reading", "path": name}
        held = self._mine(raw, claim)
        if held is None:
            raise endpoint_failed(LOST, **where)
        body = held.body
        yield BytesIO(body)
        if held.body != body:
            self.release(claim)
            raise endpoint_failed(CHANGED, **where)

    def acknowledge(self, claim: Claim) -> None:
        """See `Connector.acknowledge`."""
        raw = raw_of(claim.notice.name)
        with self.source.lock:
            if self._mine(raw, claim) is not None:
                del self.source.claimed[raw]

    def release(self, claim: Claim) -> None:
        """See `Connector.release`; while a new file of the same name lies there, it stays claimed by nobody."""
        raw = raw_of(claim.notice.name)
        with self.source.lock:
            held = self._mine(raw, claim)
            if held is None:
                return
            if raw in self.source.inbox:
                held.owner = None
            else:
                self.source.inbox[raw] = held.body
                del self.source.claimed[raw]

    def deliver(self, name: str, body: bytes, signature: bytes | None = None) -> None:
        """See `Connector.deliver`."""
        target = receipt_name(raw_of(name))
        if signature is not None:
            self.source.receipts[target + SIGNATURE] = signature
        self.source.receipts[target] = body

    def refuse(self, name: str, source: Path) -> None:
        """See `Connector.refuse`."""
        self.source.refused[refused_name(raw_of(name))] = source.read_bytes()

    def hand_over(self, parcel: Parcel) -> None:
        """See `connectors.returning.Returning.hand_over`: files among the receipts, the row by its name."""
        with self.source.lock:
            for suffix, body in parcel.files:
                self.source.receipts[raw_of(parcel.name + suffix)] = body
            self.source.rows.setdefault(parcel.name, dict(parcel.columns))

    def _mine(self, raw: bytes, claim: Claim) -> _Claimed | None:
        held = self.source.claimed.get(raw)
        return held if held is not None and held.owner is self and held.token == claim.token else None
