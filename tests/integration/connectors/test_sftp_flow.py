"""Many packages by SFTP, taken and answered beside the processing of others: each ends as it would one after the other."""

from __future__ import annotations

import importlib
import json
import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from hub import wiring
from hub.errors import RetryError, StopError
from hub.pipeline.deliver import Laying
from tests.integration.connectors.test_sftp_exchange import connect
from tests.integration.pipeline.conftest import Hub, Receipt, installed
from tests.support.message import SYSTEM, case, package
from tests.support.sftp import SftpPeer
from tests.support.sshd import Sshd

GROUP, SENT = 5, 30
KILLED = (
    ("hub.central.packages", "arrive_all", 3),
    ("connectors.sftp.claims.Claims", "seize_all", 4),
    ("connectors.sftp.claims.Claims", "remove_all", 3),
    ("hub.pipeline.together", "_close", 2),
    ("connectors.sftp.lanes", "_moving", 2),
    ("hub.central.receipts", "answer", 2),
)
"""Where a worker dies, and at which call: in the middle of the taking, the processing or the answering."""


@pytest.fixture
def peer(sshd: Sshd, tmp_path: Path) -> SftpPeer:
    return SftpPeer(sshd, f"{tmp_path.name}-flow", tmp_path / "work", {"marker": ".ok"})


@pytest.fixture
def hub(
    peer: SftpPeer, sqlite_engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Hub]:
    connect(peer, monkeypatch)
    monkeypatch.setattr(wiring, "TOGETHER", GROUP)
    for made in installed(sqlite_engine, tmp_path / "hub", monkeypatch):
        made.register(connector=json.dumps({**peer.options, "connection": "land_sftp"}))
        yield made


def send(peer: SftpPeer) -> dict[bytes, str]:
    """Thirty files, and what the receipt of each has to say."""
    told = {}
    for number in range(SENT):
        name, body = b"%02d.xml" % number, package([case(f"A{number}")], f"P{number}", serial=number + 1)
        told[name] = "closed"
        if number == 7:
            body, told[name] = b"<not a package>", "refused"
        peer.put(name, body)
    return told


def told(peer: SftpPeer) -> dict[bytes, str]:
    found = {name.removesuffix(b".receipt.xml"): body for name, body in peer.receipts().items()}
    states = {
        name: Receipt(body).text("State") or "" for name, body in found.items() if not name.endswith(b".p7s")
    }
    assert {name + b".receipt.xml.p7s" for name in states} == {n for n in found if n.endswith(b".p7s")}
    return states


def whole(hub: Hub, peer: SftpPeer, expected: dict[bytes, str]) -> None:
    """Every file is answered, every case there once, every step once in the log."""
    assert peer.inbox() == {}
    assert told(peer) == expected
    assert peer.refused() == {b"07.xml": b"<not a package>"}
    assert hub.count("case_outcome") == hub.count("case_head") == SENT - 1
    # Who dies before a file is removed leaves it to be taken once more.
    events = [event for event in hub.events() if event != "package.repeated"]
    assert {name: events.count(name) for name in set(events)} == {
        "package.received": SENT, "package.closed": SENT - 1, "package.refused": 1, "receipt.delivered": SENT,
    }  # fmt: skip
    assert hub.rows("connector_state") == []


def test_all_of_them_are_answered_in_the_order_of_their_arrival(hub: Hub, peer: SftpPeer) -> None:
    expected = send(peer)
    done = hub.run()
    whole(hub, peer, expected)
    assert [each["name"] for each in done] == sorted(each["name"] for each in done)
    assert len(done) == SENT


def test_what_was_left_before_is_processed_first(hub: Hub, peer: SftpPeer) -> None:
    peer.put(b"zz.xml", package([case("B1")], "Q1", serial=99))
    wiring.take(SYSTEM)
    send(peer)
    done = hub.run()
    assert [each["name"] for each in done][:2] == ["zz.xml", "00.xml"]


def test_a_package_that_fails_is_told_when_all_the_others_are_answered(
    hub: Hub, peer: SftpPeer, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = send(peer)
    real: Callable[..., Any] = wiring.process_package
    monkeypatch.setattr(wiring, "process_together", lambda *_: [])

    def failing(bench: Any, registration: Any, number: int) -> bool:
        if number == 3:
            raise RetryError("TEST_FAILED", zh="-", en="-", remedy_zh="-", remedy_en="-")
        return bool(real(bench, registration, number))

    monkeypatch.setattr(wiring, "process_package", failing)
    with pytest.raises(RetryError, match="TEST_FAILED"):
        hub.run()
    assert len(told(peer)) == SENT - 1
    monkeypatch.setattr(wiring, "process_package", real)
    hub.run()
    whole(hub, peer, expected)


def test_what_was_taken_before_the_connection_broke_is_answered_and_the_break_told(
    hub: Hub, peer: SftpPeer, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = send(peer)
    real, groups = wiring.raw_store().__class__.put_all, list[int]()

    def breaking(store: Any, bodies: Any) -> Any:
        groups.append(len(bodies))
        if len(groups) == 3:
            raise RetryError("RAW_STORE_FULL", zh="-", en="-", remedy_zh="-", remedy_en="-")
        return real(store, bodies)

    with monkeypatch.context() as patch:
        patch.setattr(wiring.raw_store().__class__, "put_all", breaking)
        with pytest.raises(RetryError, match="RAW_STORE_FULL"):
            hub.run()
    assert len(told(peer)) == SENT - GROUP
    assert len(peer.inbox()) == GROUP
    hub.run()
    whole(hub, peer, expected)


def test_where_processing_has_to_stop_taking_ends_and_nothing_is_lost(
    hub: Hub, peer: SftpPeer, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = send(peer)

    def stopping(*_: object) -> list[int]:
        raise StopError("TEST_STOP", zh="-", en="-", remedy_zh="-", remedy_en="-")

    with monkeypatch.context() as patch:
        patch.setattr(wiring, "process_together", stopping)
        with pytest.raises(StopError, match="TEST_STOP"):
            hub.run()
    assert peer.receipts() == {}
    taken = hub.count("package")
    assert taken > 0
    assert taken + len(peer.inbox()) == SENT
    hub.run()
    whole(hub, peer, expected)


def test_a_fault_of_the_hub_in_one_of_the_threads_is_raised_and_not_lost(
    hub: Hub, peer: SftpPeer, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = send(peer)
    with monkeypatch.context() as patch:
        patch.setattr(Laying, "go_on", lambda _: [][1])
        with pytest.raises(IndexError):
            hub.run()
    with monkeypatch.context() as patch:
        patch.setattr("hub.pipeline.take.remember", lambda *_: [][1])
        with pytest.raises(IndexError):
            hub.run()
    hub.run()
    whole(hub, peer, expected)


@pytest.mark.parametrize(("where", "name", "call"), KILLED, ids=lambda value: str(value))
def test_a_worker_that_is_killed_loses_and_doubles_nothing(
    hub: Hub, peer: SftpPeer, where: str, name: str, call: int
) -> None:
    expected = send(peer)
    child = os.fork()
    if child == 0:
        try:
            hub.engine.dispose(close=False)
            _die_at(where, name, call)
            hub.run()
        finally:
            os._exit(1)
    _, status = os.waitpid(child, 0)
    assert os.WTERMSIG(status) == signal.SIGKILL
    for answer in peer.receipts().values():
        assert answer
    hub.run()
    # The folder of the dead is found empty by a later run: the next, or one more where a child of the dead lived a little longer.
    for _ in range(5):
        hub.run()
        if not hub.rows("connector_state"):
            break
    whole(hub, peer, expected)


def _die_at(where: str, name: str, call: int) -> None:
    """This process ends by SIGKILL when a function is called so often."""
    try:
        owner: Any = importlib.import_module(where)
    except ModuleNotFoundError:
        module, _, kind = where.rpartition(".")
        owner = getattr(importlib.import_module(module), kind)
    real, calls = getattr(owner, name), list[int]()

    def counted(*args: Any, **words: Any) -> Any:
        calls.append(1)
        if len(calls) == call:
            os.kill(os.getpid(), signal.SIGKILL)
        return real(*args, **words)

    setattr(owner, name, counted)
