"""The item catalogue (事项库) of a simulated department: what its items really are, as YAML and as the national tables."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date, datetime
from hashlib import sha256

from sqlalchemy import Connection, Table

from hub.simulate.days import walk
from hub.simulate.elements import STEPS, handler
from hub.simulate.exchange_db import insert_rows
from hub.simulate.national_tables import TASK, TASK_FEE, TASK_MATERIAL
from hub.simulate.standing_truth import FLOW_LIMIT, GUIDES, LIMITED_PLACE
from hub.simulate.words import (
    FEE,
    FEE_BASIS,
    FEE_CODE,
    GREATEST_FEE,
    ITEMS,
    LEAST_FEE,
    LIMITED_FLOW,
    LONG_PROMISE,
    MATERIALS,
    PLAIN,
    Item,
)
from hub.simulate.world import Options

Row = dict[str, object]
FILE = "catalogue.yaml"
VERSION = 2
SINCE = date(2020, 1, 1)
POSTS = {
    "window": "窗口受理岗",
    "clerk": "承办岗",
    "expert": "现场核查岗",
    "reviewer": "复核岗",
    "chief": "决定岗",
}
FLOW = (
    ("HJ01", STEPS[0], "1", "window", "HJ02", "", ""),
    ("HJ02", STEPS[1], "2", "clerk", "HJ03", "", ""),
    ("HJ03", STEPS[2], "2", "clerk", "HJ04=须现场核查;HJ05=不须现场核查", "审查", "不按标准审查"),
    ("HJ04", STEPS[3], "2", "expert", "HJ05", "核查", "核查走过场"),
    ("HJ05", STEPS[4], "2", "reviewer", "HJ06=通过;HJ03=退回审查", "复核", "超越权限"),
    ("HJ06", STEPS[5], "3", "chief", "", "决定", "违规决定"),
)
"""Code, name, type, post, what may follow, risk category, risk."""
_LEVEL = "3"
_NEEDED = 2  # so many materials, the first ones, must be there
_STAFF = 7
GUIDE_TERM = 20  # working days from an item's begin to the publication of its guide
_ON_THE_LAST_DAY = 1  # index of an item
_LIMIT: Row = {"step_limit": FLOW_LIMIT, "step_limit_unit": "W"}


def item_code(options: Options, index: int) -> tuple[str, str]:
    """The implementation code and the catalogue code of an item."""
    catalog = f"43{int(ITEMS[index].item_type):02d}{index + 1:05d}001"
    return f"{options.organization.uscc}{_LEVEL}{catalog}", catalog


def found_of_items(options: Options) -> set[tuple[str, str]]:
    """What must be found of the items in the catalogue, whether anybody applies for them or not, as (rule, subject)."""
    listed = {index: f"{item_code(options, index)[0]}@{VERSION}" for index in _listed(options)}
    found = {(GUIDES[index], subject) for index, subject in listed.items() if index in GUIDES}
    return found | ({("T13", listed[LONG_PROMISE])} if LONG_PROMISE in listed else set())


def write_catalogue(options: Options) -> None:
    """Write DIR/catalogue.yaml: organisations, regions, posts, staff, and each item with its parts."""
    uscc = options.organization.uscc
    posts: Iterator[Row] = (
        {"org_uscc": uscc, "post_code": code, "name": name, "office": _office(code)}
        for code, name in POSTS.items()
    )
    lines = [f"# {options.organization.name}事项库(模拟)· item catalogue of a simulated department"]
    for name, rows in (
        ("organizations", _organizations(options)),
        ("regions", _regions(options)),
        ("posts", posts),
        ("staff", _staff(options)),
        ("disclosures", _disclosures(options)),
    ):
        lines += [f"{name}:", *(f"  - {_flow(row)}" for row in rows)]
    lines.append("items:")
    for index in _listed(options):
        lines.append("  - " + "\n    ".join(_pairs(_item(options, index))))
        for name, rows in (("materials", _materials()), ("fees", _fees(index)), ("steps", _steps(index))):
            written = [f"      - {_flow(row)}" for row in rows]
            lines += [f"    {name}:", *written] if written else [f"    {name}: []"]
    (options.out / FILE).write_text("\n".join(lines) + "\n", encoding="utf-8", newline="\n")


def _listed(options: Options) -> list[int]:
    """The items of the department; the planted ones only where something is planted."""
    plain = options.clean or options.fabricate
    return [index for index in range(len(ITEMS)) if not (plain and index in (LONG_PROMISE, LIMITED_FLOW))]


def _flow(row: Row) -> str:
    return "{" + ", ".join(_pairs(row)) + "}"


def _pairs(row: Row) -> list[str]:
    return [f"{name}: {_scalar(value)}" for name, value in row.items() if value is not None]


def _scalar(value: object) -> str:
    return json.dumps(value, ensure_ascii=False) if not isinstance(value, date) else value.isoformat()


def _organizations(options: Options) -> Iterator[Row]:
    own = options.organization
    yield {"org_uscc": own.parent, "name": "湖南省人民政府(模拟)", "region_code": "430000", "org_level": "2"}
    yield {
        "org_uscc": own.uscc,
        "name": own.name,
        "parent_uscc": own.parent,
        "region_code": own.region,
        "org_level": _LEVEL,
    }


def _regions(options: Options) -> Iterator[Row]:
    yield {"region_code": "430000", "name": "湖南省", "region_level": "2"}
    name = options.organization.name[:3]
    yield {
        "region_code": options.organization.region,
        "name": name,
        "parent_code": "430000",
        "region_level": _LEVEL,
    }


def _staff(options: Options) -> Iterator[Row]:
    """The people who handle cases: window and clerks by turns, and the one who decides."""
    for number in range(_STAFF + 1):
        name, person = handler(number)
        posts = ["chief"] if number == _STAFF else ["window", "clerk", "expert", "reviewer"]
        yield {
            "org_uscc": options.organization.uscc,
            "person_no": person,
            "name": name,
            "office": "局领导" if number == _STAFF else "业务科",
            "posts": ";".join(posts),
            "valid_from": SINCE,
        }


def _disclosures(options: Options) -> Iterator[Row]:
    """The published guides: one on the last day of its term, one a day later, one never, the others at once."""
    last = walk(SINCE.toordinal(), GUIDE_TERM)
    days = {_ON_THE_LAST_DAY: last, LONG_PROMISE: walk(last, 1)}
    for index in _listed(options):
        if index != LIMITED_FLOW:
            code, _ = item_code(options, index)
            published = date.fromordinal(days.get(index, walk(SINCE.toordinal(), 1)))
            yield {
                "org_uscc": options.organization.uscc,
                "index_no": f"G-{index + 1:03d}",
                "matter": "guide",
                "name": f"{ITEMS[index].name}办事指南",
                "published_on": published,
                "department": options.organization.name,
                "item_code": code,
            }


def _office(post: str) -> str:
    return {"window": "政务服务窗口", "chief": "局领导"}.get(post, "业务科")


def _item(options: Options, index: int) -> Row:
    item = ITEMS[index]
    code, catalog = item_code(options, index)
    row: Row = {
        "item_code": code,
        "version": VERSION,
        "valid_from": SINCE,
        "catalog_code": catalog,
        "name": item.name,
        "org_uscc": options.organization.uscc,
        "org_name": options.organization.name,
        "item_type": item.item_type,
        "case_type": item.case_type,
        "exercise_level": _LEVEL,
    }
    if options.lawful or not (options.dialect == "canonical" and index == PLAIN):
        # Else the department of the canonical messages plants limits of its own in this item, and tells them itself.
        row |= _limit("statutory_limit", item.statutory) | _limit("promised_limit", item.promised)
    return row | {
        "is_charged": item.charged,
        "issues_certificate": item.certificate is not None,
        "certificate_name": item.certificate,
        "online_depth": "apply",
        "basis": "《中华人民共和国行政许可法》",
        "conditions": "申请材料齐全,符合法定形式",
        "place": "政务服务中心",
        "telephone": "0731-80000000",
        "supervision_telephone": "0731-80000001",
    }


def _limit(name: str, limit: tuple[int, str] | None) -> Row:
    return {} if limit is None else {name: limit[0], f"{name}_unit": limit[1]}


def _materials() -> Iterator[Row]:
    for number, name in enumerate(MATERIALS):
        yield {"name": name, "is_required": number < _NEEDED, "form": "纸质或电子"}


def _fees(index: int) -> Iterator[Row]:
    if ITEMS[index].charged:
        yield {
            "fee_code": FEE_CODE,
            "name": FEE,
            "basis": FEE_BASIS,
            "minimum_amount": _yuan(LEAST_FEE),
            "maximum_amount": _yuan(GREATEST_FEE),
            "step_code": "HJ01",
            "is_reducible": False,
        }


def _yuan(fen: int) -> str:
    return f"{fen // 100}.{fen % 100:02d}"


def _steps(index: int) -> Iterator[Row]:
    """The flow of an item; a 即办件 is decided at the window by whoever accepts it."""
    if ITEMS[index].case_type == "1":
        yield {"step_code": "HJ01", "name": STEPS[0], "step_type": "1", "posts": "window", "next": "HJ06"}
        yield {"step_code": "HJ06", "name": STEPS[5], "step_type": "3", "posts": "window"}
        return
    for step, name, kind, post, following, category, risk in FLOW:
        yield {
            "step_code": step,
            "name": name,
            "step_type": kind,
            "posts": post,
            "next": following or None,
            "apart_from": "HJ01" if step == "HJ06" else None,
            "risk_category": category or None,
            "risk_description": risk or None,
            "risk_control": "双人复核" if risk else None,
        } | (_LIMIT if index == LIMITED_FLOW and step == FLOW[LIMITED_PLACE][0] else {})


def write_tasks(connection: Connection, options: Options) -> None:
    """Fill the national item tables (up_task_general_*) of the exchange database."""
    for index in _listed(options):
        item, (code, catalog) = ITEMS[index], item_code(options, index)
        insert_rows(connection, TASK, [_task(options, item, code, catalog)])
        materials = [
            _row(options, f"{code}:material:{name}", task_code=code, task_guid=_guid(code), material_name=name,
                 is_need="1" if number < _NEEDED else "0", material_format="3", page_num="1")
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
        use_level=_LEVEL, project_type=item.case_type, is_fee="1" if item.charged else "0",
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
