"""The tables of an exchange database held against the dialect: columns, types, lengths, times, flags, and a reject row tried out."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from datetime import timedelta

from sqlalchemy import Connection, Table, false, func, insert, inspect, select
from sqlalchemy.types import (
    Boolean,
    Date,
    DateTime,
    Float,
    Integer,
    LargeBinary,
    NullType,
    Numeric,
    String,
    TypeEngine,
)

from connectors.database import DatabaseConnector
from connectors.database.charset import fitting
from connectors.database.receipts import Answer, Refusal
from connectors.database.rejects import Rejects, rejects_of, write
from connectors.database.scan import as_time
from connectors.database.tables import Source
from frontend_probe.report import FAIL, OK, WARN, Finding
from hub.clock import from_us
from mappings.columns import Wanted

AHEAD = timedelta(minutes=5)
NAMED_AT_MOST = 30
_LENGTHS = {"uscc": 18, "region": 6, "sha256": 64, "date": 10, "dt": 10}
"""Characters that a text column must hold for a field of that type."""
_NUMBERS = ("int", "money")


def columns(
    connection: Connection, sources: Sequence[Source], wanted: Mapping[str, tuple[Wanted, ...]]
) -> Finding:
    """Every column that the dialect maps is there, and of a type that can be read as its field."""
    missing, wrong, doubtful, counted = [], [], [], 0
    for source in sources:
        kinds = {name: column.type for name, column in zip(source.names, source.table.columns, strict=True)}
        for each in wanted.get(source.name, ()):
            counted += 1
            place, kind = f"{source.name}.{each.column}", kinds.get(each.column.lower())
            if kind is None:
                missing.append(place)
                continue
            worse, doubt = _fits(each, kind)
            wrong += [f"{place}: {worse}"] if worse else []
            doubtful += [f"{place}: {doubt}"] if doubt else []
    unread = sorted(set(wanted) - {source.name for source in sources})
    expected = (
        f"方言所用的 {counted} 列都在,类型和长度可用 / the {counted} columns of the dialect are there and fit"
    )
    seen = [f"缺 / missing: {', '.join(missing[:NAMED_AT_MOST])}"] if missing else []
    seen += wrong[:NAMED_AT_MOST] + doubtful[:NAMED_AT_MOST]
    seen += [f"登记未读 / not read: {', '.join(unread)}"] if unread else []
    verdict = FAIL if missing or wrong else WARN if doubtful else OK
    remedy = "请部门补上或改列;列已改名则另写方言 / Let the department add or change the columns; if one was renamed, write a dialect of its own"
    return Finding(verdict, "; ".join(seen) or f"{counted} 列 / columns", expected, remedy)


def _fits(wanted: Wanted, kind: TypeEngine[object]) -> tuple[str, str]:
    """What forbids reading a column as its field, and what makes it doubtful; both empty where it fits."""
    field, shown = wanted.field, str(kind) if not isinstance(kind, NullType) else "?"
    if field is None or isinstance(kind, NullType):  # SQLite's columns hold what they like
        return "", ""
    if isinstance(kind, LargeBinary):
        return f"{shown} 是二进制,{wanted.name} 要文本或数 / is binary", ""
    if field.type == "dt" or field.type == "date":
        if not isinstance(kind, DateTime | Date | String):
            return f"{shown} 不能作时间 / is no time ({wanted.name})", ""
    elif field.type in _NUMBERS:
        if isinstance(kind, Float):
            return "", f"{shown} 有舍入误差 / is rounded ({wanted.name})"
        if not isinstance(kind, Integer | Numeric | String):
            return f"{shown} 不能作数 / is no number ({wanted.name})", ""
    elif isinstance(kind, Float | Boolean) or not isinstance(
        kind, String | Integer | Numeric | Date | DateTime
    ):
        return "", f"{shown} 不是文本 / is no text ({wanted.name})"
    least = _LENGTHS.get(field.type, 0)
    length = getattr(kind, "length", None) if isinstance(kind, String) else None
    if length and least > length:
        return f"{shown} 短于 {least} 位 / is shorter than {least} ({wanted.name})", ""
    return "", ""


def times(connection: Connection, sources: Sequence[Source], now: int) -> Finding:
    """Times are of one zone, Asia/Shanghai, and none lies ahead."""
    expected = "北京时间,没有将来的时间 / times of Asia/Shanghai, none in the future"
    here = from_us(now).replace(tzinfo=None)
    wrong = []
    for source in sources:
        zoned = bool(getattr(source.time.type, "timezone", False))
        if zoned and connection.dialect.name in ("oracle", "dm"):
            wrong.append(
                f"{source.name}.{source.time.name}: 带时区,驱动会丢掉时区 / has a zone, which the driver drops"
            )
        newest = as_time(connection.scalar(select(func.max(source.time))))
        if newest is not None and newest > here + AHEAD:
            wrong.append(f"{source.name}: {newest:%Y-%m-%d %H:%M:%S}")
    if not wrong:
        return Finding(OK, f"{len(sources)} 张表 / tables", expected)
    remedy = (
        "查来源系统写时间用的时区和时钟;带时区的列用视图转成 +08:00 的 TIMESTAMP"
        " / See which time zone and clock the source writes with; turn zoned columns into +08:00 TIMESTAMP by a view"
    )
    return Finding(WARN, "; ".join(wrong), expected, remedy)


def flags(connection: Connection, connector: DatabaseConnector, sources: Sequence[Source]) -> Finding:
    """Rows whose flag is none of the known values: nobody would ever take them."""
    flag = connector.options.flag
    assert flag is not None
    known = {value for value in (flag.new, flag.taken, flag.refused) if value is not None}
    odd = []
    for source in sources:
        if source.flag is None:
            continue
        counted = select(source.flag, func.count()).group_by(source.flag).limit(50)
        for value, rows in connection.execute(counted):
            if _flag_text(value) not in known:
                odd.append(
                    f"{source.name}.{source.flag.name} = {'NULL' if value is None else repr(value)}: {rows}"
                )
    expected = f"只有 / only {', '.join(map(repr, sorted(known)))}"
    remedy = "这些行不会被取走:请部门改标志,或改登记的 take.flag / These rows are never taken: let the department set the flag, or change take.flag"
    return Finding(WARN if odd else OK, "; ".join(odd[:NAMED_AT_MOST]) or expected, expected, remedy)


def _flag_text(value: object) -> str:
    """A flag as the registration writes it. NULL and empty are the same word there."""
    if value is None:
        return ""
    return str(int(value)) if isinstance(value, bool) else str(value).rstrip(" ")


def rejects(connection: Connection, connector: DatabaseConnector, now: int) -> Finding:
    """A reject row is written, read back, and undone with its transaction; where there is none, only the right is asked for."""
    found = rejects_of(connection, connector.system, connector.options)
    assert found is not None
    expected = "能写入退回数据(试写后撤销)/ refused rows can be written (tried and undone)"
    waiting = connection.scalar(select(func.count()).select_from(found.table))
    seen = f"{found.table.name}: {waiting} 行 / rows"
    if _transactions(connection, found.table):
        kept = _try(connection, found, now)
        if kept is not None:
            remedy = "请部门检查该表的触发器和字符集 / Let the department look at the table's triggers and character set"
            return Finding(FAIL, f"{seen}; 读回 / read back: {kept!r}", expected, remedy)
        return Finding(OK, seen, expected)
    nothing = select(*found.columns.values()).where(false())
    connection.execute(insert(found.table).from_select(list(found.columns.values()), nothing))
    return Finding(OK, f"{seen}(没有事务,未试写 / no transactions: not tried)", expected)


def _try(connection: Connection, found: Rejects, now: int) -> str | None:
    """Write a row; what its remark became if that differs, None if it is as it was written."""
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("BEGIN IMMEDIATE")  # else each statement would be its own transaction
    remark = "试写 trial 𠮷"
    refusal = Refusal(secrets.token_hex(32), "*", "probe", "PROBE", remark)
    try:
        write(connection, found, (), Answer("", from_us(now).replace(tzinfo=None, microsecond=0), (refusal,)))
        length = getattr(found.columns["id"].type, "length", None) or 32
        same = found.columns["id"] == refusal.id[:length]
        kept = connection.scalar(select(found.columns["remark"]).where(same))
    finally:
        connection.rollback()
    meant = fitting(remark, found.lossy.get("remark"))
    return None if kept is not None and str(kept).rstrip() == meant else str(kept)


def _transactions(connection: Connection, table: Table) -> bool:
    """Whether what is written can be undone: MySQL's MyISAM cannot."""
    if connection.dialect.name != "mysql":
        return True
    engine = inspect(connection).get_table_options(table.name, table.schema).get("mysql_engine")
    return str(engine).lower() == "innodb"
