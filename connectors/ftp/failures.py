"""The one place where what goes wrong with an FTP server becomes an error of the hub: pass (retry) or stop, place, remedy."""

from __future__ import annotations

import re
import ssl
from collections.abc import Iterator
from contextlib import contextmanager

from connectors.failures import Passing, Stopping
from connectors.ftp.wire import DataFailed, Garbled, Refused
from connectors.names import shown, text_of
from hub.errors import HubError, Place, RetryError, StopError

SHOWN = 200


UNREACHABLE = Passing(
    "FTP_UNREACHABLE",
    "连不上 FTP 服务器",
    "the FTP server cannot be reached",
    "检查连接中的主机和端口、防火墙,服务器是否已启动。恢复后枢纽自动继续",
    "Check host and port of the connection, the firewall, and that the server runs. The hub goes on by itself",
)
TIMEOUT = Passing(
    "FTP_TIMEOUT",
    "FTP 服务器没有按时应答",
    "the FTP server did not answer in time",
    "检查网络和服务器负载;线路慢则调大 connector.timeout;隐式 TLS 的端口(990)须写 tls: implicit",
    "Check the network and the server's load; raise connector.timeout for a slow line; a port with implicit TLS (990) needs tls: implicit",
)
LOST = Passing(
    "FTP_LOST",
    "与 FTP 服务器的连接中断",
    "the connection to the FTP server was lost",
    "检查网络和服务器日志。没有丢失任何数据,枢纽自动继续",
    "Check the network and the server's log. Nothing is lost; the hub goes on by itself",
)
BUSY = Passing(
    "FTP_BUSY",
    "FTP 服务器暂不接受连接",
    "the FTP server takes no connection for now",
    "稍后自动重试;若反复出现,请部门检查最大连接数和维护窗口",
    "It is tried again; if it recurs, let the department look at its limit of connections and its times of maintenance",
)
DATA = Passing(
    "FTP_DATA",
    "数据连接没有建立或被拒绝",
    "the data connection could not be opened or was refused",
    "在防火墙上放行服务器的被动端口范围;或在登记中写 mode: active(服务器须能连回枢纽)。TLS 下防火墙看不到端口,须固定放行",
    "Let the firewall pass the server's range of passive ports, or say mode: active (the server must then reach the hub). "
    "Under TLS a firewall cannot see the ports: the range must be open always",
)
HANDSHAKE = Passing(
    "FTP_TLS",
    "TLS 失败",
    "TLS failed",
    "请部门启用 TLS 1.2 或 1.3 并查看服务器日志;端口直接以 TLS 开始时写 tls: implicit",
    "Let the department offer TLS 1.2 or 1.3 and look into the server's log; where the port begins with TLS at once, say tls: implicit",
)
MISSING = Passing(
    "CONNECTOR_MISSING",
    "FTP 服务器上没有该目录或文件,或账号不能进入",
    "the folder or file does not exist on the FTP server, or the account may not enter it",
    "检查登记中的路径(登录后所见的绝对路径)和账号的权限。恢复后枢纽自动继续",
    "Check the path in the registration (absolute, as seen after log-in) and the account's rights. The hub goes on by itself",
)
DENIED = Passing(
    "CONNECTOR_DENIED",
    "FTP 服务器不允许",
    "the FTP server does not allow it",
    "请部门给 FTP 账号该目录的列表、读、写、改名、删除、建目录权限。没有丢失任何数据,恢复后枢纽自动继续",
    "Let the department give the FTP account the rights to list, read, write, rename, delete and make folders there. "
    "Nothing is lost; the hub goes on by itself",
)
FULL = Passing(
    "CONNECTOR_FULL",
    "FTP 服务器磁盘已满或超出配额",
    "the FTP server's disk or quota is full",
    "在前置机上腾出空间。没有丢失任何数据,恢复后枢纽自动继续",
    "Free space on the front-end machine. Nothing is lost; the hub goes on by itself",
)
FAILED = Passing(
    "CONNECTOR_IO",
    "FTP 服务器报告失败",
    "the FTP server reported a failure",
    "查看服务器日志和它的原话。没有丢失任何数据,恢复后枢纽自动继续",
    "See the server's log and its own words. Nothing is lost; the hub goes on by itself",
)
UNWRITTEN = Passing(
    "CONNECTOR_IO",
    "FTP 服务器没有写成文件,多半是磁盘已满",
    "the FTP server could not write the file; most likely its disk is full",
    "查看前置机的磁盘和配额。没有丢失任何数据,恢复后枢纽自动继续",
    "Look at the disk and the quota of the front-end machine. Nothing is lost; the hub goes on by itself",
)
SHORT = Passing(
    "CONNECTOR_IO",
    "传输后的长度与所发的不同",
    "the length after the transfer differs from what was sent",
    "检查服务器磁盘和网络;枢纽没有改名,稍后重传",
    "Check the server's disk and the network; the file was not put in place and is sent again",
)
NO_CONNECTION = Stopping(
    "FTP_CONNECTION",
    "连接不能用于 FTP",
    "the connection cannot be used for FTP",
    "在 Airflow 连接中填写类型 ftp、主机、端口、用户和口令;tls 写在登记中",
    "Fill in type ftp, host, port, login and password of the Airflow connection; tls is said in the registration",
)
LOGIN = Stopping(
    "FTP_LOGIN",
    "FTP 服务器拒绝登录",
    "the FTP server refused the log-in",
    "核对 Airflow 连接中的用户和口令,账号是否停用;改好后再运行",
    "Check login and password of the Airflow connection, and that the account is not locked; then run again",
)
NEEDS_TLS = Stopping(
    "FTP_TLS_REQUIRED",
    "FTP 服务器要求 TLS,而登记写了 tls: none",
    "the FTP server demands TLS, but the registration says tls: none",
    "删去登记中的 tls: none",
    "Remove tls: none from the registration",
)
NO_TLS = Stopping(
    "FTP_TLS_REFUSED",
    "FTP 服务器不提供 TLS,没有发送用户和口令",
    "the FTP server offers no TLS; neither login nor password was sent",
    "请部门启用 FTPS;确实只能用明文时,在登记中写 tls: none(口令和办件都不加密,仅限专网)",
    "Let the department enable FTPS. Where only plain FTP is possible, say tls: none in the registration: password and cases "
    "then travel in clear, so use a private network only",
)
GARBLED = Stopping(
    "FTP_PROTOCOL",
    "对方不像是 FTP 服务器",
    "the other side does not look like an FTP server",
    "核对主机和端口;隐式 TLS 的端口(990)须写 tls: implicit",
    "Check host and port; a port with implicit TLS (990) needs tls: implicit",
)

_TLS_WORDS = r"(must|required?|policy).*(ssl|tls|encrypt)|(ssl|tls|encrypt\w*).*(required|must)"
_TOO_MANY = (
    r"too many|maximum number|max(imum)? .*(clients|connections|users|sessions)|try again later|连接数|稍后"
)
_SAID: tuple[tuple[str, Passing], ...] = (
    (r"no space|disk.*full|quota|磁盘空间|配额|not enough space", FULL),
    (r"denied|permission|not permitted|not allowed|forbidden|read-?only|prohibited|privilege|拒绝|权限|只读", DENIED),
    (r"no such|not found|does not exist|doesn't exist|cannot find|找不到|不存在|failed to change directory", MISSING),
)  # fmt: skip


def passing(
    texts: Passing, system: str, place: str, *, doing_zh: str, doing_en: str, why: str = ""
) -> RetryError:
    """A RetryError that says what was being done, where, and in the server's own words why it failed."""
    reason = f" ({why[:SHOWN]})" if why else ""
    return RetryError(
        texts.code,
        zh=f"{doing_zh} {place} 时:{texts.zh}{reason}",
        en=f"While {doing_en} {place}: {texts.en}{reason}",
        remedy_zh=texts.remedy_zh,
        remedy_en=texts.remedy_en,
        place=Place(system=system, file=place),
    )


def stopping(texts: Stopping, system: str, place: str, why: str = "") -> StopError:
    """A StopError that names the server and says in its own words what is wrong."""
    reason = f" ({why[:SHOWN]})" if why else ""
    return StopError(
        texts.code,
        zh=f"{place}:{texts.zh}{reason}",
        en=f"{place}: {texts.en}{reason}",
        remedy_zh=texts.remedy_zh,
        remedy_en=texts.remedy_en,
        place=Place(system=system, file=place),
    )


@contextmanager
def translated(system: str, doing_zh: str, doing_en: str, place: str) -> Iterator[None]:
    """Whatever the wire raises inside becomes a RetryError or a StopError; the hub's own errors pass through."""
    try:
        yield
    except HubError:
        raise
    except (Refused, DataFailed, Garbled, EOFError, OSError) as error:
        texts = meaning(error)
        if isinstance(texts, Stopping):
            raise stopping(texts, system, place, reason(error)) from error
        raise passing(
            texts, system, place, doing_zh=doing_zh, doing_en=doing_en, why=reason(error)
        ) from error


def meaning(error: Exception) -> Passing | Stopping:
    """What an error of the wire means: by the reply's code, then by the server's words."""
    match error:
        case Refused():
            return _refusal(error)
        case DataFailed():
            return DATA
        case Garbled():
            return GARBLED if error.greeting else LOST
        case TimeoutError():
            return TIMEOUT
        case ssl.SSLEOFError() | ssl.SSLZeroReturnError() | ssl.SSLSyscallError():
            return LOST
        case ssl.SSLError():
            return HANDSHAKE
        case ConnectionError() | EOFError():
            return LOST
    return UNREACHABLE


def _refusal(error: Refused) -> Passing | Stopping:
    code, text = error.reply.code, error.reply.text
    if code in (425, 426, 522):
        return DATA
    if code in (534, 521, 533) or re.search(_TLS_WORDS, text, re.IGNORECASE):
        return NEEDS_TLS if not error.secured else DATA
    if code == 421 or re.search(_TOO_MANY, text, re.IGNORECASE):
        return BUSY
    if error.verb in ("USER", "PASS", "ACCT") or code in (530, 532, 332):
        return LOGIN
    if code in (452, 552):
        return FULL
    for words, texts in _SAID:
        if re.search(words, text, re.IGNORECASE):
            return texts
    if code in (550, 553) and error.verb in ("CWD", "LIST", "MLSD", "RETR"):
        return MISSING  # some servers never say why
    if code == 451 and error.verb == "STOR":
        return UNWRITTEN  # all that ProFTPD and vsftpd say of a full disk
    return DENIED if code in (550, 553) else FAILED


def reason(error: Exception) -> str:
    """The server's or the system's own words, one line; notes of an error (which server) follow."""
    return "; ".join((_words(error), *getattr(error, "__notes__", ())))


def _words(error: Exception) -> str:
    if isinstance(error, Refused):
        return f"{error.verb}: {error.reply.code} {error.reply.text}"
    if isinstance(error, ssl.SSLError):
        return str(error.reason or error.strerror or error)
    if isinstance(error, OSError):
        return error.strerror or str(error) or type(error).__name__
    return str(error) or type(error).__name__


def unsayable(system: str, raw: bytes) -> StopError:
    """For a file name that no command of FTP can carry."""
    name = shown(text_of(raw))
    return StopError(
        "CONNECTOR_NAME",
        zh=f"文件名 {name!r} 含换行或 NUL,FTP 命令无法表示",
        en=f"The file name {name!r} holds a line end or a NUL, which no FTP command can say",
        remedy_zh="请来源系统换一个文件名",
        remedy_en="Let the source use another file name",
        place=Place(system=system, file=name),
    )
