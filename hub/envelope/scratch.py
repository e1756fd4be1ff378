"""The files that opening a package needs: those in between are gone when it is done, all of them where it fails."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO


class Scratch:
    """Files of one package below `folder`, which is made when the first of them is."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._kept: list[Path] = []

    def document(self, digest: str, blocks: Iterator[bytes]) -> Path:
        """A file with these blocks, which stays: the caller of all this removes it. Nothing is left if they fail."""
        path = self._write(f"{digest[:16]}-{secrets.token_hex(8)}.xml", blocks)
        self._kept.append(path)
        return path

    @contextmanager
    def file(self, blocks: Iterator[bytes]) -> Iterator[BinaryIO]:
        """A file with these blocks for as long as it is read."""
        path = self._write(f"{secrets.token_hex(12)}.packed", blocks)
        try:
            with path.open("rb") as stream:
                yield stream
        finally:
            path.unlink(missing_ok=True)

    def clear(self) -> None:
        """Remove what would have stayed: the package is refused after all."""
        for path in self._kept:
            path.unlink(missing_ok=True)
        self._kept.clear()

    def _write(self, name: str, blocks: Iterator[bytes]) -> Path:
        self._folder.mkdir(parents=True, exist_ok=True)
        path = self._folder / name
        try:
            with path.open("xb", buffering=1 << 18) as file:
                file.writelines(blocks)
        except BaseException:
            path.unlink(missing_ok=True)
            raise
        return path
