"""The one place where the operating system's errors become errors of the hub, with place and remedy."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from hub.errors import HubError, Place, RetryError, StopError


@dataclass(frozen=True, slots=True)
class Texts:
    """What happened and what to do, for one family of system errors."""

    code: str
    zh: str
    en: str
    remedy_zh: str
    remedy_en: str


@dataclass(frozen=True, slots=True)
class Passing(Texts):
    """Texts of what time or the other side mends: the hub tries again."""


@dataclass(frozen=True, slots=True)
class Stopping(Texts):
    """Texts of what somebody must set right first: that system stops."""


MISSING = Texts(
    "CONNECTOR_MISSING",
    "目录或文件不存在",
    "the folder or file does not exist",
    "检查登记中的路径;若是网络盘,检查是否已挂载。恢复后枢纽自动继续",
    "Check the path in the registration; if it is a network share, check that it is mounted. The hub goes on by itself",
)
DENIED = Texts(
    "CONNECTOR_DENIED",
    "没有权限",
    "permission denied",
    "给枢纽的运行账号该目录的读、写、改名权限(chmod/setfacl)。恢复后枢纽自动继续",
    "Give the hub's account the right to read, write and rename there (chmod/setfacl). The hub goes on by itself",
)
READ_ONLY = Texts(
    "CONNECTOR_READ_ONLY",
    "目录所在的磁盘是只读的",
    "the folder lies on a read-only file system",
    "以读写方式重新挂载,或在登记中另指目录。回执已存妥,恢复后照原样补发",
    "Remount it read-write, or name another folder in the registration. Receipts are kept and delivered as they are",
)
FULL = Texts(
    "CONNECTOR_FULL",
    "磁盘已满或超出配额",
    "the disk or the quota is full",
    "在前置机上腾出空间。没有丢失任何数据,恢复后枢纽自动继续",
    "Free space on the front-end machine. Nothing is lost; the hub goes on by itself",
)
BROKEN = Texts(
    "CONNECTOR_IO",
    "读写失败",
    "reading or writing failed",
    "检查前置机的磁盘与网络连接。恢复后枢纽自动继续",
    "Check the disk of the front-end machine and the network to it. The hub goes on by itself",
)
CHANGED = Texts(
    "CONNECTOR_CHANGED",
    "文件在读取时被改动,已退回原处,下次再取",
    "the file changed while it was read; it was put back and is taken later",
    "请来源系统写完后再放就绪标记或改名;或调大 ready.stable_for",
    "Let the source set the marker or rename only after it has finished writing; or raise ready.stable_for",
)
LOST = Texts(
    "CONNECTOR_CLAIM_LOST",
    "本进程不再持有该报文的领取锁",
    "this process no longer holds the claim on this package",
    "无须处理:下一次运行会重新领取",
    "Nothing to do: the next run claims it again",
)

_BY_ERRNO = {
    errno.ENOENT: MISSING,
    errno.ENOTDIR: MISSING,
    errno.EACCES: DENIED,
    errno.EPERM: DENIED,
    errno.EROFS: READ_ONLY,
    errno.ENOSPC: FULL,
    errno.EDQUOT: FULL,
    errno.EFBIG: FULL,
}


def endpoint_failed(
    texts: Texts, *, system: str, doing_zh: str, doing_en: str, path: str, reason: str = ""
) -> RetryError:
    """A RetryError that says what was being done, where, and why it failed."""
    why = f" ({reason})" if reason else ""
    return RetryError(
        texts.code,
        zh=f"{doing_zh} {path} 时:{texts.zh}{why}",
        en=f"While {doing_en} {path}: {texts.en}{why}",
        remedy_zh=texts.remedy_zh,
        remedy_en=texts.remedy_en,
        place=Place(system=system, file=path),
    )


OF_ONE = frozenset({"CONNECTOR_DENIED", "CONNECTOR_IO", "CONNECTOR_MISSING", "CONNECTOR_FULL", "CONNECTOR_CHANGED",
                    "CONNECTOR_NAME", "SOAP_FAULT", "SOAP_HTTP"})  # fmt: skip
"""Codes of errors that may concern one file or receipt only, so that its neighbours are tried."""
IN_A_ROW = 200
"""So many of them one after another, and it is the endpoint: the next run tries again."""


def of_one(error: HubError) -> bool:
    """Whether the next file may fare better; False where the endpoint is lost, or its registration wrong."""
    return error.code in OF_ONE


@contextmanager
def translated(system: str, doing_zh: str, doing_en: str, path: str) -> Iterator[None]:
    """Any OSError raised inside becomes a RetryError: endpoints are mended, not configured anew."""
    try:
        yield
    except OSError as error:
        raise endpoint_failed(
            _BY_ERRNO.get(error.errno or 0, BROKEN),
            system=system,
            doing_zh=doing_zh,
            doing_en=doing_en,
            path=path,
            reason=error.strerror or str(error),
        ) from error


def option_wrong(system: str, option: str, zh: str, en: str, remedy_zh: str, remedy_en: str) -> StopError:
    """A connector option of a registration that cannot be worked with."""
    return StopError(
        "CONNECTOR_OPTION",
        zh=f"登记中 connector.{option} 有误:{zh}",
        en=f"connector.{option} of the registration: {en}",
        remedy_zh=remedy_zh,
        remedy_en=remedy_en,
        place=Place(system=system, field=f"connector.{option}"),
    )
