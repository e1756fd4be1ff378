"""Databases for integration tests: SQLite files, and a real PostgreSQL server started once per run.

`postgres_url` is a fresh empty database, `postgres_engine`, `sqlite_engine` and `any_engine` have the hub's tables.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from hub.central.engine import create_engine
from hub.central.upgrade import upgrade
from tests.support.mariadb import MariaServer
from tests.support.mariadb import running_server as running_mariadb
from tests.support.postgres import UNSYNCED, PostgresServer, running_server


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    with running_server(*UNSYNCED) as server:
        yield server


@pytest.fixture(scope="session")
def mariadb_server() -> Iterator[MariaServer]:
    with running_mariadb() as server:
        yield server


@pytest.fixture(scope="session")
def migrated_postgres(postgres_server: PostgresServer) -> str:
    """The name of a database with the hub's tables, for copying."""
    name = postgres_server.new_database()
    _migrate(postgres_server.url(name))
    return name


@pytest.fixture(scope="session")
def migrated_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An SQLite file with the hub's tables, for copying."""
    file = tmp_path_factory.mktemp("migrated") / "hub.db"
    _migrate(f"sqlite:///{file}")
    return file


@pytest.fixture
def postgres_url(postgres_server: PostgresServer) -> Iterator[str]:
    """The address of a fresh, empty PostgreSQL database."""
    name = postgres_server.new_database()
    yield postgres_server.url(name)
    postgres_server.drop_database(name)


@pytest.fixture
def postgres_engine(postgres_server: PostgresServer, migrated_postgres: str) -> Iterator[Engine]:
    name = postgres_server.new_database(template=migrated_postgres)
    engine = create_engine(postgres_server.url(name))
    yield engine
    engine.dispose()
    postgres_server.drop_database(name)


@pytest.fixture
def sqlite_engine(tmp_path: Path, migrated_sqlite: Path) -> Iterator[Engine]:
    file = tmp_path / "central" / "hub.db"
    file.parent.mkdir()
    file.write_bytes(migrated_sqlite.read_bytes())
    engine = create_engine(f"sqlite:///{file}")
    yield engine
    engine.dispose()


@pytest.fixture
def mariadb_engine(mariadb_server: MariaServer) -> Iterator[Engine]:
    name = mariadb_server.new_database()
    _migrate(mariadb_server.url(name))
    engine = create_engine(mariadb_server.url(name))
    yield engine
    engine.dispose()
    mariadb_server.drop_database(name)


@pytest.fixture(params=["sqlite", "postgresql"])
def any_engine(request: pytest.FixtureRequest) -> Engine:
    """The same test on each database the hub runs on."""
    engine: Engine = request.getfixturevalue(
        {"sqlite": "sqlite_engine", "postgresql": "postgres_engine"}[request.param]
    )
    return engine


@pytest.fixture(params=["sqlite", "postgresql", "mariadb"])
def every_engine(request: pytest.FixtureRequest) -> Engine:
    """The same, on MariaDB too."""
    engine: Engine = request.getfixturevalue(
        {"sqlite": "sqlite_engine", "postgresql": "postgres_engine", "mariadb": "mariadb_engine"}[
            request.param
        ]
    )
    return engine


def _migrate(url: str) -> None:
    engine = create_engine(url)
    upgrade(engine)
    engine.dispose()
