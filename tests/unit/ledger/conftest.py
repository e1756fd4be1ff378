"""An embedded database in memory with the hub's tables (without triggers: tests tamper), and a written log."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import Connection, Engine

from hub.central.engine import create_engine, writing
from hub.central.tables import metadata


@pytest.fixture
def engine() -> Engine:
    made = create_engine("sqlite://")
    metadata.create_all(made)
    return made


@pytest.fixture
def connection(engine: Engine) -> Iterator[Connection]:
    with writing(engine) as writer:
        yield writer
