"""What lies in an inbox: listed page by page in bounded memory, names as bytes, links and devices left out and told."""

from __future__ import annotations

import heapq
import logging
from collections.abc import Callable, Iterable, Iterator
from operator import attrgetter

from connectors.base import LISTED_AT_MOST
from connectors.names import shown, text_of
from connectors.readiness import Readiness
from connectors.sftp.fields import Entry
from connectors.sftp.wire import Wire

_log = logging.getLogger(__name__)

Takable = Callable[[Entry], bool]


def files(wire: Wire, folder: bytes, system: str) -> Iterator[Entry]:
    """The regular files of a folder that are not hidden, markers included, in no order. Raises Refused and Lost."""
    for entry in wire.entries(folder):
        if entry.name.startswith(b".") or entry.attributes.folder:
            continue
        if entry.attributes.plain:
            yield entry
        else:
            name = shown(text_of(entry.name))
            _log.warning("%s: %s 是链接或设备,已跳过 / is a link or a device: skipped", system, name)


def first_ready(
    wire: Wire, folder: bytes, system: str, readiness: Readiness, takable: Takable
) -> list[Entry]:
    """The packages that may be taken, at most LISTED_AT_MOST, the first by name. Raises Refused and Lost.

    A folder of any size is read without holding it: of a very large one with markers first the markers' names, as
    numbers, then the files that have one.
    """
    if readiness.marker is None:
        found = (
            entry
            for entry in files(wire, folder, system)
            if readiness.is_package(entry.name) and takable(entry)
        )
        return heapq.nsmallest(LISTED_AT_MOST, found, key=attrgetter("name"))
    suffix, marked, kept, whole = readiness.marker, set[int](), list[Entry](), True
    for entry in files(wire, folder, system):
        if entry.name.endswith(suffix):
            marked.add(hash(entry.name[: -len(suffix)]))
        elif len(kept) < 2 * LISTED_AT_MOST:
            kept.append(entry)
        else:
            whole = False
    again: Iterable[Entry] = kept if whole else files(wire, folder, system)
    ready = (e for e in again if hash(e.name) in marked and readiness.is_package(e.name) and takable(e))
    return heapq.nsmallest(LISTED_AT_MOST, ready, key=attrgetter("name"))
