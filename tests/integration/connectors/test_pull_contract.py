"""Sources without files keep every promise of a connector: rows on PostgreSQL and MariaDB, pages of PHP's and Node's SOAP servers."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.exchange_database import FLAG, WATERMARK
from tests.support.pull_peers import RowsPeer, emptied, pages_of
from tests.unit.connectors.test_contract_pull import *  # noqa: F403 - the same tests, with real servers behind

WAYS: dict[str, tuple[str, Any]] = {
    "postgresql-flag": ("postgres_shared", FLAG),
    "postgresql-watermark": ("postgres_shared", WATERMARK),
    "mariadb-flag": ("maria_shared", FLAG),
    "mariadb-watermark": ("maria_shared", WATERMARK),
    "php-document-1.1": ("php_server", "document/1.1"),
    "php-rpc-1.2": ("php_server", "rpc/1.2"),
    "node": ("node_server", "service"),
}


@pytest.fixture(params=WAYS)
def peer(request: pytest.FixtureRequest) -> Any:
    server, way = WAYS[request.param]
    found = request.getfixturevalue(server)
    return pages_of(found, way) if isinstance(way, str) else RowsPeer(emptied(found), way)
