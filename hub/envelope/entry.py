"""One file of an archive, whatever kind of archive it is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Entry:
    """A file of an archive: its name as text (`/` between its parts), the bytes of the archive that it takes, and how it is read.

    `content()` reads it from its beginning, block by block, and raises PackageRefused where the archive lies about it.
    """

    name: str
    packed: int
    content: Callable[[], Iterator[bytes]]
