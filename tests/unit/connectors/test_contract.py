"""What every connector promises; a new connector joins by adding its peer to conftest.py."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest

from connectors.names import shown, text_of
from hub.errors import RetryError, StopError
from hub.shapes import Notice

AWKWARD = (
    b"a b.xml",
    b"-rf.xml",
    b"new\nline.xml",
    b"%41.xml",
    b"percent%.xml",
    b"'quote\".xml",
    "报文 𠮷 01.xml".encode(),
    "报文01.xml".encode("gbk"),
    "𠮷镕.xml".encode("gb18030"),
    b"\xff\xfe\x80.xml",
    b"gb18030.xml",
    b"x" * 248 + b".xml",
    ("字" * 82 + ".xml").encode(),
    "字".encode("gbk") * 120 + b".xml",
    b"x.xml.receipt.xml",
)


def names(connector: Any) -> list[str]:
    return [notice.name for notice in connector.ready()]


def take(connector: Any, notice: Notice) -> bytes:
    claim = connector.claim(notice)
    assert claim is not None
    with connector.read(claim) as stream:
        body = stream.read()
    connector.acknowledge(claim)
    return bytes(body)


def test_ready_packages_are_listed_by_name_with_their_size(peer: Any) -> None:
    for name in (b"c.xml", b"a.xml", b"b.xml"):
        peer.put(name, name * 3)
    peer.put(b"still-written.xml", b"half", ready=False)

    assert list(peer.connector().ready()) == [Notice("land", f"{stem}.xml", 15) for stem in "abc"]


def test_a_package_is_read_and_removed_once_acknowledged(peer: Any) -> None:
    peer.put(b"a.xml", b"<a/>")
    connector = peer.connector()

    assert take(connector, next(connector.ready())) == b"<a/>"
    assert peer.inbox() == {}
    assert names(connector) == []
    assert connector.claim(Notice("land", "a.xml")) is None


def test_nothing_is_removed_before_it_is_acknowledged(peer: Any) -> None:
    peer.put(b"a.xml", b"<a/>")
    peer.claim_and_die(Notice("land", "a.xml"))

    worker = peer.connector()
    assert names(worker) == ["a.xml"]
    assert take(worker, next(worker.ready())) == b"<a/>"


@pytest.mark.parametrize("name", AWKWARD, ids=lambda name: repr(name)[:24])
def test_any_file_name_goes_round_and_hides_no_neighbour(peer: Any, name: bytes, tmp_path: Path) -> None:
    peer.put(name, b"odd")
    peer.put(b"neighbour.xml", b"plain")
    connector = peer.connector()
    found = names(connector)

    assert sorted(found) == sorted([text_of(name), "neighbour.xml"])
    for listed in found:
        listed.encode("utf-8")  # storable in any database
    connector.deliver(text_of(name), b"receipt")
    source = tmp_path / "raw"
    source.write_bytes(b"odd")
    connector.refuse(text_of(name), source)
    assert take(connector, Notice("land", text_of(name))) == b"odd"
    assert list(peer.refused().items()) == [(name, b"odd")]
    [receipt] = peer.receipts()
    if len(name) <= 243:
        assert receipt == name + b".receipt.xml"
    assert len(receipt) <= 255
    assert receipt.endswith(b".receipt.xml")


def test_a_refused_file_whose_name_no_folder_can_hold_is_written_back_under_a_shorter_one(
    peer: Any, tmp_path: Path
) -> None:
    source = tmp_path / "raw"
    source.write_bytes(b"odd")
    long = "报" * 85  # 255 bytes; a replay of it has two more
    for number in (1, 2):
        peer.connector().refuse(f"{long}~{number}", source)
    written = peer.refused()
    assert len(written) == 2
    assert all(len(name) <= 255 and name.decode().startswith("报" * 80) for name in written)


def test_a_name_with_line_ends_is_shown_on_one_line() -> None:
    assert shown("a\nERROR forged\u2028\u202e\x1b.xml") == r"a\nERROR forged\u2028\u202e\x1b.xml"


def test_a_gbk_name_is_shown_in_chinese() -> None:
    assert shown(text_of("报文01.xml".encode("gbk"))) == "报文01.xml"
    assert shown(text_of("报文01.xml".encode())) == "报文01.xml"
    assert text_of("报文".encode("gbk")) != text_of("报文".encode())


@pytest.mark.parametrize(
    "name", ["", ".", "..", "../x", "a/b", "bytes/..", "bytes/a%2Fb", "gb18030/", "x\0", "\ud800"]
)
def test_a_name_that_leaves_the_folder_is_refused(peer: Any, name: str) -> None:
    connector = peer.connector()
    for call in (lambda: connector.claim(Notice("land", name)), lambda: connector.deliver(name, b"")):
        with pytest.raises(StopError) as caught:
            call()
        assert caught.value.code == "CONNECTOR_NAME"


def test_a_live_workers_claim_is_not_taken_by_another(peer: Any) -> None:
    peer.put(b"a.xml", b"<a/>")
    first, second = peer.connector(), peer.connector()
    notice = next(first.ready())
    claim = first.claim(notice)

    assert claim is not None
    assert second.claim(notice) is None
    assert first.claim(notice) is None
    assert names(second) == []
    second.acknowledge(claim)
    second.release(claim)
    with first.read(claim) as stream:
        assert stream.read() == b"<a/>"


def test_two_workers_racing_take_each_package_once(peer: Any) -> None:
    wanted = {f"{number:03}.xml" for number in range(60)}
    for name in wanted:
        peer.put(name.encode(), name.encode())
    start = threading.Barrier(4)
    taken: list[tuple[str, bytes]] = []

    def work() -> None:
        connector = peer.connector()
        start.wait()
        for name in sorted(wanted):
            claim = connector.claim(Notice("land", name))
            if claim is not None:
                with connector.read(claim) as stream:
                    taken.append((name, stream.read()))
                connector.acknowledge(claim)

    workers = [threading.Thread(target=work) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert sorted(taken) == [(name, name.encode()) for name in sorted(wanted)]
    assert names(peer.connector()) == []


def test_a_released_package_is_as_it_was(peer: Any) -> None:
    peer.put(b"a.xml", b"<a/>")
    connector = peer.connector()
    claim = connector.claim(next(connector.ready()))
    connector.release(claim)
    connector.release(claim)
    connector.acknowledge(claim)

    assert peer.inbox() == {b"a.xml": b"<a/>"}
    assert take(peer.connector(), next(peer.connector().ready())) == b"<a/>"


def test_acknowledging_twice_never_removes_a_new_package_of_the_same_name(peer: Any) -> None:
    peer.put(b"a.xml", b"first")
    connector = peer.connector()
    claim = connector.claim(next(connector.ready()))
    connector.acknowledge(claim)
    peer.put(b"a.xml", b"second")
    other = peer.connector()
    held = other.claim(Notice("land", "a.xml"))
    connector.acknowledge(claim)
    connector.release(claim)

    with other.read(held) as stream:
        assert stream.read() == b"second"


def test_a_new_package_of_the_same_name_survives_the_release_of_the_former(peer: Any) -> None:
    peer.put(b"a.xml", b"first")
    connector = peer.connector()
    claim = connector.claim(next(connector.ready()))
    peer.put(b"a.xml", b"second")
    connector.release(claim)

    assert names(connector) == ["a.xml"]
    assert {take(connector, next(connector.ready())) for _ in range(2)} == {b"first", b"second"}
    assert names(connector) == []


def test_a_dead_workers_claim_is_taken_before_a_new_package_of_the_same_name(peer: Any) -> None:
    peer.put(b"a.xml", b"first")
    peer.claim_and_die(Notice("land", "a.xml"))
    peer.put(b"a.xml", b"second")
    connector = peer.connector()

    assert names(connector) == ["a.xml"]
    assert [take(connector, next(connector.ready())) for _ in range(2)] == [b"first", b"second"]


def test_a_package_that_changes_while_it_is_read_is_left_for_later(peer: Any) -> None:
    peer.put(b"a.xml", b"<half")
    connector = peer.connector()
    claim = connector.claim(next(connector.ready()))

    def read_while_it_changes() -> None:
        with connector.read(claim) as stream:
            stream.read()
            peer.change_claimed(b"a.xml", b"<half/><half/>")

    with pytest.raises(RetryError) as caught:
        read_while_it_changes()
    assert caught.value.code == "CONNECTOR_CHANGED"
    assert peer.inbox() == {b"a.xml": b"<half/><half/>"}
    with pytest.raises(RetryError) as caught, connector.read(claim):
        pass
    assert caught.value.code == "CONNECTOR_CLAIM_LOST"


def test_a_consumers_own_failure_passes_through_and_keeps_the_claim(peer: Any) -> None:
    peer.put(b"a.xml", b"<a/>")
    connector = peer.connector()
    claim = connector.claim(next(connector.ready()))
    with pytest.raises(ZeroDivisionError), connector.read(claim):
        raise ZeroDivisionError
    with connector.read(claim) as stream:
        assert stream.read() == b"<a/>"


def test_delivering_again_changes_nothing_and_new_bytes_replace_the_old(peer: Any, tmp_path: Path) -> None:
    connector = peer.connector()
    source = tmp_path / "raw"
    for body in (b"one", b"one", b"two" * 1_000_000, b""):
        source.write_bytes(body)
        for _ in range(2):
            connector.deliver("a.xml", body)
            connector.refuse("a.xml", source)
            assert peer.receipts() == {b"a.xml.receipt.xml": body}
            assert peer.refused() == {b"a.xml": body}


def test_a_signature_lies_beside_its_receipt(peer: Any) -> None:
    peer.connector().deliver("a.xml", b"receipt", b"signature")
    assert peer.receipts() == {b"a.xml.receipt.xml": b"receipt", b"a.xml.receipt.xml.p7s": b"signature"}


def test_an_empty_package_is_a_package(peer: Any) -> None:
    peer.put(b"empty.xml", b"")
    connector = peer.connector()
    assert list(connector.ready()) == [Notice("land", "empty.xml", 0)]
    assert take(connector, next(connector.ready())) == b""


def test_ten_thousand_packages_are_listed_in_order_and_the_list_is_bounded(
    peer: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(10_000):
        peer.put(f"{number * 7919 % 10_000:05}.xml".encode(), b"x")
    assert names(peer.connector()) == [f"{number:05}.xml" for number in range(10_000)]

    for module in ("directory", "memory", "sftp.listing", "ftp.connector"):
        monkeypatch.setattr(f"connectors.{module}.LISTED_AT_MOST", 300)
    assert names(peer.connector()) == [f"{number:05}.xml" for number in range(300)]
