"""The two tables that cards and answers travel in, as CREATE TABLE of each kind of server; the department makes them."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Column,
    Date,
    DateTime,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    text,
)
from sqlalchemy.dialects import mssql, mysql
from sqlalchemy.engine import Dialect
from sqlalchemy.schema import CreateTable

# A document, a PDF or an attachment is longer than the 64 KiB of MySQL's TEXT; SQL Server's VARCHAR knows no Unicode.
LONG_TEXT = Text().with_variant(mysql.MEDIUMTEXT(), "mysql").with_variant(mssql.NVARCHAR(None), "mssql")
LONG_BYTES = (
    LargeBinary().with_variant(mysql.MEDIUMBLOB(), "mysql").with_variant(mssql.VARBINARY("max"), "mssql")  # type: ignore[no-untyped-call]
)


def _string(name: str, length: int, **more: object) -> Column[str]:
    return Column(name, String(length).with_variant(mssql.NVARCHAR(length), "mssql"), **more)  # type: ignore[arg-type]


def card_table_of(name: str, schema: str | None = None) -> Table:
    """Written by the hub: one row per card event, order hand or letter."""
    return Table(
        name,
        MetaData(schema=schema),
        _string("id", 100, primary_key=True),
        _string("kind", 10, nullable=False),
        Column("card_id", BigInteger),
        Column("event_no", Integer),
        Column("order_id", BigInteger),
        Column("letter_id", BigInteger),
        Column("level_no", Integer),
        _string("state", 20),
        _string("rule_code", 20),
        _string("rule_name", 200),
        _string("case_no", 50),
        _string("org_code", 18),
        _string("org_name", 200),
        _string("step_name", 200),
        _string("handler", 200),
        _string("basis", 500),
        _string("reason", 500),
        Column("issued_on", Date),
        Column("answer_by", Date),
        _string("letter_no", 60),
        Column("document", LONG_TEXT, nullable=False),
        Column("pdf", LONG_BYTES),
        Column("created_time", DateTime, nullable=False),
        mysql_charset="utf8mb4",
    )


def answer_table_of(name: str, schema: str | None = None) -> Table:
    """Written by the department: one row per answer; the hub sets `hub_state` alone."""
    return Table(
        name,
        MetaData(schema=schema),
        _string("id", 64, primary_key=True),
        _string("kind", 10, nullable=False),
        Column("card_id", BigInteger),
        Column("order_id", BigInteger),
        _string("org_code", 18, nullable=False),
        _string("person", 100, nullable=False),
        Column("content", LONG_TEXT, nullable=False),
        _string("attachment_name", 200),
        Column("attachment", LONG_TEXT),
        Column("created_time", DateTime, nullable=False),
        _string("hub_state", 1, nullable=False, server_default=text("'0'")),
        mysql_charset="utf8mb4",
    )


def create(table: Table, dialect: Dialect) -> str:
    """The statement, on one line per column."""
    statement = str(CreateTable(table).compile(dialect=dialect)).strip()
    return "\n".join(line.strip() for line in statement.splitlines() if line.strip())
