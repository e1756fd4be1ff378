"""What a registration may say of its connector, kind by kind."""

from __future__ import annotations

from collections.abc import Mapping

from hub.register.database import DATABASE
from hub.register.ftp import FTP
from hub.register.options import Option
from hub.register.push import PUSH
from hub.register.ready import FOLDERS
from hub.register.sftp import SFTP
from hub.register.soap import SOAP_PULL

MEMORY = (Option("source", "内存来源的名称(测试用)", "name of the source in memory (for tests)"),)

OPTIONS: Mapping[str, tuple[Option, ...]] = {
    "directory": FOLDERS,
    "sftp": SFTP,
    "ftp": FTP,
    "database": DATABASE,
    "soap-pull": SOAP_PULL,
    "push": PUSH,
    "memory": MEMORY,
}
"""Options of `connector:` beside `kind`, by kind. Every kind of connectors.KINDS stands here; a test sees to it."""

CONNECTOR_KINDS = tuple(OPTIONS)
