"""Reading a package two ways: bare (parse, validate, shred, escape) and as the hub does it, with checks and digests.

The bare way is the measure for everything else; it uses the hub's own validator and flat pass and leaves out content
checks, digests, the short cut for unchanged cases and the kept bytes.
"""

from __future__ import annotations

import gc
import hashlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter, process_time

from hub.pipeline.reader import Part, Reader, parts
from hub.register import Registration
from hub.shapes import Fragment, OpenedPackage, Rejection
from mappings.derive import derive
from mappings.mapper import Mapper
from mappings.shred import records, rows_of
from schemas.survey import Survey, survey
from schemas.validator import ChunkValidator, ParsedCase

Lines = Mapping[str, list[str]]


@dataclass(slots=True)
class Timing:
    """Seconds spent in the measured stretches, and what came out of them."""

    wall: float = 0.0
    cpu: float = 0.0
    accepted: int = 0
    rejected: int = 0

    @contextmanager
    def running(self) -> Iterator[None]:
        """A stretch that counts; what lies outside (digests of what was produced) does not."""
        wall, cpu = perf_counter(), process_time()
        try:
            yield
        finally:
            self.wall += perf_counter() - wall
            self.cpu += process_time() - cpu


class RowDigest:
    """SHA-256 over case number, table and record lines in the order of the package: wrong rows cannot be fast rows."""

    def __init__(self) -> None:
        self._sha = hashlib.sha256()

    def add(self, case_no: str, lines: Lines) -> None:
        """Add one case."""
        text = "\n".join([case_no, *(f"{name}\n" + "\n".join(lines[name]) for name in sorted(lines))])
        self._sha.update(text.encode() + b"\f")

    def hex(self) -> str:
        return self._sha.hexdigest()


class BareReader:
    """Parses, validates, shreds and escapes the batches of a document, and does nothing else."""

    def __init__(self, registration: Registration, document: Path) -> None:
        self._document = document
        self._registration = registration
        self.survey: Survey = survey(document)
        mapper = Mapper(registration, {})
        self._plan = mapper.plan
        self._item_types = frozenset(mapper.crosswalk.tables["ITEM_TYPE"].values())
        self._validator = ChunkValidator(registration.schema, self.survey.namespaces)

    def read(self, part: Part) -> list[tuple[str, Lines]]:
        """Case numbers and record lines of the cases that the schema accepts."""
        found: list[tuple[str, Lines]] = []
        with self._document.open("rb") as file, collector_paused():
            for chunk in part.chunks:
                file.seek(chunk.offset)
                data = file.read(chunk.length)
                segments = self.survey.segments(chunk)
                for parsed in self._validator.read(data, segments, chunk.first, chunk.line):
                    if not parsed.violations:
                        found.append(self._case(parsed))
        return found

    def _case(self, parsed: ParsedCase) -> tuple[str, Lines]:
        found = rows_of(parsed, self._plan)
        derive(found, self._plan, self._registration, self._item_types)
        tables, rows = ["approval_case"], [found.shared]
        for name, row_plan in self._plan.rows.items():
            if not row_plan.shared and name in found.rows:
                tables += [row_plan.table] * len(found.rows[name])
                rows += found.rows[name]
        lines: dict[str, list[str]] = {}
        for table, line in zip(tables, records(rows), strict=True):
            lines.setdefault(table, []).append(line)
        return found.header["CaseNo"], lines


def read_bare(registration: Registration, document: Path) -> tuple[Timing, str]:
    """Time the bare way over a whole package; returns it with the digest of the rows."""
    timing, digest = Timing(), RowDigest()
    with timing.running():
        reader = BareReader(registration, document)
    for part in parts(reader.survey):
        with timing.running():
            cases = reader.read(part)
        timing.accepted += len(cases)
        timing.rejected += part.last - part.first + 1 - len(cases)
        for case_no, lines in cases:
            digest.add(case_no, lines)
    return timing, digest.hex()


def read_whole(
    registration: Registration, document: Path, share: Sequence[int] = (0, 1)
) -> tuple[Timing, str]:
    """Time the hub's own reader, database left out; `share` (i, n) takes every n-th batch from the i-th on."""
    timing, digest = Timing(), RowDigest()
    with timing.running():
        found = survey(document)
        reader = Reader(registration, OpenedPackage("0" * 64, document), found)
    for part in list(parts(found))[share[0] :: share[1]]:
        with timing.running():
            items = reader.read(part)
        for item in items:
            if isinstance(item, Fragment):
                timing.accepted += 1
                digest.add(item.case_no, item.lines)
            elif isinstance(item, Rejection):
                timing.rejected += 1
    return timing, digest.hex()


@contextmanager
def collector_paused() -> Iterator[None]:
    """Rows do not refer to each other in circles; looking for circles among them costs a fifth of the time."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()
