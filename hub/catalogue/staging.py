"""What the files of one import hold, checked value by value, in a scratch file: memory stays bounded however large they are."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple

from hub.catalogue.columns import KINDS, PARTS, Kind
from hub.catalogue.faults import Where
from hub.catalogue.records import as_json

_CHUNK = 5000
_BETWEEN = "\x1f"
_ORDER = {name: number for number, name in enumerate(PARTS)}


class Staged(NamedTuple):
    """One row: its record, and its columns that are tables of their own as JSON. `place` and `row` say where it stands."""

    kind: str
    version: int | None
    record: str
    lists: str | None
    place: int
    row: int | None
    whole: bool = False


class Staging:
    """The scratch file; a context manager that removes it."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / "staged.db"
        self._waiting: list[tuple[Any, ...]] = []
        self._changes: list[tuple[str]] = []
        self._places: dict[tuple[str, str | None], int] = {}
        self._count = 0
        self.kinds: dict[str, int] = {}  # kind → rows

    def __enter__(self) -> Staging:
        self._db = sqlite3.connect(self._file, isolation_level=None, check_same_thread=False)
        for pragma in ("journal_mode = OFF", "synchronous = OFF", "temp_store = FILE", "cache_size = -20000"):
            self._db.execute(f"PRAGMA {pragma}")
        self._db.execute(
            "CREATE TABLE staged (n INTEGER PRIMARY KEY, kind TEXT, part INTEGER, key TEXT, version INTEGER,"
            " record TEXT, lists TEXT, place INTEGER, row INTEGER, whole INTEGER, identity TEXT)"
        )
        self._db.execute("CREATE TABLE change (n INTEGER PRIMARY KEY, text TEXT)")
        self._db.execute("BEGIN")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._db.close()
        self._file.unlink(missing_ok=True)

    def add(
        self,
        kind: Kind,
        key: tuple[str, ...],
        version: int | None,
        record: str | None,
        where: Where,
        lists: str | None = None,
        *,
        whole: bool = False,
        identity: str | None = None,
    ) -> None:
        """Take a row. `whole`: the item came with all its parts. `identity`: a later row of the same one replaces it.

        A row without record takes back what came under its identity.
        """
        place = self._places.setdefault((where.file, where.sheet), len(self._places))
        self._count += 1
        self.kinds[kind.name] = self.kinds.get(kind.name, 0) + (record is not None)
        part = _ORDER.get(kind.name, 0)
        self._waiting.append(
            (self._count, kind.name, part, _BETWEEN.join(key), version, record, lists, place, where.row, whole, identity)
        )  # fmt: skip
        if len(self._waiting) >= _CHUNK:
            self._flush()

    def finish(self) -> None:
        """No more rows: those replaced go, and the rest is put in order."""
        self._flush()
        self._db.execute("CREATE INDEX by_identity ON staged (identity, n) WHERE identity IS NOT NULL")
        self._db.execute(
            "DELETE FROM staged WHERE identity IS NOT NULL AND EXISTS (SELECT 1 FROM staged l"
            " WHERE l.identity = staged.identity AND l.n > staged.n)"
        )
        self._db.execute("DELETE FROM staged WHERE record IS NULL")
        self._db.execute("CREATE INDEX by_key ON staged (kind, key)")
        self._db.execute("CREATE INDEX by_entity ON staged (key, part, n)")

    def entities(self, kind: Kind) -> Iterator[tuple[tuple[str, ...], list[Staged]]]:
        """The rows of each key, keys in order, rows as they came; an item's with those of its parts, item rows first."""
        kinds = PARTS if kind.name == "item" else (kind.name,)
        marks = ", ".join("?" * len(kinds))
        rows = self._db.execute(
            f"SELECT key, kind, version, record, lists, place, row, whole FROM staged WHERE kind IN ({marks})"
            " ORDER BY key, part, n",
            kinds,
        )
        for key, group in groupby(rows, key=itemgetter(0)):
            yield tuple(key.split(_BETWEEN)), [Staged._make(row[1:]) for row in group]

    def where(self, row: Staged) -> Where:
        """Where a row stands."""
        files = {number: place for place, number in self._places.items()}
        file, sheet = files[row.place]
        return Where(file, row.row, sheet)

    def changed(self, entry: Mapping[str, Any]) -> None:
        """Note a change for the log."""
        self._changes.append((as_json(entry),))
        if len(self._changes) >= _CHUNK:
            self._flush()

    def changes(self, limit: int | None = None) -> Iterator[str]:
        """The changes noted, as JSON, in order."""
        self._flush()
        rows = self._db.execute(
            "SELECT text FROM change ORDER BY n LIMIT ?", (-1 if limit is None else limit,)
        )
        yield from (row[0] for row in rows)

    def _flush(self) -> None:
        self._db.executemany("INSERT INTO staged VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", self._waiting)
        self._waiting.clear()
        self._db.executemany("INSERT INTO change (text) VALUES (?)", self._changes)
        self._changes.clear()


def key_text(key: tuple[str, ...]) -> str:
    """A key as people write it: organisation/number."""
    return "/".join(key)


def kind_of(name: str) -> Kind:
    """A kind by name."""
    return KINDS[name]
