"""Files that came, as the log has them: each arrival with its entry, and when it was answered."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import RowMapping, select

from hub.audit.findings import Difference, name_of
from hub.audit.told import Entry, Note
from hub.audit.walk import Ground, Walk
from hub.central.sets import among
from hub.central.tables.exchange import arrival

FIRST, AGAIN, REPLAYED, ANSWERED = "arrival", "arrival again", "arrival replayed", "arrival answered"
"""What is noted: a file that came first has its row; of one that came again before it was answered there is none."""


def notes(entry: Entry, package: str, hit: bool) -> Iterator[Note]:
    """What an entry tells of arrivals; `package` is its system and digest."""
    origin = entry.body.get("origin")
    name = {"package.received": FIRST, "package.repeated": AGAIN, "receipt.delivered": ANSWERED}.get(
        entry.event
    )
    if name is not None:
        yield name, f"{package}/{entry.at}/{origin}", entry.at, None, {}, hit, False
    elif entry.event == "package.replayed":
        yield REPLAYED, f"{entry.chain}/{entry.body.get('as')}", entry.at, None, {}, hit, False


@dataclass(frozen=True, slots=True)
class Arrivals(Walk):
    """Walks over the arrivals of some packages."""

    KIND = "arrival"
    packages: Sequence[RowMapping]

    def differences(self) -> Iterator[Difference]:
        """Rows without an entry, and rows whose answer is not as the log says."""
        of = {row["id"]: row for row in self.packages}
        rows = self.connection.execute(
            select(arrival).where(among(self.connection, arrival.c.package, list(of))).order_by(arrival.c.id)
        ).all()
        came = {row.id: self._key(of[row.package], row.origin, row.arrived_at) for row in rows}
        known = self.told.of(FIRST, list(came.values())) | self.told.of(AGAIN, list(came.values()))
        answers = {
            row.id: self._key(of[row.package], row.origin, row.answered_at)
            for row in rows
            if row.answered_at is not None
        }
        answered = self.told.of(ANSWERED, list(answers.values()))
        for row in rows:
            package = of[row.package]
            word = known.get(came[row.id]) or self.told.one(
                REPLAYED, f"{package['system']}/{package['digest']}"
            )
            if self.bounds.of_time and (word is None or not word.hit):
                continue
            self.tally.compared["arrival"] += 1
            key = f"{name_of(package)}/{row.id}"
            if word is None:
                yield self.differs("arrival", key, "entry", None, row.arrived_at, "unknown")
            elif row.answered_at is not None and answers[row.id] not in answered:
                yield self.differs("arrival", key, "answered_at", None, row.answered_at)

    def _key(self, package: RowMapping, origin: Any, at: Any) -> str:
        text = str(origin).encode("utf-8", "replace").decode()
        return f"{package['system']}/{package['digest']}/{at}/{text}"


def gone(ground: Ground) -> Iterator[Difference]:
    """Arrivals, and answers of arrivals, that the log has and the table has not."""
    walk = Arrivals(ground, ())
    for name, column in ((FIRST, "row"), (ANSWERED, "answered_at")):
        for word in ground.told.unseen(name):
            if word.hit:
                system, digest, *_ = word.key.split("/")
                yield walk.differs("arrival", f"{system}/{digest[:12]}", column, word.at, None, "gone")
