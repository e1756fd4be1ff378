"""Files that appear whole or not at all on an SFTP server: temporary name, sync where offered, rename over.

SFTP cannot sync a folder: whether a name that was renamed survives a power failure is the server's matter.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable, Iterator
from contextlib import suppress
from itertools import zip_longest

from connectors.sftp import wire as ssh
from connectors.sftp.fields import Lost, Refused, text
from connectors.sftp.wire import Wire

Blocks = Callable[[], Iterator[bytes]]
STALE_S = 3600
"""After so long a temporary file is one that a dead worker has left."""


def place(wire: Wire, folder: bytes, name: bytes, blocks: Blocks, size: int, now: float) -> bool:
    """Write `blocks` (`size` bytes) as `folder/name`; False if the same bytes lie there already. Raises Refused and Lost.

    The folder is made if it is missing; its parent is not. `now` is seconds since 1970.
    """
    target = folder + b"/" + name
    if _same(wire, target, blocks, size):
        return False
    temporary, handle = _temporary(wire, folder, name, now)
    try:
        _fill(wire, handle, blocks, size)
        wire.replace(temporary, target)
    except BaseException:
        with suppress(Refused, Lost):  # what went wrong first is told
            wire.remove(temporary)
        raise
    return True


def _temporary(wire: Wire, folder: bytes, name: bytes, now: float) -> tuple[bytes, bytes]:
    """A new hidden file and its handle. Its name follows from the target's, so that a leftover is found without a listing."""
    path = folder + b"/" + temporary_name(name)
    for _ in range(3):
        try:
            return path, wire.open(path, ssh.FOR_WRITING | ssh.CREATE | ssh.EXCLUSIVE)
        except Refused as refused:
            if refused.status == ssh.NO_SUCH_FILE:
                _make(wire, folder)
                continue
            found = wire.lstat(path) if refused.status == ssh.FAILURE else None
            if found is None:
                raise
            if now - found.modified > STALE_S:
                with suppress(Refused):  # another worker was faster
                    wire.remove(path)
            else:
                path = folder + b"/" + temporary_name(secrets.token_bytes(8))
    return path, wire.open(path, ssh.FOR_WRITING | ssh.CREATE | ssh.EXCLUSIVE)


def temporary_name(name: bytes) -> bytes:
    """Hidden, and short whatever the length of the name."""
    return b".suphub-" + hashlib.sha256(name).hexdigest()[:16].encode("ascii") + b".part"


def _make(wire: Wire, folder: bytes) -> None:
    try:
        wire.make_folder(folder)
    except Refused:
        found = wire.lstat(folder)
        if found is None or not found.folder:
            raise


def _fill(wire: Wire, handle: bytes, blocks: Blocks, size: int) -> None:
    try:
        wire.write(handle, blocks())
        wire.sync(handle)
        found = wire.attributes(wire.ask(ssh.FSTAT, text(handle)))
        if found.size != size:
            raise Refused(ssh.FAILURE, f"{found.size} bytes written instead of {size}")
    finally:
        with suppress(Refused, Lost):  # a full disk has been told by the writes and the size
            wire.close(handle)


def _same(wire: Wire, target: bytes, blocks: Blocks, size: int) -> bool:
    found = wire.lstat(target)
    if found is None or not found.plain or found.size != size:
        return False  # nothing there, or a link: never followed, replaced
    handle = wire.open(target, ssh.FOR_READING)
    try:
        there = _even(_blocks(wire, handle, size), ssh.USUAL_BLOCK)
        return all(one == other for one, other in zip_longest(there, _even(blocks(), ssh.USUAL_BLOCK)))
    finally:
        wire.close(handle)


def _blocks(wire: Wire, handle: bytes, size: int) -> Iterator[bytes]:
    offset = 0
    while offset < size:
        block = wire.data(wire.ask_read(handle, offset, min(wire.read_block, size - offset)))
        if not block:
            return
        offset += len(block)
        yield block


def _even(blocks: Iterator[bytes], size: int) -> Iterator[bytes]:
    """The same bytes in blocks of exactly `size`, so that two streams can be compared."""
    kept = b""
    for block in blocks:
        kept += block
        while len(kept) >= size:
            yield kept[:size]
            kept = kept[size:]
    if kept:
        yield kept
