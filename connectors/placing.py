"""Files that appear whole or not at all: temporary name, fsync, rename, fsync of the folder."""

# ruff: noqa: PTH104, PTH108, PTH118 - names of departments are bytes; pathlib knows only text
from __future__ import annotations

import errno
import os
import secrets
from collections.abc import Callable, Iterator
from itertools import zip_longest

from connectors import locks

BLOCK = 1 << 20
_PREFIX, _SUFFIX = b".suphub-", b".part"

Blocks = Callable[[], Iterator[bytes]]


def place(folder: bytes, name: bytes, blocks: Blocks) -> bool:
    """Write `blocks` as `folder/name`; False if the same bytes lie there already. Raises OSError."""
    target = os.path.join(folder, name)
    if _same(target, blocks):
        sync_folder(folder)  # a former attempt may have died between its rename and this
        return False
    while True:
        temporary = temporary_in(folder)
        handle = locks.take(temporary, mode=0o666)  # the department reads it; its umask decides
        if handle is not None:
            break
    with handle:
        try:
            for block in blocks():
                _write(handle.fileno(), block)
            os.fsync(handle.fileno())
            os.rename(temporary, target)
        except BaseException:
            os.unlink(temporary)
            raise
    sync_folder(folder)
    return True


def temporary_in(folder: bytes) -> bytes:
    """A new hidden name in a folder, of the kind that `sweep` removes when its writer has died."""
    return os.path.join(folder, _PREFIX + secrets.token_hex(8).encode("ascii") + _SUFFIX)


def sweep(folder: bytes) -> int:
    """Remove the temporary files of writers that died; those of living ones are locked. Raises OSError."""
    removed = 0
    with os.scandir(folder) as entries:
        for entry in entries:
            if not (entry.name.startswith(_PREFIX) and entry.name.endswith(_SUFFIX)) or entry.is_symlink():
                continue
            handle = locks.take(entry.path, create=False)
            if handle is not None:
                locks.drop(handle, entry.path)
                removed += 1
    return removed


def sync_folder(folder: bytes) -> None:
    """Make names in a folder durable."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno not in (errno.EINVAL, errno.ENOTSUP):  # some network shares cannot sync folders
            raise
    finally:
        os.close(descriptor)


def file_blocks(path: str | bytes | os.PathLike[str]) -> Iterator[bytes]:
    """A file's bytes in blocks of BLOCK."""
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
    with os.fdopen(descriptor, "rb", buffering=0) as stream:
        while block := stream.read(BLOCK):
            yield block


def _write(descriptor: int, block: bytes) -> None:
    left = memoryview(block)
    while left:
        left = left[os.write(descriptor, left) :]


def _same(target: bytes, blocks: Blocks) -> bool:
    try:
        return all(one == other for one, other in zip_longest(_even(file_blocks(target)), _even(blocks())))
    except OSError as error:
        if error.errno in (errno.ENOENT, errno.ELOOP):  # nothing there, or a link: never followed, replaced
            return False
        raise


def _even(blocks: Iterator[bytes]) -> Iterator[bytes]:
    """The same bytes in blocks of exactly BLOCK, so that they can be compared with a file's."""
    kept = b""
    for block in blocks:
        kept += block
        while len(kept) >= BLOCK:
            yield kept[:BLOCK]
            kept = kept[BLOCK:]
    if kept:
        yield kept
