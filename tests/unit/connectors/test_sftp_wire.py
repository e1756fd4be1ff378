"""The hub's side of SFTP against servers that say what they should not, and options that cannot be meant."""

from __future__ import annotations

import socket
import struct
from collections.abc import Callable
from itertools import cycle
from pathlib import Path
from typing import Any

import pytest

from connectors.base import Surroundings
from connectors.sftp import requests as ssh
from connectors.sftp.buffered import BLOCK, Buffered
from connectors.sftp.connector import SftpConnector
from connectors.sftp.fields import Lost, Refused, Silent, text
from connectors.sftp.wire import Wire
from connectors.state import MemoryState
from hub.errors import StopError
from hub.register import load_registration

ATTRIBUTES = struct.pack(">IQIII", 0x0D, 5, 0o100644, 1, 2)


class Script:
    """A channel whose server answers each request by a function of its kind, number and body."""

    def __init__(self, answer: Callable[[int, int, bytes], bytes]) -> None:
        self.answer = answer
        self.waiting = b""
        self.sent: list[int] = []

    def sendall(self, data: bytes) -> None:
        while data:
            size, kind, number = struct.unpack(">IBI", data[:9])
            self.sent.append(kind)
            self.waiting += self.answer(kind, number, data[9 : 4 + size])
            data = data[4 + size :]

    def recv(self, size: int) -> bytes:
        taken, self.waiting = self.waiting[:size], self.waiting[size:]
        return taken


def packet(kind: int, number: int, body: bytes) -> bytes:
    return struct.pack(">IBI", 5 + len(body), kind, number) + body


def status(number: int, code: int) -> bytes:
    return packet(ssh.STATUS, number, struct.pack(">I", code) + text(b"why") + text(b"en"))


def greeted(answer: Callable[[int, int, bytes], bytes], *extensions: bytes) -> tuple[Wire, Script]:
    def first(kind: int, number: int, body: bytes) -> bytes:
        if kind == ssh.INIT:
            return packet(ssh.VERSION, 3, b"".join(text(name) + text(b"1") for name in extensions))
        return answer(kind, number, body)

    script = Script(first)
    wire = Wire(script)
    wire.greet()
    return wire, script


@pytest.mark.parametrize(
    ("what", "answer"),
    [
        ("the line is closed", b""),
        ("an answer of no bytes", struct.pack(">I", 0)),
        ("an answer beyond all measure", struct.pack(">I", 1 << 31) + b"x" * 64),
        ("an answer that ends within its attributes", packet(ssh.ATTRIBUTES, 1, ATTRIBUTES[:9])),
        ("an answer of another kind", packet(ssh.HANDLE, 1, text(b"h"))),
        (
            "attributes with a count beyond their end",
            packet(ssh.ATTRIBUTES, 1, struct.pack(">II", 0x80000000, 9)),
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_server_that_does_not_keep_to_the_protocol_is_a_lost_connection(what: str, answer: bytes) -> None:
    wire, _ = greeted(lambda kind, number, body: answer)
    with pytest.raises(Lost):
        wire.lstat(b"/a")


def test_what_greets_in_another_way_is_a_lost_connection() -> None:
    with pytest.raises(Lost):
        Wire(Script(lambda *_: b"This account is currently not available.\n")).greet()


def test_a_silent_server_is_told_from_a_lost_one() -> None:
    class Mute(Script):
        def recv(self, size: int) -> bytes:
            raise TimeoutError

    with pytest.raises(Silent):
        Wire(Mute(lambda *_: b"")).greet()


@pytest.mark.parametrize("which", [999, 1], ids=["never asked", "answered already"])
def test_answers_to_requests_that_are_not_open_are_not_kept(which: int) -> None:
    wire, script = greeted(lambda kind, number, body: packet(ssh.ATTRIBUTES, number, ATTRIBUTES))
    assert wire.lstat(b"/a") is not None
    script.answer = lambda kind, number, body: packet(ssh.ATTRIBUTES, which, ATTRIBUTES) + status(number, 0)
    with pytest.raises(Lost, match=str(which)):
        wire.lstat(b"/b")


def test_answers_may_come_in_any_order() -> None:
    held: list[bytes] = []

    def answer(kind: int, number: int, body: bytes) -> bytes:
        size = struct.pack(">IQ", 1, number * 100)
        held.insert(0, packet(ssh.ATTRIBUTES, number, size))
        return b"".join(held) if len(held) == 3 else b""

    wire, _ = greeted(answer)
    numbers = wire.ask_all(*((ssh.LSTAT, text(name)) for name in (b"/a", b"/b", b"/c")))
    assert [wire.attributes(number).size for number in numbers] == [number * 100 for number in numbers]


def test_names_are_bytes_whatever_they_are() -> None:
    names = [b".", b"..", "报文.xml".encode("gbk"), b"\xff\xfe", b"new\nline"]

    def answer(kind: int, number: int, body: bytes) -> bytes:
        if kind == ssh.OPENDIR:
            return packet(ssh.HANDLE, number, text(b"h"))
        if kind == ssh.READDIR and names:
            listed = b"".join(text(name) + text(b"\xb1 long") + ATTRIBUTES for name in names)
            found = struct.pack(">I", len(names)) + listed
            names.clear()
            return packet(ssh.NAMES, number, found)
        return status(number, ssh.EOF if kind == ssh.READDIR else ssh.OK)

    wire, script = greeted(answer)
    assert [entry.name for entry in wire.entries(b"/in")] == [
        "报文.xml".encode("gbk"),
        b"\xff\xfe",
        b"new\nline",
    ]
    assert script.sent[-1] == ssh.CLOSE


def test_a_listing_that_is_left_early_closes_its_handle_and_disturbs_nothing() -> None:
    def answer(kind: int, number: int, body: bytes) -> bytes:
        if kind == ssh.OPENDIR:
            return packet(ssh.HANDLE, number, text(b"h"))
        if kind == ssh.READDIR:
            return packet(ssh.NAMES, number, struct.pack(">I", 1) + text(b"a") + text(b"") + ATTRIBUTES)
        if kind == ssh.LSTAT:
            return packet(ssh.ATTRIBUTES, number, ATTRIBUTES)
        return status(number, ssh.OK)

    wire, script = greeted(answer)
    listing = wire.entries(b"/in")
    next(listing)
    listing.close()
    assert script.sent[-1] == ssh.CLOSE
    found = wire.lstat(b"/a")
    assert found is not None
    assert (found.size, found.modified, found.plain) == (5, 2, True)


@pytest.mark.parametrize("offered", [True, False])
def test_a_file_is_replaced_at_once_where_the_server_can_and_else_after_its_removal(offered: bool) -> None:
    there = {b"/new"}

    def answer(kind: int, number: int, body: bytes) -> bytes:
        if kind == ssh.RENAME and there:
            return status(number, ssh.FAILURE)
        if kind == ssh.LSTAT:
            return packet(ssh.ATTRIBUTES, number, ATTRIBUTES)
        if kind == ssh.REMOVE:
            there.clear()
        return status(number, ssh.OK)

    wire, script = greeted(answer, *([ssh.POSIX_RENAME] if offered else []))
    wire.replace(b"/old", b"/new")
    assert script.sent[1:] == ([ssh.EXTENDED] if offered else [ssh.RENAME, ssh.LSTAT, ssh.REMOVE, ssh.RENAME])


def test_a_refusal_keeps_the_servers_own_words() -> None:
    wire, _ = greeted(lambda kind, number, body: status(number, ssh.DENIED))
    with pytest.raises(Refused) as caught:
        wire.remove(b"/a")
    assert (caught.value.status, caught.value.text) == (ssh.DENIED, "why")


# Options


@pytest.mark.parametrize(
    ("options", "field"),
    [
        ({"connection": None}, "connection"),
        ({"connection": " "}, "connection"),
        ({"inbox": "out"}, "inbox"),
        ({"receipts": "/out"}, "receipts"),
        ({"ready": {"marker": "ok"}}, "ready.marker"),
        ({"timeout": "fast"}, "timeout"),
    ],
)
def test_an_option_that_cannot_be_meant_stops_the_system(
    options: dict[str, Any], field: str, tmp_path: Path
) -> None:
    around = Surroundings(MemoryState(), lambda _: pytest.fail("nothing is asked for"), tmp_path)
    with pytest.raises(StopError) as caught:
        SftpConnector("land", {"connection": "c", "inbox": "/out", **options}, around)
    assert (caught.value.code, caught.value.place.field) == ("CONNECTOR_OPTION", f"connector.{field}")


def test_the_registration_of_the_guide_is_one(tmp_path: Path) -> None:
    page = Path(__file__).parents[3] / "docs" / "connectors" / "sftp.md"
    lines = page.read_text(encoding="utf-8").split("    code: land-bureau", 1)[1].split("\n\n", 1)[0]
    file = tmp_path / "land-bureau.yaml"
    file.write_text("code: land-bureau" + lines.replace("\n    ", "\n"), encoding="utf-8")
    found = load_registration(file)
    around = Surroundings(MemoryState(), lambda _: pytest.fail("nothing is asked for"), tmp_path)
    made = SftpConnector(found.code, found.connector, around)
    assert (made.folders.inbox, made.folders.receipts, made.readiness.marker) == (b"/out", b"/in", b".ok")


def test_bytes_of_a_connection_come_as_they_were_sent_however_they_are_asked_for() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        reader, sent, got = Buffered(ours), bytes(range(256)) * 600, b""
        theirs.sendall(sent)
        theirs.shutdown(socket.SHUT_WR)
        for size in cycle((16, 1, BLOCK + 1, 4000)):
            block = reader.recv(size)
            assert len(block) <= size
            got += block
            if not block:
                break
        assert got == sent


def test_a_connection_on_which_nothing_comes_times_out_and_goes_on() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        reader = Buffered(ours)
        reader.settimeout(0.001)
        with pytest.raises(TimeoutError):
            reader.recv(16)
        theirs.sendall(b"late")
        assert (reader.recv(3), reader.recv(3)) == (b"lat", b"e")
        assert reader.fileno() == ours.fileno()


def test_answers_that_come_in_pieces_are_put_together() -> None:
    wire, script = greeted(lambda kind, number, body: packet(ssh.DATA, number, text(bytes(range(200)))))
    whole = Script.recv
    script.recv = lambda size: whole(script, min(size, 7))  # type: ignore[method-assign]
    numbers = wire.ask_reads(b"h", [(0, 200)] * 3)
    assert [wire.data(number) for number in numbers] == [bytes(range(200))] * 3
