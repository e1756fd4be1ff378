"""Heads of cases against outcomes, versions and fragments; cases that should be there, and rows of none."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import Connection, exists, select

from hub.audit.findings import NOTHING, Bounds, Difference
from hub.central.caserows import CASE_TABLES
from hub.central.tables import exchange, metadata

CHUNK = 500


def unplaced(connection: Connection, bounds: Bounds) -> Iterator[Difference]:
    """Heads that no outcome has made, or whose version is another one than the newest outcome tells; and rows of no case."""
    if bounds.of_time:
        return
    outcome, head, version = exchange.case_outcome, exchange.case_head, exchange.case_version
    of = head.c.system == bounds.system if bounds.system is not None else head.c.id > 0
    newest = (version.c.case_id == head.c.id) & (version.c.version == head.c.version)
    made = (outcome.c.package == version.c.package) & (outcome.c.ordinal == version.c.ordinal)
    nowhere = (
        select(head.c.system, head.c.case_no, head.c.version)
        .select_from(head.outerjoin(version, newest).outerjoin(outcome, made))
        .where(
            of,
            outcome.c.package.is_(None)
            | (outcome.c.case_no != head.c.case_no)
            | (outcome.c.case_id != head.c.id),
        )
        .order_by(head.c.id)
    )
    for row in connection.execute(nowhere.execution_options(yield_per=CHUNK)):
        yield Difference(
            "case",
            "case_head",
            f"{row.system}/{row.case_no}",
            "version",
            NOTHING,
            str(row.version),
            "unknown",
        )
    later = (
        select(head.c.system, head.c.case_no, head.c.version, outcome.c.version.label("told"))
        .join(outcome, (outcome.c.case_id == head.c.id) & (outcome.c.version > head.c.version))
        .where(of)
        .order_by(head.c.id)
    )
    for row in connection.execute(later.execution_options(yield_per=CHUNK)):
        yield Difference(
            "case",
            "case_head",
            f"{row.system}/{row.case_no}",
            "version",
            str(row.told),
            str(row.version),
            "changed",
        )
    yield from _misplaced(connection, bounds)
    yield from _headless(connection, bounds)


def _misplaced(connection: Connection, bounds: Bounds) -> Iterator[Difference]:
    """Heads of whole cases that do not stand where their newest fragment has put them: a later message would be misjudged.

    Where only the serials of packages order the messages, the same content in a later package moves a head on.
    """
    head, piece = exchange.case_head, exchange.case_pieces
    one, newer = exchange.fragment.alias(), exchange.fragment.alias()
    same = (one.c.case_id == head.c.id) & (one.c.kind == "case") & (one.c.basis == head.c.basis)
    stands = same & (one.c.raw_digest == head.c.raw_digest)
    stands &= (one.c.value == head.c.value) | ((head.c.basis == 0) & (one.c.value <= head.c.value))
    later = (newer.c.basis > head.c.basis) | (
        (newer.c.basis == head.c.basis) & (newer.c.value > head.c.value)
    )
    beyond = (newer.c.case_id == head.c.id) & (newer.c.kind == "case") & later
    wanted = (
        select(head.c.system, head.c.case_no, head.c.basis, head.c.value)
        .where(
            head.c.system == bounds.system if bounds.system is not None else head.c.id > 0,
            ~exists().where(stands) | exists().where(beyond),
            ~exists().where(
                piece.c.case_id == head.c.id
            ),  # it came in pieces, which have places of their own
        )
        .order_by(head.c.id)
    )
    for row in connection.execute(wanted.execution_options(yield_per=CHUNK)):
        name = f"{row.system}/{row.case_no}"
        yield Difference("case", "case_head", name, "value", NOTHING, f"{row.basis}/{row.value}", "derived")


def _headless(connection: Connection, bounds: Bounds) -> Iterator[Difference]:
    """Accepted cases that are not there, and rows of cases that are not."""
    outcome, head, package = exchange.case_outcome, exchange.case_head, exchange.package
    gone = (
        select(package.c.system, outcome.c.case_no, outcome.c.version)
        .select_from(
            outcome.join(package, package.c.id == outcome.c.package).outerjoin(
                head, head.c.id == outcome.c.case_id
            )
        )
        .where(outcome.c.outcome.in_(("accepted", "pending")), head.c.id.is_(None))
    )
    if bounds.system is not None:
        gone = gone.where(package.c.system == bounds.system)
    for row in connection.execute(gone.execution_options(yield_per=CHUNK)):
        yield Difference(
            "case", "case_head", f"{row.system}/{row.case_no}", "row", str(row.version), NOTHING, "gone"
        )
    if bounds.system is not None:
        return
    for name in CASE_TABLES:
        table = metadata.tables[name]
        stray = (
            select(table.c.case_id)
            .outerjoin(head, head.c.id == table.c.case_id)
            .where(head.c.id.is_(None))
            .distinct()
        )
        for case_id in connection.execute(stray.execution_options(yield_per=CHUNK)).scalars():
            yield Difference("case", name, str(case_id), "row", NOTHING, str(case_id), "unknown")
