"""How to log in to an exchange database: from an Airflow connection to an engine, session settings included."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any
from urllib.parse import quote

import sqlalchemy
from sqlalchemy import URL, Connection, Engine, NullPool, event

from connectors.base import Access
from connectors.database import postgres_times

DRIVERS = {
    "postgres": "postgresql+psycopg",
    "postgresql": "postgresql+psycopg",
    "mysql": "mysql+pymysql",
    "mariadb": "mysql+pymysql",
    "sqlite": "sqlite",
    "oracle": "oracle+oracledb",
    "dm": "dm+dmPython",
    "kingbase": "kingbase+ksycopg2",
    "opengauss": "opengauss+psycopg2",
    "mssql": "mssql+pymssql",
}
"""Types of an Airflow connection and the SQLAlchemy driver that serves them."""

_RENAMED = {"oracle+cx_oracle": "oracle+oracledb"}  # its former name: the same driver, no longer buildable
CONNECT_SECONDS = 10
_TLS = ("sslmode", "sslrootcert", "sslcert", "sslkey")


def shown(access: Access) -> str:
    """The address for people: no login, no password."""
    if access.kind == "sqlite":
        return f"sqlite:{sqlite_path(access)}"
    port = f":{access.port}" if access.port else ""
    return f"{access.kind}://{access.host or 'localhost'}{port}/{access.path or ''}"


def sqlite_path(access: Access) -> str:
    """The file of an SQLite connection: `sqlite:///absolute/path` or `sqlite://host-part/relative/path`, as Airflow has it."""
    if access.host:
        return f"{access.host}/{access.path}" if access.path else access.host
    path = access.path or ""
    return path if path.startswith("/") else f"/{path}"


def engine_for(access: Access, timeout: timedelta) -> Engine:
    """An engine that keeps no connection open; nothing is touched yet.

    Raises sqlalchemy.exc.NoSuchModuleError or ModuleNotFoundError where the driver is not installed.
    """
    driver = DRIVERS.get(access.kind) or _RENAMED.get(access.kind, access.kind.replace("-", "_"))
    if driver == "sqlite":
        return _sqlite(sqlite_path(access), timeout)
    arguments, query = _arguments(driver, access, timeout)
    url = URL.create(
        driver,
        access.login,
        None if "password" in arguments else access.password,
        access.host or "localhost",
        access.port,
        None if "service_name" in query else access.path,
        query,
    )
    engine = sqlalchemy.create_engine(url, poolclass=NullPool, connect_args=arguments)
    event.listen(engine, "connect", lambda connection, _: _settle(connection, driver, timeout))
    return engine


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """A connection for looking; nothing is ever committed."""
    with engine.connect() as connection:
        yield connection
        connection.rollback()


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """One transaction, committed at the end, undone by any error. SQLite's takes its lock at once, so that it can wait."""
    with engine.begin() as connection:
        if engine.dialect.name == "sqlite":
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        yield connection


def _sqlite(path: str, timeout: timedelta) -> Engine:
    def connect() -> sqlite3.Connection:
        # mode=rw: a file that is missing (a share not mounted) is an error, never a new empty database.
        connection = sqlite3.connect(
            f"file:{quote(path)}?mode=rw", uri=True, timeout=timeout.total_seconds(), isolation_level=None
        )
        connection.text_factory = _text
        return connection

    return sqlalchemy.create_engine("sqlite://", creator=connect, poolclass=NullPool)


def _text(raw: bytes) -> str:
    # SQLite checks nothing; one value in another encoding must not hide its neighbours.
    return raw.decode("utf-8", "backslashreplace")


def _arguments(driver: str, access: Access, timeout: timedelta) -> tuple[dict[str, Any], dict[str, str]]:
    """Arguments of the driver's connect, and the query of the URL."""
    seconds = max(1, int(timeout.total_seconds()))
    if driver.startswith("postgresql"):
        tls = {name: str(access.extra[name]) for name in _TLS if name in access.extra}
        return {
            "connect_timeout": CONNECT_SECONDS,
            "application_name": "supervision-hub",
            "client_encoding": "utf8",  # else a server of SQL_ASCII would hand out bytes
            **tls,
        }, {}
    if driver.startswith("mysql"):
        arguments: dict[str, Any] = {
            "connect_timeout": CONNECT_SECONDS,
            "read_timeout": seconds + CONNECT_SECONDS,  # the server's own limit comes first
            "write_timeout": seconds + CONNECT_SECONDS,
            "charset": "utf8mb4",
        }
        if access.password is not None:
            arguments["password"] = access.password.encode("utf-8")  # as text it would have to be Latin-1
        if isinstance(access.extra.get("ssl"), dict):
            arguments["ssl"] = dict(access.extra["ssl"])
        return arguments, {}
    if driver.startswith("oracle"):
        service = access.extra.get("service_name") or (None if "sid" in access.extra else access.path)
        return {}, {"service_name": str(service)} if service else {}
    return {}, {}


def _settle(connection: Any, driver: str, timeout: timedelta) -> None:
    """Session settings: times as in Asia/Shanghai, no statement longer than `timeout`, no silent `?` in MySQL."""
    milliseconds = int(timeout.total_seconds() * 1000)
    statements: list[str] = []
    if driver.startswith("postgresql"):
        postgres_times.read_all(connection)
        statements = [
            "SET TIME ZONE INTERVAL '+08:00' HOUR TO MINUTE",
            f"SET statement_timeout = {milliseconds}",
        ]
    elif driver.startswith("mysql"):
        maria = "mariadb" in str(connection.get_server_info()).lower()
        statements = [
            "SET SESSION time_zone = '+08:00'",
            "SET SESSION sql_mode = 'STRICT_ALL_TABLES'",
            f"SET SESSION max_statement_time = {milliseconds / 1000}"
            if maria
            else f"SET SESSION max_execution_time = {milliseconds}",
        ]
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
    if statements:
        connection.commit()
