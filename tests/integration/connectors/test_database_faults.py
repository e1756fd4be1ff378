"""What goes wrong with an exchange database is told with place and remedy, and loses nothing: on real servers."""

from __future__ import annotations

import dataclasses
import logging
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine

from connectors.base import Access, Surroundings
from connectors.database import DatabaseConnector, scan
from connectors.database.tables import Source
from hub.errors import HubError, RetryError, StopError
from tests.support import mariadb
from tests.support.exchange_database import (
    FLAG,
    REJECTS,
    WATERMARK,
    Exchange,
    keys,
    receipt,
    sqlite_exchange,
    take_all,
)
from tests.support.mariadb import MariaServer
from tests.support.postgres import PostgresServer

TIME = "2026-03-05 09:01:00"
WAYS = pytest.mark.parametrize("way", [FLAG, WATERMARK], ids=["flag", "watermark"])
NAME = "rows-20260305T090100.000000-0123456789ab.jsonl"


@pytest.fixture(params=["postgresql", "mariadb"])
def server(request: pytest.FixtureRequest) -> Exchange:
    """A test that needs a server: accounts, rights, connections."""
    found: Exchange = request.getfixturevalue(
        {"postgresql": "postgres_exchange", "mariadb": "maria_exchange"}[request.param]
    )
    return found


def failing(kind: type[HubError], code: str, deed: Callable[[], object]) -> HubError:
    """The error that a deed ends with; it says everything in two languages and keeps the password to itself."""
    with pytest.raises(kind) as caught:
        deed()
    error = caught.value
    assert error.code == code, str(error)
    assert error.place.system == "land"
    assert error.place.file
    for told in (error.message_zh, error.message_en, error.remedy_zh, error.remedy_en):
        assert told
        assert mariadb.PASSWORD not in told
    return error


def ready(exchange: Exchange, take: Any = FLAG, **options: Any) -> Callable[[], object]:
    return lambda: list(exchange.connector(take, **options).ready())


@pytest.mark.parametrize(
    ("change", "kind", "code"),
    [
        ({"port": 1}, RetryError, "DATABASE_UNREACHABLE"),
        ({"host": "no-such-host.invalid"}, RetryError, "DATABASE_UNREACHABLE"),
        ({"password": "wrong"}, StopError, "DATABASE_LOGIN"),
        ({"login": "nobody"}, StopError, "DATABASE_LOGIN"),
        ({"path": "no_such_database"}, StopError, "DATABASE_UNKNOWN"),
        ({"kind": "mssql"}, StopError, "DATABASE_DRIVER"),
        ({"kind": "excel"}, StopError, "DATABASE_DRIVER"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_a_database_that_cannot_be_entered(
    server: Exchange, change: dict[str, Any], kind: type[HubError], code: str
) -> None:
    server.access = dataclasses.replace(server.access, **change)
    failing(kind, code, ready(server))


def test_an_sqlite_file_that_is_missing_is_not_made(tmp_path: Path) -> None:
    exchange = sqlite_exchange(tmp_path)
    file = Path(str(exchange.access.path))
    file.unlink()
    failing(RetryError, "DATABASE_UNREACHABLE", ready(exchange))
    assert not file.exists()
    file.write_bytes(b"this is no database at all, but a text " * 100)
    failing(StopError, "DATABASE_UNKNOWN", ready(exchange))


def test_an_sqlite_file_that_another_writes_to_is_waited_for_and_then_told(tmp_path: Path) -> None:
    exchange = sqlite_exchange(tmp_path)
    exchange.put("a", TIME)
    worker = exchange.connector(timeout="1s")
    claim = worker.claim(next(worker.ready()))
    with worker.read(claim) as stream:
        stream.read()
    other = sqlite3.connect(str(exchange.access.path), isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    failing(RetryError, "DATABASE_BUSY", lambda: worker.acknowledge(claim))
    other.execute("ROLLBACK")
    other.close()
    worker.acknowledge(claim)
    assert exchange.flags() == {"a": "1"}


@pytest.mark.parametrize(
    ("options", "code", "names"),
    [
        ({"tables": {"up_pro_x": {"key": "k", "time": "t"}}}, "DATABASE_TABLE", ("up_pro_x", "up_pro_accept")),
        ({"rejects": {"table": "dn_x"}}, "DATABASE_TABLE", ("dn_x", "dn_audit_abnormal")),
        ({"rejects": {"table": "up_pro_accept"}}, "DATABASE_COLUMN", ("up_pro_accept.id", "row_guid")),
        ({"tables": {"up_pro_accept": {"key": "guid", "time": "cd_time"}}}, "DATABASE_COLUMN",
         ("up_pro_accept.guid", "row_guid, project_no")),
        ({"tables": {"up_pro_accept": {"key": "row_guid", "time": "changed"}}}, "DATABASE_COLUMN", ("up_pro_accept.changed",)),
        ({"take": {"flag": {"column": "sync"}}}, "DATABASE_COLUMN", ("up_pro_accept.sync", "sync_flag")),
    ],
)  # fmt: skip
def test_a_table_or_column_that_is_missing_is_named_with_those_that_are_there(
    exchange: Exchange, options: dict[str, Any], code: str, names: tuple[str, ...]
) -> None:
    error = failing(StopError, code, ready(exchange, **options))
    assert all(name in error.message_zh and name in error.message_en for name in names)
    assert error.place.field is not None
    assert error.place.field.startswith("connector.")


@pytest.mark.parametrize(
    ("definition", "flag"),
    [
        ("k VARCHAR(9), t INTEGER, f CHAR(1)", "0"),
        ("k FLOAT, t TIMESTAMP, f CHAR(1)", "0"),
        ("k VARCHAR(9), t TIMESTAMP, f TIMESTAMP", "0"),
        ("k VARCHAR(9), t TIMESTAMP, f INTEGER", "new"),
    ],
)
def test_a_column_of_another_type_is_told_before_anything_is_read(
    server: Exchange, definition: str, flag: str
) -> None:
    server.run(f"CREATE TABLE odd ({definition.replace('TIMESTAMP', 'TIMESTAMP NULL')})")
    take = {"flag": {"column": "f", "new": flag}}
    error = failing(
        StopError,
        "DATABASE_COLUMN_TYPE",
        ready(server, take, tables={"odd": {"key": "k", "time": "t"}}),
    )
    assert "odd." in error.message_en


@WAYS
def test_a_connection_lost_while_reading_loses_nothing(
    server: Exchange, way: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    for key in "abcdef":
        server.put(key, TIME)
    worker = server.connector(way)
    notice = next(worker.ready())
    monkeypatch.setattr(scan, "PAGE", 2)
    lines = Source.line
    seen = []

    def cut(source: Source, values: Any) -> bytes:
        seen.append(values)
        if len(seen) == 2:
            end_others(server)
        return lines(source, values)

    monkeypatch.setattr(Source, "line", cut)
    failing(RetryError, "DATABASE_LOST", lambda: worker.claim(notice))
    monkeypatch.undo()
    assert keys(take_all(worker)) == list("abcdef")


def end_others(server: Exchange) -> None:
    """What an administrator or a fail-over does to all other connections."""
    if server.kind == "postgresql":
        server.rows(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        return
    others = server.rows(
        "SELECT id FROM information_schema.processlist WHERE db = DATABASE() AND id <> CONNECTION_ID()"
    )
    for (number,) in others:
        server.run(f"KILL CONNECTION {number}")


def test_a_statement_that_takes_too_long_is_ended(server: Exchange) -> None:
    sleep = "pg_sleep(9)::text" if server.kind == "postgresql" else "SLEEP(9)"
    server.put("a", TIME)
    server.run(f"CREATE VIEW slow AS SELECT row_guid, cd_time, sync_flag, {sleep} AS s FROM up_pro_accept")
    tables = {"slow": {"key": "row_guid", "time": "cd_time"}}
    failing(RetryError, "DATABASE_TIMEOUT", lambda: take_all(server.connector(tables=tables, timeout="1s")))


def limited(server: Exchange, maria: MariaServer | None, *grants: str) -> Exchange:
    """The same database through an account that has these rights and no others."""
    name = f"u{abs(hash(server.access.path)) % 10**8}"
    if server.kind == "postgresql":
        server.run(f"DROP ROLE IF EXISTS {name}")
        server.run(f"CREATE ROLE {name} LOGIN PASSWORD 'pw'")
        to = name
    else:
        to = f"{name}@'127.0.0.1'"
        server.run(f"CREATE USER {to} IDENTIFIED BY 'pw'")
    for grant in grants:
        server.run(f"GRANT {grant} TO {to}")
    return dataclasses.replace(server, access=dataclasses.replace(server.access, login=name, password="pw"))


READ = ("SELECT ON up_pro_accept", "SELECT ON up_pro_process")
WRITE = (
    *READ,
    "UPDATE (sync_flag) ON up_pro_accept",
    "UPDATE (sync_flag) ON up_pro_process",
    "SELECT, INSERT ON dn_audit_abnormal",
)


def drop_account(server: Exchange, account: Exchange) -> None:
    if server.kind == "postgresql":
        server.run(f"DROP OWNED BY {account.access.login}")
        server.run(f"DROP ROLE {account.access.login}")
    else:
        server.run(f"DROP USER {account.access.login}@'127.0.0.1'")


def test_the_rights_that_the_documentation_names_are_enough(server: Exchange) -> None:
    account = limited(server, None, *WRITE)
    server.put("a", TIME)
    worker = account.connector(rejects=REJECTS)
    assert keys(take_all(worker)) == ["a"]
    worker.deliver(NAME, receipt("ab" * 32, ("up_pro_accept", "a", "task_name", "VALUE_EMPTY")))
    assert (server.flags(), len(server.rejects())) == ({"a": "2"}, 1)
    drop_account(server, account)


def test_a_right_that_is_missing_is_told_and_nothing_is_lost(server: Exchange) -> None:
    account = limited(server, None, *READ)
    server.put("a", TIME)
    assert keys(take_all(account.connector(WATERMARK))) == ["a"]
    worker = account.connector()
    claim = worker.claim(next(worker.ready()))
    with worker.read(claim) as stream:
        stream.read()
    error = failing(StopError, "DATABASE_DENIED", lambda: worker.acknowledge(claim))
    assert "UPDATE" in error.remedy_en
    worker.release(claim)
    assert server.flags() == {"a": "0"}
    # MySQL hides a table on which an account has no right at all; PostgreSQL shows it
    denied = failing(StopError, "DATABASE_DENIED", lambda: write_back(account))
    assert denied.place.system == "land"
    drop_account(server, account)


def write_back(account: Exchange) -> None:
    worker = account.connector(WATERMARK, rejects=REJECTS)
    worker.deliver(NAME, receipt("ab" * 32, ("up_pro_accept", "a", "task_name", "VALUE_EMPTY")))


def test_a_database_that_became_read_only_is_tried_again(
    server: Exchange, mariadb_server: MariaServer
) -> None:
    account = limited(server, None, *WRITE)
    server.put("a", TIME)
    worker = account.connector()
    claim = worker.claim(next(worker.ready()))
    with worker.read(claim) as stream:
        stream.read()
    read_only(account, mariadb_server, True)
    try:
        failing(RetryError, "DATABASE_READ_ONLY", lambda: worker.acknowledge(claim))
    finally:
        read_only(account, mariadb_server, False)
    worker.acknowledge(claim)
    assert server.flags() == {"a": "1"}
    drop_account(server, account)


def read_only(account: Exchange, maria: MariaServer, on: bool) -> None:
    if account.kind == "postgresql":
        account.run(
            f"ALTER ROLE {account.access.login} SET default_transaction_read_only = {'on' if on else 'off'}"
        )
        return
    with maria.connect(user="root", password="") as connection, connection.cursor() as cursor:
        cursor.execute(f"SET GLOBAL read_only = {int(on)}")


@pytest.mark.parametrize("charset", ["gbk", "utf8mb3", "latin1"])
def test_a_rejects_table_that_would_store_question_marks_is_refused_before_anything_is_taken(
    maria_exchange: Exchange, charset: str
) -> None:
    exchange = maria_exchange
    exchange.run(f"ALTER TABLE dn_audit_abnormal MODIFY remark VARCHAR(400) CHARACTER SET {charset}")
    exchange.put("a", TIME)
    error = failing(StopError, "DATABASE_CHARSET", ready(exchange, rejects=REJECTS))
    assert f"dn_audit_abnormal.remark: {charset}" in error.message_zh
    assert "utf8mb4" in error.remedy_en
    assert exchange.flags() == {"a": "0"}

    worker = exchange.connector(rejects=REJECTS, charset="warn")
    take_all(worker)
    worker.deliver(NAME, receipt("ab" * 32, ("up_pro_accept", "a", "task_name", "VALUE_EMPTY")))
    [row] = exchange.rejects()
    assert "?" not in row[5]
    assert "{U+20BB7}" in row[5]
    assert ("坏值" in row[5]) == (charset != "latin1")


def test_a_source_table_that_loses_characters_is_told_or_refused(
    maria_exchange: Exchange, caplog: pytest.LogCaptureFixture
) -> None:
    exchange = maria_exchange
    exchange.run("SET SESSION sql_mode = ''")
    exchange.run("ALTER TABLE up_pro_accept MODIFY task_name VARCHAR(200) CHARACTER SET gbk")
    exchange.put("a", TIME, task_name="镕")
    with caplog.at_level(logging.WARNING):
        [body] = take_all(exchange.connector())
    assert "up_pro_accept.task_name: gbk" in caplog.text
    assert "镕".encode() in body
    failing(StopError, "DATABASE_CHARSET", ready(exchange, charset="refuse"))


@pytest.mark.parametrize(("encoding", "lossless"), [("LATIN1", False), ("SQL_ASCII", False), ("UTF8", True)])
def test_a_postgresql_database_in_another_encoding_is_told(
    postgres_exchange: Exchange, postgres_server: PostgresServer, encoding: str, lossless: bool
) -> None:
    exchange = postgres_exchange
    name = f"other_{encoding.lower()}"
    with postgres_server.connect() as connection:
        connection.execute(
            f"CREATE DATABASE {name} ENCODING '{encoding}' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0"
        )
    engine = create_engine(postgres_server.url(name), connect_args={"client_encoding": "utf8"})
    other = Exchange(dataclasses.replace(exchange.access, path=name), engine, exchange.work)
    other.make_tables()
    other.put("a", TIME, task_name="plain")
    if lossless:
        assert keys(take_all(other.connector(rejects=REJECTS))) == ["a"]
    else:
        error = failing(StopError, "DATABASE_CHARSET", ready(other, rejects=REJECTS))
        assert encoding.lower() in error.message_en
        assert keys(take_all(other.connector(rejects=REJECTS, charset="warn"))) == ["a"]
    if encoding == "SQL_ASCII":
        other.put("b", TIME)
        other.run("UPDATE up_pro_accept SET task_name = E'\\xb9\\xfa' WHERE row_guid = 'b'")
        error = failing(StopError, "DATABASE_CHARSET", lambda: take_all(other.connector()))
        assert "0xb9" in error.message_en
    engine.dispose()
    postgres_server.drop_database(name)


def test_bytes_in_another_encoding_hide_no_neighbour(tmp_path: Path) -> None:
    exchange = sqlite_exchange(tmp_path)
    exchange.put("a", TIME)
    exchange.put("b", TIME)
    raw = sqlite3.connect(str(exchange.access.path))
    raw.execute("UPDATE up_pro_accept SET task_name = CAST(x'b9fab2c4' AS TEXT) WHERE row_guid = 'a'")
    raw.commit()
    raw.close()
    [body] = take_all(exchange.connector())
    assert keys([body]) == ["a", "b"]
    assert rb"\\xb9" in body


def test_an_account_without_a_password_in_the_connection_is_a_refused_log_in(
    tmp_path: Path, server: Exchange
) -> None:
    access = dataclasses.replace(server.access, password=None)
    connector = DatabaseConnector(
        "land",
        {
            "connection": "x",
            "tables": {"up_pro_accept": {"key": "row_guid", "time": "cd_time"}},
            "take": FLAG,
        },
        Surroundings(server.state, lambda _: access, tmp_path),
    )
    failing(StopError, "DATABASE_LOGIN", lambda: list(connector.ready()))
    assert "password" not in repr(Access("x", "mysql", password="secret", extra={"k": "secret"}))
