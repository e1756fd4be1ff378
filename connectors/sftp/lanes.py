"""Small files placed in flight together, over several channels of one connection.

The server of a channel writes one file after another to its disk, those of several channels do so at the same time, and
a disk takes many files with one write of its own.
"""

from __future__ import annotations

import secrets
from collections.abc import Generator, Iterable, Sequence
from contextlib import suppress
from itertools import count
from typing import TypeVar

from connectors.sftp import requests as ssh
from connectors.sftp.fields import Refused, text
from connectors.sftp.placing import WRITING
from connectors.sftp.wire import Wire

Parcel = Sequence[tuple[bytes, bytes]]
"""Files (name, body) that appear in this order: one only when those before it lie there."""
_T = TypeVar("_T")
_Steps = Generator[None, None, _T]
_Place = tuple[int, int]  # number of the parcel, and of the file in it


def place_all(wires: Sequence[Wire], folder: bytes, parcels: Sequence[Parcel]) -> list[bool]:
    """`place` for the files of several parcels in flight together; of which parcels all lies there now. Raises Lost.

    The others are left to be placed file by file: those of which something lies there already, is refused or is larger
    than one WRITE, and all of them on a server without an atomic rename.
    """
    if ssh.POSIX_RENAME not in wires[0].extensions:
        return [False] * len(parcels)
    shares = [range(first, len(parcels), len(wires)) for first in range(len(wires))]
    ways = [
        _placing(wire, folder, [parcels[n] for n in share]) for wire, share in zip(wires, shares, strict=True)
    ]
    whole = [False] * len(parcels)
    for share, found in zip(shares, _in_step(ways), strict=True):
        for n, done in zip(share, found, strict=True):
            whole[n] = done
    return whole


def _in_step(ways: Iterable[_Steps[_T]]) -> list[_T]:
    """What each comes to: all send the requests of a step before the answers to any are waited for."""
    going, found = dict(enumerate(ways)), dict[int, _T]()
    while going:
        for number, way in list(going.items()):
            try:
                next(way)
            except StopIteration as end:
                found[number] = end.value
                del going[number]
    return [found[number] for number in sorted(found)]


def _placing(wire: Wire, folder: bytes, parcels: Sequence[Parcel]) -> _Steps[list[bool]]:
    """The share of one channel; after each `yield` the answers to what was sent before it are waited for."""
    files = {(p, k): file for p, parcel in enumerate(parcels) for k, file in enumerate(parcel)}
    # The last of a parcel alone: where it is not there yet, those before it are laid anew with the same bytes.
    lasts = [folder + b"/" + parcel[-1][0] for parcel in parcels]
    looks = wire.ask_all(*((ssh.LSTAT, text(path)) for path in lasts))
    yield
    busy = {p for p, number in enumerate(looks) if not _free(wire, number)}
    busy |= {p for (p, _), (_, body) in files.items() if len(body) > wire.write_block}
    drafts = {
        place: folder + b"/" + WRITING + b"/" + secrets.token_hex(8).encode("ascii")
        for place in files
        if place[0] not in busy
    }
    flags = ssh.FOR_WRITING | ssh.CREATE | ssh.EXCLUSIVE
    opened = wire.ask_all(*(wire.opening(path, flags) for path in drafts.values()))
    yield
    handles = dict[_Place, bytes]()
    for place, number in zip(drafts, opened, strict=True):
        with suppress(Refused):  # the folder may be missing: made when this file is placed by itself
            handles[place] = wire.handle(number)
    filled = yield from _filling(
        wire, {place: (handle, files[place][1]) for place, handle in handles.items()}
    )
    laid = yield from _moving(wire, parcels, {p: drafts[p] for p in filled}, folder)
    left = wire.ask_all(*((ssh.REMOVE, text(drafts[place])) for place in handles if place not in laid))
    yield
    for number in left:
        wire.granted(number)  # one that stays is swept after an hour
    return [all((p, k) in laid for k in range(len(parcel))) for p, parcel in enumerate(parcels)]


def _free(wire: Wire, number: int) -> bool:
    """Whether surely nothing lies there."""
    try:
        return wire.found(number) is None
    except Refused:
        return False


def _filling(wire: Wire, files: dict[_Place, tuple[bytes, bytes]]) -> _Steps[set[_Place]]:
    """Write, sync and close each (handle, body); those of which all was granted.

    What the server has synced it has whole; where it cannot sync, the length is looked at.
    """
    writes = wire.ask_all(
        *((ssh.WRITE, text(handle) + bytes(8) + text(body)) for handle, body in files.values())
    )
    syncs = ssh.FSYNC in wire.extensions
    requests = list[tuple[int, bytes]]()
    for handle, _ in files.values():
        named = text(handle)
        requests.append((ssh.EXTENDED, text(ssh.FSYNC) + named) if syncs else (ssh.FSTAT, named))
        requests.append((ssh.CLOSE, named))
    rest = iter(wire.ask_all(*requests))
    yield
    good = set[_Place]()
    for (place, (_, body)), number in zip(files.items(), writes, strict=True):
        written = wire.granted(number)
        whole = wire.granted(next(rest)) if syncs else _length(wire, next(rest)) == len(body)
        closed = wire.granted(next(rest))
        if written and whole and closed:
            good.add(place)
    return good


def _length(wire: Wire, number: int) -> int | None:
    found = wire.maybe(number)
    return None if found is None else found.size


def _moving(
    wire: Wire, parcels: Sequence[Parcel], drafts: dict[_Place, bytes], folder: bytes
) -> _Steps[set[_Place]]:
    """Give the drafts of whole parcels their names, of each parcel one after the other; which have them now."""
    going = [p for p, parcel in enumerate(parcels) if all((p, k) in drafts for k in range(len(parcel)))]
    laid = set[_Place]()
    for k in count():
        going = [p for p in going if k < len(parcels[p]) and all((p, before) in laid for before in range(k))]
        if not going:
            return laid
        moves = wire.ask_all(*(
            (ssh.EXTENDED, text(ssh.POSIX_RENAME) + text(drafts[p, k]) + text(folder + b"/" + parcels[p][k][0]))
            for p in going
        ))  # fmt: skip
        yield
        laid |= {(p, k) for p, number in zip(going, moves, strict=True) if wire.granted(number)}
    raise AssertionError  # count does not end
