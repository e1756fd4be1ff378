"""Published scores: the publication, its points and the lists behind it, as the entry that published them says."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, RowMapping, select

from hub.audit.findings import ANY, DIGEST_ONLY, NOTHING, Bounds, Difference
from hub.audit.matters import OLDER
from hub.audit.stored import held
from hub.audit.told import Told, entries, sealed_words
from hub.audit.walk import Walk
from hub.central.seals import differing
from hub.central.tables.scores import score, score_list, score_publication

BY_NAME = "publication"
"""Under which a publication is noted by period and version; its seal is noted by its number."""
TOLD = ("kind", "parameters_version", "digest")
UNLISTED = (
    "较早的公布：日志没有其指标名单的摘要",
    "publications from before: the log holds no digests of the lists behind them",
)


def note(connection: Connection, told: Told, bounds: Bounds) -> None:
    """Take down what the log tells of publications."""
    for entry in entries(connection, "score."):
        if entry.event not in ("score.published", "score.republished"):
            continue
        hit, body = bounds.holds(entry.at), entry.body
        says = {name: body.get(name) for name in (*TOLD, "lists")}
        key = f"{body['period']}/{body['version']}"
        told.note([(BY_NAME, key, entry.at, None, says, hit, False), *sealed_words(entry, hit)])


@dataclass(frozen=True, slots=True)
class Publications(Walk):
    """Walks over the publications."""

    KIND = "score"

    def differences(self) -> Iterator[Difference]:
        """Every difference, in the order of publication."""
        rows = self.connection.execute(
            select(score_publication).order_by(score_publication.c.id).execution_options(yield_per=10)
        ).mappings()
        for row in rows:
            yield from self._publication(row)
        for word in self.told.unseen(BY_NAME):
            if word.hit:
                yield self._one(word.key, "row", word.says["digest"], None, "gone")

    def _publication(self, row: RowMapping) -> Iterator[Difference]:
        name = f"{row['period']}/{row['version']}"
        word = self.told.of(BY_NAME, [name]).get(name)
        if word is None:
            if not self.bounds.of_time:
                yield self._one(name, "entry", None, row["digest"], "unknown")
            return
        if not word.hit:
            return
        self.tally.compared["score_publication"] += 1
        content = hashlib.sha256(row["content"].encode("utf-8", "surrogatepass")).hexdigest()
        found = {**{column: row[column] for column in TOLD}, "content": content}
        logged = {**word.says, "content": word.says["digest"]}
        named = [column for column, value in found.items() if logged[column] != value]
        for column in named:
            yield self._one(name, column, logged[column], found[column])
        yield from self._sealed(row, name, named)
        yield from self._lists(row["id"], name, word.says["lists"])
        if "content" not in named:
            yield from self._points(row["id"], name, json.loads(row["content"]))

    def _sealed(self, row: RowMapping, name: str, named: list[str]) -> Iterator[Difference]:
        word = self.told.one(score_publication.name, str(row["id"]))
        if word is None or word.seal is None:
            self.tally.left_out("score", OLDER)
            return
        columns = differing(score_publication, row, word.seal)
        if columns is not None:
            for column in columns or ([] if named else [ANY]):
                if column not in named:
                    found = DIGEST_ONLY if column == ANY else row[column]
                    yield self._one(name, column, DIGEST_ONLY, found)

    def _lists(self, publication: int, name: str, logged: Mapping[str, str] | None) -> Iterator[Difference]:
        rows = self.connection.execute(
            select(score_list).where(score_list.c.publication == publication)
        ).all()
        found = {row.indicator: row.digest for row in rows}
        if logged is None:
            if found:
                self.tally.left_out("score", UNLISTED, len(found))
            return
        for indicator in sorted(logged.keys() | found.keys()):
            key, one, other = f"{name}/{indicator}", logged.get(indicator), found.get(indicator)
            self.tally.compared["score_list"] += 1
            if one != other:
                why = "gone" if other is None else "unknown" if one is None else "changed"
                yield Difference("score", "score_list", key, "digest", one or NOTHING, other or NOTHING, why)
            if one is not None and self.ground.bytes_too:
                yield from held(self.ground.raw, key, one)

    def _points(self, publication: int, name: str, content: Mapping[str, Any]) -> Iterator[Difference]:
        """The points once more as rows: those of the content, whose digest the log holds."""
        logged = {
            f"{kind}/{each['subject']}": (each["name"], _points(each["points"]), each["band"])
            for kind, given in (content.get("scores") or {}).items()
            for each in given
        }
        rows = self.connection.execute(select(score).where(score.c.publication == publication)).all()
        found = {
            f"{row.subject_kind}/{row.subject}": (row.name, _points(row.points), row.band) for row in rows
        }
        self.tally.compared["score"] += len(found)
        for subject in sorted(logged.keys() | found.keys()):
            key, one, other = f"{name}/{subject}", logged.get(subject), found.get(subject)
            if one is None or other is None:
                told = str(one[1] if one else other[1] if other else "")
                yield Difference(
                    "score", "score", key, "row", told if one else NOTHING, told if other else NOTHING,
                    "gone" if one else "unknown",
                )  # fmt: skip
                continue
            for column, before, now in zip(("name", "points", "band"), one, other, strict=True):
                if before != now:
                    yield self.differs("score", key, column, before, now)

    def _one(self, name: str, column: str, logged: Any, found: Any, why: str = "changed") -> Difference:
        return self.differs("score_publication", name, column, logged, found, why)


def _points(value: Any) -> Decimal | None:
    return None if value is None else Decimal(str(value)).quantize(Decimal("0.01"))
