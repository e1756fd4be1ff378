"""`stable_for`: a file is taken when two looks, far enough apart, found it the same; its own time proves nothing."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from connectors import Surroundings, looks, open_connector
from connectors.directory import DirectoryConnector
from connectors.state import MemoryState
from hub.shapes import Notice


class Inbox:
    """A folder, a clock, and a hub that looks into the folder with a fresh connector each time."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.now = 1_000_000.0
        self.state = MemoryState()
        (folder / "inbox").mkdir(parents=True)
        self.options: dict[str, Any] = {"inbox": str(folder / "inbox"), "ready": {"stable_for": "60s"}}

    def put(self, name: str, body: bytes, modified: float = 1.0) -> None:
        path = self.folder / "inbox" / name
        path.write_bytes(body)
        os.utime(path, (modified, modified))

    def connector(self) -> DirectoryConnector:
        return DirectoryConnector("land", self.options, lambda: self.now, self.state)

    def look(self, later: float = 0) -> list[str]:
        self.now += later
        return [notice.name for notice in self.connector().ready()]

    def kept(self) -> list[str]:
        return sorted(json.loads(self.state.values.get(looks.KEY, "{}")))


@pytest.fixture
def inbox(tmp_path: Path) -> Inbox:
    return Inbox(tmp_path / "frontend")


def test_an_old_time_alone_is_no_rest(inbox: Inbox) -> None:
    inbox.put("a.xml", b"half", modified=1)
    assert inbox.look() == []
    assert inbox.look(59) == []
    assert inbox.look(1) == ["a.xml"]


@pytest.mark.parametrize(("body", "modified"), [(b"more than half", 1), (b"othr", 2), (b"more", 1.5)])
def test_a_file_that_changes_begins_anew(inbox: Inbox, body: bytes, modified: float) -> None:
    inbox.put("a.xml", b"half", modified=1)
    inbox.look()
    inbox.put("a.xml", body, modified=modified)
    assert inbox.look(100) == []
    assert inbox.look(59) == []
    assert inbox.look(1) == ["a.xml"]


def test_a_time_ahead_of_the_hub_does_not_matter(inbox: Inbox) -> None:
    inbox.put("a.xml", b"<a/>", modified=inbox.now + 1e6)
    assert inbox.look() == []
    assert inbox.look(60) == ["a.xml"]


def test_a_clock_that_was_set_back_only_makes_it_wait(inbox: Inbox) -> None:
    inbox.put("a.xml", b"<a/>")
    inbox.look()
    assert inbox.look(-3600) == []
    assert inbox.look(60) == ["a.xml"]


def test_a_claim_asks_again(inbox: Inbox) -> None:
    inbox.put("a.xml", b"half")
    assert inbox.connector().claim(Notice("land", "a.xml")) is None
    inbox.look()
    assert inbox.look(60) == ["a.xml"]
    inbox.put("a.xml", b"grown")
    assert inbox.connector().claim(Notice("land", "a.xml")) is None
    inbox.put("a.xml", b"half")
    claim = inbox.connector().claim(Notice("land", "a.xml", 4))
    assert claim is not None


def test_a_file_put_back_is_ready_at_once(inbox: Inbox) -> None:
    inbox.put("a.xml", b"<a/>")
    inbox.look()
    inbox.look(60)
    worker = inbox.connector()
    claim = worker.claim(Notice("land", "a.xml"))
    assert claim is not None
    worker.release(claim)
    assert inbox.look() == ["a.xml"]


def test_a_dead_workers_claim_needs_no_rest(inbox: Inbox) -> None:
    (inbox.folder / "inbox" / ".suphub-claimed").mkdir()
    (inbox.folder / "inbox" / ".suphub-claimed" / "a.xml").write_bytes(b"<a/>")
    assert inbox.look() == ["a.xml"]


def test_names_that_vanished_are_forgotten(inbox: Inbox) -> None:
    for name in ("a.xml", "b.xml"):
        inbox.put(name, b"<a/>")
    inbox.look()
    assert inbox.kept() == ["a.xml", "b.xml"]
    (inbox.folder / "inbox" / "a.xml").unlink()
    inbox.look(60)
    assert inbox.kept() == ["b.xml"]
    (inbox.folder / "inbox" / "b.xml").unlink()
    inbox.look()
    assert inbox.state.values == {}


def test_what_is_kept_is_bounded_and_those_come_first_that_are_listed_first(
    inbox: Inbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(looks, "AT_MOST", 3)
    for number in range(20):
        inbox.put(f"{number:02}.xml", b"<a/>")
    inbox.look()
    assert inbox.kept() == ["00.xml", "01.xml", "02.xml"]
    assert inbox.look(60) == ["00.xml", "01.xml", "02.xml"]


def test_two_workers_that_look_at_once_do_not_disturb_each_other(inbox: Inbox) -> None:
    inbox.put("a.xml", b"<a/>")
    one, two = inbox.connector(), inbox.connector()
    looking = one.ready()
    assert list(two.ready()) == list(looking) == []
    assert inbox.look(60) == ["a.xml"]


def test_a_name_in_any_bytes_is_remembered(inbox: Inbox) -> None:
    raw = os.fsencode(inbox.folder / "inbox") + b"/\xb1\xa8\xff.xml"
    Path(os.fsdecode(raw)).write_bytes(b"<a/>")
    assert inbox.look() == []
    assert len(inbox.look(60)) == 1


def test_the_connector_of_a_registration_remembers(inbox: Inbox, tmp_path: Path) -> None:
    inbox.put("a.xml", b"half", modified=1)
    around = Surroundings(inbox.state, lambda name: None, tmp_path)  # type: ignore[arg-type, return-value]
    connector = open_connector({"kind": "directory", **inbox.options}, "land", around)
    assert list(connector.ready()) == []
    assert inbox.kept() == ["a.xml"]
