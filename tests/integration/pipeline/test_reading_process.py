"""The process that reads large packages of pieces: it gives what its owner would read, and its death costs nothing."""

from __future__ import annotations

import logging
from contextlib import closing
from pathlib import Path

import pytest

from hub.pipeline import piece_reader
from hub.pipeline.piece_reader import Entry, PieceReader, batches
from hub.pipeline.reading_process import ReadingProcess
from hub.register import load_registrations
from mappings.dialect import load_dialect
from tests.integration.pipeline.conftest import Hub
from tests.support.message import SYSTEM
from tests.support.pieces import ACCEPT, APPLY, NATIONAL, PINYIN, STEP, document, message, row, row_set

NUMBERS = [f"4301002026032300000000000{number:04}" for number in range(40)]


def rows() -> bytes:
    """An acceptance and a step per case; every tenth acceptance has a time that is none, and all a column nobody knows."""
    said = []
    for index, number in enumerate(NUMBERS):
        wrong = {"accept_date": "soon"} if index % 10 == 0 else {}
        said.append(row("up_pro_accept", ACCEPT, number, row_guid=f"a{index}", odd="x", **wrong))
        said.append(row("up_pro_process", STEP, number, row_guid=f"s{index}"))
    return row_set(*said)


def messages() -> bytes:
    return document(
        *(message(0, APPLY, number) for number in NUMBERS), message(4, {"BJSJ": "soon"}, NUMBERS[0])
    )


PACKAGES = [(NATIONAL, rows()), (PINYIN, messages())]


@pytest.fixture(params=PACKAGES, ids=["rows", "messages"])
def readers(hub: Hub, request: pytest.FixtureRequest, tmp_path: Path) -> tuple[PieceReader, PieceReader, Hub]:
    """Two readers of the same package."""
    words, body = request.param
    hub.register(**words)
    known = load_registrations(hub.systems)[0][SYSTEM]
    path = tmp_path / "package"
    path.write_bytes(body)
    one, two = (
        PieceReader(known, load_dialect(known.dialect, schema=known.schema), path, 7, None) for _ in "12"
    )
    return one, two, hub


def entries(reader: PieceReader) -> list[Entry]:
    return [entry for batch in batches(reader.records()) for entry in batch]


def test_it_reads_the_very_pieces_and_refusals_that_its_owner_would_read(
    readers: tuple[PieceReader, PieceReader, Hub],
) -> None:
    here, owner, hub = readers
    todo = entries(owner)
    known = load_registrations(hub.systems)[0][SYSTEM]
    with closing(ReadingProcess(owner, known)) as process:
        found = [process.read(todo[:30]), process.read(todo[30:], {NUMBERS[30]})]
        assert process.alive
    assert found == [here.read(todo[:30]), here.read(todo[30:], {NUMBERS[30]})]
    assert found[0].settled
    assert found[0].refused
    assert list(found[1].pieces) == [NUMBERS[30]]
    assert owner.unmapped == here.unmapped


def test_a_process_that_is_killed_leaves_its_owner_to_read_on(
    readers: tuple[PieceReader, PieceReader, Hub], caplog: pytest.LogCaptureFixture
) -> None:
    here, owner, hub = readers
    todo = entries(owner)
    with closing(ReadingProcess(owner, load_registrations(hub.systems)[0][SYSTEM])) as process:
        found = [process.read(todo[:10])]
        process.kill()
        with caplog.at_level(logging.WARNING):
            found += [process.read(todo[10:20]), process.read(todo[20:])]
        assert not process.alive
    assert found == [here.read(todo[:10]), here.read(todo[10:20]), here.read(todo[20:])]
    assert "its owner reads on" in caplog.text


def test_a_process_that_would_read_otherwise_is_not_listened_to(
    readers: tuple[PieceReader, PieceReader, Hub],
) -> None:
    here, owner, hub = readers
    todo = entries(owner)
    owner.mapper.fingerprint = "0" * 64  # as if the dialect's file had changed in between
    with closing(ReadingProcess(owner, load_registrations(hub.systems)[0][SYSTEM])) as process:
        assert process.read(todo) == here.read(todo)
        assert not process.alive


@pytest.mark.parametrize(("words", "body"), PACKAGES, ids=["rows", "messages"])
def test_a_package_of_many_batches_ends_as_one_of_a_single_batch(
    hub: Hub, monkeypatch: pytest.MonkeyPatch, words: dict[str, str], body: bytes
) -> None:
    hub.register(**words)
    monkeypatch.setattr(piece_reader, "BATCH_CASES", 7)
    many = hub.exchange("1.x", body)
    heads = set(hub.rows("case_head", "case_no", "digest", "state"))
    assert len(heads) == len(NUMBERS)
    monkeypatch.setattr(piece_reader, "BATCH_CASES", 1000)
    again = hub.exchange("2.x", body + b"\n")
    assert again.counts["duplicate"] == many.counts["accepted"] + many.counts["pending"]
    assert set(hub.rows("case_head", "case_no", "digest", "state")) == heads
