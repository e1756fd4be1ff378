"""Servers that know less than others or misbehave: played by a small server of our own, for no real one can be told to."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from connectors.ftp import FtpConnector
from hub.errors import HubError
from hub.shapes import Notice
from tests.support.ftp_peer import FtpPeer
from tests.support.iis import Iis


@pytest.fixture
def iis(tmp_path: Path) -> Iterator[Iis]:
    with Iis(tmp_path / "iis") as server:
        yield server


@pytest.fixture
def peer(iis: Iis, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FtpPeer]:
    monkeypatch.setattr("connectors.ftp.reading.PAUSE_S", 0)
    made = FtpPeer(iis, "land", tmp_path / "work")
    yield made
    made.close()


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


def test_the_host_that_a_passive_reply_names_is_never_asked(iis: Iis, peer: FtpPeer) -> None:
    with socket.create_server(("127.0.0.3", 0)) as trap:
        iis.passive_host = "127,0,0,3"
        peer.put(b"a.xml", b"<a/>")
        assert take(peer.connector()) == b"<a/>"
        trap.settimeout(0)
        with pytest.raises(BlockingIOError):
            trap.accept()


def test_where_there_is_no_pasv_the_extended_way_is_taken(iis: Iis, peer: FtpPeer) -> None:
    iis.lacks.add("PASV")
    peer.put(b"a.xml", b"<a/>")
    assert take(peer.connector()) == b"<a/>"


def test_a_stranger_who_connects_to_our_data_port_is_turned_away(iis: Iis, peer: FtpPeer) -> None:
    peer.options["mode"] = "active"
    peer.put(b"a.xml", b"<a/>")
    iis.stranger = "127.0.0.4"
    connector = peer.connector()
    assert names(connector) == ["a.xml"]
    assert take(connector) == b"<a/>"


def test_a_server_that_knows_neither_size_nor_time_nor_rest_is_served_by_its_listings(
    iis: Iis, peer: FtpPeer
) -> None:
    iis.lacks |= {"SIZE", "MDTM", "REST"}
    body = bytes(range(256)) * 1000
    peer.put(b"a.xml", body)
    iis.cut_after += [100_000]
    connector = peer.connector()
    claim = connector.claim(next(connector.ready()))
    assert claim is not None
    assert claim.notice.size == len(body)
    iis.cut_after = [100_000, 50_000]
    with connector.read(claim) as stream:
        assert stream.read() == body
    connector.acknowledge(claim)
    connector.deliver("a.xml", b"receipt")
    connector.deliver("a.xml", b"receipt")
    assert peer.receipts() == {b"a.xml.receipt.xml": b"receipt"}


@pytest.mark.parametrize("told", [True, False], ids=["told", "untold"])
def test_a_transfer_that_ends_too_early_goes_on_where_it_was(iis: Iis, peer: FtpPeer, told: bool) -> None:
    body = bytes(range(256)) * 1000
    peer.put(b"a.xml", body)
    connector = peer.connector()
    claim = connector.claim(Notice("land", "a.xml"))
    assert claim is not None
    iis.tells_cuts = told
    iis.cut_after += [1, 200_000]
    with connector.read(claim) as stream:
        assert stream.read() == body
    assert iis.said.count("REST") == 2


def test_a_file_that_is_another_after_a_cut_is_not_pieced_together(iis: Iis, peer: FtpPeer) -> None:
    peer.put(b"a.xml", b"x" * 100_000)
    connector = peer.connector()
    claim = connector.claim(Notice("land", "a.xml"))
    assert claim is not None
    iis.cut_after += [50_000]
    iis.after_cut = lambda: peer.change_claimed(b"a.xml", b"y" * 100_001)

    def read() -> None:
        with connector.read(claim) as stream:
            stream.read()

    assert error_of(read).code == "CONNECTOR_CHANGED"
    assert iis.said.count("RETR") == 1  # nothing of the other file was asked for
    connector.release(claim)
    assert peer.inbox() == {b"a.xml": b"y" * 100_001}


@pytest.mark.parametrize(
    ("verb", "reply", "code", "kind"),
    [
        ("STOR", "452 Insufficient storage space.", "CONNECTOR_FULL", "retry"),
        ("STOR", "552 Quota exceeded.", "CONNECTOR_FULL", "retry"),
        ("STOR", "550 There is not enough space on the disk.", "CONNECTOR_FULL", "retry"),
        ("STOR", "550 Access is denied.", "CONNECTOR_DENIED", "retry"),
        ("STOR", "550 拒绝访问。", "CONNECTOR_DENIED", "retry"),
        ("STOR", "451 Local error in processing.", "CONNECTOR_IO", "retry"),
        ("STOR", "425 Can't open data connection.", "FTP_DATA", "retry"),
        ("STOR", "522 SSL connection failed; session reuse required", "FTP_DATA", "retry"),
        ("STOR", "421 Service not available.", "FTP_BUSY", "retry"),
        ("PASS", "530 User cannot log in.", "FTP_LOGIN", "stop"),
        ("PASS", "530 Sorry, the maximum number of clients are already connected.", "FTP_BUSY", "retry"),
        ("PASS", "421 Too many connections.", "FTP_BUSY", "retry"),
        ("USER", "534 Policy requires SSL.", "FTP_TLS_REQUIRED", "stop"),
        ("USER", "530 Non-anonymous sessions must use encryption.", "FTP_TLS_REQUIRED", "stop"),
        ("PASS", "332 Need account for login.", "FTP_LOGIN", "stop"),
    ],
)
def test_a_refusal_is_told_by_what_happens_next(
    iis: Iis, peer: FtpPeer, verb: str, reply: str, code: str, kind: str
) -> None:
    iis.faults[verb] = [reply] * 3
    error = error_of(lambda: peer.connector().deliver("a.xml", b"receipt"))
    assert (error.code, error.kind) == (code, kind)
    assert reply.split(" ", 1)[1].rstrip() in error.message_zh
    assert peer.receipts() == {}
    iis.faults.clear()
    peer.connector().deliver("a.xml", b"receipt")
    assert peer.receipts() == {b"a.xml.receipt.xml": b"receipt"}


def test_a_receipt_that_arrives_short_is_not_put_in_place(iis: Iis, peer: FtpPeer) -> None:
    iis.swallows = 3
    error = error_of(lambda: peer.connector().deliver("a.xml", b"receipt"))
    assert (error.code, error.kind) == ("CONNECTOR_IO", "retry")
    assert "4 / 7 bytes" in error.message_en
    assert peer.receipts() == {}


def test_a_disk_that_gets_full_in_the_middle_is_told_as_that_and_nothing_is_left(
    iis: Iis, peer: FtpPeer
) -> None:
    iis.room = 300_000
    connector = peer.connector()
    error = error_of(lambda: connector.deliver("a.xml", b"x" * 30_000_000))
    assert (error.code, error.kind) == ("CONNECTOR_FULL", "retry")
    assert peer.receipts() == {}
    assert list((peer.folder / "receipts" / ".suphub-part").iterdir()) == []
    iis.room = None
    connector.deliver("a.xml", b"receipt")
    assert peer.receipts() == {b"a.xml.receipt.xml": b"receipt"}


def test_lines_of_a_listing_that_cannot_be_read_hide_no_neighbour_and_are_told(
    iis: Iis, peer: FtpPeer, caplog: pytest.LogCaptureFixture
) -> None:
    iis.noise += [b"drwx broken", b"\xff\xfe", b""]
    peer.put(b"a.xml", b"<a/>")
    connector = peer.connector()
    assert names(connector) == ["a.xml"]
    assert connector.unread == (b"drwx broken", b"\xff\xfe")
    assert "drwx broken" in caplog.text


def test_a_server_that_hung_up_meanwhile_is_called_again(
    iis: Iis, peer: FtpPeer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("connectors.ftp.pool.IDLE_S", 0.0)
    peer.put(b"a.xml", b"<a/>")
    connector = peer.connector()
    assert names(connector) == ["a.xml"]
    iis.faults["NOOP"] = ["421 Timeout."]
    assert take(connector) == b"<a/>"
    assert iis.said.count("USER") == 2


def test_what_is_no_ftp_server_stops_the_system(peer: FtpPeer) -> None:
    with talker(b"SSH-2.0-OpenSSH_9.2\r\n") as port:
        peer.access = type(peer.access)("land_ftp", "ftp", "127.0.0.1", port, "hub", "pw")
        error = error_of(lambda: names(peer.connector()))
    assert (error.code, error.kind) == ("FTP_PROTOCOL", "stop")
    assert "SSH-2.0" in error.message_en


def test_a_server_that_says_nothing_is_waited_for_as_long_as_registered(peer: FtpPeer) -> None:
    peer.options["timeout"] = "1s"
    with talker(b"") as port:
        peer.access = type(peer.access)("land_ftp", "ftp", "127.0.0.1", port, "hub", "pw")
        error = error_of(lambda: names(peer.connector()))
    assert (error.code, error.kind) == ("FTP_TIMEOUT", "retry")
    assert f"127.0.0.1:{port}" in error.message_en


class talker:
    """A server that says one thing and then nothing more."""

    def __init__(self, says: bytes) -> None:
        self.says = says
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.guests: list[socket.socket] = []

    def __enter__(self) -> int:
        threading.Thread(target=self.serve, daemon=True).start()
        return int(self.listener.getsockname()[1])

    def serve(self) -> None:
        guest, _ = self.listener.accept()
        self.guests.append(guest)
        guest.sendall(self.says)

    def __exit__(self, *_: object) -> None:
        self.listener.close()
        for guest in self.guests:
            guest.close()
