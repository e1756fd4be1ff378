"""Exchange databases on real servers, a fresh one for each test: `exchange` is all three, `maria_exchange` and so on are one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import URL, create_engine

from connectors.base import Access
from tests.support import mariadb, postgres
from tests.support.exchange_database import Exchange, sqlite_exchange
from tests.support.mariadb import MariaServer
from tests.support.postgres import PostgresServer
from tests.support.sshd import Sshd, running_server


@pytest.fixture(scope="session")
def sshd() -> Iterator[Sshd]:
    with running_server() as server:
        yield server


@pytest.fixture
def sqlite_file(tmp_path: Path) -> Exchange:
    return sqlite_exchange(tmp_path / "sqlite")


@pytest.fixture
def postgres_exchange(postgres_server: PostgresServer, tmp_path: Path) -> Iterator[Exchange]:
    name = postgres_server.new_database()
    access = Access(
        "land_exchange", "postgres", "127.0.0.1", postgres_server.port, postgres.USER, postgres.PASSWORD, name
    )
    engine = create_engine(postgres_server.url(name))
    exchange = Exchange(access, engine, tmp_path / "work")
    exchange.make_tables()
    yield exchange
    engine.dispose()
    postgres_server.drop_database(name)


@pytest.fixture
def maria_exchange(mariadb_server: MariaServer, tmp_path: Path) -> Iterator[Exchange]:
    name = mariadb_server.new_database()
    access = Access(
        "land_exchange", "mysql", "127.0.0.1", mariadb_server.port, mariadb.USER, mariadb.PASSWORD, name
    )
    url = URL.create("mysql+pymysql", host="127.0.0.1", port=mariadb_server.port, database=name)
    log_in = {"user": mariadb.USER, "password": mariadb.PASSWORD.encode(), "charset": "utf8mb4"}
    exchange = Exchange(access, create_engine(url, connect_args=log_in), tmp_path / "work")
    exchange.make_tables()
    yield exchange
    exchange.engine.dispose()
    mariadb_server.drop_database(name)


@pytest.fixture(params=["sqlite", "postgresql", "mariadb"])
def exchange(request: pytest.FixtureRequest) -> Exchange:
    """The same test on each of the three."""
    names = {"sqlite": "sqlite_file", "postgresql": "postgres_exchange", "mariadb": "maria_exchange"}
    found: Exchange = request.getfixturevalue(names[request.param])
    return found
