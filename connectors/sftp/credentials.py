"""How the hub proves itself to an SFTP server: a password, or a private key from a connection or a file."""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping
from dataclasses import dataclass, field
from io import StringIO
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from paramiko import ECDSAKey, Ed25519Key, PKey, RSAKey
from paramiko.ssh_exception import SSHException

from connectors.base import Access
from hub.errors import Place, StopError

_CLASSES: tuple[tuple[type, type[PKey]], ...] = (
    (ed25519.Ed25519PrivateKey, Ed25519Key),
    (rsa.RSAPrivateKey, RSAKey),
    (ec.EllipticCurvePrivateKey, ECDSAKey),
)


@dataclass(frozen=True, slots=True)
class Credentials:
    """At least one of `password` and `key` is there; text of it shows neither."""

    login: str
    password: str | None = field(default=None, repr=False)
    key: PKey | None = field(default=None, repr=False)


def credentials_of(system: str, access: Access, folder: Path) -> Credentials:
    """From a connection: login, password, extra `private_key` or `key_file`, `passphrase`. Raises StopError.

    A relative `key_file` is looked for beside the registration (`folder`).
    """
    extra: Mapping[str, Any] = access.extra
    phrase = extra.get("passphrase") or extra.get("private_key_passphrase") or None
    key = None
    if extra.get("private_key"):
        key = _key(system, str(extra["private_key"]).replace("\\n", "\n"), phrase, "private_key")
    elif extra.get("key_file"):
        path = folder / str(extra["key_file"])
        key = _key(system, _read(system, path), phrase, str(path))
    if not access.login or (key is None and not access.password):
        raise StopError(
            "SFTP_CREDENTIALS",
            zh=f"连接 {access.name} 缺少登录名,或既无口令也无私钥",
            en=f"The connection {access.name} lacks the login, or has neither password nor private key",
            remedy_zh="在 Airflow 连接中写 login 和 password,或在 extra 中写 private_key 或 key_file",
            remedy_en="Write login and password into the Airflow Connection, or private_key or key_file into its extra",
            place=Place(system=system, field="connector.connection"),
        )
    return Credentials(access.login, access.password, key)


def _read(system: str, path: Path) -> str:
    """A key file that only its owner can read: ourselves, or root."""
    try:
        with path.open("rb") as file:
            found = os.fstat(file.fileno())
            content = file.read(1 << 16)
    except OSError as error:
        raise _unusable(system, str(path), error.strerror or str(error)) from error
    if not stat.S_ISREG(found.st_mode) or found.st_mode & 0o077 or found.st_uid not in (0, os.geteuid()):
        raise StopError(
            "SFTP_KEY_FILE_OPEN",
            zh=f"私钥文件 {path} 的权限过宽(属主 {found.st_uid},权限 {stat.S_IMODE(found.st_mode):04o})",
            en=f"The private key file {path} is open to others (owner {found.st_uid}, mode {stat.S_IMODE(found.st_mode):04o})",
            remedy_zh="执行 chmod 600,属主改为枢纽的运行账号;若曾被他人读取,请更换密钥",
            remedy_en="chmod 600 it and let the hub's account own it; if others may have read it, make a new key",
            place=Place(system=system, file=str(path)),
        )
    return content.decode("utf-8", "replace")


def _key(system: str, text: str, phrase: str | None, where: str) -> PKey:
    data, secret = text.strip().encode() + b"\n", phrase.encode() if phrase else None
    try:
        try:
            loaded: object = serialization.load_ssh_private_key(data, secret)
        except ValueError:
            loaded = serialization.load_pem_private_key(data, secret)
        for kind, made in _CLASSES:
            if isinstance(loaded, kind):
                plain = _openssh(loaded)  # one form that paramiko reads for every kind
                return made.from_private_key(StringIO(plain))
    except (ValueError, TypeError, SSHException) as error:
        # TypeError: a passphrase is missing, or given for a key that has none.
        raise _unusable(system, where, type(error).__name__) from error
    raise _unusable(system, where, type(loaded).__name__)


def _openssh(loaded: Any) -> str:
    text: bytes = loaded.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.OpenSSH, serialization.NoEncryption()
    )
    return text.decode("ascii")


def _unusable(system: str, where: str, reason: str) -> StopError:
    return StopError(
        "SFTP_KEY_FILE",
        zh=f"私钥 {where} 不能使用({reason})",
        en=f"The private key {where} cannot be used ({reason})",
        remedy_zh="用 Ed25519、RSA 或 ECDSA 私钥(OpenSSH 或 PEM 格式);加密的私钥在 extra 中写 passphrase;检查路径和权限",
        remedy_en="Use an Ed25519, RSA or ECDSA key (OpenSSH or PEM form); for an encrypted one write passphrase into extra; check the path",
        place=Place(system=system, field="connector.connection"),
    )
