"""Files that appear whole or not at all on an SFTP server: temporary name, sync where offered, rename over.

SFTP cannot sync a folder: whether a name that was renamed survives a power failure is the server's matter.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from contextlib import suppress
from itertools import zip_longest

from connectors.sftp import requests as ssh
from connectors.sftp.failures import explained
from connectors.sftp.fields import Lost, Refused, text
from connectors.sftp.wire import Wire

Blocks = Callable[[], Iterator[bytes]]
WRITING = b".suphub-writing"
"""The folder of unfinished files, within the one that they belong to: so that leftovers are found without a long listing."""
STALE_S = 3600
"""After so long an unfinished file is one that a dead worker has left."""


def place(wire: Wire, folder: bytes, name: bytes, blocks: Blocks, size: int) -> bool:
    """Write `blocks` (`size` bytes) as `folder/name`; False if the same bytes lie there already. Raises Refused and Lost.

    The folder is made if it is missing; its parent is not.
    """
    target = folder + b"/" + name
    if _same(wire, target, blocks, size):
        return False
    with explained(wire, folder):
        temporary = folder + b"/" + WRITING + b"/" + secrets.token_hex(8).encode("ascii")
        handle = _opened(wire, folder, temporary)
    try:
        with explained(wire, folder):
            _fill(wire, handle, blocks, size)
        wire.replace(temporary, target)
    except BaseException:
        with suppress(Refused, Lost):  # what went wrong first is told
            wire.remove(temporary)
        raise
    return True


def sweep(wire: Wire, folder: bytes, now: float) -> int:
    """Remove the files that writers left half written more than STALE_S ago; how many. `now`: seconds since 1970."""
    removed = 0
    try:
        for entry in wire.entries(folder + b"/" + WRITING):
            if now - entry.attributes.modified > STALE_S:
                with suppress(Refused):  # another worker was faster
                    wire.remove(folder + b"/" + WRITING + b"/" + entry.name)
                    removed += 1
    except Refused as refused:
        if refused.status != ssh.NO_SUCH_FILE:
            raise
    return removed


def _opened(wire: Wire, folder: bytes, path: bytes) -> bytes:
    """A new file in the folder of unfinished ones, which is made when it is missing."""
    flags = ssh.FOR_WRITING | ssh.CREATE | ssh.EXCLUSIVE
    try:
        return wire.open(path, flags)
    except Refused as refused:
        if refused.status != ssh.NO_SUCH_FILE:
            raise
    for missing in (folder, folder + b"/" + WRITING):
        make_folder(wire, missing)
    return wire.open(path, flags)


def make_folder(wire: Wire, folder: bytes) -> None:
    """The folder is there afterwards, or Refused is raised."""
    try:
        wire.make_folder(folder)
    except Refused:
        found = wire.lstat(folder)
        if found is None or not found.folder:
            raise


def _fill(wire: Wire, handle: bytes, blocks: Blocks, size: int) -> None:
    """Write, sync, look and close; a small file in one go."""
    try:
        wire.write(handle, blocks())
        synced = wire.ask_sync(handle)
        asked = wire.ask(ssh.FSTAT, text(handle))
        if synced is not None:
            wire.done(synced)
        found = wire.attributes(asked)
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
