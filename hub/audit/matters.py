"""Cards, orders, complaints, letters and faults, row by row: as the newest entry of the log on each has sealed it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection, RowMapping, Table, select

from hub.audit.findings import ANY, DIGEST_ONLY, NOT_SHOWN, NOTHING, Bounds, Difference, shown
from hub.audit.told import AT_ONCE, Entry, Note, Told, Word, entries, sealed_words
from hub.audit.walk import Ground, Walk
from hub.central.seals import differing, key_of
from hub.central.sets import among
from hub.central.tables import business, complaints, letters, scores

OLDER = (
    "日志较早的条目没有行的封存摘要，只核对了条目所列各栏",
    "told by entries from before rows were sealed: only the columns that they name were compared",
)
OLDER_PART = (
    "属于较早登记的事项，日志没有这些行的封存摘要",
    "rows of matters from before rows were sealed: the log holds nothing of them",
)


@dataclass(frozen=True, slots=True)
class Matter:
    """A kind of thing that entries are about: its table, the word that names it, the columns that entries tell."""

    kind: str
    group: str  # what its events begin with
    word: str
    table: Table
    says: Mapping[str, str]  # word of the body → column
    parts: tuple[Table, ...] = ()
    needs: str | None = None  # entries without this word are about something else


MATTERS = (
    Matter(
        "card", "card.", "card", business.card,
        {"system": "system", "case_no": "case_no", "subject": "subject", "rule": "rule", "rule_version": "rule_version",
         "calendar_version": "calendar_version", "case_version": "case_version", "level": "level", "state": "state",
         "provisional": "provisional", "due_on": "due_on", "organization": "org_uscc"},
        (business.card_event, business.card_consequence),
    ),
    Matter(
        "order", "order.", "order", business.supervision_order,
        {"card": "card_id", "level": "level", "system": "system", "case_no": "case_no", "item_code": "item_code",
         "organization": "org_uscc", "state": "state"},
        (business.order_hand,),
    ),
    Matter(
        "complaint", "complaint.", "complaint", complaints.complaint,
        {"event": "version", "round": "round", "to": "state"},
        (complaints.complaint_person, complaints.complaint_event, complaints.complaint_term, complaints.complaint_link),
        "event",
    ),
    Matter(
        "letter", "letter.", "letter", letters.letter,
        {name: name for name in ("kind", "reference", "card_id", "order_id", "complaint", "follows", "system", "org_uscc",
                                 "issued_by", "pdf", "docx", "template", "issued_on")},
    ),
    Matter(
        "incident", "incident.", "incident", scores.incident,
        {"grade": "grade", "system": "system", "title": "title"},
    ),
)  # fmt: skip


def note(connection: Connection, told: Told, bounds: Bounds) -> None:
    """Take down what the log tells of all of them; a letter may change its card, so that all are read in one walk."""
    by_group = {matter.group: matter for matter in MATTERS}
    batch: list[Note] = []
    for entry in entries(connection, *by_group):
        batch += _notes(entry, by_group[f"{entry.event.partition('.')[0]}."], bounds)
        if len(batch) >= AT_ONCE:
            told.note(batch)
            batch.clear()
    told.note(batch)


def _notes(entry: Entry, matter: Matter, bounds: Bounds) -> Iterator[Note]:
    number = entry.body.get(matter.word)
    if number is None or (matter.needs is not None and matter.needs not in entry.body):
        return
    hit = bounds.holds(entry.at) and bounds.system in (None, entry.body.get("system"))
    says = {column: entry.body[word] for word, column in matter.says.items() if word in entry.body}
    yield matter.table.name, str(number), entry.at, None, says, hit, "seals" not in entry.body
    yield from sealed_words(entry, hit)


def compare(ground: Ground) -> Iterator[Difference]:
    """Every difference, kind by kind; `note` comes before."""
    for matter in MATTERS:
        if matter.kind == "complaint" and ground.bounds.system is not None:
            continue  # complaints are about organisations, not systems
        for table in (matter.table, *matter.parts):
            yield from _Walk(ground, matter, table).differences()


@dataclass(frozen=True, slots=True)
class _Walk(Walk):
    """One table, held against what the log tells of its rows."""

    matter: Matter
    table: Table

    def differences(self) -> Iterator[Difference]:
        keys = list(self.table.primary_key.columns)
        rows = self.connection.execute(
            select(self.table).order_by(*keys).execution_options(yield_per=AT_ONCE)
        ).mappings()
        for some in rows.partitions(AT_ONCE // 4):
            yield from self._rows(some)
        for word in self.told.unseen(self.table.name):
            if word.hit:
                yield self._one(word.key, "row", str(word.says.get("state") or NOTHING), NOTHING, "gone")

    def _rows(self, rows: Sequence[RowMapping]) -> Iterator[Difference]:
        words = self.told.of(self.table.name, [key_of(self.table, row) for row in rows])
        salts = self._salts(rows)
        for row in rows:
            word = words.get(key_of(self.table, row))
            if word is None:
                yield from self._untold(row)
            elif word.hit:
                self.tally.compared[self.table.name] += 1
                yield from self._row(row, word, salts.get(next(iter(row.values())), ""))

    def _row(self, row: RowMapping, word: Word, salt: str) -> Iterator[Difference]:
        if word.seal is None:
            self.tally.left_out(self.matter.kind, OLDER)
            for column, value in word.says.items():
                if _text(row[column]) != _text(value):
                    yield self._column(row, column, word)
            return
        columns = differing(self.table, row, word.seal, salt)
        if columns is None:
            return
        for column in columns:
            yield self._column(row, column, word)
        if not columns:
            yield self._one(word.key, ANY, DIGEST_ONLY, NOT_SHOWN, "sealed")

    def _column(self, row: RowMapping, column: str, word: Word) -> Difference:
        name = self.table.name
        logged = shown(name, column, word.says[column]) if column in word.says else DIGEST_ONLY
        return self._one(word.key, column, logged, shown(name, column, row[column]), "changed")

    def _untold(self, row: RowMapping) -> Iterator[Difference]:
        """A row on which there is no entry: a finding, unless its matter is from before rows were sealed."""
        if self.bounds.of_time:
            return
        key = key_of(self.table, row)
        if self.table is self.matter.table:
            if self.bounds.system in (None, row.get("system")):
                yield self._one(key, "entry", NOTHING, str(row.get("state") or key), "unknown")
            return
        whose = self.told.one(self.matter.table.name, str(row[f"{self.matter.word}_id"]))
        if whose is not None and not whose.hit:
            return
        if whose is not None and whose.unsealed:
            self.tally.left_out(self.matter.kind, OLDER_PART)
        elif whose is not None or self.bounds.system is None:
            yield self._one(key, "entry", NOTHING, key, "unknown")

    def _salts(self, rows: Sequence[RowMapping]) -> Mapping[Any, str]:
        """Of the complaints whose complainants these are."""
        if self.table is not complaints.complaint_person:
            return {}
        table = complaints.complaint
        numbers = [row["complaint_id"] for row in rows]
        found = self.connection.execute(
            select(table.c.complaint_id, table.c.content_digest).where(
                among(self.connection, table.c.complaint_id, numbers)
            )
        )
        return {row.complaint_id: row.content_digest for row in found}

    def _one(self, key: str, column: str, logged: str, found: str, why: str) -> Difference:
        return Difference(self.matter.kind, self.table.name, key, column, logged, found, why)


def _text(value: Any) -> str | None:
    """A value as entries and rows have it alike."""
    if isinstance(value, bool):
        return str(int(value))
    if isinstance(value, date):
        return value.isoformat()
    return None if value is None else str(value)
