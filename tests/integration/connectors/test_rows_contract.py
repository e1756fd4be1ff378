"""An exchange database keeps its own promises, too, on PostgreSQL and MariaDB."""

from __future__ import annotations

import pytest

from tests.support.exchange_database import FLAG, WATERMARK
from tests.support.pull_peers import RowsPeer, emptied
from tests.unit.connectors.test_contract_rows import *  # noqa: F403 - the same tests, with real servers behind

WAYS = {"flag": FLAG, "watermark": WATERMARK}


@pytest.fixture(params=WAYS)
def way(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(params=["postgres_shared", "maria_shared"])
def peer(request: pytest.FixtureRequest, way: str) -> RowsPeer:
    return RowsPeer(emptied(request.getfixturevalue(request.param)), WAYS[way])
