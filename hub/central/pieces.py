"""One batch of pieces: rows or stage messages of at most 1,000 cases, in one transaction, written exactly once.

Each piece is judged against what is known of its key; the case is then assembled anew from the newest piece of each
key. A case that lacks its first elements is pending: it has a head and no rows. The protocol is that of `batch`:
outcomes with the data, case numbers claimed in their order, nothing looked at that has its outcome.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, delete, select

from hub.central import bulk
from hub.central.caserows import replace_rows, update_heads
from hub.central.fold import Known
from hub.central.heads import claim
from hub.central.outcomes import codes_of, known_outcomes, outcome_line, write_rejections
from hub.central.packages import find
from hub.central.piece_cases import Assemble, Settled, settle
from hub.central.piece_rows import History
from hub.central.piece_table import histories
from hub.central.refused_pieces import keep_and_mend
from hub.central.sets import among
from hub.central.tables import exchange
from hub.shapes import Outcome, Piece, Rejection


@dataclass(frozen=True, slots=True)
class PieceBatch:
    """Pieces of one package with all others of their cases in it; `fingerprint` is of the schema and mapping used.

    `settled` are the cases of which nobody knew when they were read; `pieces` those of all other cases, by number.
    `again` reads the pieces of a settled case once more, for one that has become known meanwhile.
    """

    package: int
    system: str
    fingerprint: str
    settled: Sequence[Settled]
    pieces: dict[str, list[Piece]]
    refused: Sequence[Rejection]
    at: int  # µs
    assemble: Assemble
    again: Callable[[str], list[Piece]]

    @property
    def first(self) -> int:
        """An ordinal of the batch: it has an outcome if any of them has."""
        for case in self.settled:
            return case.outcomes[0][0]
        return min([p[0].ordinal for p in self.pieces.values()] + [item.ordinal for item in self.refused])


Written = tuple[int, Settled]
"""A case's id, and what is to be written of it."""


def store_pieces(connection: Connection, batch: PieceBatch) -> None:
    """Write a batch; what has its outcomes is left as it is."""
    find(connection, batch.package, hold=True)
    if known_outcomes(connection, batch.package, batch.first, batch.first):
        return
    cases = _claim(connection, batch)
    _write_pieces(connection, batch, cases)
    _write_cases(connection, batch, cases)
    _write_waiting(connection, batch, cases)
    _write_outcomes(connection, batch, cases)
    keep_and_mend(connection, batch.package, batch.system, batch.refused, [case for _, case in cases])


_UNREAD = Known(None, 0, "", "pending", (0, 0), "")
"""Stands for what a case is until its head is read; heads are never deleted, so it is never written."""


def _claim(connection: Connection, batch: PieceBatch) -> list[Written]:
    """Claim the numbers of all cases; those that are known are judged against what is held of them."""
    fresh = {case.case_no: case for case in batch.settled}
    firsts = {number: case.after for number, case in fresh.items()}
    ids, heads = claim(connection, batch, firsts | dict.fromkeys(batch.pieces, _UNREAD))
    missing = [number for number in batch.pieces if number not in heads]
    if missing:
        raise RuntimeError(f"the head of {batch.system}/{missing[0]} has vanished")
    cases = [(ids[number], case) for number, case in fresh.items() if number not in heads]
    if not heads:
        return cases
    known = histories(connection, sorted(ids[number] for number in heads))
    whole = _whole(connection, sorted(ids[number] for number in heads))
    for number in sorted(heads):
        case_id = ids[number]
        pieces = batch.pieces.get(number) or batch.again(number)
        held = known.get(case_id) or History({}, {})
        settled = settle(number, pieces, batch.assemble, heads[number], held, whole=case_id in whole)
        cases.append((case_id, settled))
    return cases


def _whole(connection: Connection, ids: Sequence[int]) -> set[int]:
    """Those of the cases that were sent as whole cases before."""
    table = exchange.fragment
    rows = connection.execute(
        select(table.c.case_id).where(among(connection, table.c.case_id, ids), table.c.kind == "case")
    )
    return set(rows.scalars())


def _write_pieces(connection: Connection, batch: PieceBatch, cases: Iterable[Written]) -> None:
    lines = [
        f"{case_id}\t{batch.package}\t{case.last}\t{bulk.escape(case.body)}"
        for case_id, case in cases
        if case.body
    ]
    bulk.load(connection, exchange.case_pieces, lines)


def _write_cases(connection: Connection, batch: PieceBatch, cases: Iterable[Written]) -> None:
    versions, content, old, heads = [], {}, {}, {}
    for case_id, case in cases:
        after = case.after
        if after is case.head:
            continue
        last = max(ordinal for ordinal, _ in case.outcomes)
        versions.append(
            f"{case_id}\t{after.version}\t{after.digest}\t{after.state}\t{batch.package}\t{last}\t{batch.at}"
        )
        content[case_id] = case.assembled.lines
        if case.head is not None:
            old[case_id] = after.version
            heads[case_id] = after
    bulk.load(connection, exchange.case_version, versions)
    replace_rows(connection, content, old)
    update_heads(connection, batch, heads)


def _write_waiting(connection: Connection, batch: PieceBatch, cases: Sequence[Written]) -> None:
    """Note what each case waits for, since when; a case that waits for nothing has no row."""
    table = exchange.waiting_case
    old = [case_id for case_id, case in cases if case.head is not None]
    since: dict[int, int] = {}
    if old:
        rows = connection.execute(
            select(table.c.case_id, table.c.since_at).where(among(connection, table.c.case_id, old))
        )
        since = {row.case_id: row.since_at for row in rows}
        if since:
            connection.execute(delete(table).where(among(connection, table.c.case_id, sorted(since))))
    lines = []
    for case_id, case in cases:
        found = case.assembled
        if found.missing or found.waiting:
            missing = json.dumps(list(found.missing), ensure_ascii=False)
            pieces = json.dumps(sorted(found.waiting), ensure_ascii=False)
            lines.append(bulk.line(case_id, since.get(case_id, batch.at), missing, pieces))
    bulk.load(connection, table, lines)


def _write_outcomes(connection: Connection, batch: PieceBatch, cases: Iterable[Written]) -> None:
    refused = list(batch.refused)
    outcomes: list[tuple[int, str]] = []
    for case_id, case in cases:
        refused += case.conflicts
        outcomes += _outcome_lines(batch.package, case_id, case)
    outcomes += [
        (item.ordinal, outcome_line(batch.package, item.ordinal, _rejected(item))) for item in batch.refused
    ]
    outcomes.sort()
    bulk.load(connection, exchange.case_outcome, [line for _, line in outcomes])
    write_rejections(connection, batch.package, refused)


def _outcome_lines(package: int, case_id: int, case: Settled) -> list[tuple[int, str]]:
    """Ordinal and record line for each piece of a case: the same in all of them but for these two."""
    number, tail = bulk.escape(case.case_no), f"{case_id}\t{case.after.version}"
    return [
        (
            ordinal,
            f"{package}\t{ordinal}\t{number}\t{outcome}\t{'CASE_CONFLICT' if outcome == 'conflict' else ''}\t{tail}",
        )
        for ordinal, outcome in case.outcomes
    ]


def _rejected(item: Rejection) -> Outcome:
    return Outcome(item.ordinal, item.case_no, "rejected", codes_of(item.violations))
