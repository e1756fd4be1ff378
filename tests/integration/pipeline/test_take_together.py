"""Files that are taken together: stored and noted before any of them is removed at the source, whatever fails."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
from sqlalchemy import Engine, select

from connectors.base import Claim
from connectors.failures import CHANGED, endpoint_failed
from connectors.memory import MemoryConnector, MemorySource
from hub.central import packages
from hub.central.engine import reading
from hub.central.tables import exchange
from hub.errors import HubError, RetryError
from hub.pipeline.take import SMALL, take
from hub.rawstore import RawStore
from hub.shapes import Notice

LIMIT = 10_000_000


class Together(MemoryConnector):
    """The twin in memory, as it would do everything for many at once; looks at what the hub has when it is told to let go."""

    def __init__(self, source: MemorySource, engine: Engine, store: RawStore) -> None:
        super().__init__("land", source=source)
        self.engine, self.store = engine, store
        self.refusing: set[str] = set()

    def claim_all(
        self, notices: Sequence[Notice], largest: int
    ) -> tuple[list[tuple[Claim, bytes | None]], list[tuple[Notice, HubError]]]:
        claims = [claim for notice in notices if (claim := self.claim(notice)) is not None]
        return [(claim, self._bytes(claim, largest)) for claim in claims], []

    def _bytes(self, claim: Claim, largest: int) -> bytes | None:
        with self.read(claim) as stream:
            body = stream.read()
        return body if len(body) <= largest else None

    def acknowledge_all(self, claims: Sequence[Claim]) -> list[tuple[Claim, HubError]]:
        known = digests(self.engine)
        assert all(self.store.path(digest).is_file() for digest in known.values())
        assert {claim.notice.name for claim in claims} <= set(known), (
            "removed before its arrival was noted for good"
        )
        for claim in claims:
            if claim.notice.name not in self.refusing:
                self.acknowledge(claim)
        where = {"system": "land", "doing_zh": "删除", "doing_en": "removing", "path": "x"}
        return [(c, endpoint_failed(CHANGED, **where)) for c in claims if c.notice.name in self.refusing]

    def deliver_all(self, receipts: Sequence[object]) -> object:
        raise NotImplementedError


def digests(engine: Engine) -> dict[str, str]:
    """Name → digest of what is noted as arrived, as another worker sees it."""
    with reading(engine) as connection:
        rows = connection.execute(select(exchange.package.c.origin, exchange.package.c.digest))
        return {origin: digest for origin, digest in rows}


@pytest.fixture
def source() -> MemorySource:
    made = MemorySource()
    for number in range(7):
        made.put(b"%d.xml" % number, b"body %d" % number)
    made.put(b"large.xml", b"x" * (SMALL + 1))
    return made


@pytest.fixture
def store(tmp_path: Path) -> RawStore:
    return RawStore(tmp_path / "raw")


def test_nothing_is_removed_before_it_is_stored_and_noted(
    any_engine: Engine, source: MemorySource, store: RawStore
) -> None:
    taken = take(any_engine, Together(source, any_engine, store), store, LIMIT, together=3)
    assert [package.origin for package in taken] == [*(f"{n}.xml" for n in range(7)), "large.xml"]
    assert source.inbox == {}
    assert source.claimed == {}
    for package in taken:
        with store.open(package.digest) as file:
            assert len(file.read()) == package.size
    assert list((store.root / "incoming").iterdir()) == []


@pytest.mark.parametrize("what", ["store", "database"])
def test_what_cannot_be_stored_or_noted_stays_at_the_source(
    any_engine: Engine, source: MemorySource, store: RawStore, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    failure = RetryError("TEST", zh="-", en="-", remedy_zh="-", remedy_en="-")

    def failing(*_: object) -> None:
        raise failure

    connector = Together(source, any_engine, store)
    there = dict(source.inbox)
    with monkeypatch.context() as patch:
        patch.setattr(
            store.__class__ if what == "store" else packages,
            "put_all" if what == "store" else "arrive_all",
            failing,
        )
        with pytest.raises(RetryError) as told:
            take(any_engine, connector, store, LIMIT, together=3)
    assert told.value is failure
    assert source.inbox == there
    assert digests(any_engine) == {}
    assert len(take(any_engine, connector, store, LIMIT, together=3)) == 8


def test_one_that_cannot_be_removed_goes_back_and_the_others_are_taken(
    any_engine: Engine, source: MemorySource, store: RawStore
) -> None:
    connector = Together(source, any_engine, store)
    connector.refusing = {"1.xml"}
    with pytest.raises(RetryError, match="CONNECTOR_CHANGED"):
        take(any_engine, connector, store, LIMIT, together=3)
    assert source.inbox == {b"1.xml": b"body 1"}
    connector.refusing = set()
    [again] = take(any_engine, connector, store, LIMIT, together=3)
    assert again.digest == digests(any_engine)["1.xml"]
