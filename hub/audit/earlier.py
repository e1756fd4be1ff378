"""A case as the hub knew it at an earlier instant: its version of then, made anew from what was stored when it came.

The database keeps the content of a case's newest version; of every version it keeps the digest and the package that made
it. An earlier version of a case that came whole is read from that package's bytes, one that came in pieces is assembled
from the pieces of the packages until then. What the item catalogue had filled in is no part of a version, and left out.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import Connection, Date, Integer, Row, select

from hub.audit.content import columns_of
from hub.audit.reread import Rereading
from hub.central import bulk
from hub.central.caserows import CASE_TABLES
from hub.central.piece_rows import History, history
from hub.central.piece_table import shown_piece
from hub.central.tables import exchange, metadata
from hub.central.tables.business import card, card_event
from hub.clock import iso
from hub.errors import Place, StopError
from hub.supervision.states import ENDED, PENDING
from hub.views import cases
from hub.views.archive import UNREAD, why
from hub.views.origins import Facts, facts
from mappings.assembly import Assembler
from mappings.dialect import load_dialect

_ANOTHER = {
    "code": "CASE_READ_OTHERWISE",
    "zh": "按现在的登记重读所得与当时的摘要不同：登记、方言或代码表后来改过",
    "en": "Read again by the registration as it is now, this version is another than its digest of then: registration, dialect or codes have changed",
}


@dataclass(slots=True)
class _Version:
    """The content of one version: rows by table, the pieces that it was made of, and what it waited for."""

    whole: bool
    digest: str = ""
    rows: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    pieces: Sequence[Mapping[str, Any]] = ()
    missing: Sequence[str] = ()
    waits: frozenset[tuple[str, str]] = frozenset()


def known_at(
    connection: Connection, name: str, at: int, again: Rereading
) -> tuple[dict[str, Any], Facts, list[dict[str, Any]]]:
    """The case `SYSTEM/NO` as it was known at the instant `at` (µs): as hub.views.cases.case tells it, what its values are
    traced by, and what is to be said of reading it.

    Raises StopError CASE_UNKNOWN, CASE_NOT_KNOWN_THEN where its first version came later, CASE_VERSION_UNREAD where what
    was stored of it can no longer be read.
    """
    head = cases.head_of(connection, name)
    all_versions = _versions(connection, head.id)
    known = [row for row in all_versions if row.known_at <= at]
    if not known:
        raise _not_known(name, head, at, all_versions[0].known_at)
    own = known[-1]
    if own.version == head.version:
        found, traced, told = cases.case(connection, name), facts(connection, name), []
    else:
        made = _made(connection, head, own, all_versions, again)
        found, traced = _shown(connection, head, own, made), _facts(connection, head.system, own, made)
        package = {"package_id": None, "digest": None}
        told = [] if made.digest == own.digest else [package | _ANOTHER]
    then = {each["version"] for each in found["versions"]} & {row.version for row in known}
    found["versions"] = [each for each in found["versions"] if each["version"] in then]
    found["outcomes"] = _outcomes(connection, head.id, at)
    found["cards"], found["level"] = _cards(connection, head.id, at)
    found["as_of"] = iso(at)
    return found, traced, told


def _versions(connection: Connection, case_id: int) -> Sequence[Row[Any]]:
    table = exchange.case_version
    return connection.execute(select(table).where(table.c.case_id == case_id).order_by(table.c.version)).all()


def _not_known(name: str, head: Row[Any], at: int, first: int) -> StopError:
    return StopError(
        "CASE_NOT_KNOWN_THEN",
        zh=f"截至 {iso(at)} 枢纽还不知道办件 {name}：其第一版在 {iso(first)} 到达",
        en=f"As of {iso(at)} the hub did not know the case {name} yet: its first version came at {iso(first)}",
        remedy_zh="--as-of 给第一版到达之后的日期或时刻；各版本见不带 --as-of 的 suphub case show",
        remedy_en="Give --as-of a day or time after the first version; `suphub case show` without it lists the versions",
        place=Place(system=head.system, case=head.case_no),
    )


def _unread(head: Row[Any], own: Row[Any], zh: str, en: str) -> StopError:
    return StopError(
        "CASE_VERSION_UNREAD",
        zh=f"{head.system}/{head.case_no} 的第 {own.version} 版读不出来：{zh}",
        en=f"Version {own.version} of {head.system}/{head.case_no} cannot be read: {en}",
        remedy_zh="按所述原因处理（登记、原始库、密钥），再试一次；现行版本见不带 --as-of 的 suphub case show",
        remedy_en="Mend what is named (registration, raw store, keys) and try again; the current version is shown without --as-of",
        place=Place(system=head.system, case=head.case_no),
    )


def _made(
    connection: Connection,
    head: Row[Any],
    own: Row[Any],
    all_versions: Sequence[Row[Any]],
    again: Rereading,
) -> _Version:
    fragment = exchange.fragment
    whole = connection.execute(
        select(fragment.c.case_id).where(
            fragment.c.case_id == head.id, fragment.c.kind == "case",
            fragment.c.package == own.package, fragment.c.ordinal == own.ordinal,
        )
    ).first() is not None  # fmt: skip
    if whole:
        return _read(connection, head, own, again)
    later = {row.package for row in all_versions if row.version > own.version}
    until = [row.package for row in all_versions if row.version <= own.version]
    return _assembled(head, own, _history(connection, head.id, max(until), later), again)


def _read(connection: Connection, head: Row[Any], own: Row[Any], again: Rereading) -> _Version:
    """A version that came whole, from the bytes of its package."""
    package = (
        connection.execute(select(exchange.package).where(exchange.package.c.id == own.package))
        .mappings()
        .one()
    )
    read = again.cases(package, [own.ordinal])
    if read.unread is not None:
        raise _unread(head, own, *read.unread)
    if own.ordinal not in read.made:
        raise _unread(
            head, own, "该包现在会拒收这一件", "the package has the case, but it would be refused today"
        )
    made = read.made[own.ordinal]
    return _Version(True, made.digest, _rows(made.lines))


def _history(connection: Connection, case_id: int, newest: int, later: set[int]) -> History:
    """The pieces as the packages up to one had told them, leaving out those that made a later version."""
    table = exchange.case_pieces
    rows = connection.execute(
        select(table.c.package, table.c.body).where(table.c.case_id == case_id, table.c.package <= newest)
    )
    return history((row.package, row.body) for row in rows if row.package not in later)


def _assembled(head: Row[Any], own: Row[Any], held: History, again: Rereading) -> _Version:
    """A version that was made of pieces."""
    try:
        registration = again.registration(head.system, None)
        dialect = load_dialect(registration.dialect, schema=registration.schema)
        found = Assembler(registration, dialect).assemble([held.held[key] for key in sorted(held.held)])
    except (*UNREAD, KeyError, ValueError, TypeError) as error:
        told = why(error)
        raise _unread(head, own, told["zh"], told["en"]) from error
    pieces = [shown_piece(held.held[key]) for key in sorted(held.held)]
    return _Version(False, found.digest, _rows(found.lines), pieces, found.missing, found.waiting)


def _rows(lines: Mapping[str, Sequence[str]]) -> dict[str, list[dict[str, Any]]]:
    return {
        table: [
            {name: _value(table, name, value) for name, value in zip(columns_of(table), bulk.parse(line), strict=True)}
            for line in lines.get(table, ())
        ]
        for table in CASE_TABLES
    }  # fmt: skip


def _value(table: str, column: str, text: str | None) -> Any:
    """A value of a record line as the database would give it."""
    kind = metadata.tables[table].c[column].type
    if text is None:
        return None
    if isinstance(kind, Integer):
        return int(text)
    return date.fromisoformat(text) if isinstance(kind, Date) else text


def _facts(connection: Connection, system: str, own: Row[Any], made: _Version) -> Facts:
    ids = {own.package} if made.whole else {each["package"] for each in made.pieces}
    packages = connection.execute(select(exchange.package).where(exchange.package.c.id.in_(sorted(ids))))
    return Facts(
        system=system,
        rows=made.rows,
        packages={row.id: row for row in packages},
        whole=(own.package, own.ordinal) if made.whole else None,
        pieces=made.pieces,
        waits=made.waits,
    )


def _shown(connection: Connection, head: Row[Any], own: Row[Any], made: _Version) -> dict[str, Any]:
    waiting = {
        "missing": list(made.missing), "pieces": [{"kind": k, "source_key": key} for k, key in sorted(made.waits)],
        "since": None, "incomplete": False, "refused": [],
    }  # fmt: skip
    return {
        "system": head.system,
        "case_no": head.case_no,
        "version": own.version,
        "state": own.state,
        "level": 0,
        "digest": own.digest,
        "changed_at": iso(own.known_at),
        "waiting": waiting if made.missing or made.waits else None,
        "item_known": None,
        "elements": {table: [_plain(row) for row in rows] for table, rows in made.rows.items()},
        "risk_points": [],
        "versions": cases.versions(connection, head.id),
        "outcomes": [],
        "cards": [],
    }


def _plain(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: cases.shown(name, value, False) for name, value in row.items() if value is not None}


def _outcomes(connection: Connection, case_id: int, at: int) -> list[dict[str, Any]]:
    """What became of the messages that had come by then."""
    package = exchange.package
    outcome = exchange.case_outcome
    came = connection.execute(
        select(package.c.package_id, package.c.digest)
        .join(outcome, outcome.c.package == package.c.id)
        .where(outcome.c.case_id == case_id, package.c.received_at <= at)
    )
    names = {row.package_id or row.digest for row in came}
    return [each for each in cases.outcomes(connection, case_id) if each["package_id"] in names]


def _cards(connection: Connection, case_id: int, at: int) -> tuple[list[dict[str, Any]], int]:
    """The cards of the case as they stood then, and the level that they gave it."""
    rows = connection.execute(
        select(card).where(card.c.case_id == case_id, card.c.raised_at <= at).order_by(card.c.card_id)
    ).all()
    found, level = [], 0
    for row in rows:
        events = connection.execute(
            select(card_event).where(card_event.c.card_id == row.card_id).order_by(card_event.c.number)
        ).all()
        state = [event.to_state for event in events if event.at <= at][-1:]
        changed = [json.loads(event.before) for event in events if event.at > at and event.before]
        was = next((int(each["level"]) for each in changed if "level" in each), row.level)
        told = {"card_id": row.card_id, "rule": row.rule, "level": was, "state": state[0] if state else row.state,
                "raised_on": row.raised_on.isoformat()}  # fmt: skip
        found.append(told)
        if told["state"] not in (*ENDED, PENDING):
            level = max(level, was)
    return found, level
