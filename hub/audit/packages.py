"""Packages, their receipts and their bytes, as the entries on them say: received, closed, refused, receipt delivered."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, RowMapping, select

from hub.audit import arrivals
from hub.audit.findings import ANY, NOTHING, Bounds, Difference, name_of
from hub.audit.stored import held
from hub.audit.told import AT_ONCE, Entry, Note, Told, Word, entries
from hub.audit.walk import Walk
from hub.central.tables import exchange
from hub.pipeline.kept import FRAGMENTS, PIECES, REFUSALS, kept

ENDED = {"package.closed": "closed", "package.refused": "refused"}
COUNTS = ("accepted", "rejected", "duplicate", "stale", "conflict", "pending")
COLUMNS = (
    "state",
    "package_id",
    "serial",
    "cases",
    *COUNTS,
    "root",
    "refusal_code",
    "cipher",
    "signer_digest",
    "closed_at",
)
"""Columns of a package that the entry which ends it tells."""
CAME = ("origin", "size")
"""Columns of a package that the entry on its arrival tells, beside the instant."""
NOT_ENDED = (
    "报文包尚未办结，日志还没有其结论",
    "packages that are not finished: the log has no end of them yet",
)
UNKEPT = (
    "较早办结的报文包：日志没有其片段、拒收理由的摘要",
    "packages from before the log held digests of their fragments and of the reasons of refusals",
)
UNSIGNED = (
    "较早的回执：日志没有其签名的摘要",
    "receipts from before: the log holds no digest of their signatures",
)


def note(connection: Connection, told: Told, bounds: Bounds) -> None:
    """Take down what the log tells of packages and receipts."""
    batch: list[Note] = []
    for entry in entries(connection, "package.", "receipt.", chain=bounds.system):
        batch += _notes(entry, bounds)
        if len(batch) >= AT_ONCE:
            told.note(batch)
            batch.clear()
    told.note(batch)


def _notes(entry: Entry, bounds: Bounds) -> Iterator[Note]:
    body = entry.body
    digest = body.get("digest")
    if not isinstance(digest, str):
        return
    key, hit = f"{entry.chain}/{digest}", bounds.holds(entry.at)
    if entry.event in ENDED:
        yield "package", key, entry.at, None, _said(entry), hit, False
        receipt = {"digest": body["receipt"], "made_at": entry.at}
        if "signature" in body:
            receipt["signature"] = body["signature"]
        yield "receipt", key, entry.at, None, receipt, hit, False
    elif entry.event == "receipt.delivered":
        # Of a package that came again, the first delivery is the receipt's.
        yield "delivery", f"{key}/{entry.at}", entry.at, None, {}, hit, False
    else:
        says = {}
        if entry.event == "package.received":
            says = {name: body[name] for name in CAME if name in body} | {"received_at": entry.at}
        yield "package", key, entry.at, None, says, hit, False
    yield from arrivals.notes(entry, key, hit)


def _said(entry: Entry) -> Mapping[str, Any]:
    body = entry.body
    counts = body.get("counts", {})
    found: dict[str, Any] = {"state": ENDED[entry.event], "closed_at": entry.at, "serial": body.get("serial")}
    found |= {name: counts[name] for name in COUNTS if name in counts}
    if "received" in counts:
        found["cases"] = counts["received"]
    if found["state"] == "closed":
        found |= {"package_id": body.get("package"), "root": body.get("root"), "refusal_code": None}
    else:
        found |= {"package_id": None, "root": None, "refusal_code": body.get("code") or None}
    found |= {name: body.get(name) for name in ("cipher", "signer_digest")}
    found |= {name: body[name] for name in ("contents", "kept") if name in body}
    return found


@dataclass(frozen=True, slots=True)
class Packages(Walk):
    """Walks over the packages."""

    KIND = "package"

    def differences(self) -> Iterator[Difference]:
        """Every difference, in the order of the packages' arrival; then what is not there."""
        table, receipt = exchange.package, exchange.receipt
        statement = (
            select(table, *(column.label(f"receipt_{column.name}") for column in receipt.columns))
            .outerjoin(receipt, receipt.c.package == table.c.id)
            .order_by(table.c.id)
        )
        if self.bounds.system is not None:
            statement = statement.where(table.c.system == self.bounds.system)
        rows = self.connection.execute(statement.execution_options(yield_per=500)).mappings()
        for some in rows.partitions(500):
            yield from self._some(some)
        for word in self.told.unseen("package"):
            if word.hit and word.says:
                yield self.differs(
                    "package", word.key, "row", word.says.get("state", "received"), None, "gone"
                )
        yield from self._orphans()
        yield from arrivals.gone(self.ground)

    def _some(self, rows: Sequence[RowMapping]) -> Iterator[Difference]:
        keys = [f"{row['system']}/{row['digest']}" for row in rows]
        words, receipts = self.told.of("package", keys), self.told.of("receipt", keys)
        ended: dict[int, tuple[str, Mapping[str, str]]] = {}
        for key, row in zip(keys, rows, strict=True):
            word = words.get(key)
            if word is not None and not word.hit:
                continue
            name = name_of(row)
            if word is not None and word.says:
                self.tally.compared["package"] += 1
                yield from self._package(row, name, word)
            if word is None or "state" not in word.says:
                yield from self._unended(row, name, word)
            else:
                yield from self._receipt(row, name, receipts[key])
                self._left(row, word, ended)
            if self.ground.bytes_too and (word is not None or not self.bounds.of_time):
                self.tally.compared["raw"] += 1
                yield from held(self.ground.raw, name, row["digest"])
        yield from self._kept(ended)
        yield from arrivals.Arrivals(self.ground, rows).differences()

    def _left(self, row: RowMapping, word: Word, ended: dict[int, tuple[str, Mapping[str, str]]]) -> None:
        """Note what a closed package has left, by its entry."""
        if word.says["state"] != "closed":
            return
        if "kept" in word.says:
            ended[row["id"]] = name_of(row), word.says["kept"]
        else:
            self.tally.left_out("package", UNKEPT)

    def _kept(self, ended: Mapping[int, tuple[str, Mapping[str, str]]]) -> Iterator[Difference]:
        """Fragments, pieces and reasons of refusals: one digest a package and table."""
        if not ended:
            return
        found = kept(self.connection, list(ended), everything=True)
        for number, (name, logged) in ended.items():
            for table in (FRAGMENTS, PIECES, REFUSALS):
                if table in logged:
                    self.tally.compared[table] += 1
                one, other = logged.get(table), found[number].get(table)
                if one != other:
                    yield self.differs(table, name, ANY, one, other, "rows")

    def _package(self, row: RowMapping, name: str, word: Word) -> Iterator[Difference]:
        for column in (*COLUMNS, *CAME, "received_at"):
            if column not in word.says:
                continue
            logged, found = word.says[column], row[column]
            if logged != found and not (logged == 0 and found is None):
                yield self.differs("package", name, column, logged, found)

    def _unended(self, row: RowMapping, name: str, word: Word | None) -> Iterator[Difference]:
        """A package of which the log tells no end: then it has none, and nothing was answered."""
        if word is None and self.bounds.of_time:
            return
        if row["state"] in ENDED.values():
            yield Difference("package", "package", name, "entry", NOTHING, row["state"], "unknown")
        elif row["receipt_package"] is not None:
            yield Difference("receipt", "receipt", name, "entry", NOTHING, row["receipt_digest"], "unknown")
        else:
            self.tally.left_out("package", NOT_ENDED)

    def _receipt(self, row: RowMapping, name: str, word: Word) -> Iterator[Difference]:
        if row["receipt_package"] is None:
            yield Difference("receipt", "receipt", name, "row", str(word.says["digest"]), NOTHING, "gone")
            return
        self.tally.compared["receipt"] += 1
        body = row["receipt_body"]
        found: dict[str, Any] = {
            "digest": row["receipt_digest"],
            "made_at": row["receipt_made_at"],
            "body": hashlib.sha256(body if isinstance(body, bytes) else str(body).encode()).hexdigest(),
        }
        logged = {**word.says, "body": word.says["digest"]}
        if "signature" in logged:
            signature = row["receipt_signature"]
            found["signature"] = None if signature is None else hashlib.sha256(bytes(signature)).hexdigest()
        elif row["receipt_signature"] is not None:
            self.tally.left_out("receipt", UNSIGNED)
        for column, value in found.items():
            if logged[column] != value:
                yield self.differs("receipt", name, column, logged[column], value, kind="receipt")
        yield from self._delivery(row, name)

    def _delivery(self, row: RowMapping, name: str) -> Iterator[Difference]:
        """That a receipt was delivered, and when, is an entry of that instant."""
        key, at = f"{row['system']}/{row['digest']}", row["receipt_delivered_at"]
        first = self.told.first("delivery", f"{key}/")
        if at is None:
            if first is not None:
                yield self.differs("receipt", name, "delivered_at", first.at, None, kind="receipt")
        elif first is None or first.at != at:
            logged = None if first is None else first.at
            yield self.differs("receipt", name, "delivered_at", logged, at, kind="receipt")

    def _orphans(self) -> Iterator[Difference]:
        """Receipts of packages that are not there."""
        if self.bounds.system is not None or self.bounds.of_time:
            return
        table, receipt = exchange.package, exchange.receipt
        rows = self.connection.execute(
            select(receipt.c.package, receipt.c.digest)
            .outerjoin(table, table.c.id == receipt.c.package)
            .where(table.c.id.is_(None))
        )
        for row in rows:
            yield Difference("receipt", "receipt", str(row.package), "entry", NOTHING, row.digest, "unknown")
