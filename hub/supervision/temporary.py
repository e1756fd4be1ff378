"""Statements on the temporary tables of a judgement: typed values, tables dropped, and looked at by PostgreSQL."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlalchemy import BigInteger, Connection, Date, String, bindparam, text
from sqlalchemy.sql.elements import TextClause
from sqlalchemy.types import TypeEngine

_KINDS: Mapping[type, TypeEngine[Any]] = {int: BigInteger(), date: Date(), str: String()}


def bound(sql: str, binds: Mapping[str, Any]) -> TextClause:
    """The statement with the values that it names, typed, since databases will not guess the type of a bare value."""
    statement = text(sql)
    named = {name: binds[name] for name in statement._bindparams if name in binds}
    return statement.bindparams(
        *(bindparam(name, value, _KINDS[type(value)]) for name, value in named.items())
    )


def drop(connection: Connection, table: str) -> None:
    """Drop a temporary table, if it is there."""
    # MariaDB ends the transaction at a DROP TABLE that does not say so.
    kind = "TEMPORARY TABLE" if connection.dialect.name in ("mysql", "mariadb") else "TABLE"
    connection.execute(text(f"DROP {kind} IF EXISTS {table}"))


def renew(connection: Connection, table: str, create: str) -> None:
    """An empty temporary table, by the CREATE TEMPORARY TABLE statement that makes it; a table of that name has that shape already.

    PostgreSQL holds a lock on every table that a transaction makes or drops until it ends, and has room for so many: what judges many
    days in one transaction (a trial) makes each table once, and empties it from then on.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(text(create.replace("TABLE", "TABLE IF NOT EXISTS", 1)))
        connection.execute(text(f"TRUNCATE pg_temp.{table}"))
        return
    drop(connection, table)
    connection.execute(text(create))


def analyze(connection: Connection, table: str) -> None:
    """PostgreSQL plans joins of fresh temporary tables badly until it has looked at them."""
    if connection.dialect.name == "postgresql":
        connection.execute(text(f"ANALYZE {table}"))


def tagged(what: str, sql: str) -> str:
    """The statement with what it is for said before it, so that a database's list of running statements tells the rule."""
    return f"/* {what} */ {sql}"
