"""What goes wrong with real FTP servers: who they are, what they refuse, and what breaks on the way."""

from __future__ import annotations

import dataclasses
import ftplib
import os
import random
import shutil
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from connectors.ftp import FtpConnector
from connectors.ftp.claims import Claims
from connectors.ftp.options import fingerprint_shown
from connectors.names import text_of
from hub.errors import HubError, RetryError
from hub.shapes import Notice
from tests.support import ftp_tls
from tests.support.ftp_peer import FtpPeer
from tests.support.ftp_server import PASSWORD, FtpServer
from tests.support.ports import free_port
from tests.support.proftpd import ProFtpd
from tests.support.tcp_proxy import HERE, Proxy
from tests.support.vsftpd import Vsftpd

BOTH = [ProFtpd, Vsftpd]


@pytest.fixture(scope="module")
def proftpd() -> Iterator[FtpServer]:
    with ProFtpd() as server:
        yield server


@pytest.fixture(scope="module")
def vsftpd() -> Iterator[FtpServer]:
    with Vsftpd() as server:
        yield server


@pytest.fixture(params=["proftpd", "vsftpd"])
def server(request: pytest.FixtureRequest) -> FtpServer:
    found: FtpServer = request.getfixturevalue(request.param)
    return found


@pytest.fixture
def peer_on(tmp_path: Path) -> Iterator[Callable[..., FtpPeer]]:
    """A function that makes the department's side on a server."""
    made: list[FtpPeer] = []

    def make(server: Any, **options: Any) -> FtpPeer:
        made.append(FtpPeer(server, f"{tmp_path.name}-{len(made)}", tmp_path / "work", **options))
        return made[-1]

    yield make
    for peer in made:
        peer.close()


def names(connector: FtpConnector) -> list[str]:
    return [notice.name for notice in connector.ready()]


def take(connector: FtpConnector, name: str = "a.xml") -> bytes:
    claim = connector.claim(Notice("land", name))
    assert claim is not None
    with connector.read(claim) as stream:
        body = stream.read()
    connector.acknowledge(claim)
    return bytes(body)


def error_of(call: Callable[[], Any]) -> HubError:
    with pytest.raises(HubError) as caught:
        call()
    return caught.value


# Who the server is


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3], ids=["1.2", "1.3"])
def test_a_server_that_demands_the_controls_session_on_data_connections_is_served(
    server: FtpServer,
    peer_on: Callable[..., FtpPeer],
    version: ssl.TLSVersion,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    context = ssl.create_default_context(cafile=str(server.authority.file))
    context.maximum_version = version
    stock = ftplib.FTP_TLS(context=context, timeout=10)
    stock.connect("127.0.0.1", server.port)
    stock.login(server.login, PASSWORD)
    stock.prot_p()
    with pytest.raises((ftplib.Error, ssl.SSLError, EOFError, OSError)):
        stock.retrlines("LIST", print)
    stock.close()

    monkeypatch.setattr("connectors.ftp.trust.ssl.create_default_context", lambda **_: context)
    peer = peer_on(server)
    peer.put(b"a.xml", b"<a/>")
    assert take(peer.connector()) == b"<a/>"


@pytest.mark.parametrize("kind", BOTH)
def test_a_port_that_begins_with_tls_and_data_connections_that_the_server_makes(
    kind: type[FtpServer], peer_on: Callable[..., FtpPeer]
) -> None:
    with kind(implicit=True) as server:
        peer = peer_on(server, tls="implicit", mode="active")
        peer.put(b"a.xml", b"<a/>")
        connector = peer.connector()
        assert names(connector) == ["a.xml"]
        assert take(connector) == b"<a/>"
        connector.deliver("a.xml", b"receipt")
        assert peer.receipts() == {b"a.xml.receipt.xml": b"receipt"}


@pytest.mark.parametrize("kind", BOTH)
def test_a_certificate_that_nobody_vouches_for_is_told_pinned_and_told_again_when_it_changes(
    kind: type[FtpServer], peer_on: Callable[..., FtpPeer]
) -> None:
    server = kind()
    server.certificate = ftp_tls.self_signed(server.folder)
    first = fingerprint_shown(server.certificate.fingerprint)
    with server:
        unpinned = error_of(lambda: names(peer_on(server).connector()))
        assert (unpinned.code, unpinned.kind) == ("FTP_CERTIFICATE", "stop")
        assert first in unpinned.message_en
        assert f"fingerprints: ['{first}']" in unpinned.remedy_zh

        peer = peer_on(server, ca=None, fingerprints=[first])
        peer.put(b"a.xml", b"<a/>")
        assert names(peer.connector()) == ["a.xml"]

        server.certificate = ftp_tls.self_signed(server.folder, "other")
        server.restart()
        changed = error_of(lambda: names(peer.connector()))
        assert (changed.code, changed.kind) == ("FTP_CERTIFICATE_CHANGED", "stop")
        second = fingerprint_shown(server.certificate.fingerprint)
        for text in (changed.message_zh, changed.message_en):
            assert first in text
            assert second in text

        both = FtpConnector("land", {**peer.options, "fingerprints": [first, second]}, peer.around())
        assert names(both) == ["a.xml"]


@pytest.mark.parametrize(
    ("issue", "why"),
    [({"days": -1}, "expired"), ({"host": "127.0.0.9"}, "mismatch")],
    ids=["expired", "another-host"],
)
def test_a_certificate_that_is_not_valid_here_stops_the_system(
    issue: dict[str, Any], why: str, peer_on: Callable[..., FtpPeer]
) -> None:
    server = ProFtpd()
    server.certificate = server.authority.issue("odd", **issue)
    with server:
        error = error_of(lambda: names(peer_on(server).connector()))
    assert error.code == "FTP_CERTIFICATE"
    assert why in error.message_en


def test_nothing_is_sent_to_a_server_that_is_not_trusted(peer_on: Callable[..., FtpPeer]) -> None:
    server = Vsftpd()
    server.extra = ("log_ftp_protocol=YES",)
    server.certificate = ftp_tls.self_signed(server.folder)
    with server:
        error_of(lambda: names(peer_on(server).connector()))
        said = (server.folder / "vsftpd.log").read_text(encoding="utf-8")
    assert "AUTH TLS" in said
    assert "USER" not in said
    assert "PASS" not in said


@pytest.mark.parametrize("kind", BOTH)
def test_a_server_without_tls_is_never_spoken_to_in_clear_unless_the_registration_says_so(
    kind: type[FtpServer], peer_on: Callable[..., FtpPeer]
) -> None:
    with kind(tls=False) as server:
        error = error_of(lambda: names(peer_on(server, tls="explicit").connector()))
        assert (error.code, error.kind) == ("FTP_TLS_REFUSED", "stop")
        assert "tls: none" in error.remedy_zh
        assert names(peer_on(server, tls="none").connector()) == []


def test_a_server_that_demands_tls_says_so_to_a_registration_without(
    server: FtpServer, peer_on: Callable[..., FtpPeer]
) -> None:
    error = error_of(lambda: names(peer_on(server, tls="none", ca=None).connector()))
    assert (error.code, error.kind) == ("FTP_TLS_REQUIRED", "stop")


def test_a_wrong_password_stops_the_system_and_is_not_repeated_in_the_error(
    server: FtpServer, peer_on: Callable[..., FtpPeer]
) -> None:
    peer = peer_on(server)
    peer.access = server.access("wrong-pw")
    error = error_of(lambda: names(peer.connector()))
    assert (error.code, error.kind) == ("FTP_LOGIN", "stop")
    assert "wrong-pw" not in str(error)
    assert server.login in str(error.place)


# What is on the way


def test_a_server_that_is_down_is_tried_again_and_served_when_it_is_back(
    peer_on: Callable[..., FtpPeer],
) -> None:
    with ProFtpd() as server:
        peer = peer_on(server)
        peer.put(b"a.xml", b"<a/>")
        connector = peer.connector()
        assert names(connector) == ["a.xml"]
        server.stop()
        for _ in range(2):
            error = error_of(lambda: names(connector))
            assert error.kind == "retry"
            assert error.code in ("FTP_UNREACHABLE", "FTP_LOST")
        server.start()
        assert take(connector) == b"<a/>"


@pytest.mark.parametrize(("kind", "limit"), [(ProFtpd, "MaxClients 2"), (Vsftpd, "max_clients=2")])
def test_a_server_with_too_many_guests_is_tried_again(
    kind: type[FtpServer], limit: str, peer_on: Callable[..., FtpPeer]
) -> None:
    server = kind()
    server.extra = (limit,)
    with server:
        peer = peer_on(server)

        def guests() -> None:
            for _ in range(3):
                names(peer.connector())

        error = error_of(guests)
        assert (error.code, error.kind) == ("FTP_BUSY", "retry")


def test_a_file_that_is_cut_off_on_the_way_is_read_on_from_there(peer_on: Callable[..., FtpPeer]) -> None:
    with behind_proxy() as (server, proxy):
        peer = peer_on(server, ca=None, fingerprints=[server.certificate.fingerprint])
        peer.access = dataclasses.replace(server.access(), host=HERE)
        body = random.Random(1).randbytes(8 << 20)
        peer.put(b"a.xml", body)
        connector = peer.connector()
        assert names(connector) == ["a.xml"]
        claim = connector.claim(Notice("land", "a.xml"))
        assert claim is not None
        proxy.budgets += [3 << 20, 2 << 20, 100_000]
        with connector.read(claim) as stream:
            assert stream.read() == body
        connector.acknowledge(claim)
        assert proxy.broken == 3
        log = (server.folder / "transfer.log").read_text(encoding="utf-8")
    sent = [int(line.split()[-1]) for line in log.splitlines() if line.startswith("RETR")]
    assert sum(sent) < 2 * len(body)  # not from the begin each time


def test_a_line_that_breaks_again_and_again_is_given_up_for_now_and_the_file_stays(
    peer_on: Callable[..., FtpPeer], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("connectors.ftp.reading.PAUSE_S", 0)
    with behind_proxy() as (server, proxy):
        peer = peer_on(server, ca=None, fingerprints=[server.certificate.fingerprint])
        peer.access = dataclasses.replace(server.access(), host=HERE)
        peer.put(b"a.xml", b"x" * 100_000)
        connector = peer.connector()
        claim = connector.claim(Notice("land", "a.xml"))
        assert claim is not None
        proxy.budgets += [1] * 20

        def read() -> None:
            with connector.read(claim) as stream:
                stream.read()

        error = error_of(read)
        assert error.kind == "retry"
        assert error.code in ("FTP_LOST", "FTP_TLS", "FTP_DATA")
        proxy.budgets.clear()
        connector.release(claim)
        assert take(connector) == b"x" * 100_000


@contextmanager
def behind_proxy() -> Iterator[tuple[FtpServer, Proxy]]:
    """A ProFTPD with few data ports, and a proxy on 127.0.0.2 before all of its ports."""
    server, low = ProFtpd(), free_port()
    server.extra = (
        f"PassivePorts {low} {low + 1}",
        'LogFormat sent "%m %f %b"',
        f"ExtendedLog {server.folder / 'transfer.log'} READ sent",
    )
    with server, Proxy([server.port], [low, low + 1]) as proxy:
        yield server, proxy


# What happens to files


def test_a_file_that_still_grows_is_left_for_later_and_then_taken_whole(
    server: FtpServer, peer_on: Callable[..., FtpPeer]
) -> None:
    peer = peer_on(server)
    peer.put(b"a.xml", b"<half")
    connector = peer.connector()
    with (peer.folder / "inbox" / "a.xml").open("ab", buffering=0) as writer:
        claim = connector.claim(next(connector.ready()))
        assert claim is not None

        def read() -> None:
            with connector.read(claim) as stream:
                stream.read()
                writer.write(b"/>")

        error = error_of(read)
    assert (error.code, error.kind) == ("CONNECTOR_CHANGED", "retry")
    assert take(connector) == b"<half/>"


def test_a_file_that_changes_after_it_was_read_is_not_removed(
    server: FtpServer, peer_on: Callable[..., FtpPeer]
) -> None:
    peer = peer_on(server)
    peer.put(b"a.xml", b"<a/>")
    connector = peer.connector()
    claim = connector.claim(next(connector.ready()))
    assert claim is not None
    with connector.read(claim) as stream:
        stream.read()
    peer.change_claimed(b"a.xml", b"<a/><b/>")
    assert error_of(lambda: connector.acknowledge(claim)).code == "CONNECTOR_CHANGED"
    assert peer.inbox() == {b"a.xml": b"<a/><b/>"}


def test_a_file_at_rest_is_taken_only_when_a_later_look_finds_it_the_same(
    server: FtpServer, peer_on: Callable[..., FtpPeer]
) -> None:
    peer = peer_on(server, ready={"stable_for": "60s"})
    peer.put("报文.xml".encode("gbk"), b"<half")
    assert names(peer.connector()) == []
    peer.ahead += 61
    (peer.folder / "inbox" / os.fsdecode("报文.xml".encode("gbk"))).write_bytes(b"<half/>")
    assert names(peer.connector()) == []
    peer.ahead += 61
    connector = peer.connector()
    name = text_of("报文.xml".encode("gbk"))
    assert names(connector) == [name]
    assert take(connector, name) == b"<half/>"


def test_a_marker_that_a_dead_worker_left_in_the_inbox_goes_with_its_file(
    server: FtpServer, peer_on: Callable[..., FtpPeer]
) -> None:
    peer = peer_on(server)
    peer.put(b"a.xml", b"first")
    peer.claim_and_die(Notice("land", "a.xml"))
    claimed = Path(os.fsdecode(peer.claimed(b"a.xml")))
    claimed.with_name("a.xml.ok").rename(peer.folder / "inbox" / "a.xml.ok")

    connector = peer.connector()
    assert take(connector) == b"first"
    assert not (peer.folder / "inbox" / "a.xml.ok").exists()
    peer.put(b"a.xml", b"second, half", ready=False)
    assert names(connector) == []


def test_a_file_that_comes_while_the_marker_of_its_namesake_is_moved_keeps_a_marker(
    server: FtpServer, peer_on: Callable[..., FtpPeer], monkeypatch: pytest.MonkeyPatch
) -> None:
    peer = peer_on(server)
    peer.put(b"a.xml", b"first")
    real, late = Claims._move_marker, [b"second"]

    def moving(claims: Claims, *args: Any) -> None:
        if late:
            peer.put(b"a.xml", late.pop())
        real(claims, *args)

    monkeypatch.setattr(Claims, "_move_marker", moving)
    connector = peer.connector()
    assert take(connector) == b"first"
    assert names(connector) == ["a.xml"]
    assert take(connector) == b"second"
    assert not peer._files(b"/inbox")


def test_folders_of_dead_workers_are_tidied_away_and_those_of_the_living_stay(
    server: FtpServer, peer_on: Callable[..., FtpPeer]
) -> None:
    peer = peer_on(server)
    for name in (b"a.xml", b"b.xml"):
        peer.put(name, name)
    peer.claim_and_die(Notice("land", "a.xml"))
    living = peer.connector()
    assert living.claim(Notice("land", "b.xml")) is not None
    assert names(peer.connector()) == ["a.xml"]
    assert take(living) == b"a.xml"
    assert names(peer.connector()) == []
    assert len(os.listdir(peer.folder / "inbox" / ".suphub-claimed")) == 1  # noqa: PTH208
    assert len(peer.state.values) == 1


def test_a_worker_that_was_thought_dead_cannot_remove_what_another_has_taken_over(
    server: FtpServer, peer_on: Callable[..., FtpPeer]
) -> None:
    peer = peer_on(server)
    peer.put(b"a.xml", b"<a/>")
    slow = peer.connector()
    claim = slow.claim(next(slow.ready()))
    assert claim is not None
    with slow.read(claim) as stream:
        stream.read()
    peer.elsewhere(set(peer.state.values))
    peer.ahead += 10_000
    other = peer.connector()
    taken = other.claim(next(other.ready()))
    assert taken is not None
    slow.acknowledge(claim)
    with other.read(taken) as stream:
        assert stream.read() == b"<a/>"


def test_a_receipts_folder_that_may_not_be_written_is_named_and_served_later(
    server: FtpServer, peer_on: Callable[..., FtpPeer]
) -> None:
    peer = peer_on(server)
    receipts = peer.folder / "receipts"
    receipts.mkdir()
    server.own(receipts)
    receipts.chmod(0o555)
    connector = peer.connector()
    error = error_of(lambda: connector.deliver("a.xml", b"receipt"))
    assert (error.code, error.kind) == ("CONNECTOR_DENIED", "retry")
    assert f"/data/{peer.folder.name}/receipts/a.xml.receipt.xml" in error.message_zh
    receipts.chmod(0o755)
    connector.deliver("a.xml", b"receipt")
    assert peer.receipts() == {b"a.xml.receipt.xml": b"receipt"}


def test_a_receipt_of_the_same_length_and_other_bytes_replaces_the_former_and_equal_bytes_are_not_sent_again(
    server: FtpServer, peer_on: Callable[..., FtpPeer]
) -> None:
    peer = peer_on(server)
    connector = peer.connector()
    connector.deliver("a.xml", b"one" * 500_000)
    connector.deliver("a.xml", b"one" * 499_999 + b"two")
    path = peer.folder / "receipts" / "a.xml.receipt.xml"
    assert path.read_bytes().endswith(b"onetwo")
    written = path.stat()
    connector.deliver("a.xml", b"one" * 499_999 + b"two")
    assert path.stat().st_ino == written.st_ino
    assert path.stat().st_mtime_ns == written.st_mtime_ns


def test_a_server_that_hangs_up_in_the_middle_of_a_receipt_is_asked_why(
    peer_on: Callable[..., FtpPeer],
) -> None:
    server = ProFtpd()
    server.extra = ("MaxStoreFileSize 200 Kb",)
    with server:
        peer = peer_on(server)
        error = error_of(lambda: peer.connector().deliver("a.xml", b"x" * 30_000_000))
    assert (error.code, error.kind) == ("CONNECTOR_FULL", "retry")


def test_an_inbox_that_does_not_exist_is_named(server: FtpServer, peer_on: Callable[..., FtpPeer]) -> None:
    peer = peer_on(server)
    shutil.rmtree(peer.folder / "inbox")
    error = error_of(lambda: names(peer.connector()))
    assert (error.code, error.kind) == ("CONNECTOR_MISSING", "retry")
    assert f"/data/{peer.folder.name}/inbox" in error.message_en


def test_a_missing_parent_of_the_receipts_folder_is_never_made(
    server: FtpServer, peer_on: Callable[..., FtpPeer]
) -> None:
    peer = peer_on(server, receipts="/data/not-mounted/receipts")
    with pytest.raises(RetryError):
        peer.connector().deliver("a.xml", b"receipt")
    assert not (server.data / "not-mounted").exists()


def test_half_written_receipts_of_dead_workers_are_swept_and_those_of_the_living_stay(
    server: FtpServer, peer_on: Callable[..., FtpPeer]
) -> None:
    peer = peer_on(server)
    connector = peer.connector()
    connector.deliver("a.xml", b"receipt")
    parts = peer.folder / "receipts" / ".suphub-part"
    living = next(key for key in peer.state.values).removeprefix("worker ")
    for token in (living, "0123456789abcdef"):
        (parts / f"{token}-7.part").write_bytes(b"half")
        server.own(parts / f"{token}-7.part")
    peer.connector().deliver("b.xml", b"receipt")
    assert [path.name for path in parts.iterdir()] == [f"{living}-7.part"]


def test_a_reader_of_the_receipts_never_sees_half_of_one(
    server: FtpServer, peer_on: Callable[..., FtpPeer]
) -> None:
    peer = peer_on(server)
    bodies = {letter.encode() * 300_000 for letter in "ab"}
    path, over, seen = peer.folder / "receipts" / "a.xml.receipt.xml", threading.Event(), set()

    def watch() -> None:
        while not over.is_set():
            if path.exists():
                seen.add(path.read_bytes())

    watcher = threading.Thread(target=watch)
    watcher.start()
    connector = peer.connector()
    for body in [*bodies] * 5:
        connector.deliver("a.xml", body)
    over.set()
    watcher.join()
    assert seen <= bodies
    assert seen
