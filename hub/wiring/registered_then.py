"""Registrations as of an instant: the version that was in force then where its file was kept, else the one of today."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import Connection

from hub import wiring
from hub.audit.registrations import versions
from hub.register import Registration, load_registration


@dataclass(frozen=True, slots=True)
class Registrations:
    """Reads each version once; `versions` as the log has them."""

    versions: Mapping[str, Sequence[tuple[int, str | None]]]
    known: dict[tuple[str, str | None], Registration] = field(default_factory=dict)

    @classmethod
    def by(cls, connection: Connection) -> Registrations:
        """By the log of a database."""
        return cls(versions(connection))

    def of(self, code: str, at: int | None) -> Registration:
        """The registration of a system, as of an instant (µs; None: today's). Raises StopError, RetryError."""
        digest = None
        for since, version in self.versions.get(code, ()) if at is not None else ():
            if at is not None and since <= at:
                digest = version
        if (code, digest) not in self.known:
            self.known[code, digest] = _read(code, digest)
        return self.known[code, digest]


def _read(code: str, digest: str | None) -> Registration:
    place = wiring.settings().systems / f"{code}.yaml"
    if digest is None or (place.is_file() and wiring.registration(code).digest == digest):
        return wiring.registration(code)
    work = wiring.settings().work
    work.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=work) as folder, wiring.raw_store().open(digest) as kept:
        copy = Path(folder) / f"{code}.yaml"
        copy.write_bytes(kept.read())
        # Certificates and the like lie where they always lay.
        return replace(load_registration(copy), path=str(place))
