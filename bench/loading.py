"""Bare loading: record lines straight into the keyed tables by COPY, a batch a transaction; and digests of what lies there."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

from sqlalchemy import Connection, Engine, Table, text

from bench.reading import BareReader, Lines, RowDigest, Timing
from hub.central import bulk
from hub.central.caserows import CASE_TABLES
from hub.central.engine import reading, writing
from hub.central.tables import metadata
from hub.pipeline.reader import parts
from hub.register import Registration

HELPER = "bench_head"
"""Case numbers of a bare load by case id, written after the clock has stopped: only digests need them."""


def load_bare(engine: Engine, registration: Registration, document: Path) -> tuple[Timing, str]:
    """Parse, validate, shred and COPY a package into the case tables; no log, outcome, version, receipt."""
    timing, digest = Timing(), RowDigest()
    numbers: list[str] = []
    with timing.running():
        reader = BareReader(registration, document)
    for part in parts(reader.survey):
        with timing.running():
            cases = reader.read(part)
            with writing(engine) as connection:
                _copy(connection, cases, len(numbers) + 1)
        numbers += [case_no for case_no, _ in cases]
        timing.accepted += len(cases)
        timing.rejected += part.last - part.first + 1 - len(cases)
        for case_no, lines in cases:
            digest.add(case_no, lines)
    with writing(engine) as connection:
        connection.execute(text(f"CREATE TABLE {HELPER} (id BIGINT PRIMARY KEY, case_no VARCHAR(50))"))
        values = [{"id": number, "no": case_no} for number, case_no in enumerate(numbers, 1)]
        connection.execute(text(f"INSERT INTO {HELPER} VALUES (:id, :no)"), values)
    return timing, digest.hex()


def _copy(connection: Connection, cases: Sequence[tuple[str, Lines]], first: int) -> None:
    lines: dict[str, list[str]] = defaultdict(list)
    for case_id, (_, tables) in enumerate(cases, first):
        prefix = f"{case_id}\t"
        for name, records in tables.items():
            lines[name] += [prefix + record for record in records]
    for name in CASE_TABLES:
        bulk.load(connection, metadata.tables[name], lines[name])


def table_digests(engine: Engine, heads: str) -> dict[str, tuple[int, str]]:
    """Rows and an order-free digest per case table on PostgreSQL, the case's number in place of its id."""
    with reading(engine) as connection:
        return {name: _digest(connection, metadata.tables[name], heads) for name in CASE_TABLES}


def _digest(connection: Connection, table: Table, heads: str) -> tuple[int, str]:
    columns = ", ".join(f't."{column.name}"' for column in table.columns if column.name != "case_id")
    statement = f"""
        SELECT count(*), coalesce(sum(hashtextextended(row(h.case_no, {columns})::text, 0)::numeric), 0)
        FROM "{table.name}" t LEFT JOIN {heads} h ON h.id = t.case_id
    """
    rows, digest = connection.execute(text(statement)).one()
    return int(rows), str(digest)
