"""Departments on real servers. A fresh exchange database for each test: `exchange` is all three, `maria_exchange` and so on are one.

`postgres_shared` and `maria_shared` are one for the whole run, as are `php_server` and `node_server`: who uses them empties them.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import URL, create_engine

from connectors.base import Access
from tests.support import mariadb, postgres
from tests.support.exchange_database import Exchange, sqlite_exchange
from tests.support.mariadb import MariaServer
from tests.support.postgres import PostgresServer
from tests.support.soap_servers import Department, node_service, php_service
from tests.support.sshd import Sshd, running_server


@pytest.fixture(scope="session")
def sshd() -> Iterator[Sshd]:
    with running_server() as server:
        yield server


@pytest.fixture
def sqlite_file(tmp_path: Path) -> Exchange:
    return sqlite_exchange(tmp_path / "sqlite")


@contextmanager
def _on_postgres(server: PostgresServer, work: Path) -> Iterator[Exchange]:
    name = server.new_database()
    access = Access(
        "land_exchange", "postgres", "127.0.0.1", server.port, postgres.USER, postgres.PASSWORD, name
    )
    engine = create_engine(server.url(name))
    exchange = Exchange(access, engine, work)
    exchange.make_tables()
    yield exchange
    engine.dispose()
    server.drop_database(name)


@contextmanager
def _on_mariadb(server: MariaServer, work: Path) -> Iterator[Exchange]:
    name = server.new_database()
    access = Access("land_exchange", "mysql", "127.0.0.1", server.port, mariadb.USER, mariadb.PASSWORD, name)
    url = URL.create("mysql+pymysql", host="127.0.0.1", port=server.port, database=name)
    log_in = {"user": mariadb.USER, "password": mariadb.PASSWORD.encode(), "charset": "utf8mb4"}
    exchange = Exchange(access, create_engine(url, connect_args=log_in), work)
    exchange.make_tables()
    yield exchange
    exchange.engine.dispose()
    server.drop_database(name)


@pytest.fixture
def postgres_exchange(postgres_server: PostgresServer, tmp_path: Path) -> Iterator[Exchange]:
    with _on_postgres(postgres_server, tmp_path / "work") as exchange:
        yield exchange


@pytest.fixture
def maria_exchange(mariadb_server: MariaServer, tmp_path: Path) -> Iterator[Exchange]:
    with _on_mariadb(mariadb_server, tmp_path / "work") as exchange:
        yield exchange


@pytest.fixture(scope="session")
def postgres_shared(
    postgres_server: PostgresServer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Exchange]:
    with _on_postgres(postgres_server, tmp_path_factory.mktemp("postgres")) as exchange:
        yield exchange


@pytest.fixture(scope="session")
def maria_shared(mariadb_server: MariaServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Exchange]:
    with _on_mariadb(mariadb_server, tmp_path_factory.mktemp("mariadb")) as exchange:
        yield exchange


@pytest.fixture(scope="session")
def php_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Department]:
    with php_service(tmp_path_factory.mktemp("php")) as department:
        yield department


@pytest.fixture(scope="session")
def node_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Department]:
    with node_service(tmp_path_factory.mktemp("node")) as department:
        yield department


@pytest.fixture(params=["sqlite", "postgresql", "mariadb"])
def exchange(request: pytest.FixtureRequest) -> Exchange:
    """The same test on each of the three."""
    names = {"sqlite": "sqlite_file", "postgresql": "postgres_exchange", "mariadb": "maria_exchange"}
    found: Exchange = request.getfixturevalue(names[request.param])
    return found
