"""Offices for complaints on a seeded SQLite file, on PostgreSQL and on MariaDB, each database made once for the module."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine

from hub.central.engine import create_engine, writing
from hub.central.upgrade import upgrade
from hub.supervision.seed import ensure_seeded
from tests.support.complaints import Office


@pytest.fixture(scope="module", params=["sqlite", "postgresql", "mariadb"])
def office(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """Calendar and rules seeded, no complaints; the tests of a module share it."""
    if request.param == "sqlite":
        file = tmp_path_factory.mktemp("office") / "hub.db"
        file.write_bytes(request.getfixturevalue("migrated_sqlite").read_bytes())
        engine: Engine = create_engine(f"sqlite:///{file}")
    elif request.param == "mariadb":
        server = request.getfixturevalue("mariadb_server")
        engine = create_engine(server.url(server.new_database()))
        upgrade(engine)
    else:
        server = request.getfixturevalue("postgres_server")
        name = server.new_database(template=request.getfixturevalue("migrated_postgres"))
        engine = create_engine(server.url(name))
    with writing(engine) as connection:
        ensure_seeded(connection)
    yield Office(engine)
    engine.dispose()
