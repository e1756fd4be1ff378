"""What the log tells of each row, on disk: the newest word on it, so that memory does not grow with the log."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from shutil import rmtree
from tempfile import mkdtemp
from typing import Any

from sqlalchemy import Connection, select

from hub.central.seals import within
from hub.central.tables import exchange

AT_ONCE = 2000
_MADE = """CREATE TABLE told (
  name TEXT NOT NULL, key TEXT NOT NULL, at INTEGER NOT NULL, seal TEXT, body TEXT NOT NULL,
  hit INTEGER NOT NULL, unsealed INTEGER NOT NULL, seen INTEGER NOT NULL DEFAULT 0, PRIMARY KEY (name, key)
) WITHOUT ROWID"""
# What an entry says of some columns stays said until another entry says otherwise. An entry without seals (of an earlier
# program) leaves none in force; one that seals other rows leaves this row's as it is.
_NOTED = """INSERT INTO told (name, key, at, seal, body, hit, unsealed) VALUES (?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (name, key) DO UPDATE SET at = excluded.at,
  seal = CASE WHEN excluded.unsealed THEN NULL ELSE COALESCE(excluded.seal, told.seal) END,
  body = json_patch(told.body, excluded.body), hit = max(told.hit, excluded.hit),
  unsealed = told.unsealed + excluded.unsealed"""


Note = tuple[str, str, int, str | None, Mapping[str, Any], bool, bool]
"""Table, key, instant, seal, named columns, whether within the bounds, whether it came without seals."""


@dataclass(frozen=True, slots=True)
class Word:
    """What the log tells of a row: its newest seal (None: none since the newest entry), the columns it names, when.

    `hit`: an entry on it lies within the bounds; `unsealed`: how many entries on it came without seals.
    """

    key: str
    at: int
    seal: str | None
    says: Mapping[str, Any]
    hit: bool
    unsealed: int


class Told:
    """The scratch file: one word for each table and key."""

    def __init__(self, file: Path) -> None:
        self._db = sqlite3.connect(file, isolation_level=None)
        self._db.execute("PRAGMA synchronous = OFF")
        self._db.execute("PRAGMA journal_mode = OFF")
        self._db.execute(_MADE)

    def close(self) -> None:
        """Let go of the file."""
        self._db.close()

    def note(self, words: Iterable[Note]) -> None:
        """Take words down."""
        self._db.execute("BEGIN")
        self._db.executemany(
            _NOTED,
            (
                (name, key, at, seal, _written(says), int(hit), int(unsealed))
                for name, key, at, seal, says, hit, unsealed in words
            ),
        )
        self._db.execute("COMMIT")

    def of(self, name: str, keys: Sequence[str]) -> dict[str, Word]:
        """The words on some rows of a table, which are noted as seen."""
        found: dict[str, Word] = {}
        for start in range(0, len(keys), 500):
            some = keys[start : start + 500]
            marks = ",".join("?" * len(some))
            for row in self._db.execute(
                f"SELECT key, at, seal, body, hit, unsealed FROM told WHERE name = ? AND key IN ({marks})",
                (name, *some),
            ):
                found[row[0]] = _word(row)
            self._db.execute(f"UPDATE told SET seen = 1 WHERE name = ? AND key IN ({marks})", (name, *some))
        return found

    def one(self, name: str, key: str) -> Word | None:
        """The word on one row; it is not noted as seen."""
        row = self._db.execute(
            "SELECT key, at, seal, body, hit, unsealed FROM told WHERE name = ? AND key = ?", (name, key)
        ).fetchone()
        return None if row is None else _word(row)

    def first(self, name: str, prefix: str) -> Word | None:
        """The earliest of the words whose keys begin with `prefix`."""
        row = self._db.execute(
            "SELECT key, at, seal, body, hit, unsealed FROM told WHERE name = ? AND key >= ? AND key < ? ORDER BY at LIMIT 1",
            (name, prefix, f"{prefix}\uffff"),
        ).fetchone()
        return None if row is None else _word(row)

    def unseen(self, name: str) -> Iterator[Word]:
        """What is told of rows that nobody asked for: they are not there."""
        for row in self._db.execute(
            "SELECT key, at, seal, body, hit, unsealed FROM told WHERE name = ? AND seen = 0 ORDER BY key",
            (name,),
        ):
            yield _word(row)


def _word(row: Sequence[Any]) -> Word:
    says = {name: value for name, [value] in json.loads(row[3]).items()}
    return Word(row[0], row[1], row[2], says, bool(row[4]), row[5])


def _written(says: Mapping[str, Any]) -> str:
    # json_patch takes null for "take it away": what is said to be null is kept as a list of nothing.
    return json.dumps({name: [value] for name, value in says.items()}, ensure_ascii=False)


@contextmanager
def scratch(work: Path) -> Iterator[Told]:
    """A scratch file below `work`, gone afterwards. OSError where the disk does not give one, or is full."""
    work.mkdir(parents=True, exist_ok=True)
    folder = Path(mkdtemp(prefix="audit-", dir=work))
    try:
        told = Told(folder / "told.sqlite")
        try:
            yield told
        finally:
            told.close()
    except sqlite3.Error as error:
        raise OSError(f"{folder}: {error}") from error
    finally:
        rmtree(folder, ignore_errors=True)


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of the log."""

    chain: str
    at: int
    event: str
    body: Mapping[str, Any]


def entries(connection: Connection, *groups: str, chain: str | None = None) -> Iterator[Entry]:
    """The entries whose event begins with one of `groups` ("card."), chain by chain in their order, streamed."""
    table = exchange.exchange_log
    condition = table.c.event.startswith(groups[0], autoescape=True)
    for group in groups[1:]:
        condition |= table.c.event.startswith(group, autoescape=True)
    if chain is not None:
        condition &= table.c.chain == chain
    rows = connection.execute(
        select(table.c.chain, table.c.at, table.c.event, table.c.body)
        .where(condition)
        .order_by(table.c.chain, table.c.seq)
        .execution_options(yield_per=AT_ONCE)
    )
    for row in rows:
        yield Entry(row.chain, row.at, row.event, json.loads(row.body))


def sealed_words(entry: Entry, hit: bool) -> Iterator[Note]:
    """What an entry's seals say."""
    for name, key, sealed in within(entry.body):
        yield name, key, entry.at, sealed, {}, hit, False
