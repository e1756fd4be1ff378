"""Clears the spool of what departments have had time enough to fetch: receipts, and originals that were refused as a whole.

What waits to be taken, and cards, orders and letters, are never touched. The receipt's bytes stay in the hub: whoever pushes the
same package again gets the same receipt again.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from connectors.names import SIGNATURE
from connectors.push.spool import Spool, spool_of

SUFFIX = SIGNATURE.decode()


def clear(spool: Path, before: float) -> int:
    """Remove what was laid down before an instant (Unix seconds), in the folders of all systems; how many files. Raises OSError."""
    if not spool.is_dir():
        return 0
    return sum(
        _clear(folder, before)
        for system in sorted(spool.iterdir())
        for folder in _folders(spool_of(spool, system.name))
    )


def _folders(of: Spool) -> tuple[Path, ...]:
    return of.receipts, of.refused, of.answers_receipts, of.answers_refused


def _clear(folder: Path, before: float) -> int:
    removed = 0
    for file in _files(folder):
        if not file.name.endswith(SUFFIX) and _is_older(file, before):
            file.unlink(missing_ok=True)
            removed += 1
    # A signature goes with its receipt: never before it, so that nobody fetches a receipt that seems unsigned.
    for file in _files(folder):
        alone = file.name.endswith(SUFFIX) and not file.with_name(file.name.removesuffix(SUFFIX)).exists()
        if alone and _is_older(file, before):
            file.unlink(missing_ok=True)
            removed += 1
    return removed


def _files(folder: Path) -> Iterator[Path]:
    """Regular files; those with a dot before their name are still being laid down."""
    if folder.is_dir():
        for file in folder.iterdir():
            if not file.name.startswith(".") and file.is_file():
                yield file


def _is_older(file: Path, before: float) -> bool:
    try:
        return file.lstat().st_mtime < before
    except FileNotFoundError:
        return False
