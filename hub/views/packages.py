"""Packages and what became of their cases, as scripts and pages read them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy import Connection, Row, func, or_, select

from hub.central.seen import Seen, by_system
from hub.central.tables import exchange
from hub.clock import iso
from hub.errors import Place, StopError
from hub.masking import masked
from schemas.catalogue import describe

_PACKAGE = exchange.package
COUNTS = ("accepted", "rejected", "duplicate", "stale", "conflict", "pending")


def packages(
    connection: Connection,
    *,
    system: str | None = None,
    state: str | None = None,
    outcome: str | None = None,
    code: str | None = None,
    serial: int | None = None,
    seen: Seen | None = None,
    newest: bool = False,
    limit: int | None = None,
    offset: int = 0,
) -> Iterator[dict[str, Any]]:
    """Packages in the order in which they came, or the `newest` first; with cases of an `outcome`, refused for `code`, of a `serial`."""
    order = _PACKAGE.c.id.desc() if newest else _PACKAGE.c.id
    statement = select(_PACKAGE).where(*by_system(_PACKAGE.c.system, seen)).order_by(order)
    statement = statement.limit(limit).offset(offset or None)
    if serial is not None:
        statement = statement.where(_PACKAGE.c.serial == serial)
    if system:
        statement = statement.where(_PACKAGE.c.system == system)
    if state:
        statement = statement.where(_PACKAGE.c.state == state)
    if outcome in COUNTS:
        statement = statement.where(_PACKAGE.c[outcome] > 0)
    if code:
        statement = statement.where(_PACKAGE.c.refusal_code == code)
    for row in connection.execute(statement.execution_options(yield_per=1000)):
        yield as_dict(row)


def as_dict(row: Row[Any]) -> dict[str, Any]:
    """One package; a package without an accepted id is named by its digest."""
    return {
        "system": row.system,
        "package_id": row.package_id or row.digest,
        "serial": row.serial,
        "digest": row.digest,
        "state": row.state,
        "cases": row.cases or 0,
        **{name: getattr(row, name) for name in COUNTS},
        "received_at": iso(row.received_at),
    }


def find_package(connection: Connection, name: str) -> Row[Any]:
    """A package by `SYSTEM/ID`, where ID is its package id, its digest or the beginning of its digest.

    Raises StopError if the name fits none or several.
    """
    system, _, key = name.partition("/")
    by_name = _PACKAGE.c.package_id == key
    if len(key) >= 8:
        by_name = or_(by_name, _PACKAGE.c.digest.startswith(key, autoescape=True))
    rows = connection.execute(select(_PACKAGE).where(_PACKAGE.c.system == system, by_name).limit(2)).all()
    exact = [row for row in rows if row.package_id == key]
    if len(exact or rows) == 1:
        return (exact or rows)[0]
    raise StopError(
        "PACKAGE_UNKNOWN" if not rows else "PACKAGE_AMBIGUOUS",
        zh=f"没有报文包 {name}" if not rows else f"{name} 对应多个报文包",
        en=f"There is no package {name}" if not rows else f"{name} fits several packages",
        remedy_zh="写成 系统/报文包标识 或 系统/摘要(至少 8 位);suphub package list 列出全部",
        remedy_en="Write SYSTEM/PACKAGE_ID or SYSTEM/DIGEST (8 digits at least); `suphub package list` lists them",
        place=Place(system=system, package=key),
    )


def detail(
    connection: Connection, name: str, *, rejected: tuple[int | None, int] = (None, 0)
) -> dict[str, Any]:
    """A package with its refusal, arrivals, receipt and the reasons for refused cases (`rejected`: limit, offset)."""
    row = find_package(connection, name)
    columns = (exchange.receipt.c[name] for name in ("digest", "made_at", "delivered_at", "signature"))
    receipt = connection.execute(select(*columns).where(exchange.receipt.c.package == row.id)).one_or_none()
    arrivals = connection.execute(
        select(exchange.arrival).where(exchange.arrival.c.package == row.id).order_by(exchange.arrival.c.id)
    )
    return {
        **as_dict(row),
        "claimed_id": row.claimed_id,
        "size": row.size,
        "closed_at": iso(row.closed_at),
        "notes": row.notes,
        "root": row.root,
        "refusal": _refusal(row),
        "receipt": None if receipt is None else {
            "digest": receipt.digest, "made_at": iso(receipt.made_at), "delivered_at": iso(receipt.delivered_at),
            "signed": receipt.signature is not None,
        },
        "seal": _seal(row),
        "arrivals": [
            {"origin": a.origin, "arrived_at": iso(a.arrived_at), "answered_at": iso(a.answered_at)} for a in arrivals
        ],
        "rejections": list(rejections(connection, row.id, limit=rejected[0], offset=rejected[1])),
    }  # fmt: skip


def _seal(row: Row[Any]) -> dict[str, Any] | None:
    """What the package was encrypted with and whose signature held; None where it came in the open."""
    if row.cipher is None and row.signer_digest is None:
        return None
    signed = row.signer_digest is not None
    signer = {"subject": row.signer, "fingerprint": row.signer_digest, "serial": row.signer_serial}
    return {"encrypted": row.cipher, "signer": signer if signed else None}


def _refusal(row: Row[Any]) -> dict[str, Any] | None:
    if row.refusal_code is None:
        return None
    known = json.loads(row.refusal)
    return {
        "code": row.refusal_code,
        "line": known["line"],
        **_texts(row.refusal_code, None, None, known["params"]),
    }


def rejections(
    connection: Connection, package: int, *, limit: int | None = None, offset: int = 0
) -> Iterator[dict[str, Any]]:
    """Why cases of a package were refused, in the order of the document; personal values are masked."""
    table = exchange.rejection
    rows = connection.execute(
        select(table)
        .where(table.c.package == package, table.c.severity == "error")
        .order_by(table.c.ordinal, table.c.number)
        .limit(limit)
        .offset(offset or None)
    )
    yield from (_rejection(row) for row in rows)


def refusals(
    connection: Connection,
    *,
    code: str | None = None,
    seen: Seen | None = None,
    limit: int | None = None,
    offset: int = 0,
) -> Iterator[dict[str, Any]]:
    """Why cases were refused, over all packages, the newest first: as `rejections`, with system, package_id and ordinal."""
    table = exchange.rejection
    statement = (
        select(table, _PACKAGE.c.system, _PACKAGE.c.package_id, _PACKAGE.c.digest)
        .join(_PACKAGE, _PACKAGE.c.id == table.c.package)
        .where(table.c.severity == "error", *by_system(_PACKAGE.c.system, seen))
        .order_by(table.c.package.desc(), table.c.ordinal, table.c.number)
        .limit(limit)
        .offset(offset or None)
    )
    if code:
        statement = statement.where(table.c.code == code)
    for row in connection.execute(statement):
        yield {
            "system": row.system,
            "package_id": row.package_id or row.digest,
            "digest": row.digest,
            **_rejection(row),
        }


def _rejection(row: Row[Any]) -> dict[str, Any]:
    value = masked(row.field, row.value)
    return {
        "ordinal": row.ordinal,
        "case_no": row.case_no,
        "line": row.line,
        "xpath": row.xpath,
        "field": row.field,
        "value": value,
        "code": row.code,
        **_texts(row.code, row.field, value, json.loads(row.params)),
    }


def _texts(code: str, field: str | None, value: str | None, params: Mapping[str, Any]) -> dict[str, str]:
    texts = describe(code, field, value, params)
    return {
        "message_zh": texts.message_zh,
        "message_en": texts.message_en,
        "remedy_zh": texts.remedy_zh,
        "remedy_en": texts.remedy_en,
    }


def outcomes(
    connection: Connection,
    package: int,
    *,
    outcome: str | None = None,
    limit: int | None = None,
    offset: int = 0,
) -> Iterator[dict[str, Any]]:
    """What became of each case of a package, in the order of the document; of one `outcome` alone if it is given."""
    table = exchange.case_outcome
    statement = select(table).where(table.c.package == package).order_by(table.c.ordinal)
    statement = statement.limit(limit).offset(offset or None)
    if outcome:
        statement = statement.where(table.c.outcome == outcome)
    for row in connection.execute(statement.execution_options(yield_per=5000)):
        yield _outcome(row)


def all_outcomes(
    connection: Connection,
    outcome: str,
    *,
    seen: Seen | None = None,
    limit: int | None = None,
    offset: int = 0,
) -> Iterator[dict[str, Any]]:
    """What became of cases over all packages, of one `outcome` (of COUNTS), the newest packages first: as `outcomes`, with
    system and package_id."""
    table = exchange.case_outcome
    rows = connection.execute(
        select(table, _PACKAGE.c.system, _PACKAGE.c.package_id, _PACKAGE.c.digest, _PACKAGE.c.received_at)
        .join(_PACKAGE, _PACKAGE.c.id == table.c.package)
        # Packages without such a case are left out by their counts: one outcome may be rare among millions.
        .where(_PACKAGE.c[outcome] > 0, table.c.outcome == outcome, *by_system(_PACKAGE.c.system, seen))
        .order_by(table.c.package.desc(), table.c.ordinal)
        .limit(limit)
        .offset(offset or None)
    )
    for row in rows:
        package = {"system": row.system, "package_id": row.package_id or row.digest}
        yield {**package, "received_at": iso(row.received_at), **_outcome(row)}


def _outcome(row: Row[Any]) -> dict[str, Any]:
    return {
        "ordinal": row.ordinal,
        "case_no": row.case_no,
        "outcome": row.outcome,
        "codes": [code for code in row.codes.split(",") if code],
        "version": row.version,
    }


def totals(connection: Connection, seen: Seen | None = None) -> dict[str, Any]:
    """Packages by state and cases by outcome, over everything that is seen."""
    mine = by_system(_PACKAGE.c.system, seen)
    states = connection.execute(
        select(_PACKAGE.c.state, func.count()).where(*mine).group_by(_PACKAGE.c.state)
    ).all()
    sums = connection.execute(
        select(*(func.coalesce(func.sum(_PACKAGE.c[name]), 0) for name in COUNTS)).where(*mine)
    ).one()
    return {
        "packages": {state: int(number) for state, number in states},
        "cases": dict(zip(COUNTS, (int(n) for n in sums), strict=True)),
    }


def top_reasons(connection: Connection, limit: int = 10, *, seen: Seen | None = None) -> list[dict[str, Any]]:
    """The most frequent reasons for refusing a case, and for refusing a package."""
    table = exchange.rejection
    number = func.count().label("number")
    mine = by_system(_PACKAGE.c.system, seen)
    by_code = select(table.c.code, number).where(table.c.severity == "error")
    if mine:
        by_code = by_code.join(_PACKAGE, _PACKAGE.c.id == table.c.package).where(*mine)
    cases = connection.execute(by_code.group_by(table.c.code)).all()
    whole = connection.execute(
        select(_PACKAGE.c.refusal_code, number)
        .where(_PACKAGE.c.refusal_code.is_not(None), *mine)
        .group_by(_PACKAGE.c.refusal_code)
    ).all()
    found = [{"code": code, "level": "case", "number": int(n)} for code, n in cases]
    found += [{"code": code, "level": "package", "number": int(n)} for code, n in whole]
    return sorted(found, key=lambda item: (-int(str(item["number"])), str(item["code"])))[:limit]
