"""One case: what is known of it now, what it waits for, its versions and their packages; and lists of cases."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

from sqlalchemy import Connection, Row, ScalarSelect, func, select

from hub.central.caserows import CASE_TABLES
from hub.central.seen import Seen, by_system
from hub.central.tables import business, exchange, metadata
from hub.clock import MICROSECOND, iso, now_us
from hub.errors import Place, StopError
from hub.masking import mask
from hub.supervision.states import PENDING
from hub.views.risk import risk_points

PERSONAL_COLUMNS = frozenset({
    "id_no", "contact_id_no", "agent_id_no", "mobile", "email", "address", "recipient_id_no",
})  # fmt: skip
INCOMPLETE_AFTER = timedelta(days=7) // MICROSECOND
"""A case that has waited so long (µs) for its first elements is incomplete: a message was lost, or never sent."""
STATES = ("current", "deleted", "pending", "incomplete", "waiting")
"""What a list of cases may be narrowed to; the incomplete ones are among the pending, and all that wait for a piece,
or of which a piece waits, are waiting."""


def head_of(connection: Connection, name: str) -> Row[Any]:
    """The head of the case `SYSTEM/NO`. Raises StopError CASE_UNKNOWN if there is none."""
    system, _, number = name.partition("/")
    head = connection.execute(
        select(exchange.case_head).where(
            exchange.case_head.c.system == system, exchange.case_head.c.case_no == number
        )
    ).one_or_none()
    if head is None:
        raise StopError(
            "CASE_UNKNOWN",
            zh=f"没有办件 {name}",
            en=f"There is no case {name}",
            remedy_zh="写成 系统/办件编号;被拒收的办件见 suphub package show",
            remedy_en="Write SYSTEM/CASE_NO; refused cases are shown by `suphub package show`",
            place=Place(system=system, case=number),
        )
    return head


def case(connection: Connection, name: str, *, unmasked: bool = False) -> dict[str, Any]:
    """The case `SYSTEM/NO`; personal values are masked. Raises StopError if there is none."""
    head = head_of(connection, name)
    return {
        "system": head.system,
        "case_no": head.case_no,
        "version": head.version,
        "state": head.state,
        "level": connection.execute(select(_level(head.id))).scalar_one(),
        "digest": head.digest,
        "changed_at": iso(head.changed_at),
        "waiting": _waiting(connection, head),
        "item_known": _item_known(connection, head.id),
        "elements": {table: _rows(connection, table, head.id, unmasked) for table in CASE_TABLES},
        "risk_points": risk_points(connection, head.id),
        "versions": versions(connection, head.id),
        "outcomes": outcomes(connection, head.id),
        "cards": _cards(connection, head.id),
    }


def cases(
    connection: Connection,
    *,
    system: str | None = None,
    state: str | None = None,
    seen: Seen | None = None,
    limit: int = 100,
    offset: int = 0,
) -> list[dict[str, Any]]:
    """Cases, those that changed last first, with what they wait for; `state` is one of STATES."""
    head, waits = exchange.case_head, exchange.waiting_case
    statement = (
        select(head, waits.c.since_at, waits.c.missing, _level(head.c.id).label("level"))
        .outerjoin(waits, waits.c.case_id == head.c.id)
        .where(*by_system(head.c.system, seen))
        .order_by(head.c.changed_at.desc(), head.c.id.desc())
        .limit(limit)
        .offset(offset or None)
    )
    if system is not None:
        statement = statement.where(head.c.system == system)
    if state == "incomplete":
        statement = statement.where(head.c.state == "pending", waits.c.since_at < now_us() - INCOMPLETE_AFTER)
    elif state == "waiting":
        statement = statement.where(waits.c.since_at.is_not(None))
    elif state is not None:
        statement = statement.where(head.c.state == state)
    return [
        {
            "system": row.system,
            "case_no": row.case_no,
            "state": row.state,
            "level": row.level,
            "version": row.version,
            "changed_at": iso(row.changed_at),
            "missing": json.loads(row.missing) if row.missing else [],
            "since": iso(row.since_at),
            "incomplete": _incomplete(row.since_at, bool(row.missing) and row.missing != "[]"),
        }
        for row in connection.execute(statement)
    ]


def _level(case_id: Any) -> ScalarSelect[int]:
    """监察级别 of a case: that of its highest open card, 0 without one; a card that waits to be issued gives it none yet."""
    card = business.card
    highest = select(func.coalesce(func.max(card.c.level), 0)).where(
        card.c.case_id == case_id, card.c.open_key.is_not(None), card.c.state != PENDING
    )
    return highest.scalar_subquery()


def _incomplete(since: int | None, lacks: bool) -> bool:
    return lacks and since is not None and since < now_us() - INCOMPLETE_AFTER


def _waiting(connection: Connection, head: Row[Any]) -> dict[str, Any] | None:
    """What a case waits for, since when, and what of it was refused; null where it waits for nothing."""
    table = exchange.waiting_case
    row = connection.execute(select(table).where(table.c.case_id == head.id)).one_or_none()
    if row is None:
        return None
    missing = json.loads(row.missing)
    return {
        "missing": missing,
        "pieces": [{"kind": kind, "source_key": key} for kind, key in json.loads(row.pieces)],
        "since": iso(row.since_at),
        "incomplete": _incomplete(row.since_at, bool(missing)),
        "refused": _refused(connection, head.system, head.case_no),
    }


def _refused(connection: Connection, system: str, case_no: str) -> list[dict[str, Any]]:
    """Rows or messages of a case that were refused: what a case waits for may have come, and not been taken."""
    rejection, package = exchange.rejection, exchange.package
    rows = connection.execute(
        select(rejection.c.code, rejection.c.field, rejection.c.xpath, package.c.package_id, package.c.digest)
        .join(package, package.c.id == rejection.c.package)
        .where(package.c.system == system, rejection.c.case_no == case_no, rejection.c.severity == "error")
        .order_by(rejection.c.package.desc(), rejection.c.ordinal, rejection.c.number)
        .limit(20)
    )
    return [
        {"code": r.code, "field": r.field, "place": r.xpath, "package_id": r.package_id or r.digest}
        for r in rows
    ]


def _item_known(connection: Connection, case_id: int) -> bool | None:
    """Whether the catalogue knows the case's item; null where it holds no item of the organisation, or there is no item."""
    table, item = metadata.tables["approval_case"], metadata.tables["service_item"]
    said = connection.execute(
        select(table.c.item_code, table.c.handle_item_code, table.c.org_uscc).where(
            table.c.case_id == case_id
        )
    ).one_or_none()
    if said is None or said.item_code is None:
        return None
    codes = [code for code in (said.item_code, said.handle_item_code) if code]
    if connection.execute(select(item.c.item_code).where(item.c.item_code.in_(codes)).limit(1)).first():
        return True
    listed = connection.execute(
        select(item.c.item_code).where(item.c.org_uscc == said.org_uscc).limit(1)
    ).first()
    return False if listed else None


def _rows(connection: Connection, name: str, case_id: int, unmasked: bool) -> list[dict[str, Any]]:
    return [
        {
            column: shown(column, value, unmasked)
            for column, value in row._mapping.items()
            if value is not None
        }
        for row in rows_of(connection, name, case_id)
    ]


def rows_of(connection: Connection, name: str, case_id: int) -> list[Row[Any]]:
    """The rows that a case has in one of CASE_TABLES, by their number."""
    table = metadata.tables[name]
    found = connection.execute(select(table).where(table.c.case_id == case_id).order_by(*table.primary_key))
    return list(found)


def shown(column: str, value: Any, unmasked: bool) -> Any:
    """A column's value as people and scripts see it; personal ones masked."""
    if column.endswith("_at"):
        return iso(value)
    if column.endswith("_day") or column == "certificate_valid_to":
        return value.isoformat()
    return mask(value) if column in PERSONAL_COLUMNS and not unmasked else value


def versions(connection: Connection, case_id: int) -> list[dict[str, Any]]:
    """The versions of a case, each with when it was known and the package that made it."""
    version, package = exchange.case_version, exchange.package
    rows = connection.execute(
        select(version.c.version, version.c.state, version.c.ordinal, version.c.known_at, package.c.package_id,
               package.c.digest, package.c.origin)
        .join(package, package.c.id == version.c.package)
        .where(version.c.case_id == case_id)
        .order_by(version.c.version)
    )  # fmt: skip
    return [
        {"version": r.version, "state": r.state, "known_at": iso(r.known_at), "package_id": r.package_id or r.digest,
         "digest": r.digest, "file": r.origin, "ordinal": r.ordinal}
        for r in rows
    ]  # fmt: skip


def outcomes(connection: Connection, case_id: int) -> list[dict[str, Any]]:
    """What became of each message of a case, package by package."""
    outcome, package = exchange.case_outcome, exchange.package
    rows = connection.execute(
        select(
            outcome.c.outcome, outcome.c.version, outcome.c.ordinal, package.c.package_id, package.c.digest
        )
        .join(package, package.c.id == outcome.c.package)
        .where(outcome.c.case_id == case_id)
        .order_by(outcome.c.package, outcome.c.ordinal)
    )
    return [
        {
            "package_id": r.package_id or r.digest,
            "ordinal": r.ordinal,
            "outcome": r.outcome,
            "version": r.version,
        }
        for r in rows
    ]


def _cards(connection: Connection, case_id: int) -> list[dict[str, Any]]:
    card = business.card
    rows = connection.execute(select(card).where(card.c.case_id == case_id).order_by(card.c.card_id))
    return [
        {
            "card_id": r.card_id,
            "rule": r.rule,
            "level": r.level,
            "state": r.state,
            "raised_on": r.raised_on.isoformat(),
        }
        for r in rows
    ]
