"""What can go wrong with an exchange database: texts, remedies, and the errors of the hub made of them."""

from __future__ import annotations

from connectors.failures import Passing, Stopping
from hub.errors import Place, RetryError, StopError

UNREACHABLE = Passing(
    "DATABASE_UNREACHABLE",
    "连不上交换库",
    "the exchange database cannot be reached",
    "检查主机、端口、防火墙,数据库是否已启动;SQLite 则检查文件路径。恢复后枢纽自动继续",
    "Check host, port and firewall, and that the server runs; for SQLite the path of the file. The hub goes on by itself",
)
LOST = Passing(
    "DATABASE_LOST",
    "与交换库的连接中断",
    "the connection to the exchange database was lost",
    "检查网络和数据库日志。未确认的行下次原样重取,不丢不重",
    "Check the network and the server's log. Rows not acknowledged are read again as they were; nothing is lost",
)
TIMEOUT = Passing(
    "DATABASE_TIMEOUT",
    "语句超时",
    "a statement took too long",
    "给时间列和主键列(或同步标志列)建索引;或调大 connector.timeout、调小 connector.batch",
    "Index the time and key columns (or the flag); or raise connector.timeout, lower connector.batch",
)
BUSY = Passing(
    "DATABASE_BUSY",
    "交换库被占用(锁、死锁、连接数已满)",
    "the exchange database is busy (lock, deadlock, too many connections)",
    "无须处理,稍后自动重试;若反复出现,请部门检查长事务和最大连接数",
    "Nothing to do: it is tried again. If it recurs, let the department look for long transactions and its limit of connections",
)
READ_ONLY = Passing(
    "DATABASE_READ_ONLY",
    "交换库只读",
    "the exchange database is read-only",
    "请部门恢复可写(主备切换、只读参数、文件权限);回执已存妥,恢复后补写",
    "Let the department make it writable (fail-over, read-only setting, file rights); receipts are kept and written later",
)
FAILED = Passing(
    "DATABASE_FAILED",
    "交换库报错",
    "the exchange database reports an error",
    "查看原因和数据库日志;没有丢失任何数据",
    "See the reason and the server's log; nothing is lost",
)
SPOOL = Passing(
    "DATABASE_SPOOL",
    "枢纽写临时文件失败",
    "the hub cannot write its scratch file",
    "检查 SUPHUB_HOME 下 work 所在的磁盘;没有丢失任何数据",
    "Check the disk of work under SUPHUB_HOME; nothing is lost",
)
LOGIN = Stopping(
    "DATABASE_LOGIN",
    "交换库拒绝登录",
    "the exchange database refuses the log-in",
    "检查 Airflow 连接中的用户名和密码,以及服务器是否允许从本机登录",
    "Check login and password of the Airflow connection, and that the server allows this machine",
)
UNKNOWN = Stopping(
    "DATABASE_UNKNOWN",
    "没有这个数据库",
    "there is no such database",
    "检查 Airflow 连接中的数据库名(schema);SQLite 则检查文件",
    "Check the database's name (schema) in the Airflow connection; for SQLite the file",
)
DENIED = Stopping(
    "DATABASE_DENIED",
    "交换库账号缺少权限",
    "the account lacks a right in the exchange database",
    "给账号授权:各表 SELECT;标志方式另加标志列 UPDATE;有退回表另加其 SELECT、INSERT(见 docs/connectors/database.md)",
    "Grant SELECT on the tables; in flag mode UPDATE of the flag too; SELECT and INSERT on the rejects table (docs/connectors/database.md)",
)
TABLE = Stopping(
    "DATABASE_TABLE",
    "交换库中没有这张表",
    "the exchange database has no such table",
    "检查登记中的 connector.tables、connector.schema、connector.rejects.table,或请部门建表、授权",
    "Check connector.tables, connector.schema, connector.rejects.table of the registration, or let the department create it or grant it",
)
COLUMN = Stopping(
    "DATABASE_COLUMN",
    "表中没有这一列",
    "the table has no such column",
    "改登记,或请部门补上该列",
    "Mend the registration, or let the department add the column",
)
COLUMN_TYPE = Stopping(
    "DATABASE_COLUMN_TYPE",
    "列的类型不能这样用",
    "the column's type cannot be used so",
    "时间列用日期时间或文本,主键列用文本或整数,标志列用文本或整数;请部门改列,或在登记中另选一列",
    "Time: date-time or text; key: text or whole number; flag: text or whole number. Let the department change it, or name another column",
)
CHARSET = Stopping(
    "DATABASE_CHARSET",
    "列的字符集存不下全部汉字,会存成“?”",
    "the column's character set cannot hold all characters: some would be stored as ?",
    "请部门改为 utf8mb4(或 UTF8 数据库);确认可接受时,在登记中写 connector.charset: warn",
    "Let the department convert it to utf8mb4 (or a UTF8 database); if that is acceptable, write connector.charset: warn",
)
DRIVER = Stopping(
    "DATABASE_DRIVER",
    "没有安装这种数据库的驱动",
    "the driver for this kind of database is not installed",
    "检查 Airflow 连接的类型(postgres、mysql、mariadb、sqlite、oracle、kingbase、opengauss、dm、mssql);达梦需装 dmPython 与 dmSQLAlchemy,"
    "SQL Server 需装 pymssql(或 pyodbc),装在枢纽自己的 Python 环境",
    "Check the type of the Airflow connection (postgres, mysql, mariadb, sqlite, oracle, kingbase, opengauss, dm, mssql); Dameng needs"
    " dmPython and dmSQLAlchemy, SQL Server pymssql (or pyodbc), installed into the hub's own Python environment",
)
LOGIN_METHOD = Stopping(
    "DATABASE_LOGIN_METHOD",
    "服务器要求的认证方式,驱动不会",
    "the server asks for a way of logging in that the driver does not know",
    "openGauss:把 password_encryption_type 设为 1 后重设该账号口令,并在 pg_hba.conf 中对枢纽写 md5;Oracle:重设该账号口令(去掉 10G 校验值)",
    "openGauss: set password_encryption_type = 1, set the account's password anew and let pg_hba.conf say md5 for the hub;"
    " Oracle: set the account's password anew (its 10G verifier is too old)",
)
OLD_SERVER = Stopping(
    "DATABASE_OLD_SERVER",
    "Oracle 服务器版本太旧,python-oracledb 的轻量模式连不上",
    "the Oracle server is too old for python-oracledb's thin mode",
    "安装 Oracle Instant Client,并在 Airflow 连接的 extra 中写 thick_mode=true(必要时加 thick_mode_lib_dir)",
    "Install Oracle's Instant Client and write thick_mode=true (and thick_mode_lib_dir) into the extra of the Airflow connection",
)


def outage(texts: Passing, system: str, place: str, *, doing_zh: str, doing_en: str, why: str) -> RetryError:
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
    texts: Stopping, system: str, place: str, *, why_zh: str = "", why_en: str = "", field: str | None = None
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
