"""The probe of an SFTP directory tells what is wrong before a package does, and leaves no trace."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import frontend_probe
from connectors.base import Access
from frontend_probe import folders as probing
from frontend_probe.report import UNREACHED
from frontend_probe.sftp import probe_sftp
from tests.support.sftp import SftpPeer
from tests.support.sshd import Sshd, running_server

CHECKS = [
    "reachable",
    "trusted",
    "login",
    "inbox.readable",
    "inbox.claimable",
    "receipts.writable",
    "refused.writable",
    "inbox.free_space",
    "receipts.free_space",
    "clock",
    "backlog",
    "not_ready",
]


@pytest.fixture
def peer(sshd: Sshd, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[SftpPeer]:
    monkeypatch.setattr(probing, "FREE_WARN", 0)
    monkeypatch.setattr(probing, "FREE_FAIL", 0)
    made = SftpPeer(sshd, tmp_path.name, tmp_path / "work", {"marker": ".ok"})
    yield made
    made.close()


def report(peer: SftpPeer, shift: float = 0) -> dict[str, Any]:
    return probe_sftp(peer.connector(), now=lambda: time.time() + shift).as_dict()


def checks(found: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {check["name"]: check for check in found["checks"]}


def failing(found: dict[str, Any]) -> dict[str, str]:
    """Check → error code, of those that fail."""
    return {n: c["seen"].split(":")[0] for n, c in checks(found).items() if c["verdict"] == "fail"}


def test_a_sound_directory_passes_every_check_and_stays_as_it_was(peer: SftpPeer, sshd: Sshd) -> None:
    peer.put("报文.xml".encode("gbk"), b"<a/>")
    root = Path(os.fsdecode(peer.root))
    before = sorted(root.rglob("*"))
    found = report(peer)

    assert [check["name"] for check in found["checks"]] == CHECKS
    assert {c["name"]: c["seen"] for c in found["checks"] if c["verdict"] != "ok"} == {}
    assert sshd.fingerprint() in checks(found)["trusted"]["seen"]
    assert checks(found)["backlog"]["seen"].startswith("1 个文件 / files, 4 bytes, 报文.xml")
    assert sorted(root.rglob("*")) == before
    assert peer.state.values == {}


def test_a_server_that_is_gone_is_told_once_and_nothing_behind_it_looked_at(tmp_path: Path) -> None:
    with running_server() as server:
        peer = SftpPeer(server, "department", tmp_path / "work", {"marker": ".ok"})
        server.stop()
        found = report(peer)
    assert told_once(found, "reachable") == "SFTP_UNREACHABLE"


def told_once(found: dict[str, Any], first: str) -> str:
    """The code of the only check that fails; all behind it are not looked at, and say where the remedy stands."""
    assert [check["name"] for check in found["checks"]] == CHECKS
    behind = [checks(found)[name] for name in CHECKS[CHECKS.index(first) + 1 :]]
    assert {(each["verdict"], each["seen"]) for each in behind} == {("warn", UNREACHED)}
    assert all(each["remedy"] for each in behind)
    [(name, code)] = failing(found).items()
    assert name == first
    return code


@pytest.mark.parametrize(
    ("fault", "code", "first"),
    [
        ("no host", "SFTP_CONNECTION", "reachable"),
        ("not pinned", "SFTP_HOST_KEY_UNPINNED", "trusted"),
        ("another key", "SFTP_HOST_KEY_CHANGED", "trusted"),
        ("wrong password", "SFTP_LOGIN", "login"),
    ],
)
def test_what_is_not_trusted_or_not_let_in_is_told_at_its_check(
    peer: SftpPeer, sshd: Sshd, fault: str, code: str, first: str
) -> None:
    peer.access = {
        "no host": Access("land_sftp", "sftp"),
        "not pinned": sshd.access(host_key=None),
        "another key": sshd.access(host_key="SHA256:" + "A" * 43),
        "wrong password": sshd.with_password("wrong"),
    }[fault]
    assert told_once(report(peer), first) == code


def test_each_right_is_tried(peer: SftpPeer) -> None:
    root = Path(os.fsdecode(peer.root))
    for name in ("receipts", "refused"):
        (root / name).mkdir()
        peer.server.own(root / name)
        (root / name).chmod(0o555)
    (root / "inbox").chmod(0o555)
    denied = (
        "inbox.claimable",
        "receipts.writable",
        "refused.writable",
    )  # the clock rests on a file in receipts
    assert failing(report(peer)) == dict.fromkeys(denied, "CONNECTOR_DENIED")
    (root / "inbox").chmod(0o755)


def test_the_clocks_are_compared(peer: SftpPeer) -> None:
    for shift, verdict in ((0, "ok"), (60, "warn"), (-3600, "fail")):
        assert checks(report(peer, shift))["clock"]["verdict"] == verdict


def test_an_old_backlog_and_forgotten_markers_are_told(peer: SftpPeer) -> None:
    peer.put(b"old.xml", b"<a/>")
    peer.put(b"forgotten.xml", b"<a/>", ready=False)
    for name in (b"old.xml", b"forgotten.xml"):
        os.utime(peer.root + b"/inbox/" + name, (1_000_000_000, 1_000_000_000))
    found = checks(report(peer))
    assert [found[name]["verdict"] for name in ("backlog", "not_ready")] == ["warn", "warn"]
    assert "forgotten.xml" in found["not_ready"]["seen"]


def test_the_kind_has_its_probe_in_the_table(peer: SftpPeer) -> None:
    assert frontend_probe.probe("sftp", peer.connector()).verdict == "ok"
