"""The way to the central database: one engine for SQLite and PostgreSQL, with transactions that mean the same on both.

`writing` takes the write lock at its beginning on SQLite (BEGIN IMMEDIATE: a deferred BEGIN that turns into a writer
later fails at once with "busy" instead of waiting). `reading` is one snapshot that refuses to write. Failures of the
database leave this room as `RetryError` or `StopError`, never as the driver's own; wrong SQL stays SQLAlchemy's.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import sqlalchemy
from sqlalchemy import Connection, Engine, event
from sqlalchemy.engine import URL, ExceptionContext, make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError

from hub.central.failures import no_driver, told, unusable_file
from hub.errors import HubError, StopError

BUSY_SECONDS = 30
CONNECT_SECONDS = 10
TEMPORARY = "64MB"
POSTGRESQL = "postgresql+psycopg"


def create_engine(url: str) -> Engine:
    """An engine for the database at `url`; connects on first use, and then makes the folder of an SQLite file.

    Raises StopError: DB_URL (not a database address), DB_DRIVER (no driver for it is installed). Later, in use:
    RetryError DB_UNREACHABLE, DB_BUSY; StopError DB_PASSWORD, DB_MISSING, DB_FILE, DB_NOT_UPGRADED.
    """
    address = _address(url)
    try:
        engine = sqlalchemy.create_engine(address, **_arguments(address))
    except (NoSuchModuleError, ModuleNotFoundError) as error:
        raise no_driver(address, str(error)) from error
    event.listen(engine, "handle_error", _translate)
    if engine.dialect.name == "sqlite":
        event.listen(engine, "do_connect", _make_file)
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
    if engine.dialect.name in ("mysql", "mariadb"):
        # One connection gives one stream there: a second statement would cut the first one off without a word.
        engine.dialect.supports_server_side_cursors = False
    if address.drivername == POSTGRESQL:
        event.listen(engine, "connect", _prepare_postgresql)
    return engine


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """One transaction that may write; committed at the end, rolled back on any error."""
    with engine.begin() as connection:
        yield connection


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """One transaction over a single snapshot of the database that cannot write, and holds up no writer."""
    with engine.connect() as connection:
        if engine.dialect.name == "sqlite":
            connection = connection.execution_options(suphub_begin="BEGIN")
            connection.exec_driver_sql("PRAGMA query_only = ON")
            try:
                yield connection
            finally:
                connection.rollback()
                connection.exec_driver_sql("PRAGMA query_only = OFF")
        else:
            yield connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)


@contextmanager
def driving(connection: Connection) -> Iterator[Any]:
    """The driver's own connection, for what SQLAlchemy cannot say; its failures are told as everywhere else."""
    driver = connection.connection.driver_connection
    assert driver is not None
    try:
        yield driver
    except connection.dialect.loaded_dbapi.Error as error:
        lost = connection.dialect.is_disconnect(error, driver, None)
        failure = told(error, connection.dialect, connection.engine, connection, lost=lost)
        if lost:
            connection.invalidate(error)
        if failure is None:
            raise
        raise failure from error


def _address(url: str) -> URL:
    try:
        address = make_url(url)
    except (ArgumentError, ValueError) as error:
        raise StopError(
            "DB_URL",
            zh="数据库地址无法识别",  # the text itself may hold a password: it is not repeated
            en="The database address cannot be read",
            remedy_zh="设置 SUPHUB_DATABASE_URL，例如 postgresql+psycopg://用户:口令@主机:5432/库 或 sqlite:////路径/hub.db",
            remedy_en="Set SUPHUB_DATABASE_URL, e.g. postgresql+psycopg://user:password@host:5432/db or sqlite:////path/hub.db",
        ) from error
    if address.drivername in {"postgresql", "postgres"}:
        return address.set(drivername=POSTGRESQL)
    return address


def _arguments(address: URL) -> dict[str, Any]:
    if address.get_backend_name() == "sqlite":
        return {"connect_args": {"timeout": BUSY_SECONDS}}
    if address.drivername == POSTGRESQL:
        return {
            "pool_pre_ping": True,
            "connect_args": {
                "connect_timeout": CONNECT_SECONDS,
                "application_name": "suphub",
                "client_encoding": "utf8",
            },
        }
    if address.drivername.endswith("+pymysql"):
        return {
            "pool_pre_ping": True,
            "isolation_level": "READ COMMITTED",
            "connect_args": _for_pymysql(address),
        }
    return {"pool_pre_ping": True}


def _for_pymysql(address: URL) -> dict[str, Any]:
    """The driver writes passwords in Latin-1 unless it gets their bytes; `||` joins text and double quotes name columns, as everywhere else."""
    given: dict[str, Any] = {
        "charset": "utf8mb4",
        "connect_timeout": CONNECT_SECONDS,
        "init_command": "SET SESSION sql_mode = CONCAT(@@sql_mode, ',PIPES_AS_CONCAT,ANSI_QUOTES'), time_zone = '+00:00'",
    }
    return given if address.password is None else {**given, "password": str(address.password).encode()}


def _make_file(dialect: Any, record: Any, arguments: list[Any], keywords: dict[str, Any]) -> None:
    file = str(arguments[0]) if arguments else ""
    if file and file != ":memory:" and not file.startswith("file:"):
        try:
            Path(file).parent.mkdir(parents=True, exist_ok=True)
            if not Path(
                file
            ).exists():  # personal data: for the hub's own account only, as are -wal and -shm after it
                Path(file).touch(mode=0o600)
        except OSError as error:
            raise unusable_file(file, str(error)) from error


def _prepare_sqlite(connection: Any, record: Any) -> None:
    connection.isolation_level = None  # the driver would begin by itself, and only at the first write
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout = {BUSY_SECONDS * 1000}")
    cursor.execute("PRAGMA foreign_keys = ON")
    _use_wal(cursor)
    cursor.execute("PRAGMA synchronous = FULL")
    cursor.close()


def _use_wal(cursor: Any) -> None:
    """Change a new file to WAL. The change needs the file alone, and two that ask at once are both told "locked"
    without the wait that busy_timeout gives everything else: so the wait is here.
    """
    until = monotonic() + BUSY_SECONDS
    while True:
        try:
            if cursor.execute("PRAGMA journal_mode").fetchone()[0] not in {"wal", "memory"}:
                cursor.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) or monotonic() > until:
                raise
            sleep(0.02)
        else:
            return


def _prepare_postgresql(connection: Any, record: Any) -> None:
    """Temporary tables stay in memory up to this size, where the usual 8 MB write them into files and read them back for
    every statement. No session may change it once it has used such a table; what is not used takes no memory."""
    connection.autocommit = True
    connection.execute(f"SET temp_buffers = '{TEMPORARY}'")
    connection.autocommit = False


def _begin_sqlite(connection: Connection) -> None:
    connection.exec_driver_sql(connection.get_execution_options().get("suphub_begin", "BEGIN IMMEDIATE"))


def _translate(context: ExceptionContext) -> HubError | None:
    original = context.original_exception
    if isinstance(original, HubError):
        return None
    return told(original, context.dialect, context.engine, context.connection, lost=context.is_disconnect)
