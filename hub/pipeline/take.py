"""Takes packages from a system: bytes into the raw store, a row and a log entry, and only then away from the source."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import BinaryIO

from sqlalchemy import Engine

from connectors import Claim, Connector
from connectors.base import Together
from connectors.failures import IN_A_ROW, of_one
from connectors.names import shown
from hub.central import packages
from hub.central.engine import writing
from hub.clock import now_us
from hub.errors import HubError, PackageRefused, Place, StopError
from hub.ledger import chain
from hub.pipeline.oversize import Bounded, remember
from hub.rawstore import RawStore
from hub.register import Registration
from hub.shapes import Notice, Package
from mappings.dialect import Dialect
from mappings.records import check_columns

log = logging.getLogger(__name__)

SMALL = 65_536
"""Bytes of a file that is held in memory until it is stored with others of its group."""

Look = Callable[[Path], None]
"""Looks at stored bytes before they are acknowledged. Raises StopError where taking them would lose what is right in them."""

Noted = Callable[[list[Package]], None]
"""Gets a group of packages that are the hub's now. What it raises ends the taking."""


def take(
    engine: Engine,
    connector: Connector,
    store: RawStore,
    limit: int,
    *,
    numbered: bool = False,
    look: Look | None = None,
    together: int = 1,
    large: dict[str, int] | None = None,
    noted: Noted | None = None,
) -> list[Package]:
    """Take everything that is ready; `numbered`: the hub numbers the packages (registration: `serial: hub`).

    Up to `together` files are stored together, and their arrival noted in one transaction, for connectors that may hold
    so many claims. Files above the limit stay at the source and are noted in `large` (name → bytes). A package that
    cannot be claimed or taken now stays where it is; the first reason is raised when all the others have been tried.
    Where the endpoint itself fails nothing more is tried, and that is raised.
    """
    taking = _Taking(
        engine, connector, store, limit, numbered, look, min(limit, SMALL) if together > 1 else -1
    )
    notices = connector.ready()
    while group := list(islice(notices, together)):
        for claim, body in taking.claims([each for each in group if taking.fits(each)]):
            taking.keep(claim, body)
        before = len(taking.taken)
        taking.note()
        if noted is not None:
            noted(taking.taken[before:])
        if taking.ended is not None:
            raise taking.ended
    remember(engine, connector.system, taking.large)
    if large is not None:
        large |= taking.large
    if taking.first is not None:
        raise taking.first
    return taking.taken


@dataclass(frozen=True, slots=True)
class _Kept:
    """A file that was read: small ones are stored with others when their arrival is noted, larger ones lie there already."""

    claim: Claim
    body: bytes | None
    stored: tuple[str, int] | None  # digest and size


@dataclass(slots=True)
class _Taking:
    """Files that were read and whose arrival is still to be noted; what was taken; the first failure; what ended it all."""

    engine: Engine
    connector: Connector
    store: RawStore
    limit: int
    numbered: bool
    look: Look | None
    small: int  # bytes of a file that is stored with others; negative: each by itself
    held: list[_Kept] = field(default_factory=list)
    taken: list[Package] = field(default_factory=list)
    first: HubError | None = None
    ended: HubError | None = None
    unclaimed: int = 0  # one after another
    large: dict[str, int] = field(default_factory=dict)  # name → bytes of files above the limit

    def fits(self, notice: Notice) -> bool:
        """Whether a file may be claimed; one whose size is known to be above the limit is not even read."""
        if notice.size is None or notice.size <= self.limit:
            return True
        self._unfit(notice, PackageRefused("PKG_TOO_LARGE", size=notice.size, limit=self.limit))
        return False

    def _unfit(self, notice: Notice, error: PackageRefused) -> None:
        """Larger than the hub may store: it stays at the source, named in the log, and holds nobody up."""
        self.large[notice.name] = int(str(error.params["size"]))
        _tell(notice, error)

    def claims(self, notices: Sequence[Notice]) -> Iterator[tuple[Claim, bytes | None]]:
        """What can be claimed, and the bytes of what was read at the same time."""
        if self.small >= 0 and isinstance(self.connector, Together):
            try:
                claimed, failed = self.connector.claim_all(notices, self.small)
            except HubError as error:
                self.ended = error
                return
            self.unclaimed = 0 if claimed else self.unclaimed
            yield from claimed
            for notice, why in failed:
                self._not_claimed(notice, why)
            return
        for notice in notices:
            try:
                claim = self.connector.claim(notice)
            except HubError as error:
                self._not_claimed(notice, error)
                if self.ended is not None:
                    return
                continue
            self.unclaimed = 0
            if claim is not None:
                yield claim, None

    def _not_claimed(self, notice: Notice, error: HubError) -> None:
        """It stays where it is and holds nobody up, unless no other could be claimed either."""
        self.unclaimed += 1
        if not of_one(error) or self.unclaimed >= IN_A_ROW:
            self.ended = error
            return
        _tell(notice, error)
        self.first = self.first or error

    def keep(self, claim: Claim, body: bytes | None) -> None:
        """Read a file, and store it unless it is small."""
        try:
            stored = None
            if body is None:
                with self.connector.read(claim) as stream:
                    body, stored = self._received(stream)
            if self.look is not None and stored is not None:
                self.look(self.store.path(stored[0]))
        except PackageRefused as error:
            self._put_back(claim)
            self._unfit(claim.notice, error)
        except HubError as error:
            self.failed([claim], error)
        else:
            self.held.append(_Kept(claim, body, stored))

    def _received(self, stream: BinaryIO) -> tuple[bytes | None, tuple[str, int] | None]:
        """The bytes of a small file; or a larger one stored: its digest and size."""
        if self.small < 0:
            return None, self.store.put(Bounded(stream, self.limit), self.limit)
        begun = b""
        while len(begun) <= self.small and (block := stream.read(self.small + 1 - len(begun))):
            begun += block
        if len(begun) <= self.small:
            return begun, None
        return None, self.store.put(Bounded(_Continued(begun, stream), self.limit), self.limit)

    def note(self) -> None:
        """Store what is held and note its arrival, and only then remove it at the source."""
        held, self.held = self.held, []
        if not held:
            return
        claims = [each.claim for each in held]
        try:
            small = iter(self.store.put_all([each.body for each in held if each.body is not None]))
            stored = [each.stored or next(small) for each in held]
            noted = self._arrived(claims[0].notice.system, [
                packages.Arrival(digest, claim.notice.name, size)
                for claim, (digest, size) in zip(claims, stored, strict=True)
            ])  # fmt: skip
        except HubError as error:
            self.failed(claims, error)
            return
        failed = self._acknowledged(claims)
        for claim, package in zip(claims, noted, strict=True):
            if claim.token not in failed:
                self.taken.append(package)

    def _acknowledged(self, claims: Sequence[Claim]) -> set[str]:
        """Remove at the source what the hub has now; the tokens of those that could not be."""
        failed: list[tuple[Claim, HubError]] = []
        if len(claims) > 1 and isinstance(self.connector, Together):
            try:
                failed = self.connector.acknowledge_all(claims)
            except HubError as error:
                failed = [(claim, error) for claim in claims]
        else:
            for claim in claims:
                try:
                    self.connector.acknowledge(claim)
                except HubError as error:
                    failed.append((claim, error))
        for claim, why in failed:
            self.failed([claim], why)
        return {claim.token for claim, _ in failed}

    def failed(self, claims: Sequence[Claim], error: HubError) -> None:
        """Put files back at the source; the first failure is raised in the end."""
        for claim in claims:
            _tell(claim.notice, error)
            self.first = self.first or error
            self._put_back(claim)

    def _put_back(self, claim: Claim) -> None:
        """Where that fails too the claim is given up with this worker, and found again."""
        try:
            self.connector.release(claim)
        except HubError as error:
            if not of_one(error):
                raise
            _tell(claim.notice, error)
            self.first = self.first or error

    def _arrived(self, system: str, files: Sequence[packages.Arrival]) -> list[Package]:
        at = now_us()
        with writing(self.engine) as connection:
            if self.numbered:
                [each] = files
                serial = packages.next_serial(connection, system)
                found = [packages.arrive(connection, system, each.digest, each.origin, each.size, at, serial)]
            else:
                found = packages.arrive_all(connection, system, files, at)
            events = [
                ("package.received" if new else "package.repeated", _told(each))
                for each, (_, new) in zip(files, found, strict=True)
            ]
            chain.append_all(connection, system, events, at)
        return [package for package, _ in found]


class _Continued:
    """A stream whose beginning was read already."""

    def __init__(self, begun: bytes, stream: BinaryIO) -> None:
        self._begun = begun
        self._stream = stream

    def read(self, size: int, /) -> bytes:
        begun, self._begun = self._begun, b""
        return begun or self._stream.read(size)


def _tell(notice: Notice, error: Exception) -> None:
    log.error("%s/%s: %s", notice.system, shown(notice.name), error)


def _told(each: packages.Arrival) -> dict[str, object]:
    origin = each.origin.encode("utf-8", "replace").decode()
    return {"digest": each.digest, "origin": origin, "size": each.size}


def columns_looker(registration: Registration, dialect: Dialect) -> Look:
    """For exchange databases: a table without a column that the dialect maps stops the system, nothing is taken.

    Refused as a package its rows would be marked as taken, those of the other tables too.
    """

    def look(path: Path) -> None:
        try:
            check_columns(path, dialect)
        except PackageRefused as error:
            table, column, present = (str(error.params[name]) for name in ("table", "column", "present"))
            raise StopError(
                "SOURCE_COLUMN",
                zh=f"交换库的表 {table} 没有方言 {dialect.name} 所用的列 {column}；现有列：{present}",
                en=f"The table {table} of the exchange database lacks {column}, which the dialect {dialect.name} uses; it has {present}",
                remedy_zh="请部门补上该列；若该列已改名或不再有，改方言或另写一份。没有取走任何行，恢复后照常取",
                remedy_en="Have the column put back; if it was renamed or is gone, change the dialect or write another one. No row was taken",
                place=Place(
                    system=registration.code, file=registration.path or None, field=f"{table}.{column}"
                ),
            ) from error

    return look
