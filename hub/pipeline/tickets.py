"""Packages that are judged anew as a whole: a ticket in the raw store names the bytes, which are neither stored twice nor opened."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path

from hub.rawstore import RawStore

LARGEST = 400
_BEGUN = b'{"format":"suphub-replay",'
_DIGEST = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Ticket:
    """Which stored package is meant (its SHA-256), when it came (µs), and how often it has been judged anew."""

    of: str
    at: int
    number: int

    def written(self) -> bytes:
        """As it lies in the raw store, under a digest of its own."""
        body = {"format": "suphub-replay", "version": 1, "of": self.of, "at": self.at, "number": self.number}
        return json.dumps(body, separators=(",", ":")).encode()


def ticket_in(file: Path) -> Ticket | None:
    """The ticket in a raw file; None if it is none. Only for packages that the hub made: a department could write one too."""
    with file.open("rb") as stream:
        text = stream.read(LARGEST + 1)
    if not text.startswith(_BEGUN) or len(text) > LARGEST:
        return None
    found = json.loads(text)
    if not _DIGEST.fullmatch(str(found["of"])):
        raise ValueError(f"a ticket that names no digest: {file}")
    return Ticket(str(found["of"]), int(found["at"]), int(found["number"]))


def followed(raw: RawStore, file: Path, at: int) -> tuple[Path, int]:
    """The file that a ticket names and when it came (µs); any other file, and `at`, as they are."""
    ticket = ticket_in(file)
    return (file, at) if ticket is None else (raw.path(ticket.of), ticket.at)
