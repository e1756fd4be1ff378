"""Judging a range of cases on PostgreSQL: the tables of cases narrowed to that range, and the settings that suit it.

A rule joins the tables of cases by the case's id. How many cases are judged the planner sees; that their ids lie side by side
it does not, and of tables of millions of cases it would read all of each, or look each case up by itself, a hundred times.
So the connection is given temporary views of the tables' own names, with the range as a constant: each statement then
reads that part of each table alone, once. On other databases nothing is done: they look cases up by their ids.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, text

from hub.central.tables import metadata
from hub.central.tables.business import case_watch

WORK_MEM = "64MB"
"""Enough for what a chunk of cases is sorted and hashed by; the usual 4 MB go through files."""
ALL_AT_ONCE = "16MB"
"""For statements that join many tables over the cases of months, in no chunks: each join may take this much, twice over."""
SAMPLES = 10
"""PostgreSQL looks at 300 rows of a table for each."""


def suit(connection: Connection, memory: str = WORK_MEM) -> None:
    """Settings for this transaction."""
    if connection.dialect.name == "postgresql":
        # Compiling these statements takes longer than running them.
        connection.execute(text("SET LOCAL jit = off"))
        connection.execute(text(f"SET LOCAL work_mem = '{memory}'"))
        # A disk's price for looking up a row (4) has what changed, a thousandth of all, walked for through whole tables.
        connection.execute(text("SET LOCAL random_page_cost = 1.1"))
        # The usual 100 has ANALYZE read all of every temporary table, which takes as long as judging by a rule.
        connection.execute(text(f"SET LOCAL default_statistics_target = {SAMPLES}"))


@contextmanager
def narrowed(connection: Connection, chunk: tuple[int, int] | None) -> Iterator[None]:
    """Within the block, one transaction, the tables of cases hold those with ids in (after, upto] only; None leaves them.

    A transaction that fails takes the views with it.
    """
    if chunk is None or connection.dialect.name != "postgresql":
        yield
        return
    after, upto = chunk
    for name, column in _by_case().items():
        # While the view is not there yet, its name is still that of the table.
        connection.execute(
            text(
                f"CREATE TEMPORARY VIEW {name} AS SELECT * FROM {name} WHERE {column} > {after} AND {column} <= {upto}"
            )
        )
    yield
    connection.execute(text(f"DROP VIEW {', '.join(f'pg_temp.{name}' for name in _by_case())}"))


def _by_case() -> dict[str, str]:
    """The tables whose key begins with a case's id: table → column."""
    found = {"case_head": "id"}
    for table in metadata.sorted_tables:
        first = next(iter(table.primary_key.columns), None)
        if first is not None and first.name == "case_id" and table is not case_watch:
            found[table.name] = "case_id"
    return found
