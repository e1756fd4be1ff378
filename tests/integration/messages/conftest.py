"""An outbox on every kind of database, or on SQLite alone, and an HTTP server that takes what leaves it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine

from tests.support.message_servers import Desk, http_desk
from tests.support.outgoing import Post


@pytest.fixture
def post(every_engine: Engine) -> Post:
    return Post(every_engine)


@pytest.fixture
def light_post(sqlite_engine: Engine) -> Post:
    return Post(sqlite_engine)


@pytest.fixture
def desk() -> Iterator[Desk]:
    with http_desk() as desk:
        yield desk
