"""The whole comparison: what the log and the stored bytes say against every table that the hub keeps for an auditor."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import Connection, select

from hub.audit import books, calendars, cases, heads, imports, matters, packages, publications, registrations
from hub.audit.catalogued import PENDING, reached
from hub.audit.findings import EVERYTHING, Bounds, Difference, Tally
from hub.audit.reread import Rereading
from hub.audit.stored import held
from hub.audit.told import AT_ONCE, Told
from hub.audit.walk import Ground
from hub.central.tables.letters import letter
from hub.rawstore import RawStore


@dataclass(frozen=True, slots=True)
class Comparison:
    """What is compared, and with what: one snapshot of the database, the raw store, a scratch file.

    `bytes_too`: the stored files are hashed, and packages whose contents the log does not hold are read again;
    `all_mapped`: every package is.
    """

    connection: Connection
    told: Told
    raw: RawStore
    again: Rereading
    bounds: Bounds = EVERYTHING
    bytes_too: bool = True
    all_mapped: bool = False

    def differences(self, tally: Tally) -> Iterator[Difference]:
        """Every difference: packages, receipts and bytes; cases; cards, orders, complaints, letters, faults; scores."""
        ground = Ground(self.connection, self.told, self.bounds, tally, self.raw, self.bytes_too)
        for kind in (packages, matters, publications, books, calendars, imports, registrations):
            kind.note(self.connection, self.told, self.bounds)
        yield from packages.Packages(ground).differences()
        catalogued = reached(self.connection)
        if not catalogued:
            tally.left_out("case", PENDING)
        yield from cases.Cases(ground, self.again, self.all_mapped, catalogued).differences()
        yield from heads.unplaced(self.connection, self.bounds)
        yield from matters.compare(ground)
        yield from books.compare(ground)
        yield from registrations.compare(ground)
        yield from calendars.compare(ground)
        yield from imports.compare(ground)
        if self.bytes_too:
            yield from self._letters()
        if self.bounds.system is None:
            yield from publications.Publications(ground).differences()

    def _letters(self) -> Iterator[Difference]:
        """The bytes of letters."""
        rows = self.connection.execute(
            select(letter.c.letter_id, letter.c.reference)
            .order_by(letter.c.letter_id)
            .execution_options(yield_per=AT_ONCE)
        )
        for row in rows:
            word = self.told.one(letter.name, str(row.letter_id))
            if word is not None and word.hit:
                for made in ("pdf", "docx"):
                    yield from held(self.raw, f"{row.reference} {made}", word.says[made])
