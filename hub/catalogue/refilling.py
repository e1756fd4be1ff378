"""Brings stored cases up to date with a changed catalogue: only columns that are null or came from it; no new version.

In batches of their own transactions, which any program that was killed leaves for the next to go on with.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from itertools import islice
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    Engine,
    Integer,
    RowMapping,
    Table,
    bindparam,
    select,
    update,
)

from hub.catalogue.lookup import chosen, read_items
from hub.central.engine import reading, writing
from hub.central.sets import among
from hub.central.tables import exchange, items, metadata
from hub.central.tables.process import application, approval_case
from hub.clock import now_us
from hub.items import GROUPS, ORIGIN, ROWS, ItemFacts, came_from, origin
from schemas.contract import load_contract

BATCH = 500
_CONTRACT = "1.0"
_Versions = Mapping[str, Sequence[tuple[tuple[date | None, date | None], Any]]]


@dataclass(slots=True)
class _Changes:
    """What is to be written of one batch: table → (key, values)."""

    cases: list[dict[str, Any]] = field(default_factory=list)
    rows: dict[str, list[dict[str, Any]]] = field(default_factory=lambda: defaultdict(list))


def refill_pending(engine: Engine) -> int:
    """Bring cases up to date with every change of the catalogue that they do not know yet; how many cases changed."""
    table, count = items.catalogue_change, 0
    with reading(engine) as connection:
        waiting = connection.execute(
            select(table.c.id).where(table.c.refilled_at.is_(None)).order_by(table.c.id)
        ).scalars().all()  # fmt: skip
    for change in waiting:
        count += _refill_change(engine, change)
        with writing(engine) as connection:
            connection.execute(update(table).where(table.c.id == change).values(refilled_at=now_us()))
    return count


def refill(engine: Engine, codes: Sequence[str]) -> int:
    """Bring the cases of these items up to date; how many changed."""
    # A handling item of 33 characters fills cases that name the item of 31 before it.
    wanted = sorted({*codes, *(code[:31] for code in codes if len(code) == 33)})
    count = 0
    for part in _parts(wanted, BATCH):
        count += _refill(engine, approval_case.c.item_code, part)
    return count


def _refill_change(engine: Engine, change: int) -> int:
    count, last = 0, ""
    table = items.service_item
    while True:
        with reading(engine) as connection:
            codes = connection.execute(
                select(table.c.item_code)
                .where(table.c.change == change, table.c.item_code > last)
                .order_by(table.c.item_code).distinct().limit(BATCH)
            ).scalars().all()  # fmt: skip
        if not codes:
            break
        count, last = count + refill(engine, codes), codes[-1]
    named = items.organization
    with reading(engine) as connection:
        known = connection.execute(select(named.c.org_uscc).where(named.c.change == change)).scalars().all()
    for part in _parts(sorted(set(known)), BATCH):
        count += _refill(engine, approval_case.c.org_uscc, part)
    return count


def _refill(engine: Engine, column: Any, values: Sequence[str]) -> int:
    """The cases whose column is one of the values, a batch a transaction."""
    count, last = 0, 0
    while True:
        with reading(engine) as connection:
            ids = connection.execute(
                select(approval_case.c.case_id)
                .where(approval_case.c.case_id > last, among(connection, column, values))
                .order_by(approval_case.c.case_id).limit(BATCH)
            ).scalars().all()  # fmt: skip
        if not ids:
            return count
        with writing(engine) as connection:
            count += refill_cases(connection, ids)
        last = ids[-1]


def refill_cases(connection: Connection, case_ids: Sequence[int]) -> int:
    """The same for these cases (some hundred), in the caller's transaction."""
    head = exchange.case_head
    # The order in which batches of packages lock heads: nobody waits in a circle, and nobody reads what is being replaced.
    connection.execute(
        select(head.c.id).where(among(connection, head.c.id, case_ids)).order_by(head.c.system, head.c.case_no).with_for_update()
    )  # fmt: skip
    changes = _changes_of(connection, case_ids)
    _write(connection, changes)
    return len(changes.cases)


def due(connection: Connection, case_ids: Sequence[int]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """What `refill_cases` would write, without writing: table, and the row's `the_case`, `the_seq` (if it has one) and columns.

    Once every change of the catalogue is known to the cases (`refill_pending`), that is nothing.
    """
    changes = _changes_of(connection, case_ids)
    for values in changes.cases:
        yield approval_case.name, values
    for element, rows in changes.rows.items():
        for values in rows:
            yield _table(element).name, values


def _changes_of(connection: Connection, case_ids: Sequence[int]) -> _Changes:
    cases = _read_cases(connection, case_ids)
    facts, names = _known(connection, cases)
    rows = {element: _read_rows(connection, element, case_ids) for element in ROWS}
    changes = _Changes()
    for case in cases:
        mine = {element: found.get(case["case_id"], []) for element, found in rows.items()}
        _refill_case(case, facts.get(case["case_id"]), names, mine, changes)
    return changes


def _refill_case(
    case: RowMapping,
    facts: ItemFacts | None,
    names: Mapping[int, str | None],
    rows: Mapping[str, Sequence[RowMapping]],
    changes: _Changes,
) -> None:
    before: dict[str, str] = json.loads(case["derived"]) if case["derived"] else {}
    derived = dict(before)
    values: dict[str, Any] = {}
    told = facts.values() if facts else {}
    for group in GROUPS:
        column = _column("ServiceItem", group[0])
        ours = derived.get(f"ServiceItem.{group[0]}") == ORIGIN
        if ours or (case[column] is None and group[0] in told):
            for each in group:
                _set(values, derived, f"ServiceItem.{each}", _column("ServiceItem", each), told.get(each))
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
        now = {column: case[column] for column in _case_columns()} | values
        changes.cases.append({"the_case": case["case_id"], "derived": text, **now})


def _refill_rows(
    element: str,
    rows: Sequence[RowMapping],
    facts: ItemFacts | None,
    derived: dict[str, str],
    changes: _Changes,
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
            return None if (value := row[_column(element, each)]) is None else str(value)

        told = facts.row_values(element, said(code), said(name)) if facts else {}
        values: dict[str, Any] = {}
        for each in fields:
            value = said(each)
            if value is None and (value := told.get(each)) is not None:
                filled[each].append(seq)
            column = _column(element, each)
            values[column] = _typed(_table(element), column, value)
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
    table = _table(element)
    code, name, fields = ROWS[element]
    columns = dict.fromkeys(_column(element, each) for each in (code, name, *fields) if each)
    condition: ColumnElement[bool] = among(connection, table.c.case_id, case_ids)
    found: dict[int, list[RowMapping]] = defaultdict(list)
    wanted = select(table.c.case_id, table.c.seq, *(table.c[column] for column in columns)).where(condition)
    for row in connection.execute(wanted.order_by(table.c.case_id, table.c.seq)).mappings():
        found[row["case_id"]].append(row)
    return found


def _write(connection: Connection, changes: _Changes) -> None:
    if changes.cases:
        binds: dict[str, Any] = {column: bindparam(column) for column in (*_case_columns(), "derived")}
        connection.execute(
            update(approval_case).where(approval_case.c.case_id == bindparam("the_case")).values(binds),
            changes.cases,
        )
    for element, rows in changes.rows.items():
        table = _table(element)
        same = (table.c.case_id == bindparam("the_case")) & (table.c.seq == bindparam("the_seq"))
        columns: dict[str, Any] = {
            _column(element, each): bindparam(_column(element, each)) for each in ROWS[element][2]
        }
        connection.execute(update(table).where(same).values(columns), rows)


@cache
def _table(element: str) -> Table:
    return metadata.tables[load_contract(_CONTRACT).element(element).table]


@cache
def _column(element: str, name: str) -> str:
    column = load_contract(_CONTRACT).element(element).field(name).column
    assert column is not None
    return column


def _typed(table: Table, column: str, value: Any) -> Any:
    numeric = isinstance(table.c[column].type, (Integer, BigInteger))
    return int(value) if value is not None and numeric else value


def _parts(values: Sequence[str], size: int) -> Iterator[list[str]]:
    rest = iter(values)
    while part := list(islice(rest, size)):
        yield part


@cache
def _case_columns() -> tuple[str, ...]:
    """The columns of a case that may be filled."""
    return (*(_column("ServiceItem", name) for group in GROUPS for name in group), "org_name")
