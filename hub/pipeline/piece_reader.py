"""Reads a package of rows or stage messages: its records by case, batch by batch, as cases ready to be written."""

from __future__ import annotations

import mmap
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import groupby
from operator import attrgetter
from pathlib import Path
from typing import NamedTuple

from hub.central.piece_cases import Settled, first, settle, waits
from hub.central.piece_rows import body_of
from hub.items import Items
from hub.limits import Limits
from hub.register import Registration
from hub.shapes import Piece, Rejection
from mappings.assembly import Assembler, Saying
from mappings.dialect import Dialect
from mappings.pieces import PieceMapper
from mappings.quick_pieces import Told
from mappings.records import Record

_USUAL = Limits()
BATCH_CASES = 1000
BATCH_PIECES = 10_000
BATCH_BYTES = 20_000_000


class Entry(NamedTuple):
    """A record of the package with its ordinal: its place among the records of the document, from 1."""

    ordinal: int
    record: Record


def batches(records: Sequence[Record]) -> Iterator[list[Entry]]:
    """Records by case, cases by number; no case is split. The same on every reading of the same document."""
    entries = [Entry(ordinal, record) for ordinal, record in enumerate(records, 1)]
    entries.sort(key=_place)
    group: list[Entry] = []
    cases = size = 0
    for _, of_case in groupby(entries, key=_case_no):
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


def _case_no(entry: Entry) -> str:
    return entry.record.case_no


def _place(entry: Entry) -> tuple[str, int]:
    return entry.record.case_no, entry.ordinal


@dataclass(slots=True)
class Read:
    """What the records of a batch are: cases that nobody knew, settled; the pieces of the others; and what is refused."""

    settled: list[Settled] = field(default_factory=list)
    pieces: dict[str, list[Piece]] = field(default_factory=dict)
    refused: list[Rejection] = field(default_factory=list)


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

    def read(self, batch: Sequence[Entry], known: Collection[str] = ()) -> Read:
        """The cases of a batch; of those in `known` the pieces, since what is held of them decides with."""
        found = Read()
        pieces: dict[str, list[Piece]] = {}
        told: dict[str, list[tuple[Entry, bytes, Told]]] = {}
        with self._bytes() as bytes_of:
            for case_no, group in groupby(batch, key=_case_no):
                entries = [(each, bytes_of(each.record)) for each in group]
                plain = None if case_no in known else self._told(entries)
                if plain is not None:
                    told[case_no] = plain
                    continue
                for item in self._mapped(entries):
                    if isinstance(item, Piece):
                        pieces.setdefault(item.case_no, []).append(item)
                    else:
                        found.refused.append(item)
        for case_no, of_case in pieces.items():
            if case_no in told:  # some of its records hid its number from who looked for it
                of_case += [
                    self.mapper.written(each, data, *entry) for entry, data, each in told.pop(case_no)
                ]
                of_case.sort(key=lambda piece: piece.ordinal)
            if case_no in known:
                found.pieces[case_no] = of_case
            else:
                found.settled.append(settle(case_no, of_case, self.assembler.assemble))
        found.settled += [self._settled(case_no, of_case) for case_no, of_case in told.items()]
        found.settled.sort(key=attrgetter("case_no"))
        return found

    def pieces(self, batch: Sequence[Entry]) -> list[Piece | Rejection]:
        """The pieces of records, and what is refused of them."""
        with self._bytes() as bytes_of:
            return list(self._mapped((each, bytes_of(each.record)) for each in batch))

    @contextmanager
    def _bytes(self) -> Iterator[Callable[[Record], bytes]]:
        with (
            self.document.open("rb") as file,
            mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data,
        ):
            yield lambda record: data[record.offset : record.offset + record.length]

    def _told(self, entries: Sequence[tuple[Entry, bytes]]) -> list[tuple[Entry, bytes, Told]] | None:
        """What the records of a case say if all is plain and each has a key of its own, else None."""
        quick, serial = self.mapper.quick, self.serial
        found, keys = [], set()
        for each, data in entries:
            told = quick(data, each.record.match, serial)
            if told is None or told.case_no != each.record.case_no:
                return None
            keys.add((told.kind.name, told.key))
            found.append((each, data, told))
        return found if len(keys) == len(found) else None

    def _mapped(self, entries: Iterable[tuple[Entry, bytes]]) -> Iterator[Piece | Rejection]:
        for (ordinal, record), data in entries:
            item, warned = self.mapper.map(data, record, ordinal, self.serial)
            self.unmapped += [
                f"{v.params['kind']}.{v.params['column']}" for v in warned if v.code == "UNMAPPED"
            ]
            yield item

    def _settled(self, case_no: str, said: Sequence[tuple[Entry, bytes, Told]]) -> Settled:
        """A case that nobody knew, of pieces of which each is the first of its key: nothing is to be judged."""
        assembled = self.assembler.fold(
            [Saying(told.kind.name, told.key, "U", told.kind.root, told.said) for _, _, told in said]
        )
        entries = [
            (
                told.kind.name,
                told.key,
                *told.order.rank,
                "U",
                int(told.kind.root),
                ordinal,
                record.line,
                told.said,
            )
            for (ordinal, record), _, told in said
        ]
        if assembled.state != "pending" and not assembled.waiting:
            outcomes = [(each.ordinal, "accepted") for each, _, _ in said]
        else:
            outcomes = [
                (each.ordinal, "pending" if waits(assembled, (told.kind.name, told.key)) else "accepted")
                for each, _, told in said
            ]
        return Settled(case_no, assembled, first(assembled), outcomes, body_of(entries), outcomes[-1][0])
