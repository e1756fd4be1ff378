"""What a package has left in the database beside its outcomes, as a few digests for its entry in the log."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import Any

from sqlalchemy import Connection, Row, Select, select

from hub.central.sets import among
from hub.central.tables import exchange
from hub.ledger.encoding import Hashing, Version

FRAGMENTS, PIECES, REFUSALS = "fragment", "case_pieces", "rejection"
"""What a digest is of, named by its table; that of `rejection` is of `quarantine` too."""

Kept = dict[int, dict[str, str]]
"""Package → table → digest of its rows; a table of which it has none is left out."""


def version_of(row: Row[Any]) -> Version:
    """A row of `hub.central.outcomes.contents` as it is hashed."""
    _, case_no, version, digest, state, ordinal, known_at, _ = row
    return case_no, version, digest, state, ordinal, known_at


def kept(
    connection: Connection, ids: Sequence[int], *, refusals: bool = True, everything: bool = False
) -> Kept:
    """The digests of what these packages have left. `refusals`: whether any of them may have refused cases.

    A package holds whole cases or pieces: pieces are looked for where there are no whole cases, or for `everything`.
    """
    found: Kept = {package: {} for package in ids}
    _take(found, FRAGMENTS, connection.execute(_fragments(connection, ids)))
    others = [package for package, digests in found.items() if everything or not digests]
    if others:
        _take(found, PIECES, _hashed(connection.execute(_pieces(connection, others))))
    if refusals:
        _take(found, REFUSALS, connection.execute(_rejections(connection, ids)))
        held = _Held(connection, ids)
        for package in [each for each, digests in found.items() if REFUSALS in digests or each in held]:
            before = found[package].get(REFUSALS, "")
            found[package][REFUSALS] = held.digest(package, before)
    return found


def _take(found: Kept, name: str, rows: Iterable[Sequence[Any]]) -> None:
    """The digest of each package's rows, whose first column is the package; rows come in the order of packages."""
    for package, group in groupby(rows, key=lambda row: row[0]):
        hashing = Hashing(name)
        for row in group:
            hashing.add(*row[1:])
        found[package][name] = hashing.hexdigest()


def _hashed(rows: Iterable[Row[Any]]) -> Iterable[Sequence[Any]]:
    """Rows whose last column is long, with its digest in its place."""
    for row in rows:
        *first, last = row
        yield (*first, _sha256(last))


def _sha256(value: Any) -> str:
    # On SQLite a forger may have put text where bytes belong.
    data = value if isinstance(value, bytes | memoryview) else str(value).encode("utf-8", "surrogatepass")
    return hashlib.sha256(data).hexdigest()


class _Held:
    """The bytes of refused cases, which stand behind their reasons in one digest: nobody guesses a short value from it."""

    def __init__(self, connection: Connection, ids: Sequence[int]) -> None:
        rows = _hashed(connection.execute(_quarantine(connection, ids)))
        self._hashing: dict[int, Hashing] = {}
        for package, *row in rows:
            self._hashing.setdefault(package, Hashing("quarantine")).add(*row)

    def __contains__(self, package: int) -> bool:
        return package in self._hashing

    def digest(self, package: int, reasons: str) -> str:
        """The digest of reasons and bytes together."""
        bytes_of = self._hashing.get(package)
        both = Hashing(REFUSALS)
        both.add(reasons, bytes_of.hexdigest() if bytes_of else "")
        return both.hexdigest()


def _fragments(connection: Connection, ids: Sequence[int]) -> Select[Any]:
    c = exchange.fragment.c
    return _streamed(
        select(c.package, c.ordinal, c.case_id, c.kind, c.source_key, c.basis, c.value, c.operation, c.digest, c.raw_digest)
        .where(among(connection, c.package, ids))
        .order_by(c.package, c.ordinal, c.case_id, c.basis, c.value)
    )  # fmt: skip


def _pieces(connection: Connection, ids: Sequence[int]) -> Select[Any]:
    outcome, c = exchange.case_outcome.c, exchange.case_pieces.c
    # By way of the outcomes: nothing finds the pieces of a package, but those of a case are found.
    cases = (
        select(outcome.package, outcome.case_id)
        .where(among(connection, outcome.package, ids), outcome.case_id.is_not(None))
        .distinct()
        .subquery()
    )
    mine = (c.case_id == cases.c.case_id) & (c.package == cases.c.package)
    wanted = select(c.package, c.case_id, c.ordinal, c.body).select_from(
        cases.join(exchange.case_pieces, mine)
    )
    return _streamed(wanted.order_by(c.package, c.case_id, c.ordinal))


def _rejections(connection: Connection, ids: Sequence[int]) -> Select[Any]:
    c = exchange.rejection.c
    reasons = (c.case_no, c.line, c.xpath, c.field, c.value, c.severity, c.code, c.params)
    return _streamed(
        select(c.package, c.ordinal, c.number, *reasons)
        .where(among(connection, c.package, ids))
        .order_by(c.package, c.ordinal, c.number)
    )


def _quarantine(connection: Connection, ids: Sequence[int]) -> Select[Any]:
    table = exchange.quarantine
    return _streamed(
        select(table.c.package, table.c.ordinal, table.c.content)
        .where(among(connection, table.c.package, ids))
        .order_by(table.c.package, table.c.ordinal)
    )


def _streamed(statement: Select[Any]) -> Select[Any]:
    return statement.execution_options(yield_per=1000)
