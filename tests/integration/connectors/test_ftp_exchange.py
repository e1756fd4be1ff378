"""A department on a real FTPS server, on the hub's whole way: packages taken, cases stored, receipts and refusals laid back."""

from __future__ import annotations

import os
import re
import zipfile
from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path

import pytest
from sqlalchemy import Engine

from hub import wiring
from tests.integration.pipeline.conftest import Hub, Receipt, installed
from tests.support.command import Suphub
from tests.support.ftp_peer import FtpPeer
from tests.support.ftp_server import PASSWORD, FtpServer
from tests.support.message import SYSTEM, USCC, case, package
from tests.support.proftpd import ProFtpd
from tests.support.vsftpd import Vsftpd

PAGE = Path(__file__).resolve().parents[3] / "docs" / "connectors" / "ftp.md"
GBK = "国土报文 01.xml".encode("gbk")


@pytest.fixture
def hub(sqlite_engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    yield from installed(sqlite_engine, tmp_path, monkeypatch)


@pytest.fixture(params=[ProFtpd, Vsftpd], ids=["proftpd", "vsftpd"])
def server(request: pytest.FixtureRequest) -> Iterator[FtpServer]:
    with request.param() as started:
        yield started


@pytest.fixture
def department(
    server: FtpServer, hub: Hub, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Callable[..., FtpPeer]:
    """A function that registers the department as the connector's page says, on that server."""
    monkeypatch.setenv("AIRFLOW_CONN_LAND_FTP", f"ftp://{server.login}:{PASSWORD}@127.0.0.1:{server.port}")
    (hub.systems / "land-ca.pem").write_bytes(server.authority.file.read_bytes())

    def make(**words: str) -> FtpPeer:
        peer = FtpPeer(server, "land", tmp_path / "peer")
        registration = re.search(r"\n\n((?: {4}.*\n)+)", PAGE.read_text(encoding="utf-8"))
        assert registration is not None
        lines = [line[4:] for line in registration[1].splitlines()]
        changed = {"organization": USCC, "status": "live", **words}
        lines = [line for line in lines if line.split(":")[0] not in changed]
        lines += [f"{name}: {value}" for name, value in changed.items()]
        (hub.systems / f"{SYSTEM}.yaml").write_text("\n".join(lines) + "\n", encoding="utf-8")
        return peer

    return make


def test_packages_are_taken_and_answered_and_a_second_run_changes_nothing(
    hub: Hub, department: Callable[..., FtpPeer]
) -> None:
    peer = department()
    good = package([case("C1"), case("C2", {"Applicant/Type": "77"})], "P-1", serial=1)
    peer.put(GBK, good)
    peer.put(b"broken.xml", b"<not a package")
    peer.put(b"unfinished.xml", b"<half", ready=False)
    hub.run()

    assert peer.inbox() == {b"unfinished.xml": b"<half"}
    assert peer.refused() == {b"broken.xml": b"<not a package"}
    receipts = peer.receipts()
    assert sorted(name for name in receipts if name.endswith(b".xml")) == [
        b"broken.xml.receipt.xml",
        GBK + b".receipt.xml",
    ]
    receipt = Receipt(receipts[GBK + b".receipt.xml"])
    assert receipt.counts["accepted"] == receipt.counts["rejected"] == 1
    assert [refused["CaseNo"] for refused in receipt.refused] == ["C2"]
    assert receipt.text("Digest") == sha256(good).hexdigest()

    hub.run()
    assert peer.receipts() == receipts
    left = os.listdir(peer.folder / "receipts" / ".suphub-part")  # noqa: PTH208
    assert left == []


def test_a_package_that_was_stored_and_not_removed_is_known_when_it_comes_again(
    hub: Hub, department: Callable[..., FtpPeer], monkeypatch: pytest.MonkeyPatch
) -> None:
    peer = department()
    body = package([case("C1")], "P-1", serial=1)
    peer.put(b"a.xml", body)

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as dying:
        dying.setattr("connectors.ftp.connector.FtpConnector.acknowledge", killed)
        with pytest.raises(KeyboardInterrupt):
            hub.run()
    assert peer.inbox() == {}
    monkeypatch.setattr("connectors.workers._started", lambda _: "another process")  # the worker is dead
    hub.run()
    assert hub.events().count("package.received") == 1
    assert hub.events().count("package.repeated") == 1
    assert hub.count("approval_case") == 1
    assert Receipt(peer.receipts()[b"a.xml.receipt.xml"]).counts["accepted"] == 1


def test_a_large_archive_comes_whole(hub: Hub, department: Callable[..., FtpPeer], tmp_path: Path) -> None:
    peer = department()
    attachment = os.urandom(20 << 20)
    with zipfile.ZipFile(tmp_path / "big.zip", "w") as archive:
        archive.writestr("报文.xml", package([case("C1")], "P-1", serial=1))
        archive.writestr("图.jpg", attachment)
    body = (tmp_path / "big.zip").read_bytes()
    peer.put(b"big.zip", body)
    hub.run()
    assert hub.package(sha256(body).hexdigest()).state == "closed"
    assert wiring.raw_store().path(sha256(attachment).hexdigest()).is_file()


def test_a_sample_is_looked_at_where_it_lies(
    hub: Hub,
    department: Callable[..., FtpPeer],
    monkeypatch: pytest.MonkeyPatch,
    capsysbinary: pytest.CaptureFixture[bytes],
) -> None:
    peer = department(status="trial")
    body = package([case("C1")], "P-1", serial=1)
    peer.put(b"a.xml", body)
    before = sorted(str(path) for path in peer.folder.rglob("*"))
    found = Suphub(monkeypatch, capsysbinary)("system", "check", SYSTEM, "--json")
    assert found.code == 0, found.text + found.err
    assert "a.xml" in found.text
    assert sorted(str(path) for path in peer.folder.rglob("*")) == before
    assert peer.inbox() == {b"a.xml": body}
