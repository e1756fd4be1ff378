"""The SFTP directory under real trouble: cuts, growing files, other workers, other machines, full and read-only disks."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import threading
import time
import tracemalloc
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from connectors.sftp import download
from connectors.sftp.connector import SftpConnector
from connectors.state import MemoryState
from hub.errors import RetryError
from hub.shapes import Notice
from tests.support.proxy import breaking_proxy
from tests.support.sftp import SftpPeer
from tests.support.sshd import Sshd, running_server

REPOSITORY = Path(__file__).parents[3]
A = Notice("land", "a.xml")
BIG = random.Random(20260729).randbytes(24 << 20)


@pytest.fixture
def peer(sshd: Sshd, tmp_path: Path) -> Iterator[SftpPeer]:
    made = SftpPeer(sshd, tmp_path.name, tmp_path / "work", {"marker": ".ok"})
    yield made
    made.close()


def read(connector: SftpConnector, notice: Notice = A) -> bytes:
    claim = connector.claim(notice)
    assert claim is not None
    with connector.read(claim) as stream:
        return bytes(stream.read())


# Cuts


@pytest.mark.parametrize("cuts", [1, 3])
def test_a_transfer_that_is_cut_goes_on_where_it_stopped(peer: SftpPeer, sshd: Sshd, cuts: int) -> None:
    peer.put(b"a.xml", BIG)
    with breaking_proxy(sshd.port, *[6 << 20] * cuts) as proxy:
        peer.access = sshd.access(port=proxy.port)
        assert read(peer.connector()) == BIG
    assert proxy.connections == cuts + 1
    assert peer.pauses == [download.PAUSES_S[0]] * cuts  # each cut came after some progress


def test_a_transfer_whose_server_ends_every_session_goes_on_too(peer: SftpPeer, sshd: Sshd) -> None:
    peer.put(b"a.xml", BIG)
    connector = peer.connector()
    claim = connector.claim(A)
    assert claim is not None
    with connector.read(claim) as stream:
        first = stream.read(1 << 20)
        sshd.hang_up()
        assert first + stream.read() == BIG
    connector.acknowledge(claim)
    assert peer.inbox() == {}


def test_a_line_that_breaks_again_and_again_is_given_up_and_the_file_is_found_again(
    peer: SftpPeer, sshd: Sshd
) -> None:
    peer.put(b"a.xml", BIG)
    with breaking_proxy(sshd.port, 6 << 20, *[9000] * 20) as proxy:
        peer.access = sshd.access(port=proxy.port)
        connector = peer.connector()
        claim = connector.claim(A)
        assert claim is not None

        def reading() -> None:
            with connector.read(claim) as stream:
                stream.read()

        with pytest.raises(RetryError) as caught:
            reading()
    assert caught.value.code in ("SFTP_LOST", "SFTP_UNREACHABLE", "SFTP_HANDSHAKE")
    assert peer.pauses == list(download.PAUSES_S)
    connector.close()
    peer.access = sshd.access()
    assert read(peer.connector()) == BIG


def test_a_file_that_changed_while_the_line_was_cut_is_left_for_later(peer: SftpPeer, sshd: Sshd) -> None:
    peer.put(b"a.xml", BIG)
    connector = peer.connector()
    claim = connector.claim(A)
    assert claim is not None

    def reading() -> None:
        with connector.read(claim) as stream:
            stream.read(1 << 20)
            sshd.hang_up()
            peer.change_claimed(b"a.xml", BIG + b"more")
            stream.read()

    with pytest.raises(RetryError) as caught:
        reading()
    assert caught.value.code == "CONNECTOR_CHANGED"
    assert peer.inbox() == {b"a.xml": BIG + b"more"}


# Files that are not what they were


@pytest.mark.parametrize("becomes", ["shorter", "longer"])
def test_a_file_that_is_shorter_than_its_size_or_still_growing_is_left_for_later(
    peer: SftpPeer, becomes: str
) -> None:
    peer.put(b"a.xml", BIG)
    connector = peer.connector()
    claim = connector.claim(A)
    assert claim is not None

    def reading() -> None:
        with connector.read(claim) as stream:
            stream.read(1 << 20)
            size = len(BIG) // 2 if becomes == "shorter" else len(BIG) + 1
            os.truncate(peer.claimed(b"a.xml"), size)
            stream.read()

    with pytest.raises(RetryError) as caught:
        reading()
    assert caught.value.code == "CONNECTOR_CHANGED"
    assert [len(body) for body in peer.inbox().values()] == [
        len(BIG) // 2 if becomes == "shorter" else len(BIG) + 1
    ]


def test_a_file_that_grows_between_two_looks_is_not_taken(sshd: Sshd, tmp_path: Path) -> None:
    peer = SftpPeer(sshd, tmp_path.name, tmp_path / "work", {"stable_for": "60s"})
    hour = 3600.0
    peer.now = lambda: hour
    peer.put(b"a.xml", b"half", ready=False)
    connector = peer.connector()
    assert list(connector.ready()) == []
    hour += 61
    peer.put(b"a.xml", b"half and more", ready=False)
    assert list(connector.ready()) == []
    hour += 61
    assert list(connector.ready()) == [Notice("land", "a.xml", 13)]
    peer.put(b"a.xml", b"half and even more", ready=False)
    assert connector.claim(Notice("land", "a.xml", 13)) is None
    assert peer.inbox() == {b"a.xml": b"half and even more"}
    peer.close()


def test_a_file_that_grew_after_it_was_read_is_not_removed(peer: SftpPeer) -> None:
    peer.put(b"a.xml", b"<half")
    connector = peer.connector()
    claim = connector.claim(A)
    assert claim is not None
    with connector.read(claim) as stream:
        stream.read()
    peer.change_claimed(b"a.xml", b"<half/>")
    with pytest.raises(RetryError) as caught:
        connector.acknowledge(claim)
    assert caught.value.code == "CONNECTOR_CHANGED"
    assert peer.inbox() == {b"a.xml": b"<half/>"}


def test_links_and_folders_are_never_taken(peer: SftpPeer, caplog: pytest.LogCaptureFixture) -> None:
    inbox = Path(os.fsdecode(peer.root)) / "inbox"
    (inbox / "link.xml").symlink_to("/etc/passwd")
    (inbox / "folder.xml").mkdir()
    for name in ("link.xml", "folder.xml"):
        (inbox / f"{name}.ok").touch()
    connector = peer.connector()
    assert list(connector.ready()) == []
    assert "link.xml" in caplog.text
    assert [connector.claim(Notice("land", name)) for name in ("link.xml", "folder.xml")] == [None, None]


def test_a_marker_goes_with_its_file_and_comes_back_with_it(peer: SftpPeer) -> None:
    peer.put(b"a.xml", b"<a/>")
    inbox = Path(os.fsdecode(peer.root)) / "inbox"
    connector = peer.connector()
    claim = connector.claim(A)
    assert claim is not None
    assert [path.name for path in inbox.iterdir()] == [".suphub-claimed"]
    connector.release(claim)
    assert sorted(path.name for path in inbox.iterdir()) == [".suphub-claimed", "a.xml", "a.xml.ok"]
    claim = connector.claim(A)
    assert claim is not None
    connector.acknowledge(claim)
    connector.close()
    assert [path for path in inbox.rglob("*") if path.name != ".suphub-claimed"] == []


def test_another_accounts_file_is_taken_where_the_kernel_forbids_to_link_it(peer: SftpPeer) -> None:
    """With protected_hardlinks OpenSSH's plain rename fails for it; the hub then renames another way."""
    inbox = Path(os.fsdecode(peer.root)) / "inbox"
    for name in ("a.xml", "a.xml.ok"):
        (inbox / name).write_bytes(b"<a/>" if name == "a.xml" else b"")
        (inbox / name).chmod(0o644)
    connector = peer.connector()
    assert read(connector) == b"<a/>"
    connector.close()
    assert read(peer.connector()) == b"<a/>"


def test_a_look_at_what_lies_ready_first_changes_nothing(peer: SftpPeer) -> None:
    for name, ready in ((b"c.xml", True), (b"b.xml", True), (b"a.xml", False)):
        peer.put(name, name, ready=ready)
    connector = peer.connector()
    before = sorted(Path(os.fsdecode(peer.root)).rglob("*"))
    with connector.peek() as found:
        assert found is not None
        name, stream = found
        assert (name, stream.read()) == ("b.xml", b"b.xml")
    assert sorted(Path(os.fsdecode(peer.root)).rglob("*")) == before
    assert peer.state.values == {}


# Other workers

WORKER = """
import json, sys
from pathlib import Path
from connectors.base import Access, Surroundings
from connectors.sftp.connector import SftpConnector
from connectors.state import MemoryState

options, access, work, done = json.loads(sys.argv[1])
around = Surroundings(MemoryState(), lambda _: Access(*access), Path(work))
connector = SftpConnector("land", options, around)
print("started", flush=True)
for notice in connector.ready():
    claim = connector.claim(notice)
    if claim is None:
        continue
    with connector.read(claim) as stream:
        body = stream.read()
    connector.deliver(notice.name, b"receipt of " + body)
    with Path(done, notice.name).open("ab") as file:
        file.write(body)
    connector.acknowledge(claim)
connector.close()
"""


def start(peer: SftpPeer, done: Path) -> subprocess.Popen[str]:
    import json

    access = peer.access
    values = [
        access.name,
        access.kind,
        access.host,
        access.port,
        access.login,
        None,
        None,
        dict(access.extra),
    ]
    arguments = json.dumps([peer.options, values, str(peer.work), str(done)])
    return subprocess.Popen(
        [sys.executable, "-c", WORKER, arguments],
        cwd=REPOSITORY,
        env={**os.environ, "PYTHONPATH": str(REPOSITORY), "PYTHONDONTWRITEBYTECODE": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_two_processes_never_hold_the_same_package(peer: SftpPeer, tmp_path: Path) -> None:
    (tmp_path / "done").mkdir()
    wanted = {f"{number:03}.xml" for number in range(200)}
    for name in wanted:
        peer.put(name.encode(), b"x")
    workers = [start(peer, tmp_path / "done") for _ in range(2)]
    for worker in workers:
        assert worker.communicate(timeout=300)[1] == ""
    done = {path.name: path.read_text() for path in (tmp_path / "done").iterdir()}
    assert done == dict.fromkeys(wanted, "x")  # "xx" where two had it
    assert list(peer.connector().ready()) == []


def test_workers_killed_at_any_instant_lose_nothing(peer: SftpPeer, tmp_path: Path) -> None:
    (tmp_path / "done").mkdir()
    wanted = {f"{number:03}.xml" for number in range(300)}
    for name in wanted:
        peer.put(name.encode(), name.encode())
    dice, killed = random.Random(20260729), 0  # the same instants every time
    for _ in range(4):
        workers = [start(peer, tmp_path / "done") for _ in range(2)]
        for worker in workers:
            assert worker.stdout is not None
            worker.stdout.readline()
            with suppress(subprocess.TimeoutExpired):
                worker.wait(dice.uniform(0.1, 0.4))
            worker.send_signal(signal.SIGKILL)
            worker.communicate()
            killed += worker.returncode == -signal.SIGKILL
    last = start(peer, tmp_path / "done")
    assert last.communicate(timeout=300)[1] == ""

    assert killed > 1
    done = {path.name: path.read_text() for path in (tmp_path / "done").iterdir()}
    assert set(done) == wanted
    assert all(set(body.split(".xml")) == {name.removesuffix(".xml"), ""} for name, body in done.items())
    assert peer.receipts() == {f"{n}.receipt.xml".encode(): f"receipt of {n}".encode() for n in wanted}
    claimed = Path(os.fsdecode(peer.root)) / "inbox" / ".suphub-claimed"
    assert list(peer.connector().ready()) == []
    assert list(claimed.rglob("*")) == []  # the dead workers' folders are gone as well


def test_a_worker_on_another_machine_is_left_alone_until_its_lease_has_run_out(
    peer: SftpPeer, tmp_path: Path
) -> None:
    clock = [1_000_000.0]
    peer.now = lambda: clock[0]
    peer.put(b"a.xml", b"<a/>")
    first = peer.connector()
    claim = first.claim(A)
    assert claim is not None
    peer.work = tmp_path / "another machine"
    second = peer.connector()
    assert list(second.ready()) == []
    clock[0] += 601
    assert list(second.ready()) == [Notice("land", "a.xml", 4)]
    assert read(second) == b"<a/>"
    with pytest.raises(RetryError) as caught, first.read(claim):
        pass
    assert caught.value.code == "CONNECTOR_CLAIM_LOST"
    first.acknowledge(claim)  # nothing of its own is left to remove
    assert list(second.ready()) == []  # which tidies the folder of the one held for dead up
    with pytest.raises(RetryError) as caught:
        first.claim(Notice("land", "b.xml"))
    assert caught.value.code == "CONNECTOR_CLAIM_LOST"
    assert first.claim(Notice("land", "b.xml")) is None  # and works on, under another name


def test_a_worker_that_works_on_keeps_its_lease(peer: SftpPeer, tmp_path: Path) -> None:
    clock = [1_000_000.0]
    peer.now = lambda: clock[0]
    for name in (b"a.xml", b"b.xml"):
        peer.put(name, b"<a/>")
    first = peer.connector()
    assert first.claim(A) is not None
    peer.work = tmp_path / "another machine"
    for _ in range(5):
        clock[0] += 300
        claim = first.claim(Notice("land", "b.xml"))
        assert claim is not None
        first.release(claim)
        assert "a.xml" not in [notice.name for notice in peer.connector().ready()]


def test_what_is_claimed_when_a_worker_ends_in_good_order_may_be_taken_at_once(
    peer: SftpPeer, tmp_path: Path
) -> None:
    peer.put(b"a.xml", b"<a/>")
    first = peer.connector()
    assert first.claim(A) is not None
    first.close()
    peer.work = tmp_path / "another machine"
    assert read(peer.connector()) == b"<a/>"


# Receipts


def test_a_receipts_folder_that_may_not_be_written_is_told_and_served_later(peer: SftpPeer) -> None:
    folder = Path(os.fsdecode(peer.root)) / "receipts"
    connector = peer.connector()
    connector.deliver("a.xml", b"one")
    folder.chmod(0o555)
    with pytest.raises(RetryError) as caught:
        connector.deliver("b.xml", b"two")
    assert caught.value.code == "CONNECTOR_DENIED"
    assert "the server's administrator" in caught.value.remedy_en
    assert "system grants" in caught.value.remedy_zh
    assert "receipts/b.xml.receipt.xml" in caught.value.message_en
    folder.chmod(0o755)
    connector.deliver("b.xml", b"two")
    assert peer.receipts() == {b"a.xml.receipt.xml": b"one", b"b.xml.receipt.xml": b"two"}


def test_a_missing_parent_of_the_receipts_folder_is_told_and_not_made(peer: SftpPeer) -> None:
    peer.options["receipts"] = os.fsdecode(peer.root) + "/not/mounted"
    with pytest.raises(RetryError) as caught:
        peer.connector().deliver("a.xml", b"one")
    assert caught.value.code == "CONNECTOR_MISSING"
    assert not os.path.lexists(peer.root + b"/not")


@pytest.mark.parametrize(
    ("trouble", "code"), [("full", "CONNECTOR_FULL"), ("read-only", "CONNECTOR_READ_ONLY")]
)
def test_a_full_or_read_only_disk_is_told_and_leaves_no_litter(
    tmp_path: Path, trouble: str, code: str
) -> None:
    with running_server() as server:
        peer = SftpPeer(server, "department", tmp_path / "work", {"rename": ".part"})
        disk = Path(os.fsdecode(peer.root)) / "receipts"
        disk.mkdir()
        (tmp_path / "big").write_bytes(b"r" * 400_000)
        server.stop()
        mode = ",ro" if trouble == "read-only" else ""
        server.start(before=f"mount -t tmpfs -o size=256k,mode=777{mode} tmpfs {disk}")
        peer.options["refused"] = str(disk)
        connector = peer.connector()
        for deed in (
            lambda: connector.deliver("a.xml", b"r" * 400_000),
            lambda: connector.refuse("a.xml", tmp_path / "big"),
        ):
            with pytest.raises(RetryError) as caught:
                deed()
            assert caught.value.code == code
        found = connector.session.wire().entries(os.fsencode(disk / ".suphub-writing"))
        assert trouble == "read-only" or list(found) == []
        peer.close()


def test_a_reader_never_sees_half_a_receipt(peer: SftpPeer) -> None:
    folder = Path(os.fsdecode(peer.root)) / "receipts"
    connector, over, seen = peer.connector(), threading.Event(), set()

    def watch() -> None:
        while not over.is_set():
            with suppress(FileNotFoundError):
                seen.update(path.stat().st_size for path in folder.iterdir() if not path.name.startswith("."))

    connector.deliver("a.xml", BIG[:3_000_000])
    watcher = threading.Thread(target=watch)
    watcher.start()
    for size in (4_000_000, 3_000_000, 5_000_000):
        connector.deliver("a.xml", BIG[:size])
    over.set()
    watcher.join()
    assert seen <= {3_000_000, 4_000_000, 5_000_000}


def test_what_a_dead_worker_left_half_written_is_removed_after_an_hour(peer: SftpPeer) -> None:
    peer.connector().deliver("a.xml", b"whole")
    writing = Path(os.fsdecode(peer.root)) / "receipts" / ".suphub-writing"
    for name, age in (("old", 3700), ("new", 60)):
        (writing / name).write_bytes(b"hal")
        os.utime(writing / name, (time.time() - age, time.time() - age))
    peer.connector().deliver("b.xml", b"whole")
    assert [path.name for path in writing.iterdir()] == ["new"]


# Very many files


def test_a_very_large_inbox_is_listed_in_bounded_memory(
    peer: SftpPeer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("connectors.sftp.listing.LISTED_AT_MOST", 1000)
    inbox = peer.root + b"/inbox/"
    for number in range(20_000):
        for suffix in (b"", b".ok") if number % 2 else (b"",):
            os.close(os.open(b"%s%06d.xml%s" % (inbox, number, suffix), os.O_CREAT | os.O_WRONLY))
    connector = peer.connector()
    list(peer.connector().session.wire().entries(peer.root))  # what is loaded once is not counted
    tracemalloc.start()
    found = [notice.name for notice in connector.ready()]
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert found == [f"{number:06}.xml" for number in range(1, 2000, 2)]
    assert peak < 12_000_000
    assert connector.claim(Notice("land", found[0])) is not None
    assert connector.claim(Notice("land", "000000.xml")) is None  # it has no marker


def test_the_state_of_a_worker_that_ended_leaves_nothing_behind(peer: SftpPeer) -> None:
    peer.put(b"a.xml", b"<a/>")
    connector = peer.connector()
    assert read(connector) == b"<a/>"
    state: Any = peer.state
    assert isinstance(state, MemoryState)
    assert state.values
    connector.close()
    assert state.values == {}
    assert list((peer.work / "locks").iterdir()) == []
