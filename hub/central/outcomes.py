"""What became of each case of a package: its outcome, and for a refused one the reasons and the bytes."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence

from sqlalchemy import Connection, select

from hub.central import bulk
from hub.central.tables import exchange
from hub.shapes import Outcome, Rejection, Violation


def known_outcomes(connection: Connection, package: int, first: int, last: int) -> list[Outcome]:
    """The outcomes that a batch has already been given, or none."""
    table = exchange.case_outcome
    rows = connection.execute(
        select(table)
        .where(table.c.package == package, table.c.ordinal.between(first, last))
        .order_by(table.c.ordinal)
    )
    return [
        Outcome(
            row.ordinal,
            row.case_no,
            row.outcome,
            tuple(filter(None, row.codes.split(","))),
            row.case_id,
            row.version,
        )
        for row in rows
    ]


def codes_of(violations: Iterable[Violation]) -> tuple[str, ...]:
    """The distinct codes of the errors among violations, sorted."""
    return tuple(sorted({v.code for v in violations if v.severity == "error"}))


def write_outcomes(connection: Connection, package: int, outcomes: Iterable[Outcome]) -> None:
    """Write outcomes; they never change."""
    bulk.load(
        connection,
        exchange.case_outcome,
        [outcome_line(package, o.ordinal, o) for o in outcomes],
    )


def write_outcomes_of(connection: Connection, outcomes: Iterable[tuple[int, int, Outcome]]) -> None:
    """The same for several packages: package and ordinal of each outcome beside it."""
    bulk.load(connection, exchange.case_outcome, [outcome_line(*each) for each in outcomes])


def outcome_line(package: int, ordinal: int, o: Outcome) -> str:
    """The record line of an outcome."""
    case_no = "\\N" if o.case_no is None else bulk.escape(o.case_no)
    case_id = "\\N" if o.case_id is None else o.case_id
    version = "\\N" if o.version is None else o.version
    return f"{package}\t{ordinal}\t{case_no}\t{o.outcome}\t{','.join(o.codes)}\t{case_id}\t{version}"


def write_rejections(connection: Connection, package: int, refused: Sequence[Rejection]) -> None:
    """Write the reasons of refused cases, and their bytes into quarantine."""
    if not refused:
        return
    bulk.load(
        connection,
        exchange.rejection,
        [
            bulk.line(
                package,
                item.ordinal,
                number,
                item.case_no,
                v.line,
                _cut(v.xpath, 500),
                _cut(v.field, 100),
                _cut(v.value, 500),
                v.severity,
                v.code,
                json.dumps(dict(v.params), ensure_ascii=False, sort_keys=True),
            )
            for item in refused
            for number, v in enumerate(item.violations, 1)
        ],
    )
    connection.execute(
        exchange.quarantine.insert(),
        [{"package": package, "ordinal": item.ordinal, "content": item.content} for item in refused],
    )


def _cut(text: str | None, length: int) -> str | None:
    """A case may hold names and values of any length; a place or an example of one needs no more than this."""
    return text if text is None or len(text) <= length else text[: length - 1] + "…"
