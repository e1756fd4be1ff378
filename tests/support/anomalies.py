"""A month of a department's cases, some of them strange, and what the rules over windows find in it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, delete, text

from hub.central.tables import metadata
from hub.supervision import units
from hub.supervision.judge import AsOf, Judging, forget, judge_units
from hub.supervision.rules import shipped_rules
from tests.oracle.lives import Today, on
from tests.oracle.loading import SYSTEM, register
from tests.support.papers import ORG, Rows, add, person

TODAY = "2025-04-10"
"""February and March have ended; the cases below are March's."""
WINDOW = f"{SYSTEM} 2025-03"
ZERO = {"digest": "0" * 64, "change": 1, "version": 1}

LIFE: Rows = {
    "approval_case": {"case_type": "2"},
    "application": {"applied": "2025-03-03 09:00", "channel": "1", "entered": "2025-03-03 09:01",
                    "written": "2025-03-03 18:00"},
    "applicant": {"applicant_type": "1", "id_type": "111"},
    "acceptance": {"handled": "2025-03-03 10:00", "status": "1", "handler_name": "王建国"},
    "step": [
        {"step_type": "1", "ended": "2025-03-03 10:00", "handler_name": "王建国"},
        {"step_type": "2", "started": "2025-03-03 11:00", "ended": "2025-03-04 11:00", "handler_name": "李小明"},
    ],
    "completion": {"completed": "2025-03-10 16:00", "result": "0", "handler_name": "王建国"},
}  # fmt: skip
"""A case that no rule minds."""

_CASES = ("case_head", "approval_case", "application", "applicant", "acceptance", "step", "correction_notice",
          "special_procedure", "special_procedure_result", "completion")  # fmt: skip


def forget_cases(connection: Connection) -> None:
    """As if nothing had been reported."""
    for name in _CASES:
        connection.execute(delete(metadata.tables[name]))


def month(connection: Connection, lives: Iterable[Rows], system: str = SYSTEM, first: int = 1) -> None:
    """Store cases from number `first` on: what each says is added to LIFE, table by table; None leaves a table out.

    They are finished a minute after each other unless they say when, so that nothing is a burst.
    """
    start = datetime(2025, 3, 10, 9)
    for number, life in enumerate(lives):
        ended = {"completed": str(start + timedelta(minutes=number))[:16]}
        rows = {name: _said(name, life, ended if name == "completion" else {}) for name in {**LIFE, **life}}
        rows["approval_case"] = {
            "org_uscc": ORG, "region_code": "430100", "item_code": "I1", **rows["approval_case"],
        }  # fmt: skip
        _store(connection, first + number, system, rows)


def _said(name: str, life: Rows, more: Rows) -> Any:
    said = life.get(name, {}) if name in LIFE else life[name]
    if said is None or isinstance(said, list):
        return said
    base = LIFE.get(name, {})
    return base if isinstance(base, list) else {**base, **more, **said}


def _store(connection: Connection, number: int, system: str, rows: Rows) -> None:
    head = {
        "id": number, "system": system, "case_no": f"C{number}", "version": 1, "digest": "0" * 64, "state": "current",
        "basis": 0, "value": 1, "raw_digest": "0" * 64, "fingerprint": "0" * 64, "changed_at": 0,
    }  # fmt: skip
    add(connection, "case_head", head)
    for name, said in rows.items():
        for place, row in enumerate(said if isinstance(said, list) else [said] if said else (), 1):
            key = {key: place for key in ("seq", "ordinal") if key in metadata.tables[name].c}
            add(connection, name, {"case_id": number, **key, **row})


def peers(connection: Connection, *codes: str) -> None:
    """Other live systems."""
    for code in codes:
        register(connection, code)


def staff(connection: Connection) -> None:
    """The people who handle LIFE."""
    person(connection, "001", "王建国")
    person(connection, "002", "李小明")


def windows_known(connection: Connection) -> None:
    """The catalogue names a post at a window."""
    add(connection, "post", {"org_uscc": ORG, "post_code": "W", "name": "窗口受理岗", **ZERO})


def node(connection: Connection, region: str = "430100") -> None:
    """The organisation in the catalogue."""
    add(connection, "organization", {"org_uscc": ORG, "name": "局", "region_code": region, **ZERO})


def found(
    connection: Connection,
    rule: str,
    today: str = TODAY,
    delivers: Mapping[str, frozenset[str]] | None = None,
) -> tuple[dict[str, dict[str, Any]], dict[str, int]]:
    """Subject → figures and cases behind of each finding as of the end of a day, and why windows were not judged."""
    when = on(today)
    as_of = Today(when.day, -1 if when.at is None else when.at)
    units.fill_now(connection, "x_", "system", AsOf(as_of.instant, as_of.day), as_of.instant)
    told = judge_units(connection, "x_", Judging(shipped_rules(), delivers or {}), [rule])
    rows = connection.execute(
        text("SELECT scope_id, subject, used, limit_value, evidence FROM x_finding ORDER BY subject")
    ).all()
    behind = connection.execute(
        text("SELECT scope_id, subject, case_id FROM x_sample ORDER BY case_id")
    ).all()
    result = {
        row.subject: {
            **json.loads(row.evidence),
            "used": row.used,
            "cases": [b.case_id for b in behind if (b.scope_id, b.subject) == (row.scope_id, row.subject)],
        }
        for row in rows
    }
    units.forget(connection, "x_")
    forget(connection, "x_")
    return result, dict(told.not_judged[rule])
