"""The probe of an FTP server tells what is wrong before a package does, and leaves no trace."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from connectors.ftp.options import fingerprint_shown
from frontend_probe.ftp import probe_ftp
from frontend_probe.report import UNREACHED
from tests.support.ftp_peer import FtpPeer
from tests.support.ftp_server import FtpServer
from tests.support.iis import Iis
from tests.support.proftpd import ProFtpd
from tests.support.vsftpd import Vsftpd

CHECKS = [
    "connection", "reachable", "trusted", "login", "inbox.readable", "listing", "inbox.claimable", "receipts.writable",
    "refused.writable", "clock", "free_space", "backlog", "not_ready",
]  # fmt: skip


@pytest.fixture(scope="module", params=[ProFtpd, Vsftpd], ids=["proftpd", "vsftpd"])
def server(request: pytest.FixtureRequest) -> Iterator[FtpServer]:
    with request.param() as started:
        yield started


@pytest.fixture
def peer(server: FtpServer, tmp_path: Path) -> Iterator[FtpPeer]:
    made = FtpPeer(server, tmp_path.name, tmp_path / "work")
    yield made
    made.close()


def verdicts(peer: FtpPeer, ahead: float = 0.0) -> dict[str, dict[str, Any]]:
    peer.ahead = ahead
    found = probe_ftp(peer.connector(), now=peer.now).as_dict()
    assert found["system"] == "land"
    return {check["name"]: check for check in found["checks"]}


def bad(found: dict[str, dict[str, Any]]) -> dict[str, str]:
    return {name: check["verdict"] for name, check in found.items() if check["verdict"] != "ok"}


def everything(peer: FtpPeer) -> list[str]:
    return sorted(str(path) for path in peer.folder.rglob("*"))


def test_a_sound_server_passes_every_check_and_stays_as_it_was(peer: FtpPeer) -> None:
    peer.put("报文.xml".encode("gbk"), b"<a/>")
    peer.put(b"half.xml", b"<", ready=False)
    before = everything(peer)
    found = verdicts(peer)
    assert list(found) == CHECKS
    assert bad(found) == {}
    assert all(not check["remedy"] for check in found.values())
    assert everything(peer) == before
    assert fingerprint_shown(peer.server.certificate.fingerprint) in found["trusted"]["seen"]
    assert "364" in found["trusted"]["seen"]
    assert "1 个文件" in found["backlog"]["seen"]
    assert "1 个文件" in found["not_ready"]["seen"]


def test_rights_that_are_missing_are_told_with_the_folder(peer: FtpPeer) -> None:
    for name in ("receipts", "inbox"):
        folder = peer.folder / name
        folder.mkdir(exist_ok=True)
        peer.server.own(folder)
        folder.chmod(0o555)
    found = verdicts(peer)
    clock = bad(found).pop(
        "clock"
    )  # rests on a file in receipts: told once where the servers' words are the same
    assert clock in ("warn", "fail")
    assert bad(found) == {"inbox.claimable": "fail", "receipts.writable": "fail", "clock": clock}
    assert f"/data/{peer.folder.name}/receipts" in found["receipts.writable"]["seen"]
    assert "CONNECTOR_DENIED" in found["receipts.writable"]["seen"]
    assert "权限" in found["receipts.writable"]["remedy"]


def test_a_clock_that_is_wrong_and_a_certificate_that_ends_soon_are_told(peer: FtpPeer) -> None:
    assert bad(verdicts(peer, ahead=-60.0)) == {"clock": "warn"}
    assert bad(verdicts(peer, ahead=340 * 86_400.0 + 700)) == {"trusted": "warn", "clock": "fail"}


def test_a_server_that_tells_local_time_is_recognised(peer: FtpPeer) -> None:
    found = verdicts(peer, ahead=-8 * 3600.0)
    assert bad(found) == {"clock": "warn"}
    assert found["clock"]["seen"] == "+8.0 h"


def test_a_wrong_password_fails_what_needs_a_log_in_and_nothing_before_it(
    peer: FtpPeer, server: FtpServer
) -> None:
    peer.access = server.access("wrong-pw")
    found = verdicts(peer)
    assert [name for name in CHECKS if name not in bad(found)] == [
        "connection",
        "reachable",
        "trusted",
        "free_space",
    ]
    assert "FTP_LOGIN" in found["login"]["seen"]
    assert list(bad(found).values()).count("fail") == 1
    assert "wrong-pw" not in str(found)


def test_a_refused_log_in_is_not_tried_again_by_every_check(tmp_path: Path) -> None:
    with Iis(tmp_path / "iis") as server:
        peer = FtpPeer(server, "land", tmp_path / "work")
        peer.access = server.access("wrong-pw")
        assert len(bad(verdicts(peer))) > 5
        assert server.said.count("PASS") == 1


def test_a_server_that_is_not_trusted_is_told_with_its_fingerprint(peer: FtpPeer, server: FtpServer) -> None:
    other = "0" * 64
    peer.options.update(ca=None, fingerprints=[other])
    found = verdicts(peer)
    assert found["trusted"]["verdict"] == "fail"
    assert fingerprint_shown(server.certificate.fingerprint) in found["trusted"]["seen"]


def test_no_encryption_is_warned_of_and_odd_lines_of_a_listing_are_shown(tmp_path: Path) -> None:
    with Iis(tmp_path / "iis") as server:
        server.noise.append(b"?? what is this")
        peer = FtpPeer(server, "land", tmp_path / "work")
        found = verdicts(peer)
        assert bad(found) == {"trusted": "warn", "listing": "warn"}
        assert "what is this" in found["listing"]["seen"]
        assert os.listdir(peer.folder / "inbox") == []  # noqa: PTH208


def test_a_server_that_is_down_fails_at_once(tmp_path: Path) -> None:
    with Iis(tmp_path / "iis") as server:
        peer = FtpPeer(server, "land", tmp_path / "work")
    found = verdicts(peer)
    assert bad(found)["reachable"] == "fail"
    assert "FTP_UNREACHABLE" in found["reachable"]["seen"] or "FTP_LOST" in found["reachable"]["seen"]
    assert list(bad(found).values()).count("fail") == 1
    behind = [found[name] for name in CHECKS[2:] if name != "free_space"]
    assert {(each["verdict"], each["seen"]) for each in behind} == {("warn", UNREACHED)}
