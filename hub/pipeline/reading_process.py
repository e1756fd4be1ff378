"""Reads the batches of a large package of pieces in a process of its own, beside the one that writes them.

Reading and mapping take as long as all the rest together, and one Python process uses one core. The other process is
this module as a program: a request on its standard input is a batch, the answer on its standard output the pieces. It
touches no database and no file but the document, and ends when its input ends, so it never outlives its owner.
"""

from __future__ import annotations

import gc
import logging
import os
import pickle
import subprocess
import sys
from collections.abc import Collection, Sequence
from contextlib import suppress
from operator import attrgetter
from pathlib import Path
from typing import Any, BinaryIO

from hub.central.piece_cases import Settled, first
from hub.pipeline.piece_reader import Entry, PieceReader, Read
from hub.register import Registration
from hub.shapes import Assembled
from mappings.dialect import load_dialect
from mappings.records import Record

log = logging.getLogger(__name__)

_SETTLED = attrgetter(
    "case_no", "outcomes", "body", "last", "assembled.state", "assembled.digest", "assembled.lines", "assembled.missing",
    "assembled.waiting", "conflicts",
)  # fmt: skip


class ReadingProcess:
    """The other process, as its owner sees it. `read` gives what `reader.read` would give, whatever befalls the process."""

    def __init__(self, reader: PieceReader, registration: Registration) -> None:
        """Starts it; nothing is waited for."""
        self._reader = reader
        self._process: subprocess.Popen[bytes] | None = subprocess.Popen(
            [sys.executable, "-m", "hub.pipeline.reading_process"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        self._job: tuple[Any, ...] | None = (
            registration,
            str(reader.document),
            reader.serial,
            reader.limits,
            reader.mapper.fingerprint,
        )

    @property
    def alive(self) -> bool:
        """Whether it still reads."""
        return self._process is not None

    def read(self, batch: Sequence[Entry], known: Collection[str] = ()) -> Read:
        """The cases of a batch, and what is refused of it."""
        if self._process is None:
            return self._reader.read(batch, known)
        try:
            if self._job is not None:
                self._send(self._job)
                self._job = None
            self._send(([(ordinal, *record) for ordinal, record in batch], known))
            unmapped, settled, pieces, refused = self._answer()
        except (OSError, EOFError, pickle.UnpicklingError) as error:
            log.warning(
                "读取进程中断，由本进程接着读 / the reading process is gone, its owner reads on: %r", error
            )
            self.close()
            return self._reader.read(batch, known)
        self._reader.unmapped += unmapped
        return Read([self._settled(each) for each in settled], pieces, refused)

    def _settled(self, told: tuple[Any, ...]) -> Settled:
        case_no, outcomes, body, last, state, digest, lines, missing, waiting, conflicts = told
        # The item catalogue lies in the database, so its owner asks it.
        found = self._reader.assembler.filled(Assembled(state, digest, lines, missing, waiting))
        return Settled(case_no, found, first(found), outcomes, body, last, None, conflicts)

    def kill(self) -> None:
        """End the process as if it had died."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def close(self) -> None:
        """End it; a second time does nothing."""
        process, self._process = self._process, None
        if process is None:
            return
        process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                with suppress(BrokenPipeError):  # what it was still to be told
                    pipe.close()

    def _send(self, what: object) -> None:
        assert self._process is not None
        assert self._process.stdin is not None
        pickle.dump(what, self._process.stdin, pickle.HIGHEST_PROTOCOL)
        self._process.stdin.flush()

    def _answer(self) -> tuple[Any, ...]:
        assert self._process is not None
        assert self._process.stdout is not None
        found: tuple[Any, ...] = pickle.load(self._process.stdout)
        return found


def serve(requests: BinaryIO, answers: BinaryIO) -> None:
    """Answer batches until there are no more. Its own dialect must be that of its owner, else it ends at once."""
    registration, document, serial, limits, fingerprint = pickle.load(requests)
    reader = PieceReader(
        registration,
        load_dialect(registration.dialect, schema=registration.schema),
        Path(document),
        serial,
        None,
        limits,
    )
    if reader.mapper.fingerprint != fingerprint:
        return
    gc.set_threshold(50_000, 100, 1000)  # a batch makes a hundred thousand objects and no circle
    while True:
        try:
            batch, known = pickle.load(requests)
        except EOFError:
            return
        reader.unmapped = []
        found = reader.read([Entry(ordinal, Record(*record)) for ordinal, *record in batch], known)
        answer = (reader.unmapped, [_SETTLED(each) for each in found.settled], found.pieces, found.refused)
        pickle.dump(answer, answers, pickle.HIGHEST_PROTOCOL)
        answers.flush()


def worth_it(batches: int) -> bool:
    """Whether there is work enough for the half second that it takes to start, and a core to do it on."""
    return batches > 2 and len(os.sched_getaffinity(0)) > 1


if __name__ == "__main__":
    out = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # whatever is printed by chance is no answer
    serve(sys.stdin.buffer, out)
