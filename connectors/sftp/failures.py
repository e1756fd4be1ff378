"""The one place where what SFTP servers refuse, and lost connections, become errors of the hub, with place and remedy."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from connectors.failures import BROKEN, FULL, MISSING, READ_ONLY, Passing, Stopping, Texts, endpoint_failed
from connectors.sftp import requests as ssh
from connectors.sftp.fields import Full, Lost, ReadOnly, Refused
from connectors.sftp.wire import Wire
from hub.errors import Place, RetryError, StopError

UNREACHABLE = Passing(
    "SFTP_UNREACHABLE",
    "连不上 SFTP 服务器",
    "the SFTP server cannot be reached",
    "检查主机、端口(默认 22)、防火墙,sshd 是否在运行。恢复后枢纽自动继续",
    "Check host, port (22 by default) and firewall, and that sshd runs. The hub goes on by itself",
)
HANDSHAKE = Passing(
    "SFTP_HANDSHAKE",
    "对端接受了连接,但没有完成 SSH 握手",
    "the other side took the connection but did not finish the SSH handshake",
    "检查该端口是否确为 sshd,其并发上限(MaxStartups)和日志。枢纽稍后自动重试",
    "Check that sshd is what listens there, its limit MaxStartups and its log. The hub tries again by itself",
)
LOST = Passing(
    "SFTP_LOST",
    "与 SFTP 服务器的连接中断或超时",
    "the connection to the SFTP server was lost, or it did not answer in time",
    "检查网络和 sshd 日志;很慢的服务器可调大 connector.timeout。没有丢失任何数据,枢纽自动重试",
    "Check the network and sshd's log; raise connector.timeout for a very slow server. Nothing is lost; the hub tries again",
)
ALGORITHMS = Stopping(
    "SFTP_ALGORITHMS",
    "与 SFTP 服务器没有共同的算法",
    "the hub and the SFTP server have no algorithm in common",
    "升级对端的 SSH 服务,或启用 Ed25519/RSA-SHA2 主机密钥、AES-CTR/GCM 和 ECDH/DH-SHA2 密钥交换;SHA-1 签名不被接受",
    "Renew the server's SSH, or enable Ed25519/RSA-SHA2 host keys, AES-CTR/GCM and ECDH/DH-SHA2 key exchange; SHA-1 is refused",
)
LOGIN = Stopping(
    "SFTP_LOGIN",
    "SFTP 服务器拒绝登录",
    "the SFTP server refused the log-in",
    "核对连接的登录名、口令或私钥;公钥须在服务器该账号的 authorized_keys 中",
    "Check login, password or private key of the connection; the public key must stand in that account's authorized_keys",
)
NO_SFTP = Stopping(
    "SFTP_SUBSYSTEM",
    "登录成功,但服务器不为该账号提供 SFTP",
    "the log-in succeeded, but the server offers this account no SFTP",
    "请管理员在 sshd_config 中启用 Subsystem sftp internal-sftp,并检查 ChrootDirectory 的属主和权限",
    "Let the administrator enable `Subsystem sftp internal-sftp` in sshd_config and check owner and mode of ChrootDirectory",
)
NO_HOST = Stopping(
    "SFTP_CONNECTION",
    "连接没有写主机",
    "the connection names no host",
    "在 Airflow 连接中写 host(和 port)",
    "Write host (and port) into the Airflow Connection",
)

DENIED = Texts(
    "CONNECTOR_DENIED",
    "服务器拒绝:该账号没有权限",
    "the server denies this to the account",
    "请服务器的管理员给登录账号该目录的读、写、改名权限(属主、组、setfacl);所需的命令由 suphub system grants CODE 打印。恢复后枢纽自动继续",
    "Have the server's administrator let the account read, write and rename there (owner, group, setfacl); `suphub system "
    "grants CODE` prints the commands. The hub goes on by itself",
)

_BY_STATUS = {ssh.NO_SUCH_FILE: MISSING, ssh.DENIED: DENIED}


def outage(texts: Passing, system: str, server: str, reason: object = "") -> RetryError:
    """A RetryError about the server itself."""
    why = f" ({reason})" if str(reason) else ""
    return RetryError(
        texts.code,
        zh=f"{server}:{texts.zh}{why}",
        en=f"{server}: {texts.en}{why}",
        remedy_zh=texts.remedy_zh,
        remedy_en=texts.remedy_en,
        place=Place(system=system),
    )


def fault(texts: Stopping, system: str, server: str, reason: object = "") -> StopError:
    """A StopError about the server or the connection."""
    why = f" ({reason})" if str(reason) else ""
    return StopError(
        texts.code,
        zh=f"{server}:{texts.zh}{why}",
        en=f"{server}: {texts.en}{why}",
        remedy_zh=texts.remedy_zh,
        remedy_en=texts.remedy_en,
        place=Place(system=system, field="connector.connection"),
    )


@dataclass(frozen=True, slots=True)
class Doing:
    """What was being done, and where, for the texts of an error."""

    system: str
    zh: str
    en: str
    path: str

    def failed(self, texts: Texts, reason: str = "") -> RetryError:
        """A RetryError about this deed."""
        return endpoint_failed(
            texts, system=self.system, doing_zh=self.zh, doing_en=self.en, path=self.path, reason=reason
        )


@contextmanager
def translated(doing: Doing, server: str, drop: Callable[[], None]) -> Iterator[None]:
    """Refused and Lost raised inside become RetryErrors; a lost connection is dropped."""
    try:
        yield
    except Refused as refused:
        texts = FULL if isinstance(refused, Full) else READ_ONLY if isinstance(refused, ReadOnly) else None
        raise doing.failed(texts or _BY_STATUS.get(refused.status, BROKEN), refused.text) from refused
    except Lost as lost:
        drop()
        raise outage(LOST, doing.system, server, f"{doing.en} {doing.path}: {lost}") from lost


@contextmanager
def explained(connection: Wire, folder: bytes) -> Iterator[None]:
    """Most servers call a full and a read-only disk just "failure": here they are told apart, as Full and ReadOnly."""
    try:
        yield
    except Refused as refused:
        space = None
        if refused.status == ssh.FAILURE:
            with suppress(Refused):  # the first refusal is what is told
                space = connection.space(folder)
        if space is not None and space.read_only:
            raise ReadOnly(refused.status, refused.text) from refused
        if space is not None and space.free < ssh.USUAL_BLOCK:
            raise Full(refused.status, refused.text) from refused
        raise
