"""Files that appear whole or not at all on an SFTP server: temporary name, sync where offered, rename over.

SFTP cannot sync a folder: whether a name that was renamed survives a power failure is the server's matter.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from itertools import zip_longest

from connectors.sftp import wire as ssh
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


def place_all(wire: Wire, folder: bytes, files: Sequence[tuple[bytes, bytes]]) -> list[bool]:
    """`place` for several small files (name, body) in flight together; which of them lie there now.

    Those that do not are left to be placed one by one: where something lies already, where a request is refused, and
    all of them on a server without an atomic rename. Raises Lost.
    """
    if ssh.POSIX_RENAME not in wire.extensions or not files:
        return [False] * len(files)
    targets = [folder + b"/" + name for name, _ in files]
    free = [n for n, found in enumerate(_looked(wire, targets)) if found is _NOTHING]
    free = [n for n in free if len(files[n][1]) <= wire.write_block]
    drafts = {n: folder + b"/" + WRITING + b"/" + secrets.token_hex(8).encode("ascii") for n in free}
    handles = _opened_all(wire, drafts)
    filled = _fill_all(wire, {n: (handle, files[n][1]) for n, handle in handles.items()})
    moves = [(ssh.EXTENDED, text(ssh.POSIX_RENAME) + text(drafts[n]) + text(targets[n])) for n in filled]
    laid = {n for n, number in zip(filled, wire.ask_all(*moves), strict=True) if wire.granted(number)}
    left = [(ssh.REMOVE, text(drafts[n])) for n in handles if n not in laid]
    for number in wire.ask_all(*left):
        wire.granted(number)  # one that stays is swept after an hour
    return [n in laid for n in range(len(files))]


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


_NOTHING = object()


def _looked(wire: Wire, paths: Sequence[bytes]) -> list[object]:
    """What lies at each path: its attributes, _NOTHING, or None where the server does not say."""
    found: list[object] = []
    for number in wire.ask_all(*((ssh.LSTAT, text(path)) for path in paths)):
        try:
            there = wire.found(number)
            found.append(_NOTHING if there is None else there)
        except Refused:
            found.append(None)
    return found


def _opened_all(wire: Wire, drafts: dict[int, bytes]) -> dict[int, bytes]:
    """New files under these paths; the handles of those that could be made."""
    flags = ssh.FOR_WRITING | ssh.CREATE | ssh.EXCLUSIVE
    asked = wire.ask_all(*(wire.opening(path, flags) for path in drafts.values()))
    handles = {}
    for n, number in zip(drafts, asked, strict=True):
        with suppress(Refused):  # the folder may be missing: made when this one is placed by itself
            handles[n] = wire.handle(number)
    return handles


def _fill_all(wire: Wire, files: dict[int, tuple[bytes, bytes]]) -> list[int]:
    """Write, sync, look and close each (handle, body); those of which all was granted."""
    requests, each = [], 3 + (ssh.FSYNC in wire.extensions)
    for handle, body in files.values():
        named = text(handle)
        requests.append((ssh.WRITE, named + bytes(8) + text(body)))
    for handle, _ in files.values():
        named = text(handle)
        if ssh.FSYNC in wire.extensions:
            requests.append((ssh.EXTENDED, text(ssh.FSYNC) + named))
        requests += [(ssh.FSTAT, named), (ssh.CLOSE, named)]
    numbers = wire.ask_all(*requests)
    written, rest = numbers[: len(files)], numbers[len(files) :]
    good = []
    for place, (n, (_, body)) in enumerate(files.items()):
        *synced, looked, closed = rest[place * (each - 1) : (place + 1) * (each - 1)]
        granted = [wire.granted(number) for number in (written[place], *synced)]
        found = wire.maybe(looked)
        if all([*granted, wire.granted(closed)]) and found is not None and found.size == len(body):
            good.append(n)
    return good
