"""What a connector promises that asks a source without files: rows or replies, one package after the other."""

from __future__ import annotations

import os
import threading
from pathlib import Path
from typing import Any

import pytest

from hub.errors import RetryError, StopError
from hub.shapes import Notice
from tests.support.exchange_database import FLAG, WATERMARK, sqlite_exchange, take_all
from tests.support.pull_peers import RowsPeer, body_of, claimed, pages_in_memory

ROWS = {"database-flag": FLAG, "database-watermark": WATERMARK}
WAYS = [*ROWS, "soap-pull"]


@pytest.fixture(params=WAYS)
def peer(request: pytest.FixtureRequest, tmp_path: Path) -> Any:
    if request.param in ROWS:
        return RowsPeer(sqlite_exchange(tmp_path / "exchange"), ROWS[request.param])
    return pages_in_memory()


def test_nothing_is_ready_where_nothing_waits(peer: Any) -> None:
    connector = peer.connector()
    assert list(connector.ready()) == []
    assert connector.claim(Notice("land", "rows")) is None


def test_a_package_is_taken_once_and_gone_once_acknowledged(peer: Any) -> None:
    peer.put("a")
    connector = peer.connector()
    claim = claimed(connector)
    body = body_of(connector, claim)
    assert peer.found_in([body]) == ["a"]
    assert (claim.notice.system, claim.notice.size) == ("land", len(body))
    connector.acknowledge(claim)
    assert list(connector.ready()) == []
    assert connector.claim(claim.notice) is None


def test_packages_follow_one_another_until_nothing_waits(peer: Any) -> None:
    wanted = [f"{number:02}" for number in range(10)]
    for number, name in enumerate(wanted):
        peer.put(name, number)
    bodies = take_all(peer.connector())
    assert peer.found_in(bodies) == wanted
    assert [len(peer.found_in([body])) for body in bodies] == ([3, 3, 3, 1] if peer.batch == 3 else [1] * 10)


def test_the_list_ends_when_what_it_named_is_not_taken(peer: Any) -> None:
    peer.put("a")
    assert len(list(peer.connector().ready())) == 1


def test_nothing_is_lost_with_a_worker_that_dies(peer: Any) -> None:
    peer.put("a")
    child = os.fork()
    if child == 0:
        worker = peer.connector()
        claim = worker.claim(next(worker.ready()))
        os._exit(0 if body_of(worker, claim) else 1)
    assert os.waitpid(child, 0)[1] == 0
    assert peer.found_in(take_all(peer.connector())) == ["a"]


def test_workers_racing_lose_nothing(peer: Any) -> None:
    wanted = [f"{number:02}" for number in range(12)]
    for number, name in enumerate(wanted):
        peer.put(name, number)
    start = threading.Barrier(3)
    bodies: list[bytes] = []

    def work() -> None:
        connector = peer.connector()
        start.wait()
        bodies.extend(take_all(connector))

    workers = [threading.Thread(target=work) for _ in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    bodies += take_all(peer.connector())
    found = sorted(peer.found_in(bodies))
    assert (found if peer.locks else sorted(set(found))) == wanted


def test_a_released_package_is_as_it_was(peer: Any) -> None:
    peer.put("a")
    connector = peer.connector()
    claim = claimed(connector)
    body = body_of(connector, claim)
    connector.release(claim)
    connector.release(claim)
    connector.acknowledge(claim)

    worker = peer.connector()
    again = claimed(worker)
    assert again.notice == claim.notice
    assert body_of(worker, again) == body


def test_acknowledging_twice_never_removes_what_came_later(peer: Any) -> None:
    peer.put("a", 1)
    connector = peer.connector()
    claim = claimed(connector)
    body_of(connector, claim)
    connector.acknowledge(claim)
    peer.put("b", 2)
    connector.acknowledge(claim)
    connector.release(claim)
    assert peer.found_in(take_all(peer.connector())) == ["b"]


def test_a_package_may_be_read_twice_and_only_while_it_is_claimed(peer: Any) -> None:
    peer.put("a")
    connector = peer.connector()
    claim = claimed(connector)
    assert body_of(connector, claim) == body_of(connector, claim)
    connector.release(claim)
    with pytest.raises(RetryError) as caught:
        body_of(connector, claim)
    assert caught.value.code == "CONNECTOR_CLAIM_LOST"


def test_a_consumers_own_failure_passes_through_and_keeps_the_claim(peer: Any) -> None:
    peer.put("a")
    connector = peer.connector()
    claim = claimed(connector)
    with pytest.raises(ZeroDivisionError), connector.read(claim):
        raise ZeroDivisionError
    assert peer.found_in([body_of(connector, claim)]) == ["a"]


def test_delivering_again_changes_nothing(peer: Any, tmp_path: Path) -> None:
    peer.put("a")
    connector = peer.connector()
    claim = claimed(connector)
    raw = tmp_path / "raw"
    raw.write_bytes(body_of(connector, claim))
    connector.acknowledge(claim)
    seen = []
    for _ in range(2):
        connector.refuse(claim.notice.name, raw)
        connector.deliver(claim.notice.name, peer.refusal_of("a"))
        seen.append(peer.told())
    assert seen[0] == seen[1]
    assert seen[0]


@pytest.mark.parametrize("name", ["", ".", "..", "a/b", "x\0", "\ud800"])
def test_a_name_that_is_none_is_refused(peer: Any, name: str) -> None:
    connector = peer.connector()
    for call in (lambda: connector.claim(Notice("land", name)), lambda: connector.deliver(name, b"")):
        with pytest.raises(StopError) as caught:
            call()
        assert caught.value.code == "CONNECTOR_NAME"
