"""Stores a package of rows or stage messages, all pieces of a case in one batch; safe to kill and to repeat."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, closing

from sqlalchemy import Engine

from hub.central import packages
from hub.central.engine import reading, writing
from hub.central.outcomes import known_outcomes
from hub.central.pieces import PieceBatch, prepare, store_pieces
from hub.clock import now_us
from hub.pipeline.piece_reader import Entry, PieceReader, batches
from hub.pipeline.reading_process import ReadingProcess, worth_it
from hub.register import Registration
from hub.shapes import Piece, Rejection
from mappings.records import Record

log = logging.getLogger(__name__)

AHEAD = 2
"""Batches that are read or prepared while one is written; memory is bounded by it."""


def store_package(
    engine: Engine, registration: Registration, package: int, reader: PieceReader, records: Sequence[Record]
) -> None:
    """Store what has no outcome yet. The next batches are read and assembled while the database takes this one.

    Threads see to that; of a large package a second process reads all but the first batch.
    """
    with reading(engine) as connection:
        waiting = [
            batch
            for batch in batches(records)
            if not known_outcomes(connection, package, *[min(entry.ordinal for entry in batch)] * 2)
        ]
    for batch in _prepared(engine, registration, package, reader, waiting):
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


def _prepared(
    engine: Engine, registration: Registration, package: int, reader: PieceReader, todo: Sequence[list[Entry]]
) -> Iterator[PieceBatch]:
    """Read and prepare the batches, two of them ahead of the one that is written."""

    def prepared(items: Future[list[Piece | Rejection]]) -> PieceBatch:
        fingerprint, assemble = reader.mapper.fingerprint, reader.assembler.assemble
        batch = PieceBatch(package, registration.code, fingerprint, items.result(), now_us(), assemble)
        with reading(engine) as connection:
            prepare(connection, batch)
        return batch

    with ExitStack() as stack:
        read = reader.read
        if worth_it(len(todo)):
            read = stack.enter_context(closing(ReadingProcess(reader, registration))).read
        readers, preparers = (
            stack.enter_context(ThreadPoolExecutor(1, f"suphub-{name}")) for name in ("read", "prepare")
        )
        coming: deque[Future[PieceBatch]] = deque()

        def begin(index: int) -> None:
            items = readers.submit(read if index else reader.read, todo[index])
            coming.append(preparers.submit(prepared, items))

        for index in range(min(AHEAD, len(todo))):
            begin(index)
        for index in range(len(todo)):
            batch = coming.popleft().result()
            if index + AHEAD < len(todo):
                begin(index + AHEAD)
            yield batch
