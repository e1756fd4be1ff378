"""How to log in to an exchange database: from an Airflow connection to an engine, session settings included."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from urllib.parse import quote

import sqlalchemy
from sqlalchemy import URL, Connection, Engine, NullPool, event

from connectors.base import Access
from connectors.database import forks, sessions

DRIVERS = {
    **dict.fromkeys(("postgres", "postgresql", "kingbase", "opengauss", "gaussdb"), forks.DRIVER),
    "mysql": "mysql+pymysql",
    "mariadb": "mysql+pymysql",
    "sqlite": "sqlite",
    "oracle": "oracle+oracledb",
    "dm": "dm+dmPython",
    "mssql": "mssql+pymssql",
}
"""Types of an Airflow connection and the SQLAlchemy driver that serves them."""

_RENAMED = {"oracle+cx_oracle": "oracle+oracledb"}  # its former name: the same driver, no longer buildable
_PORTS = {"kingbase": 54321, "dm": 5236}
"""Usual ports where the driver would try another server's."""


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
    driver = driver_of(access.kind)
    if driver == "sqlite":
        return _sqlite(sqlite_path(access), timeout)
    if driver == forks.DRIVER:
        forks.register()
    arguments, query = sessions.arguments(driver, access, timeout)
    url = URL.create(
        driver,
        access.login,
        None if "password" in arguments else access.password,
        access.host or "localhost",
        access.port or _PORTS.get(access.kind),
        sessions.database(driver, access),
        query,
    )
    options = sessions.engine_options(driver, access)
    engine = sqlalchemy.create_engine(url, poolclass=NullPool, connect_args=arguments, **options)
    event.listen(engine, "connect", lambda connection, _: sessions.settle(connection, driver, timeout))
    return engine


def driver_of(kind: str) -> str:
    """The SQLAlchemy driver (`dialect+driver`) that serves a type of Airflow connection."""
    kind = kind.lower()
    return DRIVERS.get(kind) or _RENAMED.get(kind, kind.replace("-", "_"))


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
