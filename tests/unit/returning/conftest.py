"""A seeded central database on SQLite, and the desk of one system's answers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, Engine

from hub.clock import now_us
from hub.ledger import chain
from hub.limits import load_limits
from hub.rawstore import RawStore
from hub.returning.judging import Desk
from tests.support.message import registration
from tests.support.seeded import copied


@pytest.fixture
def engine(tmp_path: Path, seeded_file: Path) -> Iterator[Engine]:
    with copied(seeded_file, tmp_path) as made:
        yield made


@pytest.fixture
def desk(engine: Engine, tmp_path: Path) -> Desk:
    def tell(connection: Connection, event: str, body: Mapping[str, Any], /) -> None:
        chain.append(connection, "hub", event, body, now_us())

    found = registration(connector={"kind": "memory"})
    return Desk(engine, RawStore(tmp_path / "raw"), found, load_limits({}), tell)
