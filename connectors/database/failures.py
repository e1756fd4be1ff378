"""The one place where errors of drivers and servers become errors of the hub, with place and remedy."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from sqlalchemy.exc import DBAPIError, NoSuchModuleError, SQLAlchemyError

from hub.errors import HubError, Place, RetryError, StopError

LONGEST_REASON = 300


@dataclass(frozen=True, slots=True)
class Outage:
    """Texts of what mends itself or is mended on the other side: the hub tries again."""

    code: str
    zh: str
    en: str
    remedy_zh: str
    remedy_en: str


@dataclass(frozen=True, slots=True)
class Fault:
    """Texts of what somebody must set right first: that system stops."""

    code: str
    zh: str
    en: str
    remedy_zh: str
    remedy_en: str


UNREACHABLE = Outage(
    "DATABASE_UNREACHABLE",
    "连不上交换库",
    "the exchange database cannot be reached",
    "检查主机、端口、防火墙,数据库是否已启动;SQLite 则检查文件路径。恢复后枢纽自动继续",
    "Check host, port and firewall, and that the server runs; for SQLite the path of the file. The hub goes on by itself",
)
LOST = Outage(
    "DATABASE_LOST",
    "与交换库的连接中断",
    "the connection to the exchange database was lost",
    "检查网络和数据库日志。未确认的行下次原样重取,不丢不重",
    "Check the network and the server's log. Rows not acknowledged are read again as they were; nothing is lost",
)
TIMEOUT = Outage(
    "DATABASE_TIMEOUT",
    "语句超时",
    "a statement took too long",
    "给时间列和主键列(或同步标志列)建索引;或调大 connector.timeout、调小 connector.batch",
    "Index the time and key columns (or the flag); or raise connector.timeout, lower connector.batch",
)
BUSY = Outage(
    "DATABASE_BUSY",
    "交换库被占用(锁、死锁、连接数已满)",
    "the exchange database is busy (lock, deadlock, too many connections)",
    "无须处理,稍后自动重试;若反复出现,请部门检查长事务和最大连接数",
    "Nothing to do: it is tried again. If it recurs, let the department look for long transactions and its limit of connections",
)
READ_ONLY = Outage(
    "DATABASE_READ_ONLY",
    "交换库只读",
    "the exchange database is read-only",
    "请部门恢复可写(主备切换、只读参数、文件权限);回执已存妥,恢复后补写",
    "Let the department make it writable (fail-over, read-only setting, file rights); receipts are kept and written later",
)
FAILED = Outage(
    "DATABASE_FAILED",
    "交换库报错",
    "the exchange database reports an error",
    "查看原因和数据库日志;没有丢失任何数据",
    "See the reason and the server's log; nothing is lost",
)
SPOOL = Outage(
    "DATABASE_SPOOL",
    "枢纽写临时文件失败",
    "the hub cannot write its scratch file",
    "检查 SUPHUB_HOME 下 work 所在的磁盘;没有丢失任何数据",
    "Check the disk of work under SUPHUB_HOME; nothing is lost",
)
LOGIN = Fault(
    "DATABASE_LOGIN",
    "交换库拒绝登录",
    "the exchange database refuses the log-in",
    "检查 Airflow 连接中的用户名和密码,以及服务器是否允许从本机登录",
    "Check login and password of the Airflow connection, and that the server allows this machine",
)
UNKNOWN = Fault(
    "DATABASE_UNKNOWN",
    "没有这个数据库",
    "there is no such database",
    "检查 Airflow 连接中的数据库名(schema);SQLite 则检查文件",
    "Check the database's name (schema) in the Airflow connection; for SQLite the file",
)
DENIED = Fault(
    "DATABASE_DENIED",
    "交换库账号缺少权限",
    "the account lacks a right in the exchange database",
    "给账号授权:各表 SELECT;标志方式另加标志列 UPDATE;有退回表另加其 SELECT、INSERT(见 docs/connectors/database.md)",
    "Grant SELECT on the tables; in flag mode UPDATE of the flag too; SELECT and INSERT on the rejects table (docs/connectors/database.md)",
)
TABLE = Fault(
    "DATABASE_TABLE",
    "交换库中没有这张表",
    "the exchange database has no such table",
    "检查登记中的 connector.tables、connector.schema、connector.rejects.table,或请部门建表、授权",
    "Check connector.tables, connector.schema, connector.rejects.table of the registration, or let the department create it or grant it",
)
COLUMN = Fault(
    "DATABASE_COLUMN",
    "表中没有这一列",
    "the table has no such column",
    "改登记,或请部门补上该列",
    "Mend the registration, or let the department add the column",
)
COLUMN_TYPE = Fault(
    "DATABASE_COLUMN_TYPE",
    "列的类型不能这样用",
    "the column's type cannot be used so",
    "时间列用日期时间或文本,主键列用文本或整数,标志列用文本或整数;请部门改列,或在登记中另选一列",
    "Time: date-time or text; key: text or whole number; flag: text or whole number. Let the department change it, or name another column",
)
CHARSET = Fault(
    "DATABASE_CHARSET",
    "列的字符集存不下全部汉字,会存成“?”",
    "the column's character set cannot hold all characters: some would be stored as ?",
    "请部门改为 utf8mb4(或 UTF8 数据库);确认可接受时,在登记中写 connector.charset: warn",
    "Let the department convert it to utf8mb4 (or a UTF8 database); if that is acceptable, write connector.charset: warn",
)
DRIVER = Fault(
    "DATABASE_DRIVER",
    "没有安装这种数据库的驱动",
    "the driver for this kind of database is not installed",
    "安装驱动,或检查 Airflow 连接的类型(postgres、mysql、mariadb、sqlite、oracle …)",
    "Install the driver, or check the type of the Airflow connection (postgres, mysql, mariadb, sqlite, oracle …)",
)

_POSTGRES: dict[str, Outage | Fault] = {
    "28P01": LOGIN, "28000": LOGIN, "3D000": UNKNOWN, "3F000": TABLE, "42P01": TABLE, "42703": COLUMN, "42501": DENIED,
    "25006": READ_ONLY, "57014": TIMEOUT, "40001": BUSY, "40P01": BUSY, "55P03": BUSY, "53300": BUSY, "57P01": LOST,
    "57P02": LOST, "57P03": UNREACHABLE, "22P05": CHARSET, "22021": CHARSET,
}  # fmt: skip
_MYSQL: dict[int, Outage | Fault] = {
    1045: LOGIN, 1698: LOGIN, 1130: LOGIN, 1049: UNKNOWN, 1044: DENIED, 1142: DENIED, 1143: DENIED, 1227: DENIED,
    1370: DENIED, 1146: TABLE, 1054: COLUMN, 1290: READ_ONLY, 1792: READ_ONLY, 1836: READ_ONLY, 1969: TIMEOUT, 3024: TIMEOUT,
    1205: BUSY, 1213: BUSY, 1040: BUSY, 1203: BUSY, 1226: BUSY, 2002: UNREACHABLE, 2003: UNREACHABLE, 2005: UNREACHABLE,
    2006: LOST, 2013: LOST, 2055: LOST, 1053: LOST, 1927: LOST, 1366: CHARSET,
}  # fmt: skip
_SAID: tuple[tuple[str, Outage | Fault], ...] = (
    # Servers answer a refused log-in without a code in psycopg; Oracle and SQLite speak in words throughout.
    ("timed out", TIMEOUT), ("timeout expired", UNREACHABLE),
    ("password authentication failed", LOGIN), ("no password supplied", LOGIN), ("no pg_hba.conf entry", LOGIN),
    (r"role \".*\" does not exist", LOGIN), (r"database \".*\" does not exist", UNKNOWN),
    (r"permission denied for database", DENIED), (r"too many (clients|connections)", BUSY),
    ("server closed the connection", LOST), ("consuming input failed", LOST), ("the connection is (closed|lost)", LOST),
    ("unable to open database file", UNREACHABLE), ("readonly database", READ_ONLY),
    (r"database (table )?is locked", BUSY), ("no such table", TABLE), ("no such column", COLUMN),
    ("file is not a database", UNKNOWN), ("ORA-01017", LOGIN), ("ORA-28000", LOGIN), ("ORA-1251[46]", UNKNOWN),
    ("ORA-00942", TABLE), ("ORA-00904", COLUMN), ("ORA-01031", DENIED), ("ORA-16000", READ_ONLY), ("ORA-01013", TIMEOUT),
    ("ORA-0311[345]", LOST), ("ORA-00054|ORA-00060", BUSY), ("connection (to server )?.*(failed|refused)", UNREACHABLE),
    ("failed to resolve host|could not translate host name|Name or service not known", UNREACHABLE),
)  # fmt: skip


def outage(texts: Outage, system: str, place: str, *, doing_zh: str, doing_en: str, why: str) -> RetryError:
    """A RetryError that says what was being done, where, and why it failed."""
    reason = f" ({why})" if why else ""
    return RetryError(
        texts.code,
        zh=f"{doing_zh} {place} 时:{texts.zh}{reason}",
        en=f"While {doing_en} {place}: {texts.en}{reason}",
        remedy_zh=texts.remedy_zh,
        remedy_en=texts.remedy_en,
        place=Place(system=system, file=place),
    )


def fault(
    texts: Fault, system: str, place: str, *, why_zh: str = "", why_en: str = "", field: str | None = None
) -> StopError:
    """A StopError that names the place (address, table, column) and what was found there."""
    reason_zh, reason_en = (f" ({why_zh})" if why_zh else ""), (f" ({why_en})" if why_en else "")
    return StopError(
        texts.code,
        zh=f"{place}:{texts.zh}{reason_zh}",
        en=f"{place}: {texts.en}{reason_en}",
        remedy_zh=texts.remedy_zh,
        remedy_en=texts.remedy_en,
        place=Place(system=system, file=place, field=field),
    )


@contextmanager
def translated(system: str, doing_zh: str, doing_en: str, place: str) -> Iterator[None]:
    """Whatever SQLAlchemy or a driver raises inside becomes a RetryError or a StopError; the hub's own pass through."""
    try:
        yield
    except HubError:
        raise
    except (NoSuchModuleError, ModuleNotFoundError) as error:
        raise fault(DRIVER, system, place, why_zh=str(error), why_en=str(error)) from error
    except (SQLAlchemyError, OSError) as error:
        texts, why = meaning(error), reason(error)
        if isinstance(texts, Fault):
            raise fault(texts, system, place, why_zh=why, why_en=why) from error
        raise outage(texts, system, place, doing_zh=doing_zh, doing_en=doing_en, why=why) from error


def meaning(error: Exception) -> Outage | Fault:
    """What an error of a driver means: by the server's code where it has one, else by its words."""
    cause = error.orig if isinstance(error, DBAPIError) else error
    text = str(cause)
    number = cause.args[0] if cause is not None and cause.args else None
    if isinstance(number, int) and number in _MYSQL:
        return TIMEOUT if _MYSQL[number] is LOST and "timed out" in text else _MYSQL[number]
    state = getattr(cause, "sqlstate", None)
    if isinstance(state, str) and state and not isinstance(number, int):
        return _POSTGRES.get(state) or (LOST if state.startswith("08") else FAILED)
    for words, texts in _SAID:
        if re.search(words, text):
            return texts
    if isinstance(error, DBAPIError) and error.connection_invalidated:
        return LOST
    return UNREACHABLE if isinstance(cause, OSError) else FAILED


def reason(error: Exception) -> str:
    """The server's own words, one line; never the statement or its values, which are personal data."""
    cause = error.orig if isinstance(error, DBAPIError) else error
    primary = getattr(getattr(cause, "diag", None), "message_primary", None)
    if not primary and cause is not None and cause.args:
        primary = cause.args[1] if len(cause.args) > 1 else cause.args[0]
    lines = str(primary or type(cause).__name__).splitlines()
    return lines[0].strip()[:LONGEST_REASON]
