"""Package rows: arrival, identity, state and counts. Each function works in the caller's transaction."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, func, insert, select, text, update
from sqlalchemy.dialects import sqlite
from sqlalchemy.exc import IntegrityError

from hub.central import recordset
from hub.central.sets import among
from hub.central.tables import exchange
from hub.shapes import Head, Package

_PACKAGE = exchange.package
_ARRIVAL = exchange.arrival

_NEW_NAMES = ("system", "digest", "origin", "size", "received_at", "state")
OPEN_STATES = ("received", "processing")


def arrive(
    connection: Connection,
    system: str,
    digest: str,
    origin: str,
    size: int,
    at: int,
    serial: int | None = None,
    replay_of: int | None = None,
) -> tuple[Package, bool]:
    """Note a file that was taken; returns its package and whether it is new. The same arrival is noted once.

    `serial` is for packages that the hub numbers: the number of a new one. `replay_of`: the hub made it of that package.
    """
    known = select(_PACKAGE).where(_PACKAGE.c.system == system, _PACKAGE.c.digest == digest)
    row = connection.execute(known).one_or_none()
    new = row is None
    if row is None:
        values = {
            "system": system,
            "digest": digest,
            "origin": origin,
            "size": size,
            "received_at": at,
            "state": "received",
            "serial": serial,
            "replay_of": replay_of,
        }
        try:
            with connection.begin_nested():
                connection.execute(insert(_PACKAGE).values(values))
        except IntegrityError:
            new = False  # another worker has just taken the same bytes under another name
        row = connection.execute(known).one()
    package = Package(row.id, system, digest, row.origin, row.size, row.received_at, row.state)
    waiting = connection.execute(
        select(_ARRIVAL.c.id).where(
            _ARRIVAL.c.package == package.id, _ARRIVAL.c.origin == origin, _ARRIVAL.c.answered_at.is_(None)
        )
    ).first()
    if waiting is None:
        connection.execute(insert(_ARRIVAL).values(package=package.id, origin=origin, arrived_at=at))
    return package, new


@dataclass(frozen=True, slots=True)
class Arrival:
    """A file that was taken: digest and size of its bytes, and its name at the source."""

    digest: str
    origin: str
    size: int


def arrive_all(
    connection: Connection, system: str, files: Sequence[Arrival], at: int
) -> list[tuple[Package, bool]]:
    """`arrive` for several files in a few statements: their packages in the order given, and which of them are new."""
    inserted = _insert_new(connection, system, files, at)
    digests = [each.digest for each in files]
    wanted = select(*(_PACKAGE.c[name] for name in ("id", *_NEW_NAMES))).where(
        _PACKAGE.c.system == system, among(connection, _PACKAGE.c.digest, digests)
    )
    rows = {row.digest: row for row in connection.execute(wanted)}
    ids = [row.id for row in rows.values()]
    waiting = select(_ARRIVAL.c.package, _ARRIVAL.c.origin).where(
        among(connection, _ARRIVAL.c.package, ids), _ARRIVAL.c.answered_at.is_(None)
    )
    known = {(package, origin) for package, origin in connection.execute(waiting)}
    found, arrivals = [], []
    for each in files:
        row = rows[each.digest]
        if (row.id, each.origin) not in known:
            known.add((row.id, each.origin))
            arrivals.append({"package": row.id, "origin": each.origin, "arrived_at": at})
        package = Package(row.id, system, each.digest, row.origin, row.size, row.received_at, row.state)
        found.append((package, each.digest in inserted))
        inserted.discard(each.digest)  # the same bytes again under another name are no new package
    recordset.insert_all(connection, _ARRIVAL, arrivals)
    return found


def _insert_new(connection: Connection, system: str, files: Sequence[Arrival], at: int) -> set[str]:
    """Digests of those files whose packages nobody knew."""
    first = {each.digest: each for each in reversed(files)}
    values = [
        {"system": system, "digest": each.digest, "origin": each.origin, "size": each.size, "received_at": at, "state": "received"}
        for each in files
        if first[each.digest] is each
    ]  # fmt: skip
    if connection.dialect.name == "postgresql":
        return set(connection.execute(_NEW, {"rows": recordset.packed(values)}).scalars())
    statement = (
        sqlite.insert(_PACKAGE)
        .on_conflict_do_nothing(index_elements=["system", "digest"])
        .returning(_PACKAGE.c.digest)
    )
    return set(connection.execute(statement, values).scalars())


_NEW = text(
    f"""
    INSERT INTO package ({", ".join(_NEW_NAMES)}) SELECT {", ".join(recordset.values(_PACKAGE, _NEW_NAMES))}
    FROM {recordset.recordset(_PACKAGE, _NEW_NAMES)} ORDER BY given.place
    ON CONFLICT (system, digest) DO NOTHING RETURNING digest
    """
)


def next_serial(connection: Connection, system: str) -> int:
    """The number of the next package of a system whose packages the hub numbers; holds the others until the commit."""
    table = exchange.system
    connection.execute(select(table.c.code).where(table.c.code == system).with_for_update())
    last = connection.execute(select(func.max(_PACKAGE.c.serial)).where(_PACKAGE.c.system == system))
    return 1 + int(last.scalar_one() or 0)


def find(connection: Connection, package: int, *, hold: bool = False) -> Row[Any]:
    """The row of a package; sqlalchemy.exc.NoResultFound if there is none.

    `hold` keeps other workers from the package until the transaction ends: take it before cases and log chains.
    """
    statement = select(_PACKAGE).where(_PACKAGE.c.id == package)
    return connection.execute(statement.with_for_update() if hold else statement).one()


def sent_digest(connection: Connection, row: Row[Any]) -> str:
    """The digest of the bytes that a package is judged by: of one judged anew as a whole, those the department sent."""
    while row.replay_of is not None:
        before = find(connection, row.replay_of)
        if before.state != "refused":
            break  # the hub wrote it, out of the refused cases of that one
        row = before
    return str(row.digest)


def find_all(connection: Connection, ids: Sequence[int]) -> list[Row[Any]]:
    """The rows of packages in the order of their ids."""
    statement = select(_PACKAGE).where(among(connection, _PACKAGE.c.id, list(ids))).order_by(_PACKAGE.c.id)
    return list(connection.execute(statement))


def hold_all(connection: Connection, ids: Sequence[int]) -> dict[int, str]:
    """The states of packages by id, held in the order of their ids, see `find`."""
    columns = select(_PACKAGE.c.id, _PACKAGE.c.state)
    wanted = columns.where(among(connection, _PACKAGE.c.id, list(ids))).order_by(_PACKAGE.c.id)
    return {row.id: row.state for row in connection.execute(wanted.with_for_update())}


def ids_taken(connection: Connection, system: str, package_ids: Sequence[str]) -> set[str]:
    """Those of the package ids that a package of the system has been accepted under."""
    found = among(connection, _PACKAGE.c.package_id, list(package_ids))
    rows = connection.execute(select(_PACKAGE.c.package_id).where(_PACKAGE.c.system == system, found))
    return set(rows.scalars())


def open_packages(connection: Connection, system: str) -> list[int]:
    """Ids of a system's packages that are not finished, oldest first."""
    rows = connection.execute(
        select(_PACKAGE.c.id)
        .where(_PACKAGE.c.system == system, _PACKAGE.c.state.in_(OPEN_STATES))
        .order_by(_PACKAGE.c.id)
    )
    return [row.id for row in rows]


def untouched(connection: Connection, system: str, before: int) -> list[int]:
    """Ids of a system's packages older than `before` that nobody has begun, oldest first."""
    rows = connection.execute(
        select(_PACKAGE.c.id)
        .where(
            _PACKAGE.c.system == system,
            _PACKAGE.c.state == "received",
            _PACKAGE.c.attempts == 0,
            _PACKAGE.c.id < before,
        )
        .order_by(_PACKAGE.c.id)
    )
    return [row.id for row in rows]


def identify(connection: Connection, package: int, head: Head, cases: int, notes: str | None) -> bool:
    """Give the package the id that its head states; False if another package has been accepted under it."""
    values = {
        "package_id": head.package_id,
        "claimed_id": head.package_id,
        "serial": head.serial,
        "cases": cases,
        "notes": notes,
        "state": "processing",
    }
    try:
        with connection.begin_nested():
            connection.execute(update(_PACKAGE).where(_PACKAGE.c.id == package).values(values))
    except IntegrityError:
        return False
    return True


def note(connection: Connection, package: int, text: str) -> None:
    """Add to what is noted of a package, as far as there is room; the same note once."""
    row = find(connection, package, hold=True)
    known = row.notes or ""
    if text not in known:
        together = f"{known}; {text}" if known else text
        finish(connection, package, {"notes": together[:2000]})


def holder(connection: Connection, system: str, package_id: str) -> str | None:
    """The digest of the package accepted under an id."""
    found = connection.execute(
        select(_PACKAGE.c.digest).where(_PACKAGE.c.system == system, _PACKAGE.c.package_id == package_id)
    ).scalar_one_or_none()
    return str(found) if found else None


def finish(connection: Connection, package: int, values: Mapping[str, Any]) -> None:
    """Write the closing values of a package."""
    connection.execute(update(_PACKAGE).where(_PACKAGE.c.id == package).values(dict(values)))


def finish_all(connection: Connection, values: Sequence[Mapping[str, Any]]) -> None:
    """Write the closing values of packages, each under `of`; all have the same names."""
    recordset.update_all(connection, _PACKAGE, values)


def refusal_of(row: Row[Any]) -> dict[str, Any]:
    """Line and parameters of a refused package."""
    return dict(json.loads(row.refusal)) if row.refusal else {}


def register(connection: Connection, values: Mapping[str, Any]) -> bool:
    """Write down a registration as it is now; True if it is new or has changed since."""
    table = exchange.system
    known = connection.execute(select(table).where(table.c.code == values["code"])).one_or_none()
    if known is None:
        try:
            with connection.begin_nested():
                connection.execute(insert(table).values(dict(values)))
        except IntegrityError:
            return False  # another worker has just written it down
        return True
    if known.registration_digest == values["registration_digest"]:
        if (
            known.silent_after != values["silent_after"]
        ):  # an unchanged registration, read before there was such a column
            agreed = update(table).where(table.c.code == values["code"])
            connection.execute(agreed.values(silent_after=values["silent_after"]))
        return False
    connection.execute(update(table).where(table.c.code == values["code"]).values(dict(values)))
    return True
