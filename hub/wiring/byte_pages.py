"""What the page on a package's bytes shows, masked, and the bytes themselves; who takes them is entered in the log."""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from typing import Any, BinaryIO

from hub import wiring
from hub.central.engine import reading, writing
from hub.clock import now_us
from hub.errors import HubError, PackageRefused
from hub.ledger import chain
from hub.views import archive, glimpse
from hub.views.packages import as_dict, find_package
from hub.views.veil import open_names
from schemas.catalogue import describe

CHECKED_BYTES = 256 << 20
"""Larger files are not hashed for a page; `suphub log verify` and the download tell."""


def look(name: str, line: int | None) -> dict[str, Any]:
    """The stored file and, opened as when it came, the masked lines around `line` of the package `SYSTEM/ID`.

    Raises StopError PACKAGE_UNKNOWN, PACKAGE_AMBIGUOUS. What cannot be read is told in `unread` (code, zh, en).
    """
    with reading(wiring.engine()) as connection:
        row = find_package(connection, name)
    values: dict[str, Any] = {
        "package": {**as_dict(row), "size": row.size, "origin": row.origin}, "line": line, "stored": None, "intact": None,
        "lines": [], "structure": [], "whole": True, "unread": [], "words": glimpse.WORDS, "before": None, "after": None,
    }  # fmt: skip
    try:
        path = wiring.raw_store().path(row.digest)
        values["stored"] = glimpse.stored(path)
        values["intact"] = _intact(row.digest, row.size)
    except (HubError, OSError) as error:
        values["unread"].append(archive.why(error))
        return values
    names: Collection[str] = ()
    try:
        registration = wiring.registration(row.system)
        names = open_names(registration)
        form = "row-set" if values["stored"].kind == "rows" else "exchange-package"
        with wiring.archive().opened(row.digest, form, registration, row.received_at) as opened:
            values["structure"], values["whole"] = glimpse.structure(opened.document)
            values["lines"] = list(glimpse.lines(opened.document, names, line or 1))
    except archive.UNREAD as error:
        values["unread"].append(_why(error))
        if values["stored"].kind in (
            "xml",
            "rows",
        ):  # refused by what it says: its own text is there to be seen
            values["lines"] = list(glimpse.lines(path, names, line or 1))
    return values | _neighbours(values["lines"])


def _why(error: Exception) -> dict[str, str]:
    """Code and texts; of a package that was refused those of its receipt."""
    if not isinstance(error, PackageRefused):
        return archive.why(error)
    texts = describe(error.code, None, None, error.params)
    return {"code": error.code, "zh": texts.message_zh, "en": texts.message_en}


def _neighbours(lines: list[tuple[int, str]]) -> dict[str, int | None]:
    """The lines to ask for to see what stands before and after those that are shown."""
    if not lines:
        return {"before": None, "after": None}
    first, last = lines[0][0], lines[-1][0]
    step = glimpse.LINES - glimpse.LINES_BEFORE
    return {
        "before": max(1, first - step) if first > 1 else None,
        "after": last + 1 + glimpse.LINES_BEFORE if len(lines) == glimpse.LINES else None,
    }


def _intact(digest: str, size: int) -> bool | None:
    if size > CHECKED_BYTES:
        return None
    with wiring.raw_store().open(digest) as file:
        return hashlib.file_digest(file, "sha256").hexdigest() == digest  # type: ignore[arg-type]


def take(name: str, *, by: str) -> tuple[BinaryIO, int, str]:
    """The stored bytes of a package, their number, and the name of the file; that somebody took them is entered in the log first.

    Raises StopError PACKAGE_UNKNOWN, PACKAGE_AMBIGUOUS; RetryError where the bytes are missing.
    """
    with reading(wiring.engine()) as connection:
        row = find_package(connection, name)
    stream = wiring.raw_store().open(row.digest)
    body = {"system": row.system, "package": row.package_id or row.digest, "digest": row.digest, "by": by}
    with writing(wiring.engine()) as connection:
        chain.append(connection, chain.HUB_CHAIN, "package.read", body, now_us())
    return stream, row.size, row.origin.rpartition("/")[2] or row.digest


def size(name: str) -> tuple[int, str]:
    """How many bytes a package has, and its digest. Raises StopError PACKAGE_UNKNOWN, PACKAGE_AMBIGUOUS."""
    with reading(wiring.engine()) as connection:
        row = find_package(connection, name)
    return row.size, row.digest
