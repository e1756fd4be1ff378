"""Whether the bytes in the raw store are those that gave them their name."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

from hub.audit.findings import NOTHING, Difference
from hub.errors import RetryError
from hub.rawstore import RawStore


def held(raw: RawStore, name: str, digest: str) -> Iterator[Difference]:
    """A difference where the stored bytes are others, or gone; `name` says whose they are."""
    if len(digest) != 64 or not set(digest) <= set("0123456789abcdef"):
        yield Difference("bytes", "raw", name, "digest", NOTHING, digest[:64], "changed")
        return
    path = str(raw.path(digest))
    try:
        with raw.open(digest) as stream:
            found = hashlib.file_digest(stream, "sha256").hexdigest()  # type: ignore[arg-type]
    except (RetryError, OSError):
        yield Difference("bytes", "raw", name, path, digest, NOTHING, "missing")
        return
    if found != digest:
        yield Difference("bytes", "raw", name, path, digest, found, "bytes")
