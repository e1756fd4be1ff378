"""A PostgreSQL server of the benchmark's own: the one the tests start, in its own folder and on a free port."""

from __future__ import annotations

import importlib.util
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
def databases() -> Iterator[Databases]:
    """A running server for the length of the block."""
    with _support().running_server() as server:
        yield Databases(server)


def _support() -> ModuleType:
    """tests/support/postgres.py by its place: `tests` is no package that could be imported from everywhere."""
    name = "suphub_bench_postgres"
    if name not in sys.modules:
        spec = importlib.util.spec_from_file_location(name, CHECKOUT / "tests" / "support" / "postgres.py")
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        sys.modules[name] = module
        spec.loader.exec_module(module)
    return sys.modules[name]
