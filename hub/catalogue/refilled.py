"""What a changed catalogue changes of stored cases: only columns that are null or came from it; computed, and nothing written."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Connection, Integer, RowMapping, Table, select

from hub.catalogue.lookup import chosen, read_items
from hub.central.sets import among
from hub.central.tables import items, metadata
from hub.central.tables.process import application, approval_case
from hub.items import GROUPS, ORIGIN, ROWS, ItemFacts, came_from, origin
from schemas.contract import load_contract

_CONTRACT = "1.0"
_Versions = Mapping[str, Sequence[tuple[tuple[date | None, date | None], Any]]]


@dataclass(slots=True)
class Changes:
    """What is to be written of one batch: of cases `the_case` and columns; per element of their rows `the_case`, `the_seq` and columns."""

    cases: list[dict[str, Any]] = field(default_factory=list)
    rows: dict[str, list[dict[str, Any]]] = field(default_factory=lambda: defaultdict(list))


def changes_of(connection: Connection, case_ids: Sequence[int]) -> Changes:
    """What the catalogue, as it is now, changes of these cases (some hundred)."""
    cases = _read_cases(connection, case_ids)
    facts, names = _known(connection, cases)
    rows = {element: _read_rows(connection, element, case_ids) for element in ROWS}
    changes = Changes()
    for case in cases:
        mine = {element: found.get(case["case_id"], []) for element, found in rows.items()}
        _refill_case(case, facts.get(case["case_id"]), names, mine, changes)
    return changes


def _refill_case(
    case: RowMapping,
    facts: ItemFacts | None,
    names: Mapping[int, str | None],
    rows: Mapping[str, Sequence[RowMapping]],
    changes: Changes,
) -> None:
    before: dict[str, str] = json.loads(case["derived"]) if case["derived"] else {}
    derived = dict(before)
    values: dict[str, Any] = {}
    told = facts.values() if facts else {}
    for group in GROUPS:
        column = column_of("ServiceItem", group[0])
        ours = derived.get(f"ServiceItem.{group[0]}") == ORIGIN
        if ours or (case[column] is None and group[0] in told):
            for each in group:
                _set(values, derived, f"ServiceItem.{each}", column_of("ServiceItem", each), told.get(each))
    name = names.get(case["case_id"])
    if name and (case["org_name"] is None or derived.get("Organization.Name") == ORIGIN):
        _set(values, derived, "Organization.Name", "org_name", name)
    touched = False
    for element, found in rows.items():
        touched |= _refill_rows(element, found, facts, derived, changes)
    values = {column: _typed(approval_case, column, value) for column, value in values.items()}
    differs = {column: value for column, value in values.items() if case[column] != value}
    if differs or touched or derived != before:
        text = json.dumps(derived, ensure_ascii=False, sort_keys=True) if derived else None
        now = {column: case[column] for column in case_columns()} | values
        changes.cases.append({"the_case": case["case_id"], "derived": text, **now})


def _refill_rows(
    element: str,
    rows: Sequence[RowMapping],
    facts: ItemFacts | None,
    derived: dict[str, str],
    changes: Changes,
) -> bool:
    code, name, fields = ROWS[element]
    filled: dict[str, list[str]] = {each: [] for each in fields}
    touched = False
    for row in rows:
        seq = str(row["seq"])

        def said(each: str | None, row: RowMapping = row, seq: str = seq) -> str | None:
            """The field as the message itself has it."""
            if each is None or came_from(derived, f"{element}.{each}", seq) == ORIGIN:
                return None
            return None if (value := row[column_of(element, each)]) is None else str(value)

        told = facts.row_values(element, said(code), said(name)) if facts else {}
        values: dict[str, Any] = {}
        for each in fields:
            value = said(each)
            if value is None and (value := told.get(each)) is not None:
                filled[each].append(seq)
            column = column_of(element, each)
            values[column] = _typed(table_of(element), column, value)
        if any(row[column] != value for column, value in values.items()):
            changes.rows[element].append({"the_case": row["case_id"], "the_seq": row["seq"], **values})
            touched = True
    for each, numbers in filled.items():
        key = f"{element}.{each}"
        if numbers:
            derived[key] = origin(numbers, len(rows))
        elif derived.get(key, "").partition(":")[0] == ORIGIN:
            del derived[key]
    return touched


def _set(values: dict[str, Any], derived: dict[str, str], key: str, column: str, value: str | None) -> None:
    values[column] = value
    if value is None:
        derived.pop(key, None)
    else:
        derived[key] = ORIGIN


def _known(
    connection: Connection, cases: Sequence[RowMapping]
) -> tuple[dict[int, ItemFacts], dict[int, str | None]]:
    """Per case what the catalogue says of its item, and the name of its organisation."""
    codes = {case[name] for case in cases for name in ("item_code", "handle_item_code") if case[name]}
    known = read_items(connection, sorted(codes))
    names = _organizations(connection, sorted({case["org_uscc"] for case in cases if case["org_uscc"]}))
    facts: dict[int, ItemFacts] = {}
    called: dict[int, str | None] = {}
    for case in cases:
        on = case["applied_day"]
        for code in (case["handle_item_code"], case["item_code"]):
            found = chosen(known.get(code or "", []), on)
            if found is not None:
                facts[case["case_id"]] = found[0] if found[1] else found[0].not_in_force()
                break
        name = chosen(names.get(case["org_uscc"] or "", []), on)
        mine = facts.get(case["case_id"])
        called[case["case_id"]] = (
            name[0] if name
            else mine.organization_name if mine and mine.organization == case["org_uscc"]
            else None
        )  # fmt: skip
    return facts, called


def _organizations(connection: Connection, usccs: Sequence[str]) -> _Versions:
    table = items.organization
    found: dict[str, list[tuple[tuple[date | None, date | None], str]]] = defaultdict(list)
    rows = connection.execute(
        select(table.c.org_uscc, table.c.valid_from, table.c.valid_to, table.c.name)
        .where(among(connection, table.c.org_uscc, usccs))
        .order_by(table.c.org_uscc, table.c.version)
    )
    for row in rows:
        found[row.org_uscc].append(((row.valid_from, row.valid_to), row.name))
    return found


def _read_cases(connection: Connection, case_ids: Sequence[int]) -> Sequence[RowMapping]:
    wanted = select(approval_case, application.c.applied_day).select_from(
        approval_case.outerjoin(application, application.c.case_id == approval_case.c.case_id)
    )
    return (
        connection.execute(wanted.where(among(connection, approval_case.c.case_id, case_ids)))
        .mappings()
        .all()
    )


def _read_rows(connection: Connection, element: str, case_ids: Sequence[int]) -> dict[int, list[RowMapping]]:
    table = table_of(element)
    code, name, fields = ROWS[element]
    columns = dict.fromkeys(column_of(element, each) for each in (code, name, *fields) if each)
    condition: ColumnElement[bool] = among(connection, table.c.case_id, case_ids)
    found: dict[int, list[RowMapping]] = defaultdict(list)
    wanted = select(table.c.case_id, table.c.seq, *(table.c[column] for column in columns)).where(condition)
    for row in connection.execute(wanted.order_by(table.c.case_id, table.c.seq)).mappings():
        found[row["case_id"]].append(row)
    return found


@cache
def table_of(element: str) -> Table:
    """The table of an element."""
    return metadata.tables[load_contract(_CONTRACT).element(element).table]


@cache
def column_of(element: str, name: str) -> str:
    """The column of an element's field."""
    column = load_contract(_CONTRACT).element(element).field(name).column
    assert column is not None
    return column


def _typed(table: Table, column: str, value: Any) -> Any:
    numeric = isinstance(table.c[column].type, (Integer, BigInteger))
    return int(value) if value is not None and numeric else value


@cache
def case_columns() -> tuple[str, ...]:
    """The columns of a case that may be filled."""
    return (*(column_of("ServiceItem", name) for group in GROUPS for name in group), "org_name")
