"""Reads the national item tables `up_task_general_*`: from an exchange database, or from a row set taken from one."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, MetaData, Table, select
from sqlalchemy.exc import NoSuchTableError

from hub.catalogue.cells import Codes
from hub.catalogue.columns import KINDS, Kind
from hub.catalogue.faults import CellError, Faults, Where
from hub.catalogue.staging import Staging
from hub.catalogue.tables import RowReader

BASIC, MATERIAL, FEE = "up_task_general_basic", "up_task_general_material", "up_task_general_fee_project"
TABLES = (BASIC, MATERIAL, FEE)
ROW_SET = b'{"format":"row-set","version":1}'

COLUMNS: Mapping[str, tuple[str, Mapping[str, str]]] = {
    BASIC: (
        "item",
        {
            "task_version": "version", "plan_effective_date": "valid_from", "plan_cancel_date": "valid_to",
            "catalog_code": "catalog_code", "task_name": "name", "dept_code": "org_uscc", "dept_name": "org_name",
            "task_type": "item_type", "project_type": "case_type", "use_level": "exercise_level",
            "anticipate_day": "statutory_limit", "anticipate_type": "statutory_limit_unit",
            "promise_day": "promised_limit", "promise_type": "promised_limit_unit", "is_fee": "is_charged",
            "task_state": "state", "by_law": "basis", "accept_condition": "conditions", "fee_basis": "fee_basis",
            "transact_addr": "place", "transact_time": "office_hours", "link_way": "telephone",
            "supervise_way": "supervision_telephone", "handle_type": "forms", "handle_flow": "procedure",
            "server_type": "audience",
        },
    ),
    MATERIAL: (
        "material",
        {
            "material_name": "name", "is_need": "is_required", "material_format": "form",
            "source_type": "source", "by_law": "basis",
        },
    ),
    FEE: (
        "fee",
        {
            "fee_name": "name", "by_law": "basis", "fee_stand": "standard_text", "is_desc": "is_reducible",
            "desc_explain": "reduction_basis",
        },
    ),
}  # fmt: skip
"""Table → kind, and its column → ours. What is not named here is kept with the item as it came (`other`)."""

STATES = {"1": "in_force", "2": "suspended", "3": "cancelled"}
ENVELOPE = frozenset({"row_guid", "cd_operation", "cd_time", "cd_batch", "data_source", "sync_flag"})
_CODES = frozenset({"task_code", "task_handle_item", "task_guid"})
_ZERO_UNITS = {"anticipate_type": "anticipate_day", "promise_type": "promise_day"}


def is_row_set(file: Path) -> bool:
    """Whether a file begins as a row set does."""
    with file.open("rb") as raw:
        return raw.read(len(ROW_SET)) == ROW_SET


def stage_row_set(file: Path, staging: Staging, faults: Faults, codes: Codes | None) -> None:
    """Stage the national item tables of a row set; a later row of the same row_guid replaces the earlier one."""
    reader = _Reader(file.name, staging, faults, codes)
    with file.open(encoding="utf-8") as lines:
        next(lines)
        for number, line in enumerate(lines, 2):
            try:
                told = json.loads(line)
                table, row = told["table"], dict(told["row"])
            except (ValueError, TypeError, KeyError):
                faults.add(_broken_line(), Where(file.name, number))
                continue
            if table in COLUMNS:
                reader.row(table, row, Where(file.name, number, table))


def stage_database(
    connection: Connection, name: str, staging: Staging, faults: Faults, codes: Codes | None
) -> None:
    """Stage the national item tables of an exchange database, in order of cd_time where they have it."""
    reader = _Reader(name, staging, faults, codes)
    for table_name in TABLES:
        try:
            table = Table(table_name, MetaData(), autoload_with=connection)
        except NoSuchTableError:
            if table_name == BASIC:
                faults.add(_no_table(name), Where(name, None, table_name))
            continue
        order = [table.c[column] for column in ("cd_time", "row_guid") if column in table.c]
        rows = connection.execution_options(stream_results=True, yield_per=1000).execute(
            select(table).order_by(*order)
        )
        for number, row in enumerate(rows, 1):
            reader.row(table_name, dict(row._mapping), Where(name, number, table_name))


class _Reader:
    def __init__(self, file: str, staging: Staging, faults: Faults, codes: Codes | None) -> None:
        self._file, self._staging, self._faults = file, staging, faults
        self._rows: dict[str, RowReader] = {
            kind: RowReader(KINDS[kind], staging, faults, codes) for kind, _ in COLUMNS.values()
        }

    def row(self, table: str, row: Mapping[str, Any], where: Where) -> None:
        """One row: its code is the handling item's where it has one, else the item's."""
        kind, names = COLUMNS[table]
        values = {column.lower(): _text(value) for column, value in row.items()}
        missing = sorted({"task_code", *(c for c in _needed(table) if c not in values)} - values.keys())
        if missing:
            self._faults.add(_no_column(missing[0], values), where, missing[0])
            return
        identity = f"{table} {values['row_guid']}" if values.get("row_guid") else None
        withdrawn = values.get("cd_operation") == "D"
        if withdrawn and kind != "item" and identity is not None:
            self._staging.add(KINDS[kind], ("",), None, None, where, identity=identity)
            return
        cells = {ours: values[theirs] for theirs, ours in names.items() if values.get(theirs)}
        cells["item_code"] = values.get("task_handle_item") or values["task_code"]
        if table == BASIC:
            self._basic(cells, values, withdrawn)
        elif table == FEE:
            _amount(cells)
        other = {
            name: value
            for name, value in values.items()
            if value and name not in names and name not in ENVELOPE and name not in _CODES
        }
        self._rows[kind].read(cells, where, identity=identity, **_more(kind, other))

    def _basic(self, cells: dict[str, str], values: Mapping[str, str], withdrawn: bool) -> None:
        cells["state"] = (
            "cancelled" if withdrawn else STATES.get(cells.get("state", ""), cells.get("state", ""))
        )
        for day in ("valid_from", "valid_to"):
            if day in cells:
                cells[day] = cells[day][:10]  # a time of day adds nothing to a validity
        for unit, limit in _ZERO_UNITS.items():
            if not values.get(limit):
                cells.pop(COLUMNS[BASIC][1][unit], None)


def _more(kind: str, other: Mapping[str, str]) -> dict[str, Any]:
    return {"extra": {"other": other}} if kind == "item" and other else {}


def _needed(table: str) -> tuple[str, ...]:
    return {BASIC: ("task_name", "dept_code"), MATERIAL: ("material_name",), FEE: ("fee_name",)}[table]


def _amount(cells: dict[str, str]) -> None:
    """A standard that is a plain number, or so many yuan, is an amount too."""
    plain = cells.get("standard_text", "").strip().removesuffix("元")
    if plain.replace(".", "", 1).isdecimal() and len(plain.partition(".")[2]) <= 2:
        cells["standard_amount"] = plain


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(int(value))
    text = str(value).strip()
    return text.replace(" 00:00:00", "") if text.endswith(" 00:00:00") else text


def kind_for(table: str) -> Kind:
    """The kind of row that a national table holds."""
    return KINDS[COLUMNS[table][0]]


def _broken_line() -> CellError:
    return CellError(
        "ROW_SET",
        "该行不是行集的一行",
        "the line is none of a row set",
        "行集由 database 连接器生成，不要手工修改",
        "Row sets are made by the database connector; do not edit them",
    )


def _no_table(name: str) -> CellError:
    return CellError(
        "TABLE",
        f"{name} 中没有表 {BASIC}",
        f"{name} has no table {BASIC}",
        "核对数据库地址和模式",
        "Check the address and schema of the database",
    )


def _no_column(name: str, found: Mapping[str, str]) -> CellError:
    shown = "、".join(sorted(found))
    return CellError(
        "COLUMN", f"缺少列 {name}；现有：{shown}", f"the column {name} is missing; there are: {shown}",
        "补上该列", "Add the column",
    )  # fmt: skip
