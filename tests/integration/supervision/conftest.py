"""A seeded central database with one live system, on each database the hub runs on."""

from __future__ import annotations

import pytest
from sqlalchemy import Engine

from hub.central.engine import writing
from hub.supervision.seed import ensure_seeded
from tests.oracle.loading import register


@pytest.fixture
def supervised(any_engine: Engine) -> Engine:
    """Calendar and rules seeded, system land-bureau live, no cases."""
    return seed(any_engine)


@pytest.fixture
def supervised_postgres(postgres_engine: Engine) -> Engine:
    """The same on PostgreSQL only."""
    return seed(postgres_engine)


def seed(engine: Engine) -> Engine:
    with writing(engine) as connection:
        ensure_seeded(connection)
        register(connection)
    return engine
