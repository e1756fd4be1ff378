"""Reads a package of rows or stage messages: its records by case, batch by batch, as pieces."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from hub.items import Items
from hub.limits import Limits
from hub.register import Registration
from hub.shapes import Piece, Rejection
from mappings.assembly import Assembler
from mappings.dialect import Dialect
from mappings.pieces import PieceMapper
from mappings.records import Record

_USUAL = Limits()
BATCH_CASES = 1000
BATCH_PIECES = 10_000
BATCH_BYTES = 20_000_000


@dataclass(frozen=True, slots=True)
class Entry:
    """A record of the package with its ordinal: its place among the records of the document, from 1."""

    ordinal: int
    record: Record


def batches(records: Sequence[Record]) -> Iterator[list[Entry]]:
    """Records by case, cases by number; no case is split. The same on every reading of the same document."""
    entries = [Entry(ordinal, record) for ordinal, record in enumerate(records, 1)]
    entries.sort(key=lambda entry: (entry.record.case_no, entry.ordinal))
    group: list[Entry] = []
    cases = size = 0
    for _, of_case in groupby(entries, key=lambda entry: entry.record.case_no):
        more = list(of_case)
        weight = sum(entry.record.length for entry in more)
        full = cases >= BATCH_CASES or len(group) + len(more) > BATCH_PIECES or size + weight > BATCH_BYTES
        if group and full:
            yield group
            group, cases, size = [], 0, 0
        group += more
        cases, size = cases + 1, size + weight
    if group:
        yield group


class PieceReader:
    """Reads the batches of one package."""

    def __init__(
        self,
        registration: Registration,
        dialect: Dialect,
        document: Path,
        serial: int,
        items: Items | None,
        limits: Limits = _USUAL,
    ) -> None:
        self.mapper = PieceMapper(registration, dialect, limits=limits)
        self.limits = limits
        self.assembler = Assembler(registration, dialect, items)
        self.unmapped: list[str] = []  # what the dialect neither maps nor ignores, as it was met
        self.document = document
        self.serial = serial

    def records(self) -> list[Record]:
        """Every record of the document in its order. Raises PackageRefused where it cannot be read as a whole."""
        return list(self.mapper.records(self.document))

    def read(self, batch: Sequence[Entry]) -> list[Piece | Rejection]:
        """The pieces of a batch, and what is refused of it."""
        found = []
        with self.document.open("rb") as file:
            for entry in batch:
                file.seek(entry.record.offset)
                data = file.read(entry.record.length)
                item, warned = self.mapper.map(data, entry.record, entry.ordinal, self.serial)
                found.append(item)
                self.unmapped += [
                    f"{v.params['kind']}.{v.params['column']}" for v in warned if v.code == "UNMAPPED"
                ]
        return found
