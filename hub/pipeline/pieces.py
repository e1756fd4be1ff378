"""Stores a package of rows or stage messages, all pieces of a case in one batch; safe to kill and to repeat."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, closing

from sqlalchemy import Engine

from hub.central import packages
from hub.central.engine import reading, writing
from hub.central.heads import known_numbers
from hub.central.outcomes import known_outcomes
from hub.central.pieces import PieceBatch, store_pieces
from hub.clock import now_us
from hub.pipeline.piece_reader import Entry, PieceReader, Read, batches
from hub.pipeline.reading_process import ReadingProcess, worth_it
from hub.register import Registration
from hub.shapes import Piece
from mappings.records import Record

log = logging.getLogger(__name__)

AHEAD = 2
"""Batches that are read while one is written; memory is bounded by it."""


def store_package(
    engine: Engine, registration: Registration, package: int, reader: PieceReader, records: Sequence[Record]
) -> None:
    """Store what has no outcome yet. The next batches are read and assembled while the database takes this one.

    A thread sees to that; of a large package a second process reads all but the first batch.
    """
    with reading(engine) as connection:
        waiting = [
            batch
            for batch in batches(records)
            if not known_outcomes(connection, package, *[min(entry.ordinal for entry in batch)] * 2)
        ]
    for batch in _read(engine, registration, package, reader, waiting):
        with writing(engine) as connection:
            store_pieces(connection, batch)
    if reader.unmapped:
        names = ", ".join(sorted(set(reader.unmapped)))
        log.warning(
            "%s: 方言既未映射也未忽略 / neither mapped nor ignored by the dialect: %s",
            registration.code,
            names,
        )
        with writing(engine) as connection:
            packages.note(connection, package, f"未映射 / unmapped: {names}")


def _read(
    engine: Engine, registration: Registration, package: int, reader: PieceReader, todo: Sequence[list[Entry]]
) -> Iterator[PieceBatch]:
    """The batches, two of them read ahead of the one that is written."""

    def known(batch: list[Entry]) -> set[str]:
        with reading(engine) as connection:
            return known_numbers(connection, registration.code, list({each.record.case_no for each in batch}))

    def ready(index: int, read: Callable[[list[Entry], set[str]], Read]) -> PieceBatch:
        found = read(todo[index], known(todo[index]))
        return PieceBatch(
            package, registration.code, reader.mapper.fingerprint, found.settled, found.pieces, found.refused, now_us(),
            reader.assembler.assemble, lambda number: _again(reader, todo[index], number),
        )  # fmt: skip

    with ExitStack() as stack:
        further: Callable[[list[Entry], set[str]], Read] = reader.read
        if worth_it(len(todo)):
            further = stack.enter_context(closing(ReadingProcess(reader, registration))).read
        ahead = stack.enter_context(ThreadPoolExecutor(1, "suphub-read"))
        coming: deque[Future[PieceBatch]] = deque()
        for index in range(min(AHEAD, len(todo))):
            coming.append(ahead.submit(ready, index, further if index else reader.read))
        for index in range(len(todo)):
            batch = coming.popleft().result()
            if index + AHEAD < len(todo):
                coming.append(ahead.submit(ready, index + AHEAD, further))
            yield batch


def _again(reader: PieceReader, batch: Sequence[Entry], number: str) -> list[Piece]:
    """The pieces of one case of a batch."""
    items = reader.pieces([each for each in batch if each.record.case_no == number])
    return [item for item in items if isinstance(item, Piece)]
