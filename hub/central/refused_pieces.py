"""Refused rows and stage messages, each with what it spoke of (kind and key), and the package that mended it.

A row that is refused is mended by a later one of the same kind and key that is accepted, or by one that withdraws the
whole case; other rows of the case say nothing of it. The mark is written in the transaction of the row that mends.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence

from sqlalchemy import Connection, bindparam, insert, select, update

from hub.central.piece_cases import Settled
from hub.central.piece_rows import Key
from hub.central.sets import among
from hub.central.tables.exchange import case_head, case_outcome, case_pieces, refused_piece
from hub.shapes import Rejection

TAKEN = ("accepted", "pending")
"""What has become of a piece that says something new: a pending one waits for others, it is not refused."""
Said = tuple[Key | None, int]
"""Kind and key of a piece that was taken, None where it withdraws the whole case; its ordinal."""


def keep_and_mend(
    connection: Connection, package: int, system: str, refused: Sequence[Rejection], cases: Iterable[Settled]
) -> None:
    """Keep what a batch refused of pieces, and mark what its accepted pieces mend of what was refused before."""
    settled = {case.case_no: case for case in cases}
    named = {
        item.ordinal: (item.case_no, item.key)
        for item in refused
        if item.case_no is not None and item.key is not None
    }
    if named:
        _keep(connection, package, system, named, settled)
    if settled and _any_open(connection, system):
        _mend(connection, package, system, settled)


def _keep(
    connection: Connection,
    package: int,
    system: str,
    named: Mapping[int, tuple[str, Key]],
    settled: Mapping[str, Settled],
) -> None:
    later = _later(connection, package, system, sorted({case_no for case_no, _ in named.values()}))
    rows = []
    for ordinal, (case_no, key) in named.items():
        here = _taken(settled[case_no]) if case_no in settled else ()
        mended = package if any(o > ordinal and k in (key, None) for k, o in here) else None
        if mended is None:
            mended = min((p for p, k in later.get(case_no, ()) if k in (key, None)), default=None)
        rows.append(
            {"package": package, "ordinal": ordinal, "system": system, "case_no": case_no, "kind": key[0],
             "source_key": key[1], "mended_by": mended}
        )  # fmt: skip
    connection.execute(insert(refused_piece), rows)


def _taken(case: Settled) -> Iterator[Said]:
    """The pieces of a batch that were accepted."""
    ordinals = {ordinal for ordinal, outcome in case.outcomes if outcome in TAKEN}
    return ((key, ordinal) for key, ordinal in _said(case.body) if ordinal in ordinals)


def _said(body: str) -> Iterator[Said]:
    """What a body holds of pieces, without those that were only said again."""
    for kind, key, _, _, operation, root, ordinal, _, part in json.loads(body) if body else ():
        if not isinstance(part, str):
            yield (None if root and operation == "D" else (kind, key)), ordinal


def _later(
    connection: Connection, package: int, system: str, case_nos: Sequence[str]
) -> dict[str, list[tuple[int, Key | None]]]:
    """Case → packages taken after this one, but processed before it, and what they said: a killed worker comes back late."""
    rows = connection.execute(
        select(case_head.c.case_no, case_pieces.c.package, case_pieces.c.body, case_outcome.c.ordinal)
        .join(case_pieces, case_pieces.c.case_id == case_head.c.id)
        .join(case_outcome, case_outcome.c.package == case_pieces.c.package)
        .where(
            case_head.c.system == system,
            among(connection, case_head.c.case_no, case_nos),
            case_pieces.c.package > package,
            case_outcome.c.case_id == case_head.c.id,
            case_outcome.c.outcome.in_(TAKEN),
        )
    )
    found: dict[str, list[tuple[int, Key | None]]] = {}
    for row in rows:
        said = [(row.package, key) for key, ordinal in _said(row.body) if ordinal == row.ordinal]
        found.setdefault(row.case_no, []).extend(said)
    return found


def _any_open(connection: Connection, system: str) -> bool:
    statement = select(refused_piece.c.package).where(
        refused_piece.c.system == system, refused_piece.c.mended_by.is_(None)
    )
    return connection.execute(statement.limit(1)).first() is not None


def _mend(connection: Connection, package: int, system: str, settled: Mapping[str, Settled]) -> None:
    rows = connection.execute(
        select(refused_piece).where(
            refused_piece.c.system == system,
            refused_piece.c.mended_by.is_(None),
            among(connection, refused_piece.c.case_no, sorted(settled)),
            refused_piece.c.package < package,
        )
    )
    taken: dict[str, set[Key | None]] = {}
    mended = []
    for row in rows:
        said = taken.setdefault(row.case_no, {key for key, _ in _taken(settled[row.case_no])})
        if said & {(row.kind, row.source_key), None}:
            mended.append({"of": row.package, "at": row.ordinal})
    if mended:
        connection.execute(
            update(refused_piece)
            .where(refused_piece.c.package == bindparam("of"), refused_piece.c.ordinal == bindparam("at"))
            .values(mended_by=package),
            mended,
        )
