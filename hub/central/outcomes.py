"""What became of each case of a package: its outcome, and for a refused one the reasons and the bytes."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from sqlalchemy import Connection, Row, func, select

from hub.central import bulk
from hub.central.sets import among
from hub.central.tables import exchange
from hub.shapes import OUTCOMES, Outcome, Rejection, Violation


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


def counts(connection: Connection, package: int) -> dict[str, int]:
    """How many cases of a package became what; the outcomes' sum is the cases received."""
    table = exchange.case_outcome
    rows = connection.execute(
        select(table.c.outcome, func.count()).where(table.c.package == package).group_by(table.c.outcome)
    )
    found = {outcome: int(number) for outcome, number in rows}
    return {outcome: found.get(outcome, 0) for outcome in OUTCOMES}


def outcomes(connection: Connection, package: int) -> Iterator[Row[Any]]:
    """The outcomes of a package in order, streamed: ordinal, case_no, outcome, codes, version."""
    table = exchange.case_outcome
    columns = (table.c.ordinal, table.c.case_no, table.c.outcome, table.c.codes, table.c.version)
    statement = select(*columns).where(table.c.package == package).order_by(table.c.ordinal)
    yield from connection.execute(statement.execution_options(yield_per=5000))


def contents(connection: Connection, ids: Sequence[int]) -> Iterator[Row[Any]]:
    """The versions of cases that these packages made, streamed: package, case_no, version, digest, state, ordinal, known_at.

    In the order of packages, and in each of cases (as the hub numbers them) and versions.
    """
    outcome, version = exchange.case_outcome, exchange.case_version
    made = (
        (version.c.case_id == outcome.c.case_id)
        & (version.c.version == outcome.c.version)
        & (version.c.package == outcome.c.package)
    )
    of_version = (version.c.version, version.c.digest, version.c.state, version.c.ordinal, version.c.known_at)
    columns = (outcome.c.package, outcome.c.case_no, *of_version)
    statement = (
        select(*columns, version.c.case_id)
        .join(version, made)
        .where(among(connection, outcome.c.package, ids))
        .distinct()
        .order_by(outcome.c.package, version.c.case_id, version.c.version)
    )
    yield from connection.execute(statement.execution_options(yield_per=5000))


def refused_cases(connection: Connection, package: int) -> Iterator[Row[Any]]:
    """The errors of a package's refused cases in order, streamed."""
    table = exchange.rejection
    statement = (
        select(table)
        .where(table.c.package == package, table.c.severity == "error")
        .order_by(table.c.ordinal, table.c.number)
    )
    yield from connection.execute(statement.execution_options(yield_per=1000))
