"""Kill points: counts what a worker does, phase by phase, writes each step down, and ends the process at a chosen one.

| phase | the worker is |
|---|---|
| claim | taking a file: between the system calls of claim, raw store and acknowledgement, and around the commit between |
| transaction | inside a transaction of the central database: after a statement, within a COPY, before COMMIT |
| commit | behind a commit, its receipt not yet on its way |
| delivery | writing receipt or refused file back: between the system calls, and until the delivery is noted |

Nothing is simulated: the calls happen as they would, and SIGKILL is the kernel's.
"""

from __future__ import annotations

import os
import re
import signal
import threading
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

PHASES = ("claim", "transaction", "commit", "delivery")
SYSTEM_CALLS = ("open", "write", "fsync", "rename", "replace", "link", "unlink", "mkdir")
_WRITTEN = re.compile(r'\s*(?:INSERT INTO|UPDATE|DELETE FROM)\s+"?(\w+)', re.I)
_write, _open = os.write, os.open


class Points:
    """The steps of one worker. `stage` is where its main thread is: process, claim or delivery."""

    def __init__(self, phase: str, number: int, trace: Path) -> None:
        self.phase, self.number = phase, number
        self.stage = "process"
        self.tables: set[str] = set()  # written in the transaction that is open
        self._counts: Counter[str] = Counter()
        self._lock = threading.Lock()
        self._trace = _open(trace, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)

    def reached(self, phase: str, what: str) -> None:
        """A step is done; if it is the chosen one, the process ends here and now."""
        with self._lock:
            self._counts[phase] += 1
            _write(self._trace, f"{phase}\t{what}\n".encode())
            if phase == self.phase and self._counts[phase] == self.number:
                os.kill(os.getpid(), signal.SIGKILL)

    def wrote(self, table: str, how: str) -> None:
        """A statement of the open transaction is done."""
        self.tables.add(table)
        self.reached("transaction", f"after {how} {table}")

    def committed(self) -> None:
        """A transaction is committed."""
        tables, self.tables = self.tables, set()
        if self.stage == "delivery":
            self.reached("delivery", "after COMMIT of the delivery")
            self.stage = "process"
        elif self.stage == "claim":
            self.reached("claim", "after COMMIT of the arrival")
        elif tables & {"package", "case_outcome", "receipt"}:
            what = next(name for name in ("receipt", "case_outcome", "package") if name in tables)
            self.reached("commit", f"after COMMIT of {what}")


def install(points: Points) -> None:
    """Put the points around database, bulk load, connector and system calls of this process."""
    _around_database(points)
    _around_connector(points)
    for name in SYSTEM_CALLS:
        _around_call(points, name)


def _around_database(points: Points) -> None:
    import psycopg
    from sqlalchemy import Engine, event
    from sqlalchemy.engine.default import DefaultDialect

    from hub.central import bulk

    def executed(_c: Any, _cursor: Any, statement: str, _p: Any, _context: Any, _many: bool) -> None:
        found = _WRITTEN.match(statement)
        if found:
            points.wrote(found[1], statement.split()[0].upper())

    def committing(_connection: Any) -> None:
        if points.tables:
            points.reached("transaction", "before COMMIT")

    event.listen(Engine, "after_cursor_execute", executed)
    event.listen(Engine, "commit", committing)
    commit: Any = DefaultDialect.do_commit
    load, copy = bulk.load, psycopg.Copy.write

    def do_commit(self: Any, connection: Any) -> None:
        commit(self, connection)
        points.committed()

    def loading(connection: Any, table: Any, lines: Any) -> None:
        load(connection, table, lines)
        if lines:
            points.wrote(table.name, "bulk load of")

    def copying(self: Any, data: Any) -> None:
        copy(self, data)
        points.reached("transaction", "within COPY")

    setattr(DefaultDialect, "do_commit", do_commit)  # noqa: B010 - the type is closed, the process is ours
    setattr(bulk, "load", loading)  # noqa: B010
    setattr(psycopg.Copy, "write", copying)  # noqa: B010


def _around_connector(points: Points) -> None:
    from connectors.directory import DirectoryConnector

    def staged(name: str, stage: str, before: Callable[[], None], after: str) -> None:
        inner = getattr(DirectoryConnector, name)

        def outer(self: Any, *args: Any) -> Any:
            before()
            points.stage = stage
            result = inner(self, *args)
            points.reached(stage, f"{name} done")
            points.stage = after
            return result

        setattr(DirectoryConnector, name, outer)

    def stored() -> None:
        points.reached("commit", "receipt stored, delivery not begun")

    staged("claim", "claim", lambda: None, "claim")
    staged("acknowledge", "claim", lambda: None, "process")
    staged("release", "claim", lambda: None, "process")
    staged("refuse", "delivery", stored, "delivery")
    staged("deliver", "delivery", stored, "delivery")


def _around_call(points: Points, name: str) -> None:
    inner = getattr(os, name)

    def outer(*args: Any, **kwargs: Any) -> Any:
        stage = points.stage
        if stage == "process" or threading.current_thread() is not threading.main_thread():
            return inner(*args, **kwargs)
        points.reached(stage, f"before {name}")
        result = inner(*args, **kwargs)
        points.reached(stage, f"after {name}")
        return result

    setattr(os, name, outer)
