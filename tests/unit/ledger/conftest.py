"""An embedded database in memory with the hub's tables (without triggers: tests tamper), and a written log."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Connection, Engine

# The checkout's root, so that `tests.support` can be imported whatever way pytest was called.
sys.path.insert(0, str(Path(__file__).resolve().parents[3]))

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
