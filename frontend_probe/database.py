"""The probe of an exchange database: looks, asks for its rights without changing a row, and takes nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Column, Connection, Index, MetaData, Table, false, func, inspect, select, text, update
from sqlalchemy.schema import CreateIndex

from connectors.database import DatabaseConnector, flags, watermark
from connectors.database.charset import lossy
from connectors.database.scan import as_time
from connectors.database.tables import Source, sources_of
from connectors.database.translation import translated
from frontend_probe import database_tables as tables
from frontend_probe.database_trust import trusted
from frontend_probe.report import FAIL, OK, WARN, Check, Finding, Report, run
from hub.clock import from_us, now_us
from mappings.columns import columns_of
from mappings.dialect import Dialect

SKEW_WARN_S, SKEW_FAIL_S = 5.0, 300.0
WAITING_WARN = timedelta(days=1)

Look = Callable[[Connection], Finding]


def probe_database(
    connector: DatabaseConnector, now: Callable[[], int] = now_us, dialect: Dialect | None = None
) -> Report:
    """Probe the database of a system. `now` is the hub's clock in µs; with a dialect its columns are looked at too.

    Where nobody can log in, nothing else is tried. Nothing stays changed: a reject row is written and undone.
    """
    system = connector.system

    def looking(deed: Look) -> Callable[[], Finding]:
        def guarded() -> Finding:
            with translated(system, "检查", "checking", connector.place()), connector.reading() as connection:
                return deed(connection)

        return guarded

    def with_tables(deed: Callable[[Connection, Sequence[Source]], Finding]) -> Look:
        return lambda connection: deed(connection, sources_of(connection, system, connector.options))

    first = run(system, [("reachable", looking(lambda connection: _reachable(connector, connection)))])
    if first.verdict == FAIL:
        return first
    looks: list[tuple[str, Look]] = [
        ("trusted", lambda connection: trusted(connection, connector.access(), now())),
        ("tables", with_tables(_tables)),
        ("rights.select", with_tables(_select)),
        ("indexes", with_tables(lambda c, sources: _indexes(c, connector, sources))),
        ("charset", with_tables(lambda c, sources: _charset(c, connector, sources))),
        ("times", with_tables(lambda c, sources: tables.times(c, sources, now()))),
        ("engine", lambda connection: _engine(connection, connector)),
        ("clock", lambda connection: _clock(connection, now)),
        ("backlog", with_tables(lambda c, sources: _backlog(c, connector, sources, now()))),
    ]
    wanted = columns_of(dialect) if dialect is not None else {}
    if wanted:
        looks.insert(2, ("columns", with_tables(lambda c, sources: tables.columns(c, sources, wanted))))
    if connector.options.flag is not None:
        looks.append(("flags", with_tables(lambda c, sources: tables.flags(c, connector, sources))))
        looks.append(("rights.flag", with_tables(_update)))
    if connector.options.rejects is not None:
        looks.append(("rejects", lambda connection: tables.rejects(connection, connector, now())))
    rest = run(system, [(name, looking(deed)) for name, deed in looks], first.checks)
    checks: tuple[Check, ...] = (*first.checks, *rest.checks)
    return Report(system, checks)


def _reachable(connector: DatabaseConnector, connection: Connection) -> Finding:
    version = ".".join(str(part) for part in connection.dialect.server_version_info or ())
    return Finding(OK, f"{connector.place()} {version}", "能登录 / the log-in works")


def _tables(connection: Connection, sources: Sequence[Source]) -> Finding:
    seen = ", ".join(f"{source.name} ({len(source.names)} 列 / columns)" for source in sources)
    return Finding(
        OK, seen, "表、主键列、时间列、标志列都在,类型可用 / tables and their columns are there and usable"
    )


def _select(connection: Connection, sources: Sequence[Source]) -> Finding:
    found = [connection.execute(select(source.table).limit(1)).first() is not None for source in sources]
    seen = f"{sum(found)} / {len(found)} 张表有数据 / tables hold rows"
    return Finding(OK, seen, "能读 / can be read")


def _update(connection: Connection, sources: Sequence[Source]) -> Finding:
    for source in sources:
        if source.flag is not None:  # the right is asked for, no row is touched
            connection.execute(update(source.table).where(false()).values({source.flag.name: source.flag}))
    return Finding(OK, f"{len(sources)} 张表 / tables", "能改标志列 / the flag can be set")


def _indexes(connection: Connection, connector: DatabaseConnector, sources: Sequence[Source]) -> Finding:
    wanted: list[str] = []
    for source in sources:
        led_by, unique = _indexed(connection, source.table)
        flagged = connector.options.flag is not None and source.flag is not None
        columns = [
            each for each in (source.flag if flagged else None, source.time, source.key) if each is not None
        ]
        if columns[0].name.lower() not in led_by:
            wanted.append(_create(connection, source, "flag" if flagged else "time", columns))
        if (source.key.name.lower(),) not in unique:
            wanted.append(_create(connection, source, "key", [source.key]))
    expected = "时间列或标志列打头的索引,键列唯一 / an index led by time or flag, a unique key"
    if not wanted:
        return Finding(OK, f"{len(sources)} 张表 / tables", expected)
    remedy = f"请部门建索引(视图则在其底表上) / Let the department create (for a view, on its table): {'; '.join(wanted)}"
    return Finding(WARN, f"缺 {len(wanted)} 个 / missing", expected, remedy)


def _create(connection: Connection, source: Source, what: str, columns: Sequence[Column[Any]]) -> str:
    """The statement that makes an index, ready to be typed. No name is longer than old servers take (30)."""
    listed = [Column(each.name, each.type) for each in columns]
    table = Table(source.table.name, MetaData(schema=source.table.schema), *listed)
    index = Index(f"{source.table.name[:24]}_{what}", *table.columns, unique=what == "key")
    return " ".join(str(CreateIndex(index).compile(dialect=connection.dialect)).split())


def _indexed(connection: Connection, table: Table) -> tuple[set[str], set[tuple[str, ...]]]:
    """Columns that lead an index, and the columns of unique ones, in lower case."""
    inspector = inspect(connection)
    key = _lower(inspector.get_pk_constraint(table.name, table.schema).get("constrained_columns") or ())
    found = [(key, True)] if key else []
    for index in inspector.get_indexes(table.name, table.schema):
        found.append((_lower(name or "" for name in index["column_names"]), bool(index["unique"])))
    for constraint in inspector.get_unique_constraints(table.name, table.schema):
        found.append((_lower(constraint["column_names"]), True))
    return {names[0] for names, _ in found if names}, {names for names, unique in found if unique}


def _lower(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(name.lower() for name in names)


def _charset(connection: Connection, connector: DatabaseConnector, sources: Sequence[Source]) -> Finding:
    wrong = [
        f"{source.name}.{name}: {charset}"
        for source in sources
        for name, charset in sorted(lossy(connection, source.table).items())
    ]
    expected = "utf8mb4 / UTF8:存得下全部汉字 / holds every character"
    if not wrong:
        return Finding(OK, f"{len(sources)} 张表 / tables", expected)
    return Finding(
        FAIL if connector.options.charset == "refuse" else WARN,
        ", ".join(wrong[:20]),
        expected,
        "请部门改为 utf8mb4;罕见字在部门一侧可能已存成“?” / Convert to utf8mb4: rare characters may already be stored as ?",
    )


def _engine(connection: Connection, connector: DatabaseConnector) -> Finding:
    expected = "支持事务的表 / tables with transactions"
    if connection.dialect.name != "mysql":
        return Finding(OK, connection.dialect.name, expected)
    named = [entry.name for entry in connector.options.tables]
    named += [connector.options.rejects] if connector.options.rejects else []
    statement = text(
        "SELECT table_name, engine FROM information_schema.tables WHERE table_schema = COALESCE(:schema, DATABASE())"
        " AND engine IS NOT NULL AND engine <> 'InnoDB'"
    )
    rows = connection.execute(statement, {"schema": connector.options.schema})
    wrong = [f"{row[0]}: {row[1]}" for row in rows if row[0] in named]
    if not wrong:
        return Finding(OK, "InnoDB", expected)
    remedy = "请部门改为 InnoDB:否则标志与退回数据不能同时写成 / Convert to InnoDB: else flags and rejects are not written together"
    return Finding(WARN, ", ".join(wrong), expected, remedy)


def _clock(connection: Connection, now: Callable[[], int]) -> Finding:
    expected = f"<= {SKEW_WARN_S:.0f} s"
    statement = {
        "postgresql": "SELECT EXTRACT(EPOCH FROM clock_timestamp())",
        "mysql": "SELECT UNIX_TIMESTAMP(NOW(6))",
        "oracle": "SELECT (CAST(SYS_EXTRACT_UTC(SYSTIMESTAMP) AS DATE) - DATE '1970-01-01') * 86400 FROM DUAL",
        "mssql": "SELECT DATEDIFF_BIG(millisecond, '1970-01-01', SYSUTCDATETIME()) / 1000.0",
    }.get(connection.dialect.name)
    if statement is None:
        return Finding(OK, "不比较 / not compared", expected)
    before = now()
    theirs = float(connection.scalar(text(statement)) or 0)
    after = now()
    early, late = before / 1e6 - theirs, theirs - after / 1e6
    skew = late if late > 0 else -early if early > 0 else 0.0
    verdict = FAIL if abs(skew) > SKEW_FAIL_S else WARN if abs(skew) > SKEW_WARN_S else OK
    remedy = "给两台机器配置时间同步(NTP);按时间取数依赖它 / Let both keep time by NTP; reading by time relies on it"
    return Finding(verdict, f"{skew:+.1f} s", expected, remedy)


def _backlog(
    connection: Connection, connector: DatabaseConnector, sources: Sequence[Source], now: int
) -> Finding:
    expected = "最早的不超过 24 小时 / the oldest within 24 h"
    mark = None if connector.options.flag is not None else watermark.load(connector.state, sources)
    parts, oldest = [], None
    for source in sources:
        rows, first = _waiting(connection, connector, source, mark)
        parts.append(f"{source.name}: {rows}")
        if first is not None and rows and (oldest is None or first < oldest):
            oldest = first
    seen = ", ".join(parts) + (f", {oldest:%Y-%m-%d %H:%M:%S}" if oldest else "")
    here = from_us(now).replace(tzinfo=None)
    if mark is not None:
        return Finding(OK, f"{seen}(含最近已取的 / those of the last minutes included)", expected)
    stuck = oldest is not None and here - oldest > WAITING_WARN
    remedy = "查看该系统的交换任务是否在运行 / See whether the exchange of this system is running"
    return Finding(WARN if stuck else OK, seen, expected, remedy)


def _waiting(
    connection: Connection, connector: DatabaseConnector, source: Source, mark: watermark.Watermark | None
) -> tuple[int, datetime | None]:
    """Rows that wait, and the time of the oldest; by time, those from the floor of the next look on."""
    statement = select(func.count(), func.min(source.time)).select_from(source.table)
    if connector.options.flag is not None:
        statement = statement.where(flags.is_new(source, connector.options.flag))
    elif mark is not None:
        floor: Any = mark.looks[source.name].floor
        statement = statement if floor is None else statement.where(source.time >= floor)
    rows, first = connection.execute(statement).one()
    return int(rows), as_time(first)
