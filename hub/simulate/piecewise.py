"""Writes a department that sends in pieces: its exchange database or its documents, and the truth of every piece."""

from __future__ import annotations

import json
import shutil
from collections import Counter, defaultdict, deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from hub.simulate.anomaly_truth import Anomalies
from hub.simulate.catalogue import found_of_items
from hub.simulate.days import DAY
from hub.simulate.disclosed import Results
from hub.simulate.exchange_db import (
    LATER,
    database_url,
    lay_aside,
    make_tables,
    newest_rows,
    opened,
    read_order,
    write_rows,
)
from hub.simulate.fragmented import Cast, cast
from hub.simulate.national_tables import KEY
from hub.simulate.piece import Fold, Piece
from hub.simulate.registration import BATCH
from hub.simulate.replies import Document, documents, write
from hub.simulate.standing_truth import Standing
from hub.simulate.tasks import write_tasks
from hub.simulate.truth import entries as card_entries
from hub.simulate.truth import later as later_cards
from hub.simulate.truth import stricter as stricter_cards
from hub.simulate.world import Options

HELD = "held"
MARKER = ".ok"
AGAIN = 17  # one in so many documents is sent once more
BETWEEN = 2  # documents that come before it does


@dataclass(slots=True)
class PieceTruth:
    """What was sent, in the order in which it is read, and what must become of it."""

    cast: Cast
    fold: Fold = field(default_factory=Fold)
    sent: list[Piece] = field(default_factory=list)
    packages: list[dict[str, Any]] = field(default_factory=list)
    repeats: list[dict[str, str]] = field(default_factory=list)

    def take(self, pieces: list[Piece]) -> None:
        """One more package has been read."""
        self.fold.take(pieces)
        self.sent += pieces

    def write(self, options: Options, results: Results) -> list[tuple[str, str]]:
        """Write DIR/truth.json, a line for each piece and case; `results` sees every case. Returns the cards as (case, rule)."""
        today = options.today.toordinal()
        cards = self.fold.cards(self.cast.lives, today, options.dialect)
        anomalies = Anomalies(options.code, options.organization.uscc, today, options.dialect)
        standing = Standing(today, options.dialect, found_of_items(options))
        rules: dict[str, list[str]] = defaultdict(list)
        for case_no, rule in cards:
            rules[case_no].append(rule)
        for life in self.fold.lives(self.cast.lives):
            anomalies.see(life)
        for case_no, life in self.fold.numbered(self.cast.lives):
            standing.see(life, rules[case_no], case_no)
            results.see(life, case_no)
        if not (options.clean or options.fabricate):
            self.cast.planted["results"] = Counter(results.named())
        head = {
            "today": options.today.isoformat(), "system": options.code, "dialect": options.dialect, "held": options.held,
        }  # fmt: skip
        lists: tuple[tuple[str, Iterable[Any]], ...] = (
            ("packages", self.packages),
            ("repeats", self.repeats),
            ("pieces", map(_entry, self.sent)),
            ("cases", ({"case_no": no, "state": self.fold.state(no)} for no in sorted(self.fold.cases))),
            ("cards", card_entries(cards, anomalies, standing, results)),
        )
        with (options.out / "truth.json").open("w", encoding="utf-8", newline="\n") as file:
            file.write(_plain(head)[:-1])
            for name, entries in lists:
                file.write(f', "{name}": [')
                for index, entry in enumerate(entries):
                    file.write(("," if index else "") + "\n" + _plain(entry))
                file.write("\n]")
            file.write(
                f', "planted": {_plain(self.cast.planted)}, "outcomes": {_plain(anomalies.outcomes())}'
                f', "later": {_plain(later_cards(standing))}, "stricter": {_plain(stricter_cards(standing))}}}\n'
            )
        of_no_case = (*anomalies.cards(), *standing.cards(), *results.cards())
        return [*cards, *((subject, rule) for rule, subject in of_no_case)]


def _entry(piece: Piece) -> dict[str, Any]:
    """A piece as the truth names it: a row by its number, a message by its kind's own key."""
    where = "table" if KEY in piece.fields else "message"
    key = piece.fields.get(KEY, piece.key)
    return {
        where: piece.name,
        "key": key,
        "case_no": piece.case_no,
        "outcome": piece.outcome,
        "codes": list(piece.codes),
    }


def _plain(data: object) -> str:
    return json.dumps(data, ensure_ascii=False)


def _cut(options: Options) -> int:
    """The time from which on what is written is laid aside; far away if nothing is."""
    return (options.today.toordinal() + 1 - options.held) * DAY if options.held else 10**18


def write_database(options: Options) -> PieceTruth:
    """Make and fill the exchange database; what is written last is laid aside in DIR/later.jsonl."""
    told = PieceTruth(cast(options))
    cut = _cut(options)
    now = newest_rows(piece for piece in told.cast.pieces if piece.time < cut)
    later = newest_rows(piece for piece in told.cast.pieces if piece.time >= cut)
    with opened(database_url(options.out, options.database_url)) as engine:
        make_tables(engine)
        with engine.begin() as connection:
            write_rows(connection, now)
            write_tasks(connection, options)
    lay_aside(options.out / LATER, later)
    size = options.package_size or BATCH
    for turn in (read_order(now), read_order(later)):
        for start in range(0, len(turn), size):
            told.take(turn[start : start + size])
    return told


def write_documents(options: Options, inbox: Path) -> PieceTruth:
    """Write the documents, each with a marker where they are delivered by folder; the last ones are laid aside."""
    told = PieceTruth(cast(options))
    rng = options.rng("documents")
    held = options.out / HELD
    held.mkdir(exist_ok=True)
    plan = documents(told.cast.pieces, options.package_size, rng, clean=options.clean)
    late = False  # from the first late document on all are: they come in the order of their numbers
    for number, (document, same) in enumerate(_with_repeats(plan, clean=options.clean), 1):
        late = late or max(piece.time for piece in document.messages) >= _cut(options)
        folder = held if late else inbox
        path = folder / f"{number:06d}.xml"
        if same is not None:
            shutil.copyfile(_found(same, inbox, held), path)
            told.repeats.append({"file": path.name, "same_as": same})
        else:
            digest = write(path, document)
            state, code = ("refused", "XML_MALFORMED") if document.broken else ("closed", None)
            entry = {"file": path.name, "state": state, "code": code, "digest": digest}
            told.packages.append(entry | {"pieces": 0 if document.broken else len(document.messages)})
            if not document.broken:
                told.take(list(document.messages))
        if options.deliver == "directory":
            path.with_name(path.name + MARKER).touch()
    return told


def _with_repeats(plan: Iterator[Document], *, clean: bool) -> Iterator[tuple[Document, str | None]]:
    """The documents, some of them once more a little later: with the name of the file that they repeat."""
    number = 0
    again: deque[tuple[int, Document, str]] = deque()
    for count, document in enumerate(plan, 1):
        number += 1
        yield document, None
        if not clean and not document.broken and count % AGAIN == 3:
            again.append((number + BETWEEN, document, f"{number:06d}.xml"))
        if again and number >= again[0][0]:
            _, same, name = again.popleft()
            number += 1
            yield same, name


def _found(name: str, *folders: Path) -> Path:
    return next(folder / name for folder in folders if (folder / name).exists())
