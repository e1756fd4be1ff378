"""Stores cases as rows of the central database, each a table of what it reports, and reads what the rules find in them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, insert, text

from hub.central.tables import exchange, items, metadata
from hub.supervision.judge import AsOf, Judging, all_cases, counts, forget, judge, prepare
from hub.supervision.rules import shipped_rules
from tests.oracle.lives import Today, on
from tests.oracle.loading import SYSTEM

ORG = "11430100006121778E"
ITEM = "I1"
Rows = Mapping[str, Any]

BASE: Rows = {
    "approval_case": {"org_uscc": ORG, "region_code": "430100", "item_code": ITEM, "item_version": 1, "case_type": "2"},
    "application": {"applied": "2025-03-03 09:00"},
    "acceptance": {"handled": "2025-03-03 10:00", "status": "1"},
    "step": [{"seq": 1, "step_type": "2", "started": "2025-03-03 11:00", "ended": "2025-03-04 11:00"}],
}  # fmt: skip
"""A case that no rule minds."""


def store(connection: Connection, *cases: Rows, system: str = SYSTEM) -> None:
    """Store cases as numbers 1, 2, …: what each says replaces BASE's, and a table that is None is left out.

    A time is written under its short name: `handled="2025-03-03 10:00"`, or with the day alone.
    """
    for number, given in enumerate(cases, 1):
        head = {
            "id": number, "system": system, "case_no": f"C{number}", "version": 1, "digest": "0" * 64, "state": "current",
            "basis": 0, "value": 1, "raw_digest": "0" * 64, "fingerprint": "0" * 64, "changed_at": 0,
        }  # fmt: skip
        connection.execute(insert(exchange.case_head), [head])
        for name in {**BASE, **given}:
            said = given.get(name, BASE.get(name))
            if said is None:
                continue
            base = BASE.get(name, {})
            rows = (
                said if isinstance(said, list) else [{**(base if isinstance(base, Mapping) else {}), **said}]
            )
            for place, row in enumerate(rows, 1):
                add(connection, name, {"case_id": number, **_numbered(name, place), **row})


def add(connection: Connection, name: str, row: Rows) -> None:
    """One row of any table; times under their short names."""
    table = metadata.tables[name]
    told: dict[str, Any] = {}
    for key, value in row.items():
        if f"{key}_day" in table.c:
            moment = None if value is None else on(value)
            told |= {f"{key}_at": moment and moment.at, f"{key}_day": moment and moment.day}
        else:
            told[key] = value
    connection.execute(insert(table), [told])


def _numbered(name: str, place: int) -> dict[str, int]:
    return {key: place for key in ("seq", "ordinal") if key in metadata.tables[name].c}


def catalogue(connection: Connection, code: str = ITEM, version: int = 1, **item: Any) -> None:
    """A version of an item; its parts are given as lists: materials, steps, posts, apart, next."""
    parts = {name: item.pop(name, ()) for name in ("materials", "steps", "posts", "apart", "next")}
    for name in ("valid_from", "valid_to"):
        if item.get(name):
            item[name] = on(item[name]).day
    row = {
        "item_code": code, "version": version, "digest": "0" * 64, "change": 1, "parts": "{}", "name": "事项",
        "org_uscc": ORG, "state": "in_force", "is_exempt": 0, "details": "{}", **item,
    }  # fmt: skip
    connection.execute(insert(items.service_item), [row])
    key = {"item_code": code, "version": version}
    for seq, (name, required) in enumerate(parts["materials"], 1):
        add(connection, "item_material", {**key, "seq": seq, "name": name, "is_required": required})
    for seq, (step, name, kind) in enumerate(parts["steps"], 1):
        add(
            connection,
            "item_flow_step",
            {**key, "seq": seq, "step_code": step, "name": name, "step_type": kind},
        )
    for step, post in parts["posts"]:
        add(connection, "item_flow_post", {**key, "step_code": step, "post_code": post})
    for step, other in parts["apart"]:
        add(connection, "item_flow_apart", {**key, "step_code": step, "other_code": other})
    for seq, (step, other) in enumerate(parts["next"], 1):
        add(connection, "item_flow_next", {**key, "seq": seq, "step_code": step, "next_code": other})


def person(connection: Connection, number: str, name: str, *posts: str, until: str | None = None) -> None:
    """Somebody of the department and the posts that they hold."""
    row = {
        "org_uscc": ORG, "person_no": number, "version": 1, "digest": "0" * 64, "change": 1, "name": name,
        "valid_to": until and on(until).day,
    }  # fmt: skip
    connection.execute(insert(items.staff), [row])
    for post in posts:
        add(connection, "staff_post", {"org_uscc": ORG, "person_no": number, "version": 1, "post_code": post})


def found(
    connection: Connection, rule: str, today: str, delivers: frozenset[str] | None = None
) -> dict[int, list[str]]:
    """What the rule finds as of the end of a day, or an instant of it: case → subjects, sorted."""
    judging = _judging(delivers)
    _scope(connection, today)
    judge(connection, "papers_", judging, [rule])
    rows = connection.execute(
        text("SELECT scope_id, subject FROM papers_finding ORDER BY scope_id, subject")
    ).all()
    forget(connection, "papers_")
    result: dict[int, list[str]] = {}
    for row in rows:
        result.setdefault(row.scope_id, []).append(row.subject)
    return result


def not_judged(
    connection: Connection, rule: str, today: str, delivers: frozenset[str] | None = None
) -> Mapping[str, int]:
    """Why cases were not judged: reason → how many."""
    judging = _judging(delivers)
    _scope(connection, today)
    prepare(connection, "papers_", judging)
    reasons = counts(connection, "papers_", judging, [rule]).not_judged[rule]
    forget(connection, "papers_")
    return reasons


def _judging(delivers: frozenset[str] | None) -> Judging:
    return Judging(shipped_rules(), {} if delivers is None else {SYSTEM: delivers})


def _scope(connection: Connection, today: str) -> None:
    when = on(today)
    as_of = Today(when.day, -1 if when.at is None else when.at)
    all_cases(connection, "papers_", AsOf(as_of.instant, as_of.day))


def everything_but(*fields: str) -> frozenset[str]:
    """A dialect that delivers all that any rule needs, without these fields."""
    needs = {part for rule in shipped_rules().values() for need in rule.needs for part in need.split(" or ")}
    return frozenset({*needs, "Step.StartedAt"} - set(fields))


Examples = Sequence[tuple[str, Rows, list[str]]]
"""Name, case, subjects that must be found."""
