"""The exchange directory: what only files can do."""

from __future__ import annotations

import errno
import fcntl
import logging
import os
import time
from pathlib import Path
from typing import Any

import pytest

from connectors import locks, open_connector
from connectors.directory import DirectoryConnector
from hub.errors import HubError, RetryError, StopError
from hub.shapes import Notice


def inbox_of(peer: Any) -> Path:
    return Path(os.fsdecode(peer.root)) / "inbox"


def names(connector: Any) -> list[str]:
    return [notice.name for notice in connector.ready()]


def test_a_marker_goes_with_its_file_and_comes_back_with_it(directory: Any) -> None:
    peer = directory(marker=".ok")
    peer.put(b"a.xml", b"<a/>")
    inbox, connector = inbox_of(peer), peer.connector()
    claim = connector.claim(Notice("land", "a.xml"))
    assert sorted(path.name for path in inbox.iterdir()) == [".suphub-claimed"]

    connector.release(claim)
    assert {path.name for path in inbox.iterdir()} == {".suphub-claimed", "a.xml", "a.xml.ok"}

    connector.acknowledge(connector.claim(Notice("land", "a.xml")))
    assert [path for path in inbox.rglob("*") if path.name != ".suphub-claimed"] == []


def test_a_file_without_its_marker_and_a_marker_without_its_file_are_left(directory: Any) -> None:
    peer = directory(marker=".ok")
    peer.put(b"a.xml", b"<a/>", ready=False)
    (inbox_of(peer) / "gone.xml.ok").touch()
    (inbox_of(peer) / ("x" * 255)).write_bytes(b"no room for a marker")

    assert names(peer.connector()) == []
    assert peer.connector().claim(Notice("land", "a.xml")) is None
    assert peer.connector().claim(Notice("land", "gone.xml.ok")) is None


@pytest.mark.parametrize("died", ["between file and marker", "between link and unlink"])
def test_a_worker_that_died_between_two_moves_loses_nothing(directory: Any, died: str) -> None:
    peer = directory(marker=".ok")
    peer.put(b"a.xml", b"<a/>")
    inbox = inbox_of(peer)
    (inbox / ".suphub-claimed").mkdir()
    claimed = inbox / ".suphub-claimed" / "a.xml"
    if died == "between link and unlink":
        claimed.hardlink_to(inbox / "a.xml")
    else:
        (inbox / "a.xml").rename(claimed)
    connector = peer.connector()

    assert names(connector) == ["a.xml"]
    claim = connector.claim(Notice("land", "a.xml"))
    with connector.read(claim) as stream:
        assert stream.read() == b"<a/>"
    connector.acknowledge(claim)
    assert [path for path in inbox.rglob("*") if path.name != ".suphub-claimed"] == []


def test_a_new_file_keeps_its_own_marker_while_the_former_is_worked_on(directory: Any) -> None:
    peer = directory(marker=".ok")
    peer.put(b"a.xml", b"first")
    first = peer.connector()
    claim = first.claim(Notice("land", "a.xml"))
    peer.put(b"a.xml", b"second", ready=False)
    first.acknowledge(claim)
    assert names(peer.connector()) == []

    peer.put(b"a.xml", b"second")
    assert names(peer.connector()) == ["a.xml"]


def test_a_file_at_rest_is_taken_and_a_growing_one_left(directory: Any) -> None:
    peer = directory(stable_for="60s")
    now = time.time()
    for name, age, body in (
        (b"rest.xml", 61, b"whole"),
        (b"fresh.xml", 59, b"ha"),
        (b"ahead.xml", -3600, b"?"),
    ):
        peer.put(name, body)
        os.utime(peer.root + b"/inbox/" + name, (now - age, now - age))
    connector = DirectoryConnector("land", peer.options, now=lambda: now)

    assert list(connector.ready()) == [Notice("land", "rest.xml", 5)]
    assert connector.claim(Notice("land", "fresh.xml", 2)) is None
    assert connector.claim(Notice("land", "rest.xml", 4)) is None  # it had another size when it was listed


def test_what_is_not_a_plain_file_is_skipped_and_told(
    directory: Any, caplog: pytest.LogCaptureFixture
) -> None:
    peer = directory(rename=".part")
    inbox = inbox_of(peer)
    peer.put(b"good.xml", b"<a/>")
    peer.put(b"hidden.xml", b"", ready=False)
    (inbox / ".hidden").write_bytes(b"")
    (inbox / "folder.xml").mkdir()
    (inbox / "link.xml").symlink_to("/etc/passwd")
    os.mkfifo(inbox / "pipe.xml")
    connector = peer.connector()
    with caplog.at_level(logging.WARNING):
        assert names(connector) == ["good.xml"]
    assert "link.xml" in caplog.text
    assert "pipe.xml" in caplog.text
    for name in ("link.xml", "pipe.xml", "folder.xml", ".hidden"):
        assert connector.claim(Notice("land", name)) is None


def test_a_planted_link_is_never_followed(directory: Any, tmp_path: Path) -> None:
    peer = directory(rename=".part")
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    victim = tmp_path / "victim"
    victim.write_bytes(b"keep")
    connector = peer.connector()
    (inbox_of(peer).parent / "receipts").mkdir()
    (inbox_of(peer).parent / "receipts" / "a.xml.receipt.xml").symlink_to(victim)
    connector.deliver("a.xml", b"receipt")
    assert victim.read_bytes() == b"keep"
    assert peer.receipts() == {b"a.xml.receipt.xml": b"receipt"}

    (inbox_of(peer) / ".suphub-claimed").symlink_to(elsewhere)
    peer.put(b"a.xml", b"<a/>")
    with pytest.raises(StopError) as caught:
        connector.claim(Notice("land", "a.xml"))
    assert caught.value.code == "CONNECTOR_OPTION"


def test_a_file_that_grows_after_it_was_read_is_not_removed(directory: Any) -> None:
    peer = directory(rename=".part")
    peer.put(b"a.xml", b"<half")
    connector = peer.connector()
    claim = connector.claim(Notice("land", "a.xml"))
    with connector.read(claim) as stream:
        stream.read()
    peer.change_claimed(b"a.xml", b"<half/>")
    with pytest.raises(RetryError) as caught:
        connector.acknowledge(claim)
    assert caught.value.code == "CONNECTOR_CHANGED"
    assert peer.inbox() == {b"a.xml": b"<half/>"}


def test_temporary_files_of_dead_writers_are_removed_and_those_of_living_ones_kept(directory: Any) -> None:
    peer = directory(rename=".part")
    receipts = inbox_of(peer).parent / "receipts"
    receipts.mkdir()
    (receipts / ".suphub-0123456789abcdef.part").write_bytes(b"half")
    living = receipts / ".suphub-ffffffffffffffff.part"
    with locks.take(os.fsencode(living)):  # type: ignore[union-attr]
        peer.connector().deliver("a.xml", b"receipt")
        assert {path.name for path in receipts.iterdir()} == {living.name, "a.xml.receipt.xml"}


def test_a_lock_whose_file_was_removed_meanwhile_is_taken_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, real = os.fsencode(tmp_path / "lock"), fcntl.flock
    removals = iter([path])

    def flock(handle: Any, how: int) -> None:
        for removed in removals:  # its former holder lets go just now
            os.unlink(removed)  # noqa: PTH108
        real(handle, how)

    monkeypatch.setattr("connectors.locks.fcntl.flock", flock)
    first = locks.take(path)
    assert first is not None
    assert locks.take(path) is None
    locks.drop(first, path)
    assert locks.take(path, create=False) is None


def test_a_forked_helper_does_not_keep_the_claim_of_a_dead_worker(directory: Any) -> None:
    peer = directory(rename=".part")
    peer.put(b"a.xml", b"<a/>")
    ends, begins = os.pipe(), os.pipe()
    worker = os.fork()
    if worker == 0:
        connector = peer.connector()
        claim = connector.claim(Notice("land", "a.xml"))
        if claim is not None and os.fork() == 0:
            os.write(begins[1], b"x")
            os.read(ends[0], 1)  # outlives its parent
        os._exit(0)
    os.waitpid(worker, 0)
    os.read(begins[0], 1)
    try:
        assert peer.connector().claim(Notice("land", "a.xml")) is not None
    finally:
        os.write(ends[1], b"x")


FAILURES = [
    (errno.ENOSPC, "CONNECTOR_FULL", "前置机上腾出空间", "Free space"),
    (errno.EDQUOT, "CONNECTOR_FULL", "配额", "quota"),
    (errno.EROFS, "CONNECTOR_READ_ONLY", "只读", "read-only"),
    (errno.EACCES, "CONNECTOR_DENIED", "权限", "permission"),
    (errno.EIO, "CONNECTOR_IO", "网络", "network"),
]


@pytest.mark.parametrize(("number", "code", "zh", "en"), FAILURES)
def test_a_failing_endpoint_says_what_where_why_and_what_to_do(
    directory: Any, monkeypatch: pytest.MonkeyPatch, number: int, code: str, zh: str, en: str
) -> None:
    peer = directory(rename=".part")

    def broken(*_: object) -> int:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr("connectors.placing.os.write", broken)
    with pytest.raises(RetryError) as caught:
        peer.connector().deliver("a.xml", b"receipt")
    monkeypatch.undo()
    error = caught.value
    assert error.code == code
    assert error.place.system == "land"
    assert "a.xml.receipt.xml" in str(error.place.file)
    assert zh in error.message_zh + error.remedy_zh
    assert en in error.message_en + error.remedy_en
    receipts = inbox_of(peer).parent / "receipts"
    assert list(receipts.iterdir()) == []  # nothing half written is left


def test_a_read_error_is_the_endpoints(directory: Any) -> None:
    peer = directory(rename=".part")
    peer.put(b"a.xml", b"<a/>")
    connector = peer.connector()
    claim = connector.claim(Notice("land", "a.xml"))
    broken = os.open("/", os.O_RDONLY)  # reading from it fails, as from a lost network drive

    def read() -> None:
        with connector.read(claim) as stream:
            os.dup2(broken, stream.fileno())
            stream.read()

    with pytest.raises(RetryError) as caught:
        read()
    os.close(broken)
    assert caught.value.code == "CONNECTOR_IO"


def test_a_missing_inbox_is_told_and_comes_back_by_itself(directory: Any) -> None:
    peer = directory(rename=".part")
    connector = peer.connector()
    inbox_of(peer).rmdir()
    for call in (lambda: names(connector), lambda: connector.claim(Notice("land", "a.xml"))):
        with pytest.raises(RetryError) as caught:
            call()
        assert caught.value.code == "CONNECTOR_MISSING"
    inbox_of(peer).mkdir()
    peer.put(b"a.xml", b"<a/>")
    assert names(connector) == ["a.xml"]


def test_receipts_are_not_written_where_the_share_is_not_mounted(directory: Any, tmp_path: Path) -> None:
    peer = directory(rename=".part")
    peer.options["receipts"] = str(tmp_path / "unmounted" / "receipts")
    with pytest.raises(RetryError) as caught:
        peer.connector().deliver("a.xml", b"receipt")
    assert caught.value.code == "CONNECTOR_MISSING"
    assert not (tmp_path / "unmounted").exists()


WRONG = [
    ({"kind": "gopher"}, "CONNECTOR_KIND", "directory"),
    ({}, "CONNECTOR_KIND", "directory"),
    ({"kind": ["directory"]}, "CONNECTOR_KIND", "directory"),
    ({"kind": "directory"}, "CONNECTOR_OPTION", "connector.inbox"),
    ({"kind": "directory", "inbox": "out"}, "CONNECTOR_OPTION", "connector.inbox"),
    (
        {"kind": "directory", "inbox": "/x/out", "receipts": "/x/y/../out"},
        "CONNECTOR_OPTION",
        "connector.receipts",
    ),
    ({"kind": "directory", "inbox": "/x", "refused": "/x"}, "CONNECTOR_OPTION", "connector.refused"),
    (
        {"kind": "directory", "inbox": "/x", "ready": {"marker": "ok"}},
        "CONNECTOR_OPTION",
        "connector.ready.marker",
    ),
    ({"kind": "directory", "inbox": "/x", "ready": {"stable_for": "soon"}}, "CONNECTOR_OPTION", "stable_for"),
    ({"kind": "directory", "inbox": "/x", "ready": {}}, "CONNECTOR_OPTION", "connector.ready"),
    (
        {"kind": "directory", "inbox": "/x", "ready": {"marker": ".ok", "rename": ".p"}},
        "CONNECTOR_OPTION",
        "ready",
    ),
]


@pytest.mark.parametrize(("options", "code", "told"), WRONG)
def test_a_wrong_registration_stops_its_system_and_says_what_is_allowed(
    options: dict[str, Any], code: str, told: str
) -> None:
    with pytest.raises(StopError) as caught:
        open_connector(options, "land")
    assert caught.value.code == code
    assert told in str(caught.value)


def test_opening_a_connector_touches_nothing() -> None:
    connector = open_connector({"kind": "directory", "inbox": "/nowhere/at/all"}, "land")
    with pytest.raises(HubError):
        list(connector.ready())
