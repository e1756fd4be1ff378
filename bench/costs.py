"""Which statements of a run take the time: seconds of the clock, and of the database's processor, by what each is for."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import perf_counter
from typing import Any

from sqlalchemy import Engine, event

Costs = list[tuple[str, float, float, int]]
"""(what, seconds of the database's processor, seconds of the clock, executions), the dearest first.

On a busy machine the clock tells little. The processor's seconds are those of the server's process, which must be on this
machine; elsewhere they are 0.
"""

_TAG = re.compile(r"/\* (.+?) \*/")
_TABLE = re.compile(
    r"(INSERT INTO|DELETE FROM|UPDATE|ANALYZE|CREATE \w+(?: \w+)?|DROP \w+(?: IF EXISTS)?) (\w+)"
)
_PREFIX = re.compile(r"judge_(now|review)_(strict_)?")


@contextmanager
def counted(engine: Engine) -> Iterator[dict[str, list[float]]]:
    """Within the block every statement of the engine is timed: what → [processor, clock, executions]."""
    found: dict[str, list[float]] = defaultdict(lambda: [0.0, 0.0, 0])

    def before(connection: Any, *_: Any) -> None:
        connection.info["suphub_bench_since"] = (_processor(connection), perf_counter())

    def after(connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        entry = found[name_of(statement)]
        processor, clock = connection.info["suphub_bench_since"]
        entry[0] += _processor(connection) - processor
        entry[1] += perf_counter() - clock
        entry[2] += 1

    event.listen(engine, "before_cursor_execute", before)
    event.listen(engine, "after_cursor_execute", after)
    try:
        yield found
    finally:
        event.remove(engine, "before_cursor_execute", before)
        event.remove(engine, "after_cursor_execute", after)


def name_of(statement: str) -> str:
    """What a statement is for: what it says in a comment before it, else its table, else how it begins."""
    which = _PREFIX.search(statement)
    where = "" if which is None else f" ({which[1]}{' strict' if which[2] else ''})"
    tag = _TAG.match(statement)
    if tag is not None:
        return tag[1] + where
    table = _TABLE.match(statement)
    if table is not None:
        return f"{table[1]} {_PREFIX.sub('', table[2])}{where}"
    return " ".join(statement.split())[:60] + where


def dearest(found: dict[str, list[float]]) -> Costs:
    """All statements, those that took longest first."""
    rows = [(name, round(cpu, 3), round(wall, 3), int(times)) for name, (cpu, wall, times) in found.items()]
    return sorted(rows, key=lambda row: (-row[1], -row[2]))


def _processor(connection: Any) -> float:
    """Seconds that the server's process behind a connection has run."""
    try:
        pid = connection.connection.driver_connection.info.backend_pid
        return int(Path(f"/proc/{pid}/schedstat").read_text(encoding="ascii").split()[0]) / 1e9
    except OSError:
        return 0.0
