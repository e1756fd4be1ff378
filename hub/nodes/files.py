"""Files of keys and certificates: read whole and bounded, written new, whole, and readable by their owner only."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from hub.errors import Place, StopError

LARGEST = 1_000_000


def read(file: Path) -> bytes:
    """The bytes of a small file. Raises StopError NODE_FILE."""
    try:
        with file.open("rb") as stream:
            content = stream.read(LARGEST + 1)
    except OSError as error:
        raise StopError(
            "NODE_FILE",
            zh=f"文件 {file} 读不到:{error.strerror}",
            en=f"The file {file} cannot be read: {error.strerror}",
            remedy_zh="检查路径和权限",
            remedy_en="Check the path and its permissions",
            place=Place(file=str(file)),
        ) from error
    if len(content) > LARGEST:
        raise StopError(
            "NODE_FILE",
            zh=f"文件 {file} 超过 1 MB,不是证书或公钥",
            en=f"The file {file} is larger than 1 MB: no certificate or public key",
            remedy_zh="给出证书(PEM 或 DER)或 SSH 公钥文件",
            remedy_en="Give the file of the certificate (PEM or DER) or of the SSH public key",
            place=Place(file=str(file)),
        )
    return content


def place(file: Path, content: bytes, mode: int) -> None:
    """Put a new file at its place, whole and synced. Raises StopError NODE_FILE where there is one, or it cannot be written."""
    draft = file.with_name(f".{file.name}.{secrets.token_hex(8)}")
    try:
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
        try:
            with os.fdopen(descriptor, "wb") as stream:
                stream.write(content)
                stream.flush()
                os.fsync(stream.fileno())
            os.link(draft, file)
        finally:
            draft.unlink()
    except FileExistsError as error:
        raise _there(file) from error
    except OSError as error:
        raise _unwritable(
            file,
            error.strerror or str(error),
            error.strerror or str(error),
            "检查目录、权限和磁盘空间",
            "Check the folder, its permissions and the disk",
        ) from error


def check_free(*paths: Path | None) -> None:
    """Raises StopError NODE_FILE where a file lies already that is to be written: before anything is made."""
    for file in paths:
        if file is not None and (file.exists() or file.is_symlink()):
            raise _there(file)


def _there(file: Path) -> StopError:
    return _unwritable(
        file,
        "已有此文件,枢纽从不覆盖密钥和证书",
        "it exists already, and keys and certificates are never overwritten",
        "换一个文件名,或先移走旧文件",
        "Choose another name, or move the old file away first",
    )


def _unwritable(file: Path, zh: str, en: str, remedy_zh: str, remedy_en: str) -> StopError:
    return StopError(
        "NODE_FILE",
        zh=f"文件 {file} 不能写入:{zh}",
        en=f"The file {file} cannot be written: {en}",
        remedy_zh=f"{remedy_zh};没有签发任何凭据",
        remedy_en=f"{remedy_en}; no credential was issued",
        place=Place(file=str(file)),
    )
