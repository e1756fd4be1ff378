"""Row sets and stage messages for tests: one whole case in each dialect, changed where a test says so."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from hub.register import Registration
from hub.shapes import Piece, Rejection, Violation
from mappings.pieces import PieceMapper
from tests.support.message import USCC, registration

NATIONAL, PINYIN = "national-exchange-db", "pinyin-stages"
CASE_NO = "43010020260000000000000000233"
ITEM = f"{USCC}4430101203001"
ENVELOPE = {"cd_operation": "I", "cd_time": "2026-04-01T09:00:00", "cd_batch": "20260401", "data_source": "1",
            "sync_flag": "0", "remark": None}  # fmt: skip

ROWS: Mapping[str, Mapping[str, Any]] = {
    "up_pro_accept": {
        "row_guid": "a1", "catalog_code": "430101203001", "task_code": ITEM, "task_name": "建设用地规划许可证核发",
        "task_version": 2, "applyer_name": "王小明", "applyer_type": "1", "applyer_page_type": "111",
        "applyer_page_code": "430102198503174518", "apply_date": "2026-03-23T09:12:00", "apply_type": "2",
        "legal": None, "contact_name": "王小明", "contact_type": "111", "contact_code": "430102198503174518",
        "contact_mobile": "13800000000", "address": "长沙市", "org_name": "长沙市自然资源和规划局", "org_code": USCC,
        "handle_user_name": "李受理", "accept_date": "2026-03-24T10:05:00", "accept_doc_no": "受理1号",
        "project_name": "某地块规划许可", "project_type": "2", "promise_date": "2026-04-20T17:00:00"},
    "up_pro_process": {
        "row_guid": "p1", "event_name": "1", "process_name": "审核", "handle_user_name": "赵审核",
        "handle_explain": "同意。", "event_start_time": "2026-03-25T09:00:00", "event_end_time": "2026-03-26T09:00:00"},
    "up_pro_special_procedure": {
        "row_guid": "s1", "special_type": "2", "special_name": "专家评审", "special_time": "2026-03-30T09:00:00",
        "special_reason": "《行政许可法》第四十五条", "applyer_user_name": "赵审核", "end_time": "2026-04-03T17:00:00",
        "result": "通过", "special_explain": "无", "handle_user": "钱评审"},
    "up_pro_result": {
        "row_guid": "r1", "handle_user_name": "赵决定", "result_type": "0", "result_date": "2026-04-14T16:30:00",
        "result_cetr_name": "许可证", "result_cetr_no": "第1号", "result_explain": None, "is_delivery_results": "1",
        "satisfaction": None},
    "up_pro_material": {
        "row_guid": "m1", "material_name": "申请表", "material_attach_name": None, "get_type": "1", "get_name": "纸质"},
}  # fmt: skip
"""A whole case in the national tables, a row in each."""

MESSAGES: Mapping[str, Mapping[str, str | None]] = {
    "0": {"YWLSH": "1", "SXMC": "建设用地规划许可证核发", "SQRLX": "1", "SQRMC": "王小明", "SQRZJLX": "1",
          "SQRZJHM": "430102198503174518", "LXRXM": "王小明", "LXRSJ": "13800000000", "SBXMMC": "某地块规划许可",
          "SBCLQD": "申请表", "TJFS": "2", "SBHZH": "SB1", "SBSJ": "2026-03-23 09:12:00"},
    "1": {"YWLSH": "2", "YSLBMMC": "长沙市自然资源和规划局", "YSLBMZZJGDM": USCC[8:17], "BLRXM": "李受理", "BLRGH": "007",
          "YSLZTDM": "1", "BSLYY": None, "BJBZSM": None, "YSLSJ": "2026-03-23 10:00:00", "YSLJTDD": "政务服务中心"},
    "2": {"YWLSH": "3", "SLBMMC": "长沙市自然资源和规划局", "SLBMZZJDDM": USCC[8:17], "BLRXM": "李受理", "BLRGH": "007",
          "SLZTDM": "1", "BSLYY": None, "SLHZH": "受理1号", "SLSJ": "2026-03-24", "GDBLSX": "20", "GDBLSXDDW": "G",
          "GDSF": None},
    "3": {"YWLSH": "31", "SPHJDM": "2", "SPHJMC": "审核", "SPBMMC": "业务科", "SPRXM": "赵审核", "SPYJ": "同意。",
          "SPSJ": "2026-03-26", "SPHJZTDM": "1", "SPBZH": "1"},
    "4": {"YWLSH": "4", "BJBMMC": "局领导", "BJJGDM": "0", "BJJGMS": "准予许可", "ZFHTHYY": None, "ZJGZMC": "许可证",
          "ZJBH": "第1号", "SFJE": "1.5", "JEDWDM": "2", "BJSJ": "2026-04-14"},
    "5": {"YWLSH": "5", "XH": "1", "TBCXZL": "B", "TBCXZLMC": "专家评审", "TBCXKSRQ": "2026-03-30", "TBCXPZR": "赵决定",
          "TBCXQDLY": "《行政许可法》第四十五条", "TBCXSX": "5", "TBCXSXDW": "G"},
    "6": {"YWLSH": "6", "XH": "1", "TBCXJG": "通过", "TBCXJSRQ": "2026-04-03"},
    "7": {"YWLSH": "71", "BZGZFCRXM": "李受理", "BZGZYY": "缺图", "BZCLQD": "用地红线图", "BZGZSJ": "2026-03-25"},
    "8": {"YWLSH": "81", "BZSLBLRXM": "李受理", "BZCLQD": "用地红线图", "BZSJ": "2026-03-27"},
    "9": {"YWLSH": "9", "LQRXM": "王小明", "LQRZJLX": "1", "LQRSFZJHM": "430102198503174518", "LQFS": "2",
          "LQSJ": "2026-04-15"},
}  # fmt: skip
"""A whole case in stage messages, one of each type."""


def known(dialect: str, **changes: Any) -> Registration:
    """The registration of a department that speaks the dialect."""
    codes = "gbt-39046" if dialect == NATIONAL else "guangdong"
    return registration(**{"dialect": dialect, "codes": codes, "serial": "hub", **changes})


def row(table: str, project_no: str = "P1", **changes: Any) -> str:
    """One line of a row set; a change to `...` takes the column away."""
    values = {**ENVELOPE, "project_no": project_no, **ROWS[table], **changes}
    kept = {name: value for name, value in values.items() if value is not ...}
    return json.dumps(
        {"row": kept, "table": table}, ensure_ascii=False, sort_keys=True, separators=(",", ":")
    )


def row_set(rows: Iterable[str]) -> bytes:
    """A row set of such lines."""
    return "".join(f"{line}\n" for line in ('{"format":"row-set","version":1}', *rows)).encode()


def message(number: str, case_no: str = CASE_NO, version: str | None = "1", **changes: str | None) -> str:
    """One stage message, an element a line; None takes an element away."""
    common = {"SBLSH": case_no, "SXBM": ITEM, "XZQHDM": "430100", "SJBBH": version, "BZ": None}
    values = {**common, **MESSAGES[number], **changes}
    fields = "".join(f"  <{name}>{value}</{name}>\n" for name, value in values.items() if value is not None)
    return f'<BW LX="{number}">\n{fields}</BW>'


def messages(inner: Sequence[str]) -> bytes:
    """A document of stage messages."""
    return ('<?xml version="1.0" encoding="UTF-8"?>\n<BWJ>\n' + "\n".join(inner) + "\n</BWJ>\n").encode()


def mapped(
    data: bytes, registration: Registration, folder: Path, *, serial: int = 1, warn: bool = False
) -> list[tuple[Piece | Rejection, list[Violation]]]:
    """What the records of a document become, in its order."""
    path = folder / "document"
    path.write_bytes(data)
    mapper = PieceMapper(registration, with_warnings=warn)
    return [
        mapper.map(data[each.offset : each.offset + each.length], each, ordinal, serial)
        for ordinal, each in enumerate(mapper.records(path), 1)
    ]


def pieces(data: bytes, registration: Registration, folder: Path) -> list[Piece]:
    """The pieces of a document, none of which is refused."""
    found = [item for item, _ in mapped(data, registration, folder)]
    refused = [item.violations for item in found if isinstance(item, Rejection)]
    assert not refused, refused
    return [item for item in found if isinstance(item, Piece)]
