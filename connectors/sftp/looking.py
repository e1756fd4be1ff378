"""What one look tells of an inbox: every file that is or may become a package, for probes and samples; nothing is kept."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from connectors.directory import Seen
from connectors.names import text_of
from connectors.readiness import Readiness
from connectors.sftp.fields import Entry


def seen(
    left: Iterable[Entry], files: Callable[[], Iterator[Entry]], readiness: Readiness, now: float
) -> Iterator[Seen]:
    """What dead workers have left, then the files of the inbox (`files` lists them), ready or not, in no order.

    With `stable_for` a file's age decides, by `now` (seconds since 1970): one look cannot tell more.
    """
    for entry in left:
        if entry.attributes.plain and readiness.is_package(entry.name):
            yield _seen(entry, ready=True, claimed=True)
    marker = readiness.marker
    marked = {hash(e.name[: -len(marker)]) for e in files() if e.name.endswith(marker)} if marker else set()
    for entry in files():
        if not readiness.is_package(entry.name):
            continue
        if marker is not None:
            ready = hash(entry.name) in marked
        else:
            ready = readiness.stable_s is None or now - entry.attributes.modified >= readiness.stable_s
        yield _seen(entry, ready=ready, claimed=False)


def _seen(entry: Entry, *, ready: bool, claimed: bool) -> Seen:
    found = entry.attributes
    modified = found.modified
    return Seen(
        text_of(entry.name), entry.name, found.size, modified, ready, claimed, modified * 1_000_000_000
    )
