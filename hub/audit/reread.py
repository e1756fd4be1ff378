"""Stored packages read once more, by the registration of their time where it was kept: what the hub would make of each case today."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, Engine, RowMapping

from hub.central.piece_table import histories
from hub.errors import HubError
from hub.items import Items
from hub.limits import Limits
from hub.pipeline.narrowing import narrowed
from hub.pipeline.reader import Reader, parts
from hub.register import Registration
from hub.shapes import Fragment
from hub.views.archive import UNREAD, Archive, why
from mappings.assembly import Assembler
from mappings.dialect import load_dialect
from mappings.mapper import Mapper
from mappings.pieces import PieceMapper
from schemas.survey import survey


@dataclass(frozen=True, slots=True)
class Made:
    """What a case is made anew: the digest of its content, and its record lines without the catalogue's additions.

    `same`: by the very schema, mapping and catalogue that the case was read with.
    """

    digest: str
    lines: Mapping[str, list[str]]
    fingerprint: str


@dataclass(slots=True)
class Again:
    """The cases of one package by their ordinals; where they cannot be read, why, in Chinese and English."""

    made: dict[int, Made] = field(default_factory=dict)
    unread: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Rereading:
    """Reads stored packages again; `registration` gives a system's as of an instant (µs; None: now), or raises StopError."""

    engine: Engine
    archive: Archive
    registration: Callable[[str, int | None], Registration]
    limits: Limits
    items: Items | None = None

    def piecewise(self, system: str) -> bool:
        """Whether cases of a system come in pieces; no where its registration cannot be used any more."""
        try:
            found = self.registration(system, None)
            return load_dialect(found.dialect, schema=found.schema).piecewise
        except HubError:
            return False

    def cases(self, package: RowMapping, ordinals: Collection[int]) -> Again:
        """Those whole cases of a package; what it has not, or refuses today, is left out."""
        again = Again()
        try:
            registration = narrowed(
                self.engine, self.registration(package["system"], package["closed_at"]), package["id"]
            )
            self._read(again, package, registration, frozenset(ordinals))
        except UNREAD as error:
            told = why(error)
            again.unread = (told["zh"], told["en"])
        return again

    def _read(
        self, again: Again, package: RowMapping, registration: Registration, ordinals: frozenset[int]
    ) -> None:
        fingerprint = Mapper(registration, {}, items=self.items).fingerprint
        with self.archive.opened(
            package["digest"], "exchange-package", registration, package["received_at"]
        ) as opened:
            found = survey(opened.document, self.limits)
            reader = Reader(registration, opened, found, limits=self.limits)
            for part in parts(found):
                if not any(part.first <= ordinal <= part.last for ordinal in ordinals):
                    continue
                for item in reader.read(part):
                    if isinstance(item, Fragment) and item.ordinal in ordinals:
                        again.made[item.ordinal] = Made(item.digest, item.lines, fingerprint)

    def of_pieces(self, connection: Connection, system: str, case_id: int) -> Made | tuple[str, str]:
        """A case assembled anew from the pieces that the hub keeps of it; else why that cannot be done."""
        try:
            registration = self.registration(system, None)
            dialect = load_dialect(registration.dialect, schema=registration.schema)
            history = histories(connection, [case_id])[case_id]
            assembler = Assembler(registration, dialect)
            found = assembler.assemble([history.held[key] for key in sorted(history.held)])
            fingerprint = PieceMapper(registration, dialect, limits=self.limits).fingerprint
        except (*UNREAD, KeyError, ValueError, TypeError) as error:
            told: dict[str, Any] = why(error) if isinstance(error, Exception) else {}
            return told["zh"], told["en"]
        return Made(found.digest, found.lines, fingerprint)
