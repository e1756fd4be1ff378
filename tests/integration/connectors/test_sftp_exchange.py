"""A department that delivers by SFTP on the hub's whole way: taken, stored, answered; what is refused comes back."""

from __future__ import annotations

import json
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import pytest
from sqlalchemy import Engine

from hub import wiring
from hub.errors import RetryError, StopError
from tests.integration.pipeline.conftest import Hub, Receipt, installed
from tests.support.message import SYSTEM, case, package
from tests.support.sftp import SftpPeer
from tests.support.sshd import Sshd


@pytest.fixture
def peer(sshd: Sshd, tmp_path: Path) -> SftpPeer:
    return SftpPeer(sshd, tmp_path.name, tmp_path / "work", {"marker": ".ok"})


@pytest.fixture
def hub(
    peer: SftpPeer, sqlite_engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Hub]:
    connect(peer, monkeypatch)
    for made in installed(sqlite_engine, tmp_path / "hub", monkeypatch):
        made.register(connector=json.dumps({**peer.options, "connection": "land_sftp"}))
        yield made


def connect(peer: SftpPeer, monkeypatch: pytest.MonkeyPatch) -> None:
    access = peer.access
    value = {
        "conn_type": "sftp", "host": access.host, "port": access.port, "login": access.login,
        "password": access.password, "extra": dict(access.extra),
    }  # fmt: skip
    monkeypatch.setenv("AIRFLOW_CONN_LAND_SFTP", json.dumps(value))


def receipt(peer: SftpPeer, name: bytes) -> Receipt:
    return Receipt(peer.receipts()[name + b".receipt.xml"])


def test_packages_are_taken_loaded_and_answered_and_what_is_refused_comes_back(
    hub: Hub, peer: SftpPeer
) -> None:
    good, bad = package([case("A1"), case("A2")]), b"<not a package>"
    names = ["报文01.xml".encode("gbk"), b"bad.xml"]
    peer.put(names[0], good)
    peer.put(names[1], bad)
    hub.run()

    assert peer.inbox() == {}
    assert receipt(peer, names[0]).counts["accepted"] == 2
    assert receipt(peer, names[1]).text("State") == "refused"
    assert peer.refused() == {b"bad.xml": bad}
    assert hub.package(sha256(good).hexdigest()).state == "closed"
    assert wiring.raw_store().open(sha256(good).hexdigest()).read() == good

    before = (hub.everything(), peer.receipts())
    hub.run()
    assert (hub.everything(), peer.receipts()) == before


def test_the_same_bytes_again_are_answered_by_the_same_receipt(hub: Hub, peer: SftpPeer) -> None:
    body = package([case("A1")])
    for name in (b"a.xml", b"again.xml"):
        peer.put(name, body)
        hub.run()
    names = (b"a.xml.receipt.xml", b"again.xml.receipt.xml")
    assert len({peer.receipts()[name] for name in names}) == 1
    assert hub.count("package") == 1


def test_receipts_wait_for_a_folder_that_cannot_be_written(hub: Hub, peer: SftpPeer) -> None:
    peer.put(b"a.xml", package([case("A1")]))
    folder = Path(peer.options["inbox"]).with_name("receipts")
    folder.mkdir(mode=0o555)
    with pytest.raises(RetryError) as caught:
        hub.run()
    assert caught.value.code == "CONNECTOR_DENIED"
    assert peer.inbox() == {}
    peer.server.own(folder)
    folder.chmod(0o755)
    hub.run()
    assert receipt(peer, b"a.xml").counts["accepted"] == 1


def test_a_changed_host_key_stops_this_system_before_anything_is_taken(
    hub: Hub, peer: SftpPeer, monkeypatch: pytest.MonkeyPatch
) -> None:
    peer.put(b"a.xml", package([case("A1")]))
    known = peer.access
    peer.access = peer.server.access(host_key="SHA256:" + "A" * 43)
    connect(peer, monkeypatch)
    with pytest.raises(StopError) as caught:
        hub.run()
    assert caught.value.code == "SFTP_HOST_KEY_CHANGED"
    assert caught.value.place.system == SYSTEM
    assert hub.count("package") == 0
    peer.access = known
    connect(peer, monkeypatch)
    hub.run()
    assert receipt(peer, b"a.xml").counts["accepted"] == 1


def test_a_run_leaves_no_worker_behind(hub: Hub, peer: SftpPeer) -> None:
    peer.put(b"a.xml", package([case("A1")]))
    hub.run()
    assert hub.rows("connector_state") == []
    inbox = Path(peer.options["inbox"])
    assert [path.name for path in inbox.rglob("*")] == [".suphub-claimed"]
