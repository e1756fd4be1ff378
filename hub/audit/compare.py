"""The whole comparison: what the log and the stored bytes say against every table that the hub keeps for an auditor."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import Connection, select

from hub.audit import cases, matters, packages, publications
from hub.audit.catalogued import PENDING, reached
from hub.audit.findings import EVERYTHING, Bounds, Difference, Tally
from hub.audit.reread import Rereading
from hub.audit.stored import held
from hub.audit.told import AT_ONCE, Told
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
        connection, told, bounds = self.connection, self.told, self.bounds
        packages.note(connection, told, bounds)
        matters.note(connection, told, bounds)
        publications.note(connection, told, bounds)
        yield from packages.Packages(connection, told, bounds, tally, self.raw, self.bytes_too).differences()
        catalogued = reached(connection)
        if not catalogued:
            tally.left_out("case", PENDING)
        walk = cases.Cases(
            connection, told, bounds, tally, self.again, self.bytes_too, self.all_mapped, catalogued
        )
        yield from walk.differences()
        yield from cases.unplaced(connection, bounds)
        yield from matters.compare(connection, told, bounds, tally)
        if self.bytes_too:
            yield from self._letters()
        if bounds.system is None:
            walk_of_scores = publications.Publications(
                connection, told, bounds, tally, self.raw, self.bytes_too
            )
            yield from walk_of_scores.differences()

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
