"""What an exchange database promises beyond what every source without files does: a batch of rows is locked while it is taken."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.support.exchange_database import FLAG, WATERMARK, receipt, sqlite_exchange, take_all
from tests.support.pull_peers import RowsPeer, body_of, claimed

WAYS = {"flag": FLAG, "watermark": WATERMARK}


@pytest.fixture(params=WAYS)
def peer(request: pytest.FixtureRequest, tmp_path: Path) -> RowsPeer:
    return RowsPeer(sqlite_exchange(tmp_path / "exchange"), WAYS[request.param])


def test_a_live_workers_claim_is_not_taken_by_another(peer: Any) -> None:
    peer.put("a")
    first, second = peer.connector(), peer.connector()
    claim = claimed(first)
    assert second.claim(claim.notice) is None
    assert first.claim(claim.notice) is None
    assert list(second.ready()) == []
    second.acknowledge(claim)
    second.release(claim)
    assert peer.found_in([body_of(first, claim)]) == ["a"]


def test_what_was_not_read_is_not_acknowledged(peer: Any) -> None:
    peer.put("a")
    connector = peer.connector()
    connector.acknowledge(claimed(connector))
    assert peer.found_in(take_all(peer.connector())) == ["a"]


def test_a_receipt_that_refuses_nothing_touches_nothing(peer: Any) -> None:
    peer.put("a")
    take_all(peer.connector())
    before = peer.exchange.flags()
    peer.connector().deliver("rows-untimed-0.jsonl", receipt("cd" * 32))
    assert (peer.exchange.flags(), peer.exchange.rejects()) == (before, [])


def test_a_run_ends_after_a_bounded_number_of_packages(peer: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("connectors.database.connector.PACKAGES_AT_MOST", 2)
    for number in range(8):
        peer.put(f"{number}", number)
    assert [len(take_all(peer.connector())) for _ in range(3)] == [2, 1, 0]
