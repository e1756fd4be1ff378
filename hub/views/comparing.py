"""Compares what the log says with what the tables and the raw store hold now: packages, their bytes, cards, letters.

`suphub log verify` proves the log itself. Here it is the yardstick: whatever was changed beside it is told by name.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, select

from hub.central.tables import business, exchange
from hub.central.tables.letters import letter
from hub.errors import RetryError
from hub.rawstore import RawStore

ENDED = {"package.closed": "closed", "package.refused": "refused"}
COUNTS = ("accepted", "rejected", "duplicate", "stale", "conflict", "pending")
CARD = {
    "system": "system",
    "case_no": "case_no",
    "rule": "rule",
    "level": "level",
    "state": "state",
    "organization": "org_uscc",
}
"""Word of a log entry on a card → column of the card."""
MEGABYTE = 1 << 20


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that is not as the log says; `logged` or `found` is a dash where it is not there at all."""

    kind: str  # package, bytes, card, letter
    name: str
    what: str
    logged: str
    found: str

    def as_dict(self) -> dict[str, Any]:
        """As scripts read it."""
        return asdict(self)


def compare(connection: Connection, raw: RawStore, *, read_bytes: bool = True) -> Iterator[Difference]:
    """Every difference, in the order packages, cards, letters. `read_bytes`: hash the stored files too, which takes as long as reading them."""
    yield from _packages(connection, raw, read_bytes)
    yield from _cards(connection)
    yield from _letters(connection, raw, read_bytes)


def _entries(connection: Connection, *events: str) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    """Chain, event and body of the entries of these events, chain by chain in their order."""
    table = exchange.exchange_log
    rows = connection.execute(
        select(table.c.chain, table.c.event, table.c.body)
        .where(table.c.event.in_(events) if len(events) > 1 else table.c.event.startswith(events[0]))
        .order_by(table.c.chain, table.c.seq)
        .execution_options(yield_per=2000)
    )
    for row in rows:
        yield row.chain, row.event, json.loads(row.body)


def _packages(connection: Connection, raw: RawStore, read_bytes: bool) -> Iterator[Difference]:
    table = exchange.package
    held = {(row.system, row.digest): row for row in connection.execute(select(table))}
    for system, event, body in _entries(connection, *ENDED):
        digest = body["digest"]
        name = f"{system}/{body.get('package') or digest[:12]}"
        row = held.pop((system, digest), None)
        if row is None:
            yield Difference("package", name, "row", ENDED[event], "-")
            continue
        told = {
            "state": ENDED[event],
            **{key: body["counts"][key] for key in COUNTS if key in body.get("counts", {})},
        }
        for key, value in told.items():
            found = getattr(row, key)
            if found != value and not (value == 0 and found is None):
                yield Difference("package", name, key, str(value), str(found))
        if read_bytes:
            yield from _bytes(raw, name, digest)
    for (system, digest), row in held.items():
        name = f"{system}/{row.package_id or digest[:12]}"
        if row.state in ENDED.values():
            yield Difference("package", name, "entry", "-", row.state)
        elif read_bytes:
            yield from _bytes(raw, name, digest)


def _cards(connection: Connection) -> Iterator[Difference]:
    """Every card as the newest entry on it says; nothing that was raised is gone, nothing is there that was never raised."""
    told: dict[int, Mapping[str, Any]] = {}
    for _, _, body in _entries(connection, "card."):
        if "card" in body:
            told[body["card"]] = {**told.get(body["card"], {}), **body}
    for row in connection.execute(select(business.card).order_by(business.card.c.card_id)):
        said = told.pop(row.card_id, None)
        if said is None:
            yield Difference("card", str(row.card_id), "entry", "-", f"{row.rule} {row.state}")
            continue
        for word, column in CARD.items():
            found = getattr(row, column)
            if word in said and said[word] != found:
                yield Difference("card", str(row.card_id), word, str(said[word]), str(found))
    for number, said in told.items():
        yield Difference("card", str(number), "row", f"{said.get('rule')} {said.get('state')}", "-")


def _letters(connection: Connection, raw: RawStore, read_bytes: bool) -> Iterator[Difference]:
    held = {row.letter_id: row for row in connection.execute(select(letter))}
    for _, _, body in _entries(connection, "letter.issued"):
        row = held.pop(body["letter"], None)
        name = str(body["reference"])
        if row is None:
            yield Difference("letter", name, "row", str(body["letter"]), "-")
            continue
        for word in ("reference", "pdf", "docx"):
            if getattr(row, word) != body[word]:
                yield Difference("letter", name, word, str(body[word]), str(getattr(row, word)))
        if read_bytes:
            for word in ("pdf", "docx"):
                yield from _bytes(raw, f"{name} {word}", body[word])
    for row in held.values():
        yield Difference("letter", row.reference, "entry", "-", str(row.letter_id))


def _bytes(raw: RawStore, name: str, digest: str) -> Iterator[Difference]:
    """Whether the stored bytes are those of the digest."""
    path: Path = raw.path(digest)
    try:
        with raw.open(digest) as stream:
            hashed = hashlib.sha256()
            while part := stream.read(MEGABYTE):
                hashed.update(part)
    except (RetryError, OSError):
        yield Difference("bytes", name, str(path), digest, "-")
        return
    if hashed.hexdigest() != digest:
        yield Difference("bytes", name, str(path), digest, hashed.hexdigest())
