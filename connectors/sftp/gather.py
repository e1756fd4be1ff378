"""Small files read in flight together: a round trip for all of them where each by itself would need several."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from connectors.sftp import requests as ssh
from connectors.sftp.fields import Attributes, Refused, text
from connectors.sftp.wire import Wire


def contents(wire: Wire, files: Mapping[bytes, Attributes]) -> dict[bytes, bytes]:
    """The bytes of files (path → as it was seen last) that are still just so when they have been read. Raises Lost.

    The others are left out, to be read by themselves, which says what is wrong with them.
    """
    opened = wire.ask_all(*(wire.opening(path, ssh.FOR_READING) for path in files))
    handles = {path: _handle(wire, number) for path, number in zip(files, opened, strict=True)}
    spans, requests = {}, list[tuple[int, bytes]]()
    for path, handle in handles.items():
        if handle is None:
            continue
        spans[path] = list(_spans(files[path].size, wire.read_block))
        named = text(handle)
        requests += [wire.reading(handle, *span) for span in spans[path]]
        # Whether it still lies there is looked at once more before it is removed.
        requests += [(ssh.FSTAT, named), (ssh.CLOSE, named)]
    numbers = iter(wire.ask_all(*requests))
    found = {}
    for path, parts in spans.items():
        body = _body(wire, [next(numbers) for _ in parts])
        after = wire.maybe(next(numbers))
        wire.granted(next(numbers))
        seen = files[path]
        if body is not None and len(body) == seen.size and after is not None and after.state == seen.state:
            found[path] = body
    return found


def _handle(wire: Wire, number: int) -> bytes | None:
    try:
        return wire.handle(number)
    except Refused:
        return None


def _spans(size: int, block: int) -> Iterator[tuple[int, int]]:
    for offset in range(0, size, block):
        yield offset, min(block, size - offset)


def _body(wire: Wire, numbers: Sequence[int]) -> bytes | None:
    blocks, whole = [], True
    for number in numbers:
        try:
            blocks.append(wire.data(number))
        except Refused:
            whole = False
    return b"".join(blocks) if whole else None
