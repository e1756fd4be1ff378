"""An exchange table and the exception table as each kind of server would describe them, and a connection that only notes down."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from dmSQLAlchemy import types as dm_types
from dmSQLAlchemy.dmpython import DMDialect_dmPython
from opengauss_sqlalchemy.psycopg2 import OpenGaussDialect_psycopg2
from sqlalchemy import Column, MetaData, Select, Table
from sqlalchemy.dialects import mssql, mysql, oracle, postgresql
from sqlalchemy.dialects.mssql.pymssql import MSDialect_pymssql
from sqlalchemy.dialects.mysql.pymysql import MySQLDialect_pymysql
from sqlalchemy.dialects.oracle.oracledb import OracleDialect_oracledb
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.engine import Dialect
from sqlalchemy.types import NVARCHAR, TypeEngine

from connectors.database.forks import ForkDialect
from connectors.database.options import Entry, Flag, Options
from connectors.database.rejects import Rejects
from connectors.database.tables import Source, exact, source_of

COLUMNS = ("row_guid", "project_no", "level", "fee", "accept_date", "photo", "handle_explain", "cd_time", "cd_batch", "sync_flag")  # fmt: skip
ROW: Mapping[str, Any] = {
    "row_guid": "a-1",
    "project_no": "P'1",
    "level": None,
    "fee": Decimal("12.50"),
    "accept_date": datetime(2026, 3, 4, 16, 30),
    "photo": b"\xb9\xff",
    "handle_explain": "同意 𠮷",
    "cd_time": datetime(2026, 3, 5, 9, 1, 0, 7),
    "cd_batch": "B1",
    "sync_flag": "0",
}
"""A row whose column `level` is a reserved word in some of the servers."""

OPTIONS = Options(
    "land_exchange",
    (Entry("up_pro_accept", "row_guid", "cd_time"),),
    flag=Flag("sync_flag", "0", "1", "2"),
    rejects="dn_audit_abnormal",
)

Kind = TypeEngine[Any]


@dataclass(frozen=True, slots=True)
class Server:
    """A kind of server: its dialect, and its types for text of a length, long text, numbers, times, days with time, bytes."""

    dialect: Callable[[], Dialect]
    text: Callable[[int], Kind]
    long: Kind
    number: Kind
    time: Kind
    day: Kind
    raw: Kind


def _old_oracle() -> Dialect:
    found = OracleDialect_oracledb()
    found._supports_offset_fetch = False  # what the dialect finds out of a server before 12.1
    return found


_ORACLE = (oracle.VARCHAR2, oracle.CLOB(), oracle.NUMBER(), oracle.TIMESTAMP(), oracle.DATE(), oracle.RAW(16))
_POSTGRES = (
    postgresql.VARCHAR, postgresql.TEXT(), postgresql.NUMERIC(12, 2), postgresql.TIMESTAMP(), postgresql.TIMESTAMP(),
    postgresql.BYTEA(),
)  # fmt: skip
SERVERS: Mapping[str, Server] = {
    "oracle": Server(OracleDialect_oracledb, *_ORACLE),
    "oracle-11": Server(_old_oracle, *_ORACLE),
    "dameng": Server(
        DMDialect_dmPython, dm_types.VARCHAR, dm_types.CLOB(), dm_types.NUMBER(12, 2), dm_types.TIMESTAMP(),
        dm_types.DATETIME(), dm_types.DMBINARY(16),
    ),
    "kingbase": Server(ForkDialect, *_POSTGRES),
    "opengauss": Server(ForkDialect, *_POSTGRES),
    "opengauss-sqlalchemy": Server(OpenGaussDialect_psycopg2, *_POSTGRES),
    "postgresql": Server(PGDialect_psycopg, *_POSTGRES),
    "mysql": Server(
        MySQLDialect_pymysql, mysql.VARCHAR, mysql.LONGTEXT(), mysql.DECIMAL(12, 2), mysql.DATETIME(fsp=6), mysql.DATETIME(),
        mysql.VARBINARY(16),
    ),
    "sqlserver": Server(
        MSDialect_pymssql, NVARCHAR, mssql.NTEXT(), mssql.DECIMAL(12, 2), mssql.DATETIME(), mssql.DATETIME(),
        mssql.VARBINARY(16),
    ),
}  # fmt: skip


def dialect_of(server: str) -> Dialect:
    """A dialect as SQLAlchemy would use it, without a driver."""
    found = SERVERS[server].dialect()
    found.paramstyle = "named"
    found.positional = False
    return found


def source(server: str, schema: str | None = None) -> Source:
    """The table up_pro_accept."""
    types = SERVERS[server]
    kinds: Mapping[str, Kind] = {
        "fee": types.number, "accept_date": types.day, "photo": types.raw, "handle_explain": types.long,
        "cd_time": types.time, "sync_flag": types.text(1),
    }  # fmt: skip
    names = (
        {"level": "LEVEL"} if server.startswith(("oracle", "dameng")) else {}
    )  # as it is told of a reserved word
    columns = [Column(names.get(name, name), exact(kinds.get(name) or types.text(64))) for name in COLUMNS]
    table = Table("up_pro_accept", MetaData(schema=schema), *columns)
    return source_of("land", OPTIONS, OPTIONS.tables[0], table, SERVERS[server].dialect().name)


def rejects(server: str) -> Rejects:
    """The exception table."""
    types = SERVERS[server]
    lengths = {"id": 64, "table_name": 64, "row_guid": 64, "cd_batch": 64, "abnormal_type": 64, "remark": 100}
    columns = {name: Column(name, types.text(length)) for name, length in lengths.items()}
    columns["created_time"] = Column("created_time", types.time)
    table = Table("dn_audit_abnormal", MetaData(), *columns.values())
    return Rejects(table, columns, {}, SERVERS[server].dialect().name)


class Result(list[Any]):
    """What was found, with the methods of SQLAlchemy's result that the connector uses."""

    def all(self) -> list[Any]:
        return self

    def first(self) -> Any:
        return self[0] if self else None


@dataclass(slots=True)
class Notebook:
    """A connection that notes down every statement, and answers questions for rows with `ROW`, where `answers` says so."""

    dialect: Dialect
    answers: bool = True
    said: list[str] = field(default_factory=list)

    def execute(self, statement: Any, values: Any = None) -> Result:
        self.said.append(written(statement, self.dialect, values))
        if not isinstance(statement, Select) or not self.answers:
            return Result()
        return Result([tuple(ROW.get(column.name.lower()) for column in statement.selected_columns)])

    def scalars(self, statement: Any) -> Result:
        self.said.append(written(statement, self.dialect))
        return Result()

    def scalar(self, statement: Any) -> Any:
        self.said.append(written(statement, self.dialect))
        return None


def written(statement: Any, dialect: Dialect, values: Any = None) -> str:
    """A statement as the driver gets it, and below it what is bound, with its type."""
    first = values[0] if isinstance(values, list) and values else values
    compiled = statement.compile(
        dialect=dialect,
        column_keys=list(first) if first else None,
        compile_kwargs={"render_postcompile": True},
    )
    lines = [" ".join(str(compiled).split()) + ";"]
    bound = {**compiled.params, **(first or {})}
    for name, value in bound.items():
        kind = compiled.binds[name].type if name in compiled.binds else ""
        shown = type(kind).__name__ if kind else ""
        lines.append(f"--   {name} = {value!r} {shown}".rstrip())
    return "\n".join(lines)


def literal(statement: Any, dialect: Dialect) -> str:
    """A statement with its values written into it."""
    return " ".join(str(statement.compile(dialect=dialect, compile_kwargs={"literal_binds": True})).split())
