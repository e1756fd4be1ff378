"""The item catalogue: each import as the log has it, and the versions that it wrote."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import Connection, RowMapping, select

from hub.audit.books import OLDER
from hub.audit.findings import ANY, Bounds, Difference
from hub.audit.told import Told, Word, entries
from hub.audit.walk import Ground, Walk
from hub.catalogue.kept import TABLES, kept, strays
from hub.central.tables.items import catalogue_change


def note(connection: Connection, told: Told, bounds: Bounds) -> None:
    """Take down what the log tells of imports."""
    for entry in entries(connection, "catalogue.changed"):
        body = entry.body
        says = {"digest": body.get("root"), "who": str(body.get("by"))[:100], "sealed": body.get("sealed")}
        hit = bounds.holds(entry.at)
        told.note([(catalogue_change.name, str(body["change"]), entry.at, None, says, hit, False)])


def compare(ground: Ground) -> Iterator[Difference]:
    """Every difference of the catalogue, which belongs to no system; `note` comes before."""
    if ground.bounds.system is None:
        yield from _Imports(ground).differences()


@dataclass(frozen=True, slots=True)
class _Imports(Walk):
    """Walks over the imports."""

    KIND = "catalogue"

    def differences(self) -> Iterator[Difference]:
        """Each import with the rows that it wrote; then rows of none."""
        table = catalogue_change
        rows = self.connection.execute(select(table).order_by(table.c.id)).mappings().all()
        words = self.told.of(table.name, [str(row["id"]) for row in rows])
        for row in rows:
            word = words.get(str(row["id"]))
            if word is None:
                if not self.bounds.of_time:
                    yield self.differs(table.name, str(row["id"]), "entry", None, row["digest"], "unknown")
            elif word.hit:
                yield from self._import(row, word)
        for word in self.told.unseen(table.name):
            if word.hit:
                yield self.differs(table.name, word.key, "row", word.says["digest"], None, "gone")
        if not self.bounds.of_time:
            for name, key in strays(self.connection):
                yield self.differs(name, key, "row", None, key, "unknown")

    def _import(self, row: RowMapping, word: Word) -> Iterator[Difference]:
        self.tally.compared[catalogue_change.name] += 1
        for column in ("digest", "who"):
            if row[column] != word.says[column]:
                yield self.differs(catalogue_change.name, word.key, column, word.says[column], row[column])
        logged = word.says["sealed"]
        if logged is None:
            self.tally.left_out(self.KIND, OLDER)
            return
        found = kept(self.connection, row["id"], logged)
        for table in TABLES:
            if table.name in logged:
                self.tally.compared[table.name] += 1
            one, other = logged.get(table.name), found.get(table.name)
            if one != other:
                yield self.differs(table.name, word.key, ANY, one, other, "rows")
