"""Scratch files of packages being opened: written whole, readable by the hub's account only."""

from __future__ import annotations

import os
from io import FileIO
from pathlib import Path


def new_file(path: Path) -> FileIO:
    """A new, empty file for decrypted content; FileExistsError if there is one."""
    return FileIO(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600), "wb")


def write_all(file: FileIO, block: bytes | memoryview) -> None:
    """Write a block to its end: a single write may take less of it."""
    left = memoryview(block)
    while left:
        left = left[file.write(left) :]
