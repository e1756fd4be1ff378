"""Fresh SQLite files with the hub's tables, as trials need them."""

from __future__ import annotations

import itertools
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from hub.central.engine import create_engine
from hub.central.upgrade import upgrade


class SqliteDatabases:
    """Copies of one migrated file, below `folder`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._numbers = itertools.count(1)

    @contextmanager
    def fresh(self) -> Iterator[str]:
        """The address of a database with empty tables."""
        self._folder.mkdir(parents=True, exist_ok=True)
        template = self._folder / "template.db"
        if not template.exists():
            engine = create_engine(f"sqlite:///{template}")
            upgrade(engine)
            engine.dispose()
        file = self._folder / f"{next(self._numbers)}.db"
        shutil.copyfile(template, file)
        yield f"sqlite:///{file}"
