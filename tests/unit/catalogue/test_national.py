"""The national item tables come in from an exchange database or as a row set; both give the same items."""

from __future__ import annotations

import json
import sqlite3
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from hub.catalogue.faults import Faults, Refused
from hub.catalogue.importing import Imported, import_staged
from hub.catalogue.national import stage_database
from hub.catalogue.staging import Staging
from hub.central.engine import create_engine, reading
from hub.central.tables import items
from tests.support.catalogue import CODE, USCC, bring, rows

BASIC: dict[str, Any] = {
    "row_guid": "g1", "cd_operation": "I", "cd_time": "2026-03-05T09:00:00", "cd_batch": "b", "data_source": "x",
    "task_code": CODE, "task_handle_item": None, "catalog_code": "430101203001", "task_name": "建设用地规划许可证核发",
    "dept_code": USCC, "dept_name": "市自规局", "task_type": "01", "project_type": "2", "use_level": "4",
    "anticipate_day": 20, "anticipate_type": "工作日", "promise_day": 12, "promise_type": "W", "is_fee": "1",
    "task_state": "1", "task_version": 3, "plan_effective_date": "2025-01-01T08:00:00", "plan_cancel_date": None,
    "by_law": "《城乡规划法》", "accept_condition": "材料齐全", "link_way": "0731-1", "supervise_way": "12345",
    "limit_scene_num": 1, "transact_addr": "政务中心", "transact_time": "工作日",
}  # fmt: skip
MATERIAL = {"row_guid": "m1", "cd_operation": "I", "cd_time": "2026-03-05T09:00:00", "task_code": CODE, "task_guid": "t", "material_name": "申请表", "is_need": "1"}  # fmt: skip
FEE = {"row_guid": "f1", "cd_operation": "I", "cd_time": "2026-03-05T09:00:00", "task_code": CODE, "task_guid": "t", "fee_name": "工本费", "fee_stand": "10.00元", "by_law": "湘发改", "is_desc": "0"}  # fmt: skip
ROWS: list[tuple[str, dict[str, Any]]] = [
    ("up_task_general_basic", BASIC),
    ("up_task_general_material", MATERIAL),
    ("up_task_general_fee_project", FEE),
]


def row_set(told: list[tuple[str, dict[str, Any]]]) -> str:
    lines = ['{"format":"row-set","version":1}']
    lines += [
        json.dumps({"row": row, "table": table}, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        for table, row in told
    ]
    return "\n".join(lines) + "\n"


def database(file: Path, told: list[tuple[str, dict[str, Any]]]) -> str:
    connection = sqlite3.connect(file)
    for table, row in told:
        connection.execute(f"CREATE TABLE IF NOT EXISTS {table} ({', '.join(f'{c} TEXT' for c in row)})")
        connection.execute(f"INSERT INTO {table} VALUES ({', '.join('?' * len(row))})", tuple(row.values()))
    connection.commit()
    connection.close()
    return f"sqlite:///{file}"


def from_database(engine: Engine, url: str, work: Path) -> Imported:
    source = create_engine(url)

    def fill(staging: Staging, faults: Faults) -> None:
        with reading(source) as connection:
            stage_database(connection, "交换库", staging, faults, None)

    return import_staged(engine, fill, work, sources=[{"name": "交换库"}], by="测试")


def the_item(engine: Engine) -> tuple[Any, ...]:
    names = ("item_code", "version", "name", "org_uscc", "case_type", "statutory_limit", "statutory_limit_unit", "promised_limit_unit", "is_charged", "state", "valid_from")  # fmt: skip
    return rows(engine, items.service_item, *names)[-1]


ITEM = (CODE, 3, "建设用地规划许可证核发", USCC, "2", 20, "W", "W", 1, "in_force", date(2025, 1, 1))


def test_a_row_set_and_a_database_give_the_same_item(engine: Engine, tmp_path: Path) -> None:
    bring(engine, tmp_path, {"rows.jsonl": row_set(ROWS)})
    assert the_item(engine) == ITEM
    [details] = rows(engine, items.service_item, "details")[0]
    assert json.loads(details)["other"] == {"limit_scene_num": "1"}
    assert rows(engine, items.item_material, "name", "is_required") == [("申请表", 1)]
    assert rows(engine, items.item_fee, "name", "standard_amount", "standard_text") == [
        ("工本费", 1000, "10.00元")
    ]
    again = from_database(engine, database(tmp_path / "x.db", ROWS), tmp_path)
    assert again.change is None


def test_a_later_row_of_the_same_id_replaces_the_earlier_one(engine: Engine, tmp_path: Path) -> None:
    later = {**BASIC, "cd_operation": "U", "cd_time": "2026-03-06T09:00:00", "promise_day": 5}
    gone = {**MATERIAL, "cd_operation": "D", "cd_time": "2026-03-06T09:00:00"}
    bring(engine, tmp_path, {"rows.jsonl": row_set([*ROWS, ("up_task_general_basic", later), ("up_task_general_material", gone)])})  # fmt: skip
    assert rows(engine, items.service_item, "promised_limit") == [(5,)]
    assert rows(engine, items.item_material, "name") == []


@pytest.mark.parametrize(
    ("changes", "state"), [({"cd_operation": "D"}, "cancelled"), ({"task_state": "2"}, "suspended")]
)
def test_an_item_taken_back_is_cancelled_and_stays_known(
    engine: Engine, tmp_path: Path, changes: dict[str, Any], state: str
) -> None:
    bring(engine, tmp_path, {"rows.jsonl": row_set([("up_task_general_basic", {**BASIC, **changes})])})
    assert rows(engine, items.service_item, "state") == [(state,)]


def test_a_handling_item_is_an_item_of_its_own(engine: Engine, tmp_path: Path) -> None:
    handled = {**BASIC, "row_guid": "g2", "task_handle_item": f"{CODE}01", "promise_day": 3}
    bring(engine, tmp_path, {"rows.jsonl": row_set([*ROWS, ("up_task_general_basic", handled)])})
    assert rows(engine, items.service_item, "item_code", "promised_limit") == [(CODE, 12), (f"{CODE}01", 3)]


def test_a_missing_column_and_a_wrong_value_are_told_with_table_and_row(
    engine: Engine, tmp_path: Path
) -> None:
    bad = {name: value for name, value in BASIC.items() if name != "dept_code"}
    with pytest.raises(Refused) as caught:
        bring(engine, tmp_path, {"rows.jsonl": row_set([("up_task_general_basic", bad)])})
    [fault] = caught.value.faults
    assert (fault.code, fault.column, fault.where.sheet, fault.where.row) == ("COLUMN", "dept_code", "up_task_general_basic", 2)  # fmt: skip
    with pytest.raises(Refused) as caught:
        bring(
            engine,
            tmp_path,
            {"rows.jsonl": row_set([("up_task_general_basic", {**BASIC, "project_type": "8"})])},
        )
    assert [(f.code, f.column, f.value) for f in caught.value.faults] == [("CODE", "case_type", "8")]


def test_a_database_without_the_tables_is_told(engine: Engine, tmp_path: Path) -> None:
    with pytest.raises(Refused) as caught:
        from_database(engine, database(tmp_path / "x.db", [("other", {"a": 1})]), tmp_path)
    assert caught.value.faults[0].code == "TABLE"
