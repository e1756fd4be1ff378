"""A PostgreSQL server of the benchmark's own: the one the tests start, in its own folder and on a free port."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Any

from bench.children import CHECKOUT
from hub.central.engine import create_engine
from hub.central.upgrade import upgrade


class Databases:
    """Fresh databases with the hub's tables, on one server."""

    def __init__(self, server: Any) -> None:
        self._server = server
        self._template = server.new_database()
        engine = create_engine(server.url(self._template))
        upgrade(engine)
        engine.dispose()

    @contextmanager
    def fresh(self) -> Iterator[str]:
        """The address of a database with empty tables; gone after the block."""
        name = self._server.new_database(template=self._template)
        with self._server.connect() as connection:
            connection.execute("CHECKPOINT")  # what lies behind is written out before the clock starts
        try:
            yield self._server.url(name)
        finally:
            self._server.drop_database(name)

    @contextmanager
    def careless(self) -> Iterator[None]:
        """Within the block the server syncs nothing: for filling tables, never while something is measured."""
        self._setting("fsync", "off")
        self._setting("max_wal_size", "'8GB'")
        try:
            yield
        finally:
            self._setting("fsync", "DEFAULT")
            self._setting("max_wal_size", "DEFAULT")
            with self._server.connect() as connection:
                connection.execute("CHECKPOINT")

    def _setting(self, name: str, value: str) -> None:
        with self._server.connect() as connection:
            connection.execute(f"ALTER SYSTEM SET {name} = {value}")
            connection.execute("SELECT pg_reload_conf()")


@contextmanager
def databases() -> Iterator[Databases]:
    """A running server for the length of the block."""
    with support("postgres").running_server() as server:
        yield Databases(server)


def support(module: str) -> ModuleType:
    """tests/support/<module>.py of this checkout, wherever the benchmark is started."""
    if str(CHECKOUT) not in sys.path:
        sys.path.append(str(CHECKOUT))
    return importlib.import_module(f"tests.support.{module}")
