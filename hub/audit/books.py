"""What cases and cards are judged by, and what went to and came from departments, row by row as the log has sealed it.

Rules, parameters of scores, registrations, credentials of nodes, documents that were handed over, answers that came back.
An entry on such a row holds its seal; a row of which an entry from before that tells is counted, not compared.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, RowMapping, Table, select

from hub.audit.findings import ANY, DIGEST_ONLY, NOT_SHOWN, Bounds, Difference, shown
from hub.audit.told import AT_ONCE, Entry, Note, Told, Word, entries, sealed_words
from hub.audit.walk import Ground, Walk
from hub.central.seals import differing, key_of
from hub.central.tables import exchange, letters, nodes, rules, scores

OLDER = (
    "日志较早的条目没有行的封存摘要",
    "told by entries from before rows were sealed",
)
UNDECIDED = (
    "尚未交付：日志在交付时才记下该行",
    "not handed over yet: the log holds such a row from its delivery on",
)


def _always(row: RowMapping) -> bool:
    return True


@dataclass(frozen=True, slots=True)
class Book:
    """A table whose rows entries seal. `named` and `name` say alike, of an entry and of a row, which row it is.

    `settled`: whether there must be an entry on a row; `shipped`: whether a row may be from before such entries at all.
    """

    kind: str
    table: Table
    groups: tuple[str, ...]
    named: Callable[[Entry], Any]
    name: Callable[[RowMapping], Any]
    settled: Callable[[RowMapping], bool] = _always
    shipped: Callable[[RowMapping], bool] = lambda row: False


BOOKS = (
    Book(
        "rule", rules.rule_version, ("rule.",),
        lambda entry: f"{entry.body.get('rule')}/{entry.body.get('version')}",
        lambda row: f"{row['rule']}/{row['version']}",
        shipped=lambda row: bool(row["version"] == 1),
    ),
    Book("rule", rules.rule_profile, ("rule.profile",), lambda entry: entry.body.get("after"), lambda row: row["profile"]),
    Book("rule", rules.rule_proposal, ("rule.",), lambda entry: entry.body.get("proposal"), lambda row: row["id"]),
    Book(
        "score", scores.score_parameters, ("score.parameters",),
        lambda entry: entry.body.get("version"), lambda row: row["version"],
    ),
    Book("registration", exchange.system, ("registration.",), lambda entry: entry.body.get("system"), lambda row: row["code"]),
    Book(
        "node", nodes.node_credential, ("node.issued", "node.rotated", "node.revoked"),
        lambda entry: entry.body.get("id"), lambda row: row["public_id"],
    ),
    Book(
        "handover", letters.handover, ("handover.delivered",),
        lambda entry: f"{entry.chain}/{entry.body.get('name')}", lambda row: f"{row['system']}/{row['name']}",
        settled=lambda row: bool(row["state"] == "delivered"),
    ),
    Book(
        "answer", letters.card_answer, ("answer.",),
        lambda entry: f"{entry.body.get('system')}/{entry.body.get('digest')}",
        lambda row: f"{row['system']}/{row['digest']}",
    ),
)  # fmt: skip
GROUPS = sorted({group for book in BOOKS for group in book.groups})


def note(connection: Connection, told: Told, bounds: Bounds) -> None:
    """Take down what the log tells of them."""
    batch: list[Note] = []
    for entry in entries(connection, *GROUPS):
        hit = bounds.holds(entry.at) and bounds.system in (None, entry.body.get("system"), entry.chain)
        batch += sealed_words(entry, hit)
        for book in BOOKS:
            if entry.event.startswith(book.groups):
                named = str(book.named(entry))
                batch.append((_named(book), named, entry.at, None, {}, hit, "seals" not in entry.body))
        if len(batch) >= AT_ONCE:
            told.note(batch)
            batch.clear()
    told.note(batch)


def compare(ground: Ground) -> Iterator[Difference]:
    """Every difference, table by table; `note` comes before. What belongs to no system is left out where one is asked for."""
    for book in BOOKS:
        if ground.bounds.system is None or "system" in book.table.c or book.table is exchange.system:
            yield from _Rows(ground, book).differences()


def _named(book: Book) -> str:
    return f"{book.table.name} named"


@dataclass(frozen=True, slots=True)
class _Rows(Walk):
    """One table, held against its seals."""

    book: Book

    def differences(self) -> Iterator[Difference]:
        table = self.book.table
        rows = self.connection.execute(
            select(table).order_by(*table.primary_key.columns).execution_options(yield_per=AT_ONCE)
        ).mappings()
        for some in rows.partitions(AT_ONCE // 4):
            yield from self._rows(some)
        for word in self.told.unseen(table.name):
            if word.hit:
                yield self._one(word.key, "row", word.at, None, "gone")

    def _rows(self, rows: Sequence[RowMapping]) -> Iterator[Difference]:
        table, book = self.book.table, self.book
        words = self.told.of(table.name, [key_of(table, row) for row in rows])
        named = self.told.of(_named(book), [str(book.name(row)) for row in rows])
        for row in rows:
            key = key_of(table, row)
            word = words.get(key)
            if word is not None:
                if word.hit:
                    yield from self._row(row, word)
            elif self.bounds.system in (None, row.get("system"), row.get("code")):
                yield from self._untold(row, key, named.get(str(book.name(row))))

    def _row(self, row: RowMapping, word: Word) -> Iterator[Difference]:
        table = self.book.table
        self.tally.compared[table.name] += 1
        columns = differing(table, row, word.seal or "")
        if columns is None:
            return
        for column in columns:
            yield self._one(word.key, column, DIGEST_ONLY, shown(table.name, column, row[column]))
        if not columns:
            yield self._one(word.key, ANY, DIGEST_ONLY, NOT_SHOWN, "sealed")

    def _untold(self, row: RowMapping, key: str, word: Word | None) -> Iterator[Difference]:
        """A row without a seal: from before, not told yet, or put in past the hub."""
        if word is not None and not word.hit:
            return
        if (word is not None and word.unsealed) or self.book.shipped(row):
            self.tally.left_out(self.book.kind, OLDER)
        elif not self.book.settled(row):
            self.tally.left_out(self.book.kind, UNDECIDED)
        elif not self.bounds.of_time:
            yield self._one(key, "entry", None, key, "unknown")

    def _one(self, key: str, column: str, logged: Any, found: Any, why: str = "changed") -> Difference:
        return self.differs(self.book.table.name, key, column, logged, found, why, self.book.kind)
