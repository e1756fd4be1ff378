"""Writes refused rows into the department's exception table (异常数据表 dn_audit_abnormal), as often as it is told to."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Column, Connection, MetaData, Table, insert, select
from sqlalchemy.types import NCHAR, Date, DateTime, NullType, String, Unicode

from connectors.database.charset import check, fitting, lossy
from connectors.database.failures import COLUMN_TYPE, fault
from connectors.database.flags import chunks
from connectors.database.forks import GAUSS_IS, ForkDialect
from connectors.database.options import Options
from connectors.database.receipts import Answer
from connectors.database.tables import Source, column_of, key_value, reflected

REQUIRED = ("id", "table_name", "row_guid", "abnormal_type", "remark")
OPTIONAL = ("cd_batch", "created_time")
SHORTEST_ID = 16
_BYTES = ("oracle", "dm", "mssql", "gauss")
FIELD = "connector.rejects.table"


@dataclass(frozen=True, slots=True, eq=False)
class Rejects:
    """The exception table: its columns by their usual names in lower case, and character sets that lose something."""

    table: Table
    columns: Mapping[str, Column[Any]]
    lossy: Mapping[str, str]
    server: str = ""  # SQLAlchemy's name of the dialect; gauss: openGauss and its kin


def rejects_of(connection: Connection, system: str, options: Options) -> Rejects | None:
    """The exception table of a registration, checked; None where none is named. Raises StopError."""
    if options.rejects is None:
        return None
    table = reflected(connection, system, options.schema, options.rejects, FIELD)
    lengths = {column.name.lower(): column.type for column in table.columns}
    check(connection, system, options, table, ("remark",))
    if connection.dialect.name == "sqlite":
        table = Table(
            table.name, MetaData(schema=options.schema), *(Column(c.name, NullType()) for c in table.columns)
        )
    columns = {name: column_of(system, table, name, FIELD) for name in REQUIRED}
    for name in OPTIONAL:
        if name in lengths:
            columns[name] = column_of(system, table, name, FIELD)
    kind = columns["id"].type
    if not isinstance(kind, String | NullType) or 0 < (getattr(kind, "length", 0) or 0) < SHORTEST_ID:
        seen = str(kind)
        raise fault(
            COLUMN_TYPE,
            system,
            f"{table.name}.id",
            why_zh=f"类型 {seen},应为至少 {SHORTEST_ID} 位的文本",
            why_en=f"type {seen}; text of at least {SHORTEST_ID} characters is needed",
            field=FIELD,
        )
    return Rejects(table, columns, lossy(connection, table, (*REQUIRED, *OPTIONAL)), server_of(connection))


def server_of(connection: Connection) -> str:
    """SQLAlchemy's name of the dialect; `gauss` for openGauss and its kin."""
    gauss = (
        connection.dialect.driver == ForkDialect.driver and connection.dialect.server_version_info == GAUSS_IS
    )
    return "gauss" if gauss else connection.dialect.name


def write(connection: Connection, rejects: Rejects, sources: Sequence[Source], answer: Answer) -> int:
    """Insert the rows of an answer that are not there yet; returns how many. What is there is left as it is."""
    batches = _batches(connection, rejects, sources, answer)
    rows = {row["id"]: row for row in (_row(rejects, answer, each, batches) for each in answer.refusals)}
    written = 0
    key = rejects.columns["id"]
    for chunk in chunks(rows):
        there = set(connection.scalars(select(key).where(key.in_(chunk))))
        missing = [
            {rejects.columns[name].name: value for name, value in rows[each].items()}
            for each in chunk
            if each not in there
        ]
        if missing:
            connection.execute(insert(rejects.table), missing)
            written += len(missing)
    return written


def _row(
    rejects: Rejects, answer: Answer, refusal: Any, batches: Mapping[tuple[str, str], Any]
) -> dict[str, Any]:
    values: dict[str, Any] = {
        "id": refusal.id[: _length(rejects.columns["id"]) or 32],
        "table_name": refusal.table,
        "row_guid": refusal.key,
        "abnormal_type": refusal.code,
        "remark": refusal.remark,
    }
    values = {name: cut(rejects, name, value) for name, value in values.items()}
    if "cd_batch" in rejects.columns:
        values["cd_batch"] = batches.get((refusal.table, refusal.key))
    if "created_time" in rejects.columns:
        values["created_time"] = _moment(rejects.columns["created_time"], answer.at)
    return values


def _batches(
    connection: Connection, rejects: Rejects, sources: Sequence[Source], answer: Answer
) -> dict[tuple[str, str], Any]:
    """The department's own batch number (cd_batch) of each refused row, where both tables have that column."""
    found: dict[tuple[str, str], Any] = {}
    if "cd_batch" not in rejects.columns:
        return found
    for source in sources:
        column = source.named("cd_batch")
        if column is None:
            continue
        for chunk in chunks(answer.keys(source.name)):
            values = []
            for text in chunk:
                try:
                    values.append(key_value(source.key, text))
                except ValueError:
                    continue  # no key of this table: it has no row whose batch could be asked for
            statement = select(source.key, column).where(source.key.in_(values))
            for key, batch in connection.execute(statement):
                found[source.name, str(key).rstrip()] = found[source.name, str(key)] = batch
    return found


def cut(rejects: Rejects, name: str, value: str) -> str:
    """The text as the column can hold it: unknown characters spelt out, too long ones cut with `…`."""
    charset, length = rejects.lossy.get(name), _length(rejects.columns[name])
    value = fitting(value, charset)
    size = _measure(rejects.server, rejects.columns[name])
    if not length or size(value) <= length:
        return value
    end = fitting("…", charset)[:1]
    room, at = length - size(end), 0
    while at < len(value) and size(value[at]) <= room:
        room -= size(value[at])
        at += 1
    return value[:at] + end


def _measure(server: str, column: Column[Any]) -> Callable[[str], int]:
    """How a server counts the length of a text column: characters, bytes (at most as many as in UTF-8), or units of UTF-16.

    Oracle, Dameng and openGauss count bytes as they come out of the box, SQL Server always does.
    """
    national = isinstance(column.type, Unicode | NCHAR)
    if server == "mssql" and national:
        return lambda text: len(text.encode("utf-16-le", "surrogatepass")) // 2
    if server in _BYTES and not national:
        return lambda text: len(text.encode("utf-8", "surrogatepass"))
    return len


def _length(column: Column[Any]) -> int:
    return int(getattr(column.type, "length", 0) or 0)


def _moment(column: Column[Any], at: datetime) -> Any:
    if isinstance(column.type, DateTime):
        return at
    return at.date() if isinstance(column.type, Date) else at.isoformat(sep=" ")
