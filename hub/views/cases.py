"""One case: what is known of it now, its versions, and the packages that every version came with."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, select

from hub.central.caserows import CASE_TABLES
from hub.central.tables import business, exchange, metadata
from hub.clock import iso
from hub.errors import Place, StopError
from hub.masking import mask

PERSONAL_COLUMNS = frozenset({
    "id_no", "contact_id_no", "agent_id_no", "mobile", "email", "address", "recipient_id_no",
})  # fmt: skip


def case(connection: Connection, name: str, *, unmasked: bool = False) -> dict[str, Any]:
    """The case `SYSTEM/NO`; personal values are masked. Raises StopError if there is none."""
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
    return {
        "system": system,
        "case_no": number,
        "version": head.version,
        "state": head.state,
        "digest": head.digest,
        "changed_at": iso(head.changed_at),
        "elements": {table: _rows(connection, table, head.id, unmasked) for table in CASE_TABLES},
        "versions": _versions(connection, head.id),
        "outcomes": _outcomes(connection, head.id),
        "cards": _cards(connection, head.id),
    }


def _rows(connection: Connection, name: str, case_id: int, unmasked: bool) -> list[dict[str, Any]]:
    table = metadata.tables[name]
    rows = connection.execute(select(table).where(table.c.case_id == case_id).order_by(*table.primary_key))
    return [
        {
            column: _shown(column, value, unmasked)
            for column, value in row._mapping.items()
            if value is not None
        }
        for row in rows
    ]


def _shown(column: Any, value: Any, unmasked: bool) -> Any:
    if column.endswith("_at"):
        return iso(value)
    if column.endswith("_day") or column == "certificate_valid_to":
        return value.isoformat()
    return mask(value) if column in PERSONAL_COLUMNS and not unmasked else value


def _versions(connection: Connection, case_id: int) -> list[dict[str, Any]]:
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


def _outcomes(connection: Connection, case_id: int) -> list[dict[str, Any]]:
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
