"""What PostgreSQL knows of the tables that are judged: brought up to date where they have outgrown it.

A planner that takes a table for empty, because nobody has looked at it since it was filled, reads it once for every case. The
server looks by itself a minute or more after a load; the first judging of what has just arrived comes sooner.
"""

from __future__ import annotations

from sqlalchemy import Connection, bindparam, text

from hub.central.tables import metadata

GROWN = 2
"""A table is looked at again once it is more than so many times as long as when it was looked at last. Short ones too: what a
flow of few steps is taken for decides how all steps of all cases are joined with it."""
# The server keeps the length that it saw in relpages.
_OUTGROWN = text(
    "SELECT c.relname FROM pg_class c WHERE c.relnamespace = CAST(CURRENT_SCHEMA() AS regnamespace) AND c.relkind = 'r'"
    " AND c.relname IN :names AND pg_relation_size(c.oid) > 0"
    " AND (pg_relation_size(c.oid) > :grown * c.relpages * CAST(CURRENT_SETTING('block_size') AS BIGINT)"
    " OR NOT EXISTS (SELECT 1 FROM pg_stats s WHERE s.schemaname = CURRENT_SCHEMA() AND s.tablename = c.relname))"
    " ORDER BY c.relname"
)


def look_at_what_has_grown(connection: Connection) -> list[str]:
    """Have the server look at tables that have outgrown what it knows of them; which these are. Other databases need none of it.

    It samples a bounded number of rows of each, and passes over a table that somebody else is looking at.
    """
    if connection.dialect.name != "postgresql":
        return []
    names = [table.name for table in metadata.sorted_tables]
    values = {"names": names, "grown": GROWN}
    found = connection.execute(_OUTGROWN.bindparams(bindparam("names", expanding=True)), values)
    grown = [str(name) for name in found.scalars()]
    for name in grown:
        connection.execute(text(f'ANALYZE (SKIP_LOCKED) "{name}"'))
    return grown
