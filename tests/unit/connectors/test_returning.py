"""What every connector promises of the way back: a parcel lies there whole and once, and an answer is taken by one worker."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from connectors.directory import DirectoryConnector
from connectors.push import PushConnector
from connectors.returning import Parcel, Returning, answers_options
from hub.errors import StopError
from hub.shapes import Notice
from tests.support.returning import FileSide, MemorySide, PushSide

PARCEL = Parcel("letter-5", ((".pdf", b"%PDF"), (".xml", "<监察/>".encode())), {"id": "letter-5"})


@pytest.fixture(params=["directory", "push", "memory"])
def side(request: pytest.FixtureRequest, directory: Any, pushing: Any, tmp_path: Path) -> Any:
    if request.param == "push":
        return PushSide(
            pushing, lambda options: PushConnector("land", options, pushing.spool), lambda _: None
        )
    if request.param == "memory":
        return MemorySide(str(tmp_path))
    return FileSide(
        directory(marker=".ok"), lambda options: DirectoryConnector("land", options), lambda _: None
    )


def test_a_parcel_lies_among_the_receipts_and_again_changes_nothing(side: Any) -> None:
    connector = side.connector()
    assert isinstance(connector, Returning)
    for _ in range(2):
        connector.hand_over(PARCEL)
        assert side.received() == {b"letter-5.pdf": b"%PDF", b"letter-5.xml": "<监察/>".encode()}


def test_an_answer_is_taken_by_one_worker_and_gone_once_acknowledged(side: Any) -> None:
    side.connector().hand_over(PARCEL)
    side.put_answer("答复 1.xml".encode(), b"<a/>")
    first, second = side.answers(), side.answers()
    [notice] = list(first.ready())
    claim = first.claim(notice)
    assert claim is not None
    assert second.claim(notice) is None
    with first.read(claim) as stream:
        assert stream.read() == b"<a/>"
    first.deliver(notice.name, b"<ok/>")
    first.acknowledge(claim)
    assert side.waiting() == set()
    assert side.answered() == {"答复 1.xml.receipt.xml".encode()}
    assert side.received().keys() == {b"letter-5.pdf", b"letter-5.xml"}


def test_a_refused_answer_lies_among_the_refused(side: Any, tmp_path: Path) -> None:
    side.connector().hand_over(PARCEL)
    side.put_answer(b"bad.xml", b"<")
    worker = side.answers()
    claim = worker.claim(next(worker.ready()))
    source = tmp_path / "bytes"
    source.write_bytes(b"<")
    worker.refuse("bad.xml", source)
    worker.acknowledge(claim)
    assert side.refused() == {b"bad.xml"}
    assert list(side.answers().ready()) == []


def test_answers_and_packages_do_not_meet(side: Any) -> None:
    side.connector().hand_over(PARCEL)
    side.put_answer(b"a.xml", b"<a/>")
    assert list(side.connector().ready()) == []
    assert side.connector().claim(Notice("land", "a.xml")) is None


def test_a_folder_for_answers_that_is_another_one_is_refused() -> None:
    options = {"kind": "directory", "inbox": "/data/out", "answers": "/data/out"}
    with pytest.raises(StopError, match="CONNECTOR_OPTION"):
        answers_options("land", options)


@pytest.mark.parametrize("options", [{"kind": "soap-pull"}, {"kind": "database", "connection": "x"}])
def test_a_way_that_cannot_carry_cards_says_so(options: dict[str, Any]) -> None:
    with pytest.raises(StopError, match="CONNECTOR_RETURN") as caught:
        answers_options("land", options)
    assert "soap-pull" in caught.value.remedy_en
