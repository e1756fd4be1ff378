"""The raw packages behind the database: opened again for those who ask where something came from."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from shutil import rmtree
from tempfile import mkdtemp

from hub.errors import HubError, PackageRefused
from hub.rawstore import RawStore
from hub.register import Registration
from hub.shapes import OpenedPackage

UNREAD = (PackageRefused, HubError, OSError, IndexError)
"""What may go wrong with a raw package that was read once."""


Open = Callable[[Path, Path, Registration, int], OpenedPackage]
"""File of a package, folder for what is unpacked, its system's registration and when it came (µs) → the package opened."""


@dataclass(frozen=True, slots=True)
class Archive:
    """Where raw packages are read from; `work` takes the files of those that must be unpacked, `open` opens seals too."""

    store: RawStore
    work: Path
    open: Open

    @contextmanager
    def opened(self, digest: str, form: str, registration: Registration, at: int) -> Iterator[OpenedPackage]:
        """The document of a package that came at `at`, checked against its digest. Raises one of UNREAD."""
        with self.store.open(digest) as file:
            if hashlib.file_digest(file, "sha256").hexdigest() != digest:  # type: ignore[arg-type]
                raise Altered
        path = self.store.path(digest)
        if form == "row-set":
            yield OpenedPackage(digest, path)
            return
        self.work.mkdir(parents=True, exist_ok=True)
        folder = Path(mkdtemp(prefix="origin-", dir=self.work))
        try:
            yield self.open(path, folder, registration, at)
        finally:
            rmtree(folder, ignore_errors=True)


class Altered(OSError):
    """The bytes under a digest are others than those that gave it its name."""


def why(error: Exception) -> dict[str, str]:
    """Code and texts for what went wrong."""
    if isinstance(error, HubError):
        return {"code": error.code, "zh": error.message_zh, "en": error.message_en}
    if isinstance(error, PackageRefused):
        zh, en = (
            "原始报文按现在的方言或限制已不能读",
            "The raw package can no longer be read by the dialect or limits now in force",
        )
        return {"code": error.code, "zh": f"{zh}：{error}", "en": f"{en}: {error}"}
    if isinstance(error, Altered):
        return {
            "code": "RAW_ALTERED",
            "zh": "原始报文与其摘要不符，已被改动",
            "en": "The raw package does not fit its digest: it was altered",
        }
    return {
        "code": "RAW_UNREAD",
        "zh": f"原始报文读不到：{error}",
        "en": f"The raw package cannot be read: {error}",
    }
