"""A seeded central database with one live system, made once per database kind and copied for each test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from hub.central.engine import create_engine, writing
from hub.central.upgrade import upgrade
from hub.supervision.seed import ensure_seeded
from tests.oracle.loading import register
from tests.support.mariadb import MariaServer
from tests.support.postgres import PostgresServer


@pytest.fixture(scope="session")
def seeded_postgres(postgres_server: PostgresServer, migrated_postgres: str) -> str:
    name = postgres_server.new_database(template=migrated_postgres)
    _seed(create_engine(postgres_server.url(name)))
    return name


@pytest.fixture(scope="session")
def seeded_sqlite(tmp_path_factory: pytest.TempPathFactory, migrated_sqlite: Path) -> Path:
    file = tmp_path_factory.mktemp("seeded") / "hub.db"
    file.write_bytes(migrated_sqlite.read_bytes())
    _seed(create_engine(f"sqlite:///{file}"))
    return file


@pytest.fixture
def supervised_postgres(postgres_server: PostgresServer, seeded_postgres: str) -> Iterator[Engine]:
    """Calendar and rules seeded, system land-bureau live, no cases; PostgreSQL."""
    name = postgres_server.new_database(template=seeded_postgres)
    engine = create_engine(postgres_server.url(name))
    yield engine
    engine.dispose()
    postgres_server.drop_database(name)


@pytest.fixture
def supervised_sqlite(seeded_sqlite: Path, tmp_path: Path) -> Iterator[Engine]:
    """The same on SQLite."""
    file = tmp_path / "hub.db"
    file.write_bytes(seeded_sqlite.read_bytes())
    engine = create_engine(f"sqlite:///{file}")
    yield engine
    engine.dispose()


@pytest.fixture
def supervised_mariadb(mariadb_server: MariaServer) -> Iterator[Engine]:
    """The same on MariaDB."""
    name = mariadb_server.new_database()
    engine = create_engine(mariadb_server.url(name))
    upgrade(engine)
    _seed(engine)
    yield engine
    engine.dispose()
    mariadb_server.drop_database(name)


@pytest.fixture(params=["postgresql", "mariadb"])
def supervised_server(request: pytest.FixtureRequest) -> Engine:
    """The same test on each server."""
    name = {"postgresql": "supervised_postgres", "mariadb": "supervised_mariadb"}[request.param]
    engine: Engine = request.getfixturevalue(name)
    return engine


@pytest.fixture(params=["sqlite", "postgresql"])
def supervised(request: pytest.FixtureRequest) -> Engine:
    """The same test on each database."""
    name = {"sqlite": "supervised_sqlite", "postgresql": "supervised_postgres"}[request.param]
    engine: Engine = request.getfixturevalue(name)
    return engine


@pytest.fixture(params=["sqlite", "postgresql", "mariadb"])
def any_supervised(request: pytest.FixtureRequest) -> Engine:
    """The same test on each database, MariaDB too."""
    engine: Engine = request.getfixturevalue(f"supervised_{request.param.replace('postgresql', 'postgres')}")
    return engine


def _seed(engine: Engine) -> None:
    with writing(engine) as connection:
        ensure_seeded(connection)
        register(connection)
    engine.dispose()
