"""What was known of a case when it was judged: its limits, times and pauses, kept with the card for whoever asks later."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, Table, select

from hub.central.tables.exchange import case_head
from hub.central.tables.process import (
    acceptance,
    approval_case,
    correction_notice,
    correction_receipt,
    special_procedure,
    special_procedure_result,
)
from hub.central.tables.result import completion
from hub.clock import iso
from hub.supervision.item_limits import LIMITS, counted
from hub.supervision.judge import AsOf

# What each kind of event tells besides its time; no field here is personal data of an applicant.
_EVENTS: tuple[tuple[str, Table, str, tuple[str, ...]], ...] = (
    (
        "special_procedures",
        special_procedure,
        "started",
        ("seq", "kind", "approved_limit", "approved_limit_unit"),
    ),
    ("special_procedure_results", special_procedure_result, "ended", ("ordinal", "procedure_seq")),
    ("correction_notices", correction_notice, "notified", ("seq",)),
    ("correction_receipts", correction_receipt, "received", ("ordinal", "notice_seq")),
)
_CASE = (
    "org_uscc",
    "org_name",
    "region_code",
    "item_code",
    "item_name",
    "case_type",
    "promised_limit",
    "promised_limit_unit",
    "statutory_limit",
    "statutory_limit_unit",
    "parallel_project_no",
)


def load(connection: Connection, case_ids: Sequence[int]) -> dict[int, dict[str, Any]]:
    """The present facts of the cases, by case_id; raw values, all events, known or not at any particular time."""
    columns: list[ColumnElement[Any]] = [
        case_head.c.id,
        case_head.c.system,
        case_head.c.case_no,
        case_head.c.version,
        case_head.c.state,
        *(approval_case.c[name] for name in _CASE),
        acceptance.c.handled_at,
        acceptance.c.handled_day,
        acceptance.c.promised_at,
        acceptance.c.promised_day,
        acceptance.c.handler_name.label("acceptance_handler"),
        completion.c.completed_at,
        completion.c.completed_day,
        completion.c.result,
        completion.c.handler_name.label("completion_handler"),
    ]
    rows = connection.execute(
        select(*columns)
        .select_from(
            case_head.outerjoin(approval_case, approval_case.c.case_id == case_head.c.id)
            .outerjoin(acceptance, acceptance.c.case_id == case_head.c.id)
            .outerjoin(completion, completion.c.case_id == case_head.c.id)
        )
        .where(case_head.c.id.in_(case_ids))
    ).mappings()
    facts = {row["id"]: dict(row) for row in rows}
    items = counted(connection, case_ids)
    for case_id, fact in facts.items():
        fact["item"] = items.get(case_id)
    for name, table, when, fields in _EVENTS:
        events = _events(connection, table, when, fields, case_ids)
        for case_id, fact in facts.items():
            fact[name] = events.get(case_id, [])
    return facts


def snapshot(fact: Mapping[str, Any], as_of: AsOf) -> dict[str, Any]:
    """The facts of one case that were known as of `as_of`, as plain data; its completion only if it had happened."""
    finished = _known(fact["completed_at"], fact["completed_day"], as_of)
    return {
        "as_of": {"before": iso(as_of.at), "day": as_of.day.isoformat()},
        "system": fact["system"],
        "case_no": fact["case_no"],
        "case_version": fact["version"],
        "case_state": fact["state"],
        **{name: fact[name] for name in _CASE},
        "limits_counted": {each: _limit(fact, each) for each in LIMITS},
        "accepted": _moment(fact["handled_at"], fact["handled_day"]),
        "promised_at": _moment(fact["promised_at"], fact["promised_day"]),
        "completed": _moment(fact["completed_at"], fact["completed_day"]) if finished else None,
        "result": fact["result"] if finished else None,
        **{
            name: [
                {**{field: event[field] for field in fields}, when: _moment(event["at"], event["day"])}
                for event in fact[name]
                if _known(event["at"], event["day"], as_of)
            ]
            for name, _, when, fields in _EVENTS
        },
    }


def _limit(fact: Mapping[str, Any], name: str) -> dict[str, Any] | None:
    """The limit that was judged by, and whose it is: the catalogue's (with its version), else the message's."""
    item = fact["item"]
    if item is not None and name in item.limits:
        number, unit = item.limits[name]
        return {"limit": number, "unit": unit, "source": "catalogue", "item_version": item.version}
    if (fact[f"{name}_limit"] or 0) > 0:
        unit = fact[f"{name}_limit_unit"] or "W"
        return {"limit": fact[f"{name}_limit"], "unit": unit, "source": "message"}
    return None


def handler(fact: Mapping[str, Any], as_of: AsOf) -> str | None:
    """Who answers for the case: who finished it, else who accepted it."""
    finished = _known(fact["completed_at"], fact["completed_day"], as_of)
    name: str | None = fact["completion_handler"] if finished else None
    accepted_by: str | None = fact["acceptance_handler"]
    return name or accepted_by


def plain_json(text: str) -> Any:
    """The evidence of a finding as plain data."""
    return json.loads(text)


def _events(
    connection: Connection, table: Table, when: str, fields: Sequence[str], case_ids: Sequence[int]
) -> dict[int, list[dict[str, Any]]]:
    found: dict[int, list[dict[str, Any]]] = defaultdict(list)
    rows = connection.execute(
        select(
            table.c.case_id,
            table.c[f"{when}_at"].label("at"),
            table.c[f"{when}_day"].label("day"),
            *(table.c[field] for field in fields),
        )
        .where(table.c.case_id.in_(case_ids))
        .order_by(table.c.case_id, table.c[fields[0]])
    ).mappings()
    for row in rows:
        found[row["case_id"]].append(dict(row))
    return found


def _known(at: int | None, day: Any, as_of: AsOf) -> bool:
    if at is not None:
        return at < as_of.at
    return bool(day is not None and day <= as_of.day)


def _moment(at: int | None, day: Any) -> str | None:
    """ISO time, or the ISO day alone where the source gave no time."""
    if at is not None:
        return iso(at)
    return None if day is None else str(day.isoformat())
