"""What a Web Service promises beyond what every source without files does: pages, their names, and workers without a lock."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import pytest

from hub.errors import RetryError
from hub.shapes import Notice
from tests.support.exchange_database import take_all
from tests.support.pull_peers import PagesPeer, body_of, claimed, pages_in_memory


@pytest.fixture
def peer() -> PagesPeer:
    return pages_in_memory()


def test_a_notice_tells_the_size_and_a_name_that_any_database_can_store(peer: Any) -> None:
    peer.lay(1, "<a>𠮷</a>")
    notice = next(peer.connector().ready())

    assert notice.size == len("<a>𠮷</a>".encode())
    assert notice.name.startswith("QueryBatch;page=1;")


def test_a_page_that_is_not_acknowledged_comes_again(peer: Any) -> None:
    peer.put("a")
    peer.put("b")
    dead = peer.connector()
    assert peer.found_in([body_of(dead, claimed(dead))]) == ["a"]

    assert peer.found_in(take_all(peer.connector())) == ["a", "b"]


def test_a_released_page_comes_again_and_the_run_goes_no_further(peer: Any) -> None:
    peer.put("a")
    peer.put("b")
    worker = peer.connector()
    names = []
    for notice in worker.ready():
        names.append(notice.name)
        claim = worker.claim(notice)
        assert claim is not None
        worker.release(claim)

    assert len(names) == 1
    assert peer.found_in(take_all(peer.connector())) == ["a", "b"]


def test_of_two_workers_with_the_same_page_one_alone_moves_on(peer: Any) -> None:
    peer.put("a")
    first, second = peer.connector(), peer.connector()
    claims = [(worker, claimed(worker)) for worker in (first, second)]
    peer.put("b")
    for worker, claim in claims:
        worker.acknowledge(claim)

    assert peer.found_in(take_all(peer.connector())) == ["b"]


def test_a_page_is_not_claimed_once_another_worker_has_moved_on(peer: Any) -> None:
    peer.put("a")
    peer.put("b")
    slow = peer.connector()
    notice = next(slow.ready())
    take_all(peer.connector())

    assert slow.claim(notice) is None
    assert slow.claim(Notice("land", "QueryBatch;page=7;0")) is None


def test_a_slow_worker_never_moves_the_position_back(peer: Any) -> None:
    peer.put("a")
    peer.put("b")
    slow = peer.connector()
    claim = claimed(slow)
    take_all(peer.connector())
    reached = dict(peer.state.values)
    slow.acknowledge(claim)

    assert peer.state.values == reached


def test_reading_what_was_acknowledged_says_that_the_claim_is_lost(peer: Any) -> None:
    peer.put("a")
    worker = peer.connector()
    claim = claimed(worker)
    worker.acknowledge(claim)
    worker.acknowledge(claim)
    with pytest.raises(RetryError) as caught:
        body_of(worker, claim)
    assert caught.value.code == "CONNECTOR_CLAIM_LOST"


def test_a_receipt_is_delivered_under_the_packages_name_and_again_without_harm(peer: Any) -> None:
    peer.put("a")
    worker = peer.connector()
    notice = next(worker.ready())
    for _ in range(2):
        worker.deliver(notice.name, "<回执/>".encode())
    assert peer.receipts == {notice.name: "<回执/>"}


def test_without_a_receipt_operation_nothing_is_told(peer: Any) -> None:
    peer.connector(receipt=None).deliver("QueryBatch;all;1", b"<r/>")
    assert peer.receipts == {}


def test_a_refused_package_is_only_told_of(peer: Any, tmp_path: Path, caplog: Any) -> None:
    caplog.set_level(logging.INFO)
    peer.connector().refuse("QueryBatch;all;1", tmp_path / "raw")
    assert peer.receipts == {}
    assert "QueryBatch;all;1" in caplog.text
