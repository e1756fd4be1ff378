"""Many small files at once by SFTP: what comes of them is what comes of each by itself, on a real server."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from paramiko import Transport
from paramiko.ssh_exception import ChannelException

from connectors.base import Answer
from connectors.names import raw_of, receipt_name, text_of
from connectors.sftp import requests as ssh
from connectors.sftp.claims import Claims
from connectors.sftp.connector import SftpConnector
from connectors.sftp.session import Session
from connectors.sftp.wire import Wire
from hub.errors import RetryError
from hub.shapes import Notice
from tests.support.sftp import SftpPeer
from tests.support.sshd import Sshd

LARGEST = 1000
WAYS: dict[str, dict[str, str]] = {
    "marker": {"marker": ".ok"},
    "rename": {"rename": ".part"},
    "stable": {"stable_for": "60s"},
}
NAMES = (b"a.xml", "审批-02.xml".encode("gbk"), b"c.xml", b"d.xml")


@pytest.fixture(params=WAYS)
def peer(request: pytest.FixtureRequest, sshd: Sshd, tmp_path: Path) -> Iterator[SftpPeer]:
    made = SftpPeer(sshd, f"{tmp_path.name}-together", tmp_path / "work", WAYS[request.param])
    yield made
    made.close()


@pytest.fixture
def marked(sshd: Sshd, tmp_path: Path) -> Iterator[SftpPeer]:
    made = SftpPeer(sshd, f"{tmp_path.name}-marked", tmp_path / "work", WAYS["marker"])
    yield made
    made.close()


def taken(connector: SftpConnector) -> dict[bytes, bytes]:
    """Everything that is ready, claimed together, read and removed."""
    found, claims = {}, []
    for claim, body in connector.claim_all(list(connector.ready()), LARGEST)[0]:
        if body is None:
            with connector.read(claim) as stream:
                body = stream.read()
        found[raw_of(claim.notice.name)] = body
        claims.append(claim)
    assert connector.acknowledge_all(claims) == []
    return found


def test_all_that_is_ready_is_claimed_read_and_removed(peer: SftpPeer) -> None:
    bodies = {name: name * 30 for name in NAMES} | {b"empty.xml": b"", b"large.xml": b"x" * (LARGEST + 1)}
    for name, body in bodies.items():
        peer.put(name, body)
    connector = peer.connector()
    assert taken(connector) == bodies
    assert peer.inbox() == {}
    assert list(connector.ready()) == []


def test_what_is_too_large_or_changes_comes_without_its_bytes(marked: SftpPeer) -> None:
    marked.put(b"a.xml", b"small")
    marked.put(b"b.xml", b"x" * (LARGEST + 1))
    connector = marked.connector()
    found = {
        claim.notice.name: body for claim, body in connector.claim_all(list(connector.ready()), LARGEST)[0]
    }
    assert found == {"a.xml": b"small", "b.xml": None}


def test_a_file_that_changes_after_it_was_read_is_not_removed_and_the_others_are(marked: SftpPeer) -> None:
    for name in NAMES:
        marked.put(name, b"first")
    connector = marked.connector()
    claims = [claim for claim, _ in connector.claim_all(list(connector.ready()), LARGEST)[0]]
    marked.change_claimed(b"c.xml", b"longer than before")
    [(claim, error)] = connector.acknowledge_all(claims)
    assert (claim.notice.name, error.code) == ("c.xml", "CONNECTOR_CHANGED")
    assert marked.inbox() == {b"c.xml": b"longer than before"}
    assert connector.acknowledge_all(claims) == []


def test_a_file_that_grew_since_it_was_seen_is_left_where_it_is(sshd: Sshd, tmp_path: Path) -> None:
    peer = SftpPeer(sshd, f"{tmp_path.name}-grown", tmp_path / "work", WAYS["stable"])
    for name in (b"a.xml", b"b.xml"):
        peer.put(name, b"first")
    connector = peer.connector()
    notices = list(connector.ready())
    with open(peer.root + b"/inbox/b.xml", "ab") as file:  # noqa: PTH123 - names of departments are bytes
        file.write(b" and more")
    assert [claim.notice.name for claim, _ in connector.claim_all(notices, LARGEST)[0]] == ["a.xml"]
    assert peer.inbox()[b"b.xml"] == b"first and more"
    peer.close()


def test_a_file_whose_marker_is_gone_goes_back_and_the_others_are_taken(marked: SftpPeer) -> None:
    for name in NAMES:
        marked.put(name, b"body")
    connector = marked.connector()
    notices = list(connector.ready())
    os.unlink(marked.root + b"/inbox/c.xml.ok")  # noqa: PTH108
    claimed = connector.claim_all(notices, LARGEST)[0]
    assert sorted(claim.notice.name for claim, _ in claimed) == sorted(
        text_of(n) for n in NAMES if n != b"c.xml"
    )
    assert marked.inbox() == {b"c.xml": b"body"}


@pytest.mark.parametrize("way", ["together", "by itself"])
def test_a_file_that_comes_while_the_marker_of_its_namesake_is_moved_keeps_a_marker(
    marked: SftpPeer, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    names = NAMES if way == "together" else (b"c.xml",)
    for name in names:
        marked.put(name, b"first")
    deed = "_without_marker" if way == "together" else "fetch_marker"
    real, late = getattr(Claims, deed), [b"second"]
    wires = Wire.rename

    def again(claims: Claims, wire: Wire, *args: Any) -> Any:
        if way == "together" and late:
            marked.put(b"c.xml", late.pop())
        return real(claims, wire, *args)

    def renaming(wire: Wire, old: bytes, new: bytes) -> None:
        if old.endswith(b"c.xml.ok") and late:  # after it was looked at
            marked.put(b"c.xml", late.pop())
        wires(wire, old, new)

    monkeypatch.setattr(Claims, deed, again)
    monkeypatch.setattr(Wire, "rename", renaming)
    found: list[bytes] = []
    for _ in range(3):
        connector = marked.connector()
        if way == "together":
            found += taken(connector).values()
        else:
            for notice in connector.ready():
                claim = connector.claim(notice)
                if claim is None:
                    continue  # it is doubtful whose the marker is: the next look tells
                with connector.read(claim) as stream:
                    found.append(stream.read())
                connector.acknowledge(claim)
        connector.close()
    assert sorted(found) == [b"first"] * len(names) + [b"second"]
    assert not marked._files(b"/inbox")


def test_what_vanished_or_is_anothers_is_passed_over(marked: SftpPeer) -> None:
    for name in NAMES:
        marked.put(name, b"body")
    connector, other = marked.connector(), marked.connector()
    notices = list(connector.ready())
    assert other.claim(Notice("land", "d.xml")) is not None
    os.unlink(marked.root + b"/inbox/a.xml")  # noqa: PTH108
    assert [claim.notice.name for claim, _ in connector.claim_all(notices, LARGEST)[0]] == [
        "c.xml", text_of(NAMES[1]),
    ]  # fmt: skip


def test_what_a_dead_worker_left_is_taken_with_the_rest(marked: SftpPeer) -> None:
    for name in NAMES:
        marked.put(name, name)
    marked.claim_and_die(Notice("land", "c.xml"))
    assert taken(marked.connector()) == {name: name for name in NAMES}


def test_of_two_workers_at_once_each_file_has_one(marked: SftpPeer) -> None:
    names = [b"%03d.xml" % number for number in range(120)]
    for name in names:
        marked.put(name, name)
    workers = [marked.connector() for _ in range(2)]
    looks = [list(worker.ready()) for worker in workers]  # both see all of them
    found: list[list[str]] = [[], []]

    def work(which: int) -> None:
        for start in range(0, len(names), 20):
            claimed, _ = workers[which].claim_all(looks[which][start : start + 20], LARGEST)
            assert workers[which].acknowledge_all([claim for claim, _ in claimed]) == []
            found[which] += [
                claim.notice.name for claim, body in claimed if body == raw_of(claim.notice.name)
            ]

    threads = [threading.Thread(target=work, args=(which,)) for which in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(found[0] + found[1]) == [text_of(name) for name in names]
    assert marked.inbox() == {}


def test_receipts_laid_together_lie_there_with_their_signatures_and_leave_nothing_behind(
    peer: SftpPeer,
) -> None:
    answers = [Answer(text_of(name), name + b" body", name + b" signature") for name in NAMES]
    assert sorted(peer.connector().deliver_all(answers)) == [0, 1, 2, 3]
    expected = {receipt_name(name): name + b" body" for name in NAMES}
    expected |= {receipt_name(name) + b".p7s": name + b" signature" for name in NAMES}
    assert peer.receipts() == expected
    assert os.listdir(peer.root + b"/receipts/.suphub-writing") == []  # noqa: PTH208


def test_a_receipt_that_lies_there_already_stays_and_another_one_is_replaced(marked: SftpPeer) -> None:
    connector = marked.connector()
    answers = [Answer(f"{number}.xml", b"body %d" % number) for number in range(3)]
    assert sorted(connector.deliver_all(answers)) == [0, 1, 2]
    place = marked.root + b"/receipts/"
    before = os.stat(place + b"0.xml.receipt.xml")  # noqa: PTH116
    answers[1] = Answer("1.xml", b"other bytes")
    assert sorted(connector.deliver_all(answers)) == [0, 1, 2]
    after = os.stat(place + b"0.xml.receipt.xml")  # noqa: PTH116
    assert (after.st_ino, after.st_mtime_ns) == (before.st_ino, before.st_mtime_ns)
    assert marked.receipts()[b"1.xml.receipt.xml"] == b"other bytes"


def test_no_receipt_is_seen_before_its_signature(marked: SftpPeer) -> None:
    answers = [Answer(f"{number:03}.xml", b"body", b"signature") for number in range(60)]
    seen: list[str] = []
    done = threading.Event()

    def watch() -> None:
        while not done.is_set():
            there = set(marked.receipts())
            seen.extend(
                str(n) for n in there if not n.endswith(b".p7s") and n + b".p7s" not in marked.receipts()
            )

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        assert len(list(marked.connector().deliver_all(answers))) == 60
    finally:
        done.set()
        watcher.join()
    assert seen == []


def test_a_server_without_an_atomic_rename_gets_its_receipts_one_by_one(marked: SftpPeer) -> None:
    connector = marked.connector()
    connector.session.wire().extensions.pop(b"posix-rename@openssh.com")
    answers = [Answer(f"{number}.xml", b"body", b"signature") for number in range(3)]
    assert list(connector.deliver_all(answers)) == [0, 1, 2]
    assert len(marked.receipts()) == 6


def test_a_server_that_cannot_sync_is_asked_for_the_length_of_what_it_wrote(
    marked: SftpPeer, monkeypatch: pytest.MonkeyPatch
) -> None:
    connector, asked = marked.connector(), list[int]()
    connector.session.wire().extensions.pop(ssh.FSYNC)
    real = Wire.ask_all

    def asking(wire: Wire, *requests: tuple[int, bytes]) -> list[int]:
        asked.extend(kind for kind, _ in requests)
        return real(wire, *requests)

    monkeypatch.setattr(Wire, "ask_all", asking)
    assert sorted(connector.deliver_all([Answer(f"{n}.xml", b"body", b"signature") for n in range(3)])) == [
        0,
        1,
        2,
    ]
    assert asked.count(ssh.FSTAT) == 6
    assert set(marked.receipts().values()) == {b"body", b"signature"}


@pytest.mark.parametrize(
    ("what", "lets", "after"), [("all", 99, 6), ("refuses the third", 3, 3), ("ends the connection", 1, 1)]
)
def test_receipts_go_on_as_many_channels_as_the_server_lets_there_be(
    marked: SftpPeer, monkeypatch: pytest.MonkeyPatch, what: str, lets: int, after: int
) -> None:
    real, opened = Session._channel, list[int]()

    def channel(session: Session, transport: Transport) -> Wire:
        if len(opened) == lets:
            if what == "ends the connection":
                transport.close()
                opened.clear()
            raise ChannelException(4, "resource shortage")
        opened.append(1)
        return real(session, transport)

    monkeypatch.setattr(Session, "_channel", channel)
    connector = marked.connector()
    for start in (0, 40):  # the second time nothing is tried that failed the first time
        answers = [Answer(f"{start + n:03}.xml", b"body", b"signature") for n in range(40)]
        assert sorted(connector.deliver_all(answers)) == list(range(40))
        assert len(connector.session.wires(6)) == after
    assert len(marked.receipts()) == 160
    assert os.listdir(marked.root + b"/receipts/.suphub-writing") == []  # noqa: PTH208


def test_of_two_receipts_for_one_name_the_later_lies_there(marked: SftpPeer) -> None:
    answers = [Answer(f"{n % 10}.xml", b"body %d" % n) for n in range(40)]
    assert sorted(marked.connector().deliver_all(answers)) == list(range(40))
    assert marked.receipts() == {b"%d.xml.receipt.xml" % n: b"body %d" % (30 + n) for n in range(10)}


def test_a_file_that_cannot_be_claimed_is_told_and_the_others_are_claimed(marked: SftpPeer) -> None:
    for name in (b"a.xml", b"b.xml", b"c.xml"):
        marked.put(name, name)
    connector = marked.connector()
    connector._claims.prepare(connector.session.wire())
    os.makedirs(connector._claims.path(b"b.xml") + b"/in the way")  # noqa: PTH103
    claimed, [(notice, error)] = connector.claim_all(list(connector.ready()), LARGEST)
    assert [claim.notice.name for claim, _ in claimed] == ["a.xml", "c.xml"]
    assert (notice.name, error.code) == ("b.xml", "CONNECTOR_IO")
    assert marked.inbox() == {b"b.xml": b"b.xml"}


def test_a_receipt_that_cannot_be_laid_is_told_when_the_others_lie_there(marked: SftpPeer) -> None:
    connector = marked.connector()
    connector.deliver("0.xml", b"body")  # makes the folder
    os.makedirs(marked.root + b"/receipts/1.xml.receipt.xml/in the way")  # noqa: PTH103
    laying = connector.deliver_all([Answer(f"{n}.xml", b"body") for n in range(4)])
    assert sorted(next(laying) for _ in range(3)) == [0, 2, 3]
    with pytest.raises(RetryError, match="CONNECTOR_IO"):
        next(laying)
