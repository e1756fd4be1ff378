"""Writes a staged import into the catalogue: what is new becomes a version, what is the same changes nothing.

All in one transaction of the caller's. Of an item, parts that the import does not have (no row of that kind in any of
its files) stay as they are in the newest version.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import islice

from sqlalchemy import Connection, select, text

from hub.catalogue import contradictions, records
from hub.catalogue.columns import KINDS, PARTS, Kind
from hub.catalogue.faults import Faults, Where
from hub.catalogue.records import Lines
from hub.catalogue.staging import Staged, Staging, key_text
from hub.catalogue.stored import COPY, Known, copy_parts, known_of, record_of
from hub.central import bulk
from hub.central.tables import items, metadata

BATCH = 1000
ENTITIES = ("region", "organization", "post", "staff", "item", "disclosure")


@dataclass(slots=True)
class Counts:
    """What an import did with one kind."""

    new: int = 0
    changed: int = 0
    unchanged: int = 0

    def as_dict(self) -> dict[str, int]:
        """As plain data."""
        return {"new": self.new, "changed": self.changed, "unchanged": self.unchanged}


@dataclass(slots=True)
class Store:
    """One import on its way into the tables; `today` is the first day of new versions that name none."""

    connection: Connection
    staging: Staging
    faults: Faults
    change: int
    today: date
    counts: dict[str, Counts] = field(default_factory=dict)
    copies: bool = False

    def run(self) -> None:
        """Write everything. Faults are collected: the caller must check them, and roll back."""
        self.connection.execute(text("DROP TABLE IF EXISTS catalogue_copy"))
        COPY.create(self.connection, checkfirst=False)
        for name in ENTITIES:
            kind = KINDS[name]
            for group in _batches(self.staging.entities(kind)):
                self._batch(kind, group)
        if self.copies and not self.faults.total:
            copy_parts(self.connection)
        self.connection.execute(text("DROP TABLE IF EXISTS catalogue_copy"))

    def _batch(self, kind: Kind, group: Sequence[tuple[tuple[str, ...], list[Staged]]]) -> None:
        known = known_of(self.connection, kind, [key for key, _ in group])
        lines: Lines = {}
        for key, rows in group:
            if kind.name == "item":
                self._item(key[0], rows, known[key], lines)
            else:
                self._entity(kind, key, rows, known[key], lines)
        if not self.faults.total:
            for name, found in lines.items():
                bulk.load(self.connection, COPY if name == COPY.name else metadata.tables[name], found)

    def _entity(
        self, kind: Kind, key: tuple[str, ...], rows: list[Staged], known: Known, lines: Lines
    ) -> None:
        for row in self._in_order(rows, key):
            digest = records.digest_of([row.record, *([row.lists] if row.lists else [])])
            version = self._version(kind, key, row, known, digest)
            if version is not None:
                record = self._dated(row.record, known, version)
                records.entity_lines(lines, kind, key, version, digest, self.change, record, row.lists)
                self._note(kind, key, version, known, digest)

    def _item(self, code: str, rows: list[Staged], known: Known, lines: Lines) -> None:
        heads = [row for row in rows if row.kind == "item"]
        if not heads and not known.digests:
            self.faults.add(contradictions.no_item(code), self._where(rows[0]), "item_code", code)
            return
        given = self._parts_by_version(rows, heads, known)
        if not heads:
            self._parts_only(code, given, known, lines)
            return
        for row in self._in_order(heads, (code,)):
            mine = given.pop(row.version, {})
            parts = {"item": records.digest_of([row.record])}
            for name in PARTS[1:]:
                if name in mine or row.whole or self.staging.kinds.get(name):
                    parts[name] = _part_digest(mine.get(name, ()))
                else:
                    parts[name] = (known.parts or records.no_parts())[name]
            self._write_item(code, row, parts, mine, known, lines)
        for left in given.values():
            for each in islice((row for found in left.values() for row in found), 1):
                self.faults.add(
                    contradictions.no_version(code, each.version), self._where(each), "version", each.version
                )

    def _parts_by_version(
        self, rows: list[Staged], heads: list[Staged], known: Known
    ) -> dict[int | None, dict[str, list[Staged]]]:
        """Rows of the parts by the version they belong to: the one they name, else the last one of the import."""
        last = max((row.version for row in heads if row.version is not None), default=None)
        given: dict[int | None, dict[str, list[Staged]]] = {}
        for row in rows:
            if row.kind != "item":
                version = last if row.version is None else row.version
                given.setdefault(version, {}).setdefault(row.kind, []).append(row)
        for found in given.values():
            for name, column in (("step", "step_code"), ("fee", "fee_code")):
                if len(found.get(name, ())) > 1:
                    self._unique(found[name], column)
        return given

    def _unique(self, rows: Sequence[Staged], column: str) -> None:
        seen: set[str] = set()
        for row in rows:
            value = row.record.partition("\t")[0]  # the code is the first column of both tables
            if value != "\\N" and value in seen:
                self.faults.add(contradictions.twice(column, value), self._where(row), column, value)
            seen.add(value)

    def _parts_only(
        self, code: str, given: Mapping[int | None, dict[str, list[Staged]]], known: Known, lines: Lines
    ) -> None:
        """An import of parts alone: a new version of the item as it is, with these parts in the place of its own."""
        for named, mine in given.items():
            row = next(row for found in mine.values() for row in found)
            if named is not None and named != known.newest:
                self.faults.add(contradictions.no_version(code, named), self._where(row), "version", named)
                return
            fresh = {name: _part_digest(found) for name, found in mine.items()}
            parts = known.parts | fresh
            if parts == known.parts:
                self._count("item").unchanged += 1
                return
            old = self.connection.execute(
                select(items.service_item).where(
                    items.service_item.c.item_code == code, items.service_item.c.version == known.newest
                )
            ).one()
            staged = Staged("item", None, record_of(old), None, row.place, row.row)
            self._write_item(code, staged, parts, mine, known, lines)

    def _write_item(
        self,
        code: str,
        row: Staged,
        parts: dict[str, str],
        mine: Mapping[str, list[Staged]],
        known: Known,
        lines: Lines,
    ) -> None:
        digest = records.whole_digest(parts)
        version = self._version(KINDS["item"], (code,), row, known, digest)
        if version is None:
            return
        before = max((each for each in known.digests if each < version), default=known.newest)
        record = self._dated(row.record, known, version)
        lines.setdefault("service_item", []).append(
            records.item_line(code, version, digest, self.change, parts, record)
        )
        for name in PARTS[1:]:
            if name in mine:
                rows = [(each.record, each.lists) for each in mine[name]]
                records.part_lines(lines, name, code, version, rows)
            elif known.digests and parts[name] != records.no_parts()[name]:
                lines.setdefault(COPY.name, []).append(bulk.line(code, name, before, version))
                self.copies = True
        self._note(KINDS["item"], (code,), version, known, digest)
        known.parts = parts

    def _version(
        self, kind: Kind, key: tuple[str, ...], row: Staged, known: Known, digest: str
    ) -> int | None:
        """The number under which a row is new; None where nothing is to be written."""
        there = known.digests.get(known.newest if row.version is None else row.version)
        if there == digest:
            self._count(kind.name).unchanged += 1
            return None
        if row.version is None:
            return known.newest + 1
        if there is not None:
            self.faults.add(
                contradictions.conflict(kind, key, row.version), self._where(row), "version", row.version
            )
            return None
        return row.version

    def _dated(self, record: str, known: Known, version: int) -> str:
        """A newer version that names no first day begins today: until then the older one was in force."""
        if known.digests and version > known.newest:
            return records.dated(record, self.today.isoformat())
        return record

    def _where(self, row: Staged) -> Where:
        return self.staging.where(row)

    def _note(self, kind: Kind, key: tuple[str, ...], version: int, known: Known, digest: str) -> None:
        counts = self._count(kind.name)
        old = known.digests.get(known.newest)
        if old is None:
            counts.new += 1
        else:
            counts.changed += 1
        self.staging.changed(
            {"key": key_text(key), "kind": kind.name, "new": digest, "old": old, "version": version}
        )
        known.digests[version] = digest

    def _in_order(self, rows: list[Staged], key: tuple[str, ...]) -> list[Staged]:
        """By version; the same one twice, or several without one, is a fault."""
        if len(rows) == 1:
            return rows
        seen: dict[int | None, Staged] = {}
        for row in rows:
            if row.version in seen:
                first = self._where(seen[row.version])
                self.faults.add(contradictions.same_key(key, first), self._where(row), None, key_text(key))
            seen[row.version] = row
        return sorted(seen.values(), key=lambda row: (row.version is None, row.version or 0))

    def _count(self, kind: str) -> Counts:
        return self.counts.setdefault(kind, Counts())


def _batches(
    entities: Iterator[tuple[tuple[str, ...], list[Staged]]],
) -> Iterator[list[tuple[tuple[str, ...], list[Staged]]]]:
    while group := list(islice(entities, BATCH)):
        yield group


def _part_digest(rows: Sequence[Staged]) -> str:
    return records.digest_of([f"{row.record}\t{row.lists}" if row.lists else row.record for row in rows])
