"""Files that commands write where somebody asked for them: whole or not at all, and what goes wrong told with a remedy."""

from __future__ import annotations

import os
from pathlib import Path

from hub.errors import Place, StopError


def put(path: Path, data: bytes) -> None:
    """Keep `data` as a file, by way of one beside it, so that nobody ever reads half of it. Raises StopError OUT_UNWRITABLE.

    A device or a pipe is written into: a file put in its place would take it from everybody.
    """
    try:
        if special(path):
            path.write_bytes(data)
            return
        part = path.with_name(f".{path.name}.{os.getpid()}.part")
        try:
            part.write_bytes(data)
            part.replace(path)
        finally:
            part.unlink(missing_ok=True)
    except OSError as error:
        raise StopError(
            "OUT_UNWRITABLE",
            zh=f"不能写入 {path}：{error.strerror}",
            en=f"{path} cannot be written: {error.strerror}",
            remedy_zh="检查文件夹是否存在、可写，磁盘是否有空间；或换一个文件",
            remedy_en="Check that the folder is there and may be written, and that the disk has room; or name another file",
            place=Place(file=str(path)),
        ) from error


def special(path: Path) -> bool:
    """Whether something is there that is no plain file."""
    return path.exists() and not path.is_file()


def failed(error: OSError) -> StopError:
    """What the operating system refused, for whoever called a command that did not foresee it (a full disk behind a pipe …)."""
    where = error.filename or "-"
    return StopError(
        "SYSTEM_REFUSED",
        zh=f"操作系统拒绝了读写（{where}）：{error.strerror or error}",
        en=f"The operating system refused to read or write ({where}): {error.strerror or error}",
        remedy_zh="检查该文件或目录的权限、磁盘空间；然后重试",
        remedy_en="Check permissions and free space there, then try again",
        place=Place(file=str(error.filename) if error.filename else None),
    )
