"""A Web Service keeps its own promises, too, on PHP's and Node's SOAP servers."""

from __future__ import annotations

import pytest

from tests.support.pull_peers import PagesPeer, pages_of
from tests.unit.connectors.test_soap_contract import *  # noqa: F403 - the same tests, with real servers behind

WAYS = {
    "php-document-1.1": ("php_server", "document/1.1"),
    "php-rpc-1.2": ("php_server", "rpc/1.2"),
    "node": ("node_server", "service"),
}


@pytest.fixture(params=WAYS)
def peer(request: pytest.FixtureRequest) -> PagesPeer:
    server, path = WAYS[request.param]
    return pages_of(request.getfixturevalue(server), path)
