"""What the failures of a database are in the hub's words: `RetryError` where waiting helps, `StopError` where somebody must act."""

from __future__ import annotations

import re
from typing import Any

from sqlalchemy import Connection, Dialect, Engine
from sqlalchemy.engine import URL

from hub.errors import HubError, RetryError, StopError

# What the databases say when the hub's own tables are older than the program; SQLSTATE or SQLite's words.
_NO_TABLE = re.compile(r"no such (table|column)|has no column named")
_PASSWORD = re.compile(r"password authentication failed|no password supplied|认证失败|pg_hba\.conf")
_NO_DATABASE = re.compile(r"(database|role) \"[^\"]*\" does not exist|(数据库|角色) \"[^\"]*\" 不存在")
_PASSING = re.compile(r"database (table )?is locked|disk is full|disk I/O error")
_UNOPENABLE = re.compile(
    r"unable to open database file|readonly database|file is not a database|disk image is malformed"
)
# What MariaDB and MySQL say by number: a lock waited for too long, a deadlock, a changed row, too many connections, no space.
_PASSING_NUMBERS = frozenset({1205, 1213, 1020, 1040, 1203, 1021, 1114, 3572})
# After a deadlock its transaction is gone, and with it the savepoint to which somebody then wants to go back.
_NO_SAVEPOINT, _SAVEPOINT = 1305, "SAVEPOINT "
# Full disk and other exhausted resources, deadlock, serialization failure, shutdown, connection lost.
_PASSING_STATES = ("53", "40001", "40P01", "55P03", "57P", "08")


def told(
    original: BaseException,
    dialect: Dialect,
    engine: Engine | None,
    connection: Connection | None,
    *,
    lost: bool,
) -> HubError | None:
    """A failure of the database itself, in the hub's words; None leaves the error as it is."""
    text = str(original)
    state = getattr(original, "sqlstate", None) or ""
    where = engine.url.render_as_string(hide_password=True) if engine is not None else dialect.name
    if state in {"42P01", "42703"} or (dialect.name == "sqlite" and _NO_TABLE.search(text)):
        return _not_upgraded(where, text)
    if not isinstance(original, (dialect.loaded_dbapi.OperationalError, dialect.loaded_dbapi.DatabaseError)):
        return None
    if state.startswith("28") or (not state and _PASSWORD.search(text)):
        return _refused(where)
    if state == "3D000" or (not state and _NO_DATABASE.search(text)):
        return _missing(where)
    if dialect.name == "sqlite" and _UNOPENABLE.search(text) and not _only_reads(connection):
        return unusable_file(where, text)
    if lost or connection is None:
        passing = dialect.name == "sqlite" and _PASSING.search(text)
        return _busy(where, text) if passing else _unreachable(where, text)
    if state.startswith(_PASSING_STATES) or (dialect.name == "sqlite" and _PASSING.search(text)):
        return _busy(where, text)
    if dialect.name in ("mysql", "mariadb") and original.args[:1] and _passes(original.args):
        return _busy(where, text)
    return None


def _passes(said: tuple[Any, ...]) -> bool:
    """Whether waiting helps, by what MariaDB or MySQL said: number and text."""
    number, text = said[0], str(said[1]) if len(said) > 1 else ""
    return number in _PASSING_NUMBERS or (number == _NO_SAVEPOINT and text.startswith(_SAVEPOINT))


def _only_reads(connection: Connection | None) -> bool:
    """Whether the refusal to write is that of `reading`, so a fault of the program and none of the file."""
    return connection is not None and "suphub_begin" in connection.get_execution_options()


def _first_line(text: str) -> str:
    return text.strip().splitlines()[0] if text.strip() else text


def _unreachable(where: str, text: str) -> RetryError:
    return RetryError(
        "DB_UNREACHABLE",
        zh=f"数据库 {where} 无法连接或连接中断：{_first_line(text)}",
        en=f"The database {where} cannot be reached, or the connection broke: {_first_line(text)}",
        remedy_zh="检查数据库服务是否运行、地址端口是否正确、网络是否通畅；恢复后任务自动重试",
        remedy_en="Check that the server runs, the address and port are right and the network is up; the task retries by itself",
    )


def _busy(where: str, text: str) -> RetryError:
    return RetryError(
        "DB_BUSY",
        zh=f"数据库 {where} 暂时不能完成操作：{_first_line(text)}",
        en=f"The database {where} cannot finish the work for now: {_first_line(text)}",
        remedy_zh="检查磁盘空间和长时间占用的事务；任务自动重试，数据不会丢失",
        remedy_en="Check disk space and long transactions; the task retries by itself, nothing is lost",
    )


def _refused(where: str) -> StopError:
    return StopError(
        "DB_PASSWORD",
        zh=f"数据库 {where} 拒绝登录：用户名、口令或访问许可不正确",
        en=f"The database {where} refused the log-in: user, password or host permission is wrong",
        remedy_zh="修改 SUPHUB_DATABASE_URL 中的用户名和口令，或在 pg_hba.conf 中放行本机",
        remedy_en="Correct user and password in SUPHUB_DATABASE_URL, or admit this host in pg_hba.conf",
    )


def _missing(where: str) -> StopError:
    return StopError(
        "DB_MISSING",
        zh=f"数据库 {where} 不存在",
        en=f"The database {where} does not exist",
        remedy_zh="先用 createdb 建库（UTF8 编码），再运行 suphub db upgrade",
        remedy_en="Create it with createdb (encoding UTF8), then run: suphub db upgrade",
    )


def unusable_file(where: str, text: str) -> StopError:
    return StopError(
        "DB_FILE",
        zh=f"数据库文件 {where} 不能使用：{_first_line(text)}",
        en=f"The database file {where} cannot be used: {_first_line(text)}",
        remedy_zh="检查文件和所在目录的读写权限；文件损坏时从备份恢复（docs/database.md，备份）",
        remedy_en="Check that file and folder may be read and written; if it is damaged, restore a backup (docs/database.md)",
    )


def _not_upgraded(where: str, text: str) -> StopError:
    return StopError(
        "DB_NOT_UPGRADED",
        zh=f"数据库 {where} 还没有表，或表结构比程序旧：{_first_line(text)}",
        en=f"The database {where} has no tables yet, or older ones than the program: {_first_line(text)}",
        remedy_zh="运行 suphub db upgrade",
        remedy_en="Run: suphub db upgrade",
    )


def no_driver(address: URL, text: str) -> StopError:
    return StopError(
        "DB_DRIVER",
        zh=f"没有安装数据库 {address.drivername} 的驱动：{text}",
        en=f"No driver for {address.drivername} is installed: {text}",
        remedy_zh="使用 sqlite 或 postgresql+psycopg；或运行 make install 安装全部依赖",
        remedy_en="Use sqlite or postgresql+psycopg, or run make install, which installs everything",
    )
