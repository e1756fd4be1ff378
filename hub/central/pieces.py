"""One batch of pieces: rows or stage messages of at most 1,000 cases, in one transaction, written exactly once.

Each piece is judged against what is known of its key; the case is then assembled anew from the newest piece of each
key. A case that lacks its first elements is pending: it has a head and no rows. The protocol is that of `batch`:
outcomes with the data, case numbers claimed in their order, nothing looked at that has its outcome.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import Connection, bindparam, delete, select

from hub.central import bulk
from hub.central.caserows import replace_rows, update_heads
from hub.central.fold import Known, Verdict, judge
from hub.central.heads import claim, known_numbers
from hub.central.outcomes import codes_of, known_outcomes, write_outcomes, write_rejections
from hub.central.packages import find
from hub.central.sets import among
from hub.central.tables import exchange
from hub.shapes import Assembled, Outcome, Piece, Rejection, Violation

Key = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Held:
    """The newest piece of a key, as it is kept."""

    kind: str
    source_key: str
    rank: tuple[int, int]
    operation: str
    root: bool
    digest: str
    part: str
    package: int
    ordinal: int
    line: int
    raw_digest: str | None  # None: its order stands among the fragments already


Assemble = Callable[[Sequence[Held | Piece]], Assembled]
"""The newest pieces of a case, in the order of their keys → the case."""


@dataclass(frozen=True, slots=True)
class PieceBatch:
    """Pieces of one package with all others of their cases in it; `fingerprint` is of the schema and mapping used."""

    package: int
    system: str
    fingerprint: str
    items: Sequence[Piece | Rejection]
    at: int  # µs
    assemble: Assemble
    cases: dict[str, Case] = field(default_factory=dict)  # by number, once the batch is prepared


@dataclass(slots=True)
class Case:
    """A case under work: its pieces in this batch, what is held of each key, and what comes of it."""

    pieces: list[Piece]
    case_id: int | None = None
    head: Known | None = None
    whole: bool = False  # it was sent as a whole case before
    before: dict[Key, Held] = field(default_factory=dict)
    states: dict[Key, Known] = field(default_factory=dict)
    held: dict[Key, Held | Piece] = field(default_factory=dict)
    verdicts: list[Verdict[Piece]] = field(default_factory=list)
    assembled: Assembled = field(default_factory=lambda: Assembled("pending", ""))
    after: Known | None = None


def prepare(connection: Connection, batch: PieceBatch) -> None:
    """Judge and assemble those cases of a batch that nobody knows yet: the work that needs no transaction."""
    cases = batch.cases
    for item in batch.items:
        if isinstance(item, Piece):
            cases.setdefault(item.case_no, Case([])).pieces.append(item)
    known = known_numbers(connection, batch.system, list(cases))
    for number, case in cases.items():
        if number not in known:
            _judge(case, batch)


def store_pieces(connection: Connection, batch: PieceBatch) -> None:
    """Write a prepared batch; what has its outcomes is left as it is."""
    find(connection, batch.package, hold=True)
    first = min(item.ordinal for item in batch.items)
    if known_outcomes(connection, batch.package, first, first):
        return
    cases = batch.cases
    for case in cases.values():
        if case.after is None:
            case.after = _KNOWN  # judged once it is read
    _claim(connection, batch, cases)
    _write_pieces(connection, batch, cases.values())
    _write_cases(connection, batch, cases.values())
    _write_waiting(connection, batch, cases.values())
    _write_outcomes(connection, batch, cases.values())


_KNOWN = Known(None, 0, "", "pending", (0, 0), "")
"""Stands for what a case is until its head is read; heads are never deleted, so it is never written."""


def _judge(case: Case, batch: PieceBatch) -> None:
    """Judge the pieces of a case against what is known, and assemble the case."""
    states: dict[Key, Known] = dict(case.states)
    held: dict[Key, Held | Piece] = dict(case.before)
    first: dict[Key, Piece] = {}
    case.verdicts = []
    for piece in case.pieces:
        key = (piece.kind, piece.source_key)
        state = states.get(key)
        if state is None:
            if key not in first:  # nearly every piece: the first of its key
                first[key] = held[key] = piece
                case.verdicts.append(Verdict(piece, "accepted", stored=True, version=1))
                continue
            state = judge(None, first[key])[0]
        states[key], verdict = judge(state, piece)
        case.verdicts.append(verdict)
        if verdict.outcome == "accepted":
            held[key] = piece
    for key, state in states.items():
        newest = held[key]
        rank = newest.rank if isinstance(newest, Held) else newest.order.rank
        if rank != state.rank:  # said again later, with nothing but the serial to order it
            kept = newest if isinstance(newest, Held) else _held(newest, batch.package)
            held[key] = replace(kept, rank=state.rank, raw_digest=None)
    case.held = held
    case.assembled = found = batch.assemble([held[key] for key in sorted(held)])
    head = case.head
    if head is None:
        case.after = Known(None, 1, found.digest, found.state, (0, 0), "")
    elif (head.digest, head.state) == (found.digest, found.state) or (
        case.whole and found.state == "pending"
    ):
        # What came as a whole case stays until the pieces of it that come now make a case themselves.
        case.after = head
    else:
        case.after = replace(head, version=head.version + 1, digest=found.digest, state=found.state)


def _held(piece: Piece, package: int) -> Held:
    return Held(
        piece.kind, piece.source_key, piece.order.rank, piece.operation, piece.root, piece.digest, piece.part,
        package, piece.ordinal, piece.line, piece.raw_digest,
    )  # fmt: skip


def _claim(connection: Connection, batch: PieceBatch, cases: Mapping[str, Case]) -> None:
    """Claim the numbers of all cases; those that were known are read and judged again."""
    firsts = {number: case.after for number, case in cases.items() if case.after is not None}
    ids, known = claim(connection, batch, firsts)
    for number, case in cases.items():
        case.case_id, case.head = ids[number], known.get(number)
        if case.head is None and case.after is _KNOWN:
            raise RuntimeError(f"the head of {batch.system}/{number} has vanished")
    again = {case.case_id: case for case in cases.values() if case.head is not None}
    if not again:
        return
    _read_pieces(connection, again)
    for case in again.values():
        _judge(case, batch)


def _read_pieces(connection: Connection, cases: Mapping[int | None, Case]) -> None:
    ids = sorted(key for key in cases if key is not None)
    table, seen = exchange.piece, exchange.fragment
    for row in connection.execute(select(table).where(among(connection, table.c.case_id, ids))):
        key, rank = (row.kind, row.source_key), (row.basis, row.value)
        cases[row.case_id].before[key] = Held(
            row.kind, row.source_key, rank, row.operation, bool(row.root), row.digest, row.part, row.package,
            row.ordinal, row.line, row.raw_digest,
        )  # fmt: skip
        state = "deleted" if row.operation == "D" else "current"
        cases[row.case_id].states[key] = Known(None, 1, row.digest, state, rank, "", {rank: row.digest})
    columns = (seen.c.case_id, seen.c.kind, seen.c.source_key, seen.c.basis, seen.c.value, seen.c.digest)
    for row in connection.execute(select(*columns).where(among(connection, seen.c.case_id, ids))):
        case = cases[row.case_id]
        if row.kind == "case":
            case.whole = True
        else:
            case.states[row.kind, row.source_key].seen[row.basis, row.value] = row.digest


def _write_pieces(connection: Connection, batch: PieceBatch, cases: Iterable[Case]) -> None:
    fragments: list[str] = []
    lines, gone = [], []
    for case in cases:
        fragments += _fragment_lines(case, batch.package)
        for key, piece in case.held.items():
            if case.before.get(key) is piece:
                continue
            if key in case.before:
                gone.append({"of": case.case_id, "of_kind": key[0], "of_key": key[1]})
            if isinstance(piece, Held):
                (basis, value), package = piece.rank, piece.package
            else:
                basis, value, package = piece.order.basis, piece.order.value, batch.package
            lines.append(
                f"{case.case_id}\t{piece.kind}\t{bulk.escape(piece.source_key)}\t{basis}\t{value}\t{piece.operation}"
                f"\t{int(piece.root)}\t{piece.digest}\t{bulk.escape(piece.part)}\t{package}\t{piece.ordinal}\t{piece.line}"
                f"\t{piece.raw_digest or _NULL}"
            )
    bulk.load(connection, exchange.fragment, fragments)
    if gone:
        table = exchange.piece
        connection.execute(
            delete(table).where(
                table.c.case_id == bindparam("of"),
                table.c.kind == bindparam("of_kind"),
                table.c.source_key == bindparam("of_key"),
            ),
            gone,
        )
    bulk.load(connection, exchange.piece, lines)


_NULL = "\\N"


def _fragment_lines(case: Case, package: int) -> Iterator[str]:
    """The orders that were seen and that `piece` does not tell, or tells no longer."""
    for verdict in case.verdicts:
        piece = verdict.fragment
        if verdict.stored and case.held[piece.key] is not piece:
            yield _fragment_line(case, piece, piece.order.rank, piece.raw_digest, package)
    for key, before in case.before.items():
        if before.raw_digest is not None and case.held[key] is not before:
            yield _fragment_line(case, before, before.rank, before.raw_digest, before.package)


def _fragment_line(
    case: Case, piece: Piece | Held, rank: tuple[int, int], raw_digest: str, package: int
) -> str:
    return (
        f"{case.case_id}\t{piece.kind}\t{bulk.escape(piece.source_key)}\t{rank[0]}\t{rank[1]}\t{piece.operation}"
        f"\t{piece.digest}\t{raw_digest}\t{package}\t{piece.ordinal}"
    )


def _write_cases(connection: Connection, batch: PieceBatch, cases: Iterable[Case]) -> None:
    versions, content, old, heads = [], {}, {}, {}
    for case in cases:
        after, case_id = case.after, case.case_id
        assert after is not None
        assert case_id is not None
        if after is case.head:
            continue
        last = max(v.fragment.ordinal for v in case.verdicts)
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


def _write_waiting(connection: Connection, batch: PieceBatch, cases: Iterable[Case]) -> None:
    """Note what each case waits for, since when; a case that waits for nothing has no row."""
    touched = list(cases)
    table = exchange.waiting_case
    old = [case.case_id for case in touched if case.head is not None]
    since: dict[int, int] = {}
    if old:
        rows = connection.execute(
            select(table.c.case_id, table.c.since_at).where(among(connection, table.c.case_id, old))
        )
        since = {row.case_id: row.since_at for row in rows}
        if since:
            connection.execute(delete(table).where(among(connection, table.c.case_id, sorted(since))))
    lines = []
    for case in touched:
        found = case.assembled
        if found.missing or found.waiting:
            assert case.case_id is not None
            missing = json.dumps(list(found.missing), ensure_ascii=False)
            pieces = json.dumps(sorted(found.waiting), ensure_ascii=False)
            lines.append(bulk.line(case.case_id, since.get(case.case_id, batch.at), missing, pieces))
    bulk.load(connection, table, lines)


def _write_outcomes(connection: Connection, batch: PieceBatch, cases: Iterable[Case]) -> None:
    outcomes: dict[int, Outcome] = {}
    refused = [item for item in batch.items if isinstance(item, Rejection)]
    for case in cases:
        for verdict in case.verdicts:
            piece = verdict.fragment
            outcomes[piece.ordinal] = _outcome(case, verdict)
            if verdict.outcome == "conflict":
                refused.append(_conflict(piece))
    for item in batch.items:
        if isinstance(item, Rejection):
            outcomes[item.ordinal] = Outcome(
                item.ordinal, item.case_no, "rejected", codes_of(item.violations)
            )
    write_outcomes(connection, batch.package, [outcomes[ordinal] for ordinal in sorted(outcomes)])
    write_rejections(connection, batch.package, refused)


def _outcome(case: Case, verdict: Verdict[Piece]) -> Outcome:
    item, outcome = verdict.fragment, verdict.outcome
    found = case.assembled
    waits = found.state == "pending" or (bool(found.waiting) and item.key in found.waiting)
    if outcome == "accepted" and waits:
        outcome = "pending"
    codes = ("CASE_CONFLICT",) if outcome == "conflict" else ()
    version = case.after.version if case.after is not None else None
    return Outcome(item.ordinal, item.case_no, outcome, codes, case.case_id, version)


def _conflict(item: Piece) -> Rejection:
    violation = Violation(
        "CASE_CONFLICT", line=item.line, xpath=item.place or None, field=_ORDERED_BY[item.order.basis],
        value=item.order.shown, params={"version": item.order.shown},
    )  # fmt: skip
    return Rejection(item.ordinal, item.case_no, item.line, (violation,), item.content)


_ORDERED_BY = {2: "Case.DataVersion", 1: "Case.UpdatedAt", 0: "Head.Serial"}


def pieces_of(connection: Connection, case_id: int) -> list[dict[str, Any]]:
    """The newest pieces of a case by kind and key."""
    table = exchange.piece
    rows = connection.execute(
        select(table).where(table.c.case_id == case_id).order_by(table.c.kind, table.c.source_key)
    )
    return [dict(row._mapping) for row in rows]
