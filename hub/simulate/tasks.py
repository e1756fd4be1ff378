"""The item catalogue of a simulated department as the national item tables of its exchange database."""

from __future__ import annotations

from datetime import datetime
from hashlib import sha256

from sqlalchemy import Connection, Table

from hub.simulate.catalogue import LEVEL, NEEDED, SINCE, VERSION, Row, item_code, listed
from hub.simulate.exchange_db import insert_rows
from hub.simulate.national_tables import TASK, TASK_FEE, TASK_MATERIAL
from hub.simulate.words import FEE, FEE_BASIS, ITEMS, MATERIALS, Item
from hub.simulate.world import Options


def write_tasks(connection: Connection, options: Options) -> None:
    """Fill the national item tables (up_task_general_*) of the exchange database."""
    for index in listed(options):
        item, (code, catalog) = ITEMS[index], item_code(options, index)
        insert_rows(connection, TASK, [_task(options, item, code, catalog)])
        materials = [
            _row(options, f"{code}:material:{name}", task_code=code, task_guid=_guid(code), material_name=name,
                 is_need="1" if number < NEEDED else "0", material_format="3", page_num="1")
            for number, name in enumerate(MATERIALS)
        ]  # fmt: skip
        insert_rows(connection, TASK_MATERIAL, [_whole(TASK_MATERIAL, row) for row in materials])
        fees = [
            _row(options, f"{code}:fee", task_code=code, task_guid=_guid(code), fee_name=FEE,
                 fee_stand="按件收取", by_law=FEE_BASIS, is_desc="0")
        ] if item.charged else []  # fmt: skip
        insert_rows(connection, TASK_FEE, [_whole(TASK_FEE, row) for row in fees])


def _task(options: Options, item: Item, code: str, catalog: str) -> Row:
    statutory, promised = item.statutory or (None, None), item.promised or (None, None)
    own = options.organization
    row = _row(
        options, code, task_code=code, catalog_code=catalog, task_name=item.name, task_type=item.item_type,
        task_version=str(VERSION), task_state="1", dept_code=own.uscc, dept_name=own.name, dept_type="1",
        use_level=LEVEL, project_type=item.case_type, is_fee="1" if item.charged else "0",
        anticipate_day=statutory[0], anticipate_type=statutory[1], promise_day=promised[0], promise_type=promised[1],
        promise_explain="自受理之日起", by_law="《中华人民共和国行政许可法》", accept_condition="申请材料齐全,符合法定形式",
        handle_flow="受理、审查、决定", special_procedure="无", link_way="0731-80000000", supervise_way="0731-80000001",
        transact_addr="政务服务中心", transact_time="工作日 9:00-17:00", is_single_login="0", app_is_single_login="0",
        limit_scene_num="1", power_source="1", server_type="1", plan_effective_date=datetime(SINCE.year, 1, 1),
        fee_basis=FEE_BASIS if item.charged else None,
    )  # fmt: skip
    return _whole(TASK, row)


def _row(options: Options, name: str, **columns: object) -> Row:
    written = datetime(SINCE.year, 1, 1)
    envelope: Row = {
        "row_guid": _guid(name),
        "cd_operation": "I",
        "cd_time": written,
        "cd_batch": f"{written:%Y%m%d}",
        "data_source": options.code,
        "sync_flag": "0",
    }
    return envelope | columns


def _whole(table: Table, row: Row) -> Row:
    return {column.name: row.get(column.name) for column in table.columns}


def _guid(name: str) -> str:
    return sha256(name.encode()).hexdigest()[:32]
