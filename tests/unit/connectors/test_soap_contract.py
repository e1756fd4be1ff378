"""What every connector promises, where the department has no file names: a service that is asked page by page."""

from __future__ import annotations

import logging
import threading
from pathlib import Path
from typing import Any

import pytest

from connectors.state import MemoryState
from hub.errors import RetryError, StopError
from hub.shapes import Notice
from tests.support.soap_fake import FakeService, connector, take


@pytest.fixture
def state() -> MemoryState:
    return MemoryState()


def test_pages_are_taken_in_order_and_once(state: MemoryState) -> None:
    service = FakeService({1: "<a/>", 2: "<b/>", 3: "<c/>"})

    assert take(connector(service, state)) == [b"<a/>", b"<b/>", b"<c/>"]
    assert take(connector(service, state)) == []


def test_a_notice_tells_the_size_and_a_name_that_any_database_can_store(state: MemoryState) -> None:
    notice = next(connector(FakeService({1: "<a>𠮷</a>"}), state).ready())

    assert notice.size == len("<a>𠮷</a>".encode())
    assert notice.name.startswith("QueryBatch;page=1;")


def test_a_page_that_is_not_acknowledged_comes_again(state: MemoryState) -> None:
    service = FakeService({1: "<a/>", 2: "<b/>"})
    dead = connector(service, state)
    claim = dead.claim(next(dead.ready()))
    assert claim is not None
    with dead.read(claim) as stream:
        assert stream.read() == b"<a/>"

    assert take(connector(service, state)) == [b"<a/>", b"<b/>"]


def test_a_released_page_comes_again_and_the_run_goes_no_further(state: MemoryState) -> None:
    service = FakeService({1: "<a/>", 2: "<b/>"})
    worker = connector(service, state)
    names = []
    for notice in worker.ready():
        names.append(notice.name)
        claim = worker.claim(notice)
        assert claim is not None
        worker.release(claim)
        worker.release(claim)
        worker.acknowledge(claim)

    assert len(names) == 1
    assert take(connector(service, state)) == [b"<a/>", b"<b/>"]


def test_of_two_workers_with_the_same_page_one_alone_moves_on(state: MemoryState) -> None:
    service = FakeService({1: "<a/>"})
    first, second = connector(service, state), connector(service, state)
    claims = [(worker, worker.claim(next(worker.ready()))) for worker in (first, second)]
    service.pages[2] = "<b/>"
    for worker, claim in claims:
        assert claim is not None
        worker.acknowledge(claim)
    service.pages[1] = "<a/>"

    assert take(connector(service, state)) == [b"<b/>"]


def test_a_page_is_not_claimed_once_another_worker_has_moved_on(state: MemoryState) -> None:
    service = FakeService({1: "<a/>", 2: "<b/>"})
    slow = connector(service, state)
    notice = next(slow.ready())
    take(connector(service, state))

    assert slow.claim(notice) is None
    assert slow.claim(Notice("land", "QueryBatch;page=7;0")) is None


def test_a_slow_worker_never_moves_the_position_back(state: MemoryState) -> None:
    service = FakeService({1: "<a/>", 2: "<b/>"})
    slow = connector(service, state)
    claim = slow.claim(next(slow.ready()))
    take(connector(service, state))
    reached = dict(state.values)
    assert claim is not None
    slow.acknowledge(claim)

    assert state.values == reached


def test_four_workers_racing_lose_no_page(state: MemoryState) -> None:
    service = FakeService({number: f"<p n='{number}'/>" for number in range(1, 31)})
    start, taken = threading.Barrier(4), []

    def work() -> None:
        start.wait()
        taken.extend(take(connector(service, state)))

    workers = [threading.Thread(target=work) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    taken.extend(take(connector(service, state)))
    assert set(taken) == {page.encode() for page in service.pages.values()}


def test_a_consumers_own_failure_passes_through_and_keeps_the_claim(state: MemoryState) -> None:
    worker = connector(FakeService({1: "<a/>"}), state)
    claim = worker.claim(next(worker.ready()))
    assert claim is not None
    with pytest.raises(ZeroDivisionError), worker.read(claim):
        raise ZeroDivisionError
    with worker.read(claim) as stream:
        assert stream.read() == b"<a/>"


def test_reading_without_a_claim_says_that_it_is_lost(state: MemoryState) -> None:
    worker = connector(FakeService({1: "<a/>"}), state)
    claim = worker.claim(next(worker.ready()))
    assert claim is not None
    worker.acknowledge(claim)
    worker.acknowledge(claim)
    with pytest.raises(RetryError) as caught, worker.read(claim):
        pass
    assert caught.value.code == "CONNECTOR_CLAIM_LOST"


@pytest.mark.parametrize("name", ["", ".", "..", "a/b", "x\0", "\ud800"])
def test_a_name_that_is_none_is_refused(state: MemoryState, name: str) -> None:
    worker = connector(FakeService(), state)
    for call in (lambda: worker.claim(Notice("land", name)), lambda: worker.deliver(name, b"")):
        with pytest.raises(StopError) as caught:
            call()
        assert caught.value.code == "CONNECTOR_NAME"


def test_a_receipt_is_delivered_under_the_packages_name_and_again_without_harm(state: MemoryState) -> None:
    service = FakeService({1: "<a/>"})
    worker = connector(service, state)
    notice = next(worker.ready())
    for _ in range(2):
        worker.deliver(notice.name, "<回执/>".encode())
    assert service.receipts == {notice.name: "<回执/>"}


def test_without_a_receipt_operation_nothing_is_called(state: MemoryState) -> None:
    service = FakeService()
    connector(service, state, receipt=None).deliver("QueryBatch;all;1", b"<r/>")
    assert (service.asked, service.receipts) == ([], {})


def test_a_refused_package_is_only_told_of(state: MemoryState, tmp_path: Path, caplog: Any) -> None:
    caplog.set_level(logging.INFO)
    service = FakeService()
    connector(service, state).refuse("QueryBatch;all;1", tmp_path / "raw")
    assert (service.asked, service.receipts) == ([], {})
    assert "QueryBatch;all;1" in caplog.text
