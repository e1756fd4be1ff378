"""Which entries of an inbox are packages, and which of them one look shows to be ready."""

from __future__ import annotations

from collections.abc import Container, Sequence

from connectors.directory import Seen
from connectors.ftp.listing import FILE, Entry
from connectors.names import text_of
from connectors.readiness import Readiness


def packages(entries: Sequence[Entry], readiness: Readiness, now: float) -> list[Seen]:
    """The files of an inbox that are or may become packages. `now` is seconds since 1970."""
    names = {each.raw for each in entries} if readiness.marker is not None else frozenset()
    return [
        seen_of(each, ready=_ready(each, readiness, names, now), claimed=False)
        for each in entries
        if each.kind == FILE and not each.raw.startswith(b".") and readiness.is_package(each.raw)
    ]


def seen_of(entry: Entry, *, ready: bool, claimed: bool) -> Seen:
    """An entry in the shape that all connectors of folders share."""
    changed = int(entry.modified * 1e9)
    return Seen(text_of(entry.raw), entry.raw, entry.size or 0, entry.modified, ready, claimed, changed)


def _ready(entry: Entry, readiness: Readiness, names: Container[bytes], now: float) -> bool:
    if readiness.marker is not None:
        return entry.raw + readiness.marker in names
    if readiness.stable_s is not None:
        return now - entry.modified >= readiness.stable_s
    return True
