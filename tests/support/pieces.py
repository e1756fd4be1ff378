"""Packages of pieces for tests: rows of the national exchange tables and stage messages in pinyin, of one and the same life."""

from __future__ import annotations

import json
from collections.abc import Mapping

from mappings.dialect import load_dialect
from tests.support.message import USCC

NATIONAL = {"dialect": "national-exchange-db", "codes": "gbt-39046", "serial": "hub"}
PINYIN = {"dialect": "pinyin-stages", "codes": "guangdong", "serial": "hub"}
"""Words of a registration for each dialect."""
CASE_NO = "43010020260323000000000000001"
ITEM = f"{USCC}4430101203001"

ACCEPT: Mapping[str, str | None] = {
    "row_guid": "a1", "task_code": ITEM, "task_name": "建设用地规划许可证核发", "org_code": USCC, "project_type": "2",
    "org_name": "长沙市自然资源和规划局", "applyer_type": "2", "applyer_name": "长沙𠮷祥置业有限公司",
    "applyer_page_type": "001", "applyer_page_code": "91430100MA4L12346D", "contact_mobile": "13800000000",
    "apply_date": "2026-03-23T09:12:00", "apply_type": "2", "accept_date": "2026-03-24T10:05:00",
    "handle_user_name": "李受理", "project_name": "某地块规划许可",
}  # fmt: skip
STEP: Mapping[str, str | None] = {
    "row_guid": "s1", "process_name": "决定", "event_name": "4", "handle_user_name": "赵决定",
    "event_start_time": "2026-04-13T15:00:00", "event_end_time": "2026-04-14T16:30:00", "handle_explain": "同意。",
}  # fmt: skip
SPECIAL: Mapping[str, str | None] = {
    "row_guid": "t/1", "special_type": "2", "special_name": "专家评审", "special_time": "2026-03-30T09:00:00",
    "special_reason": "第四十五条", "end_time": "2026-04-03T17:00:00", "result": "通过",
}  # fmt: skip
RESULT: Mapping[str, str | None] = {
    "row_guid": "r1",
    "result_type": "0",
    "result_date": "2026-04-14T16:30:00",
}


def row(table: str, values: Mapping[str, str | None], case_no: str = CASE_NO, **changes: str | None) -> str:
    """One line of a row set, with every column that the dialect speaks of."""
    dialect = load_dialect("national-exchange-db")
    kind = next(each for each in dialect.kinds if each.match == table)
    columns = dict.fromkeys((source for rule in kind.rules for source in rule.reads), None)
    envelope = {"cd_operation": "I", "cd_time": "2026-04-15T08:00:00", "project_no": case_no}
    said = {**columns, **envelope, **values, **changes}
    return json.dumps(
        {"row": said, "table": table}, ensure_ascii=False, sort_keys=True, separators=(",", ":")
    )


def row_set(*rows: str) -> bytes:
    """A package of rows."""
    return "\n".join(['{"format":"row-set","version":1}', *rows, ""]).encode()


def message(number: int, values: Mapping[str, str], case_no: str = CASE_NO, version: int = 1) -> str:
    """One stage message, a leaf per line."""
    fields = {"SBLSH": case_no, "SXBM": ITEM, "SJBBH": str(version), **values}
    leaves = "\n".join(f"    <{name}>{text}</{name}>" for name, text in fields.items())
    return f'  <BW LX="{number}">\n{leaves}\n  </BW>'


def document(*messages: str, encoding: str = "utf-8") -> bytes:
    """A package of stage messages."""
    text = f'<?xml version="1.0" encoding="{encoding}"?>\n<BWJ>\n' + "\n".join(messages) + "\n</BWJ>\n"
    return text.encode("gb18030" if encoding.startswith("gb") else encoding)


APPLY: Mapping[str, str] = {
    "XZQHDM": "430100", "SXMC": "建设用地规划许可证核发", "SQRLX": "2", "SQRMC": "长沙祥置业有限公司", "SQRZJLX": "5",
    "SQRZJHM": "91430100MA4L12346D", "LXRXM": "王小明", "LXRSJ": "13800000000", "SBXMMC": "某地块规划许可", "TJFS": "2",
    "SBSJ": "2026-03-23",
}  # fmt: skip
ACCEPTED: Mapping[str, str] = {
    "SLBMMC": "长沙市自然资源和规划局", "SLBMZZJDDM": USCC[8:17], "BLRXM": "李受理", "SLZTDM": "1",
    "SLSJ": "2026-03-24 10:05:00", "GDBLSX": "12", "GDBLSXDDW": "G",
}  # fmt: skip
NOTICE: Mapping[str, str] = {"YWLSH": "n7", "BZGZSJ": "2026-03-25 09:00:00", "BZGZYY": "缺图", "BZCLQD": "图"}
CORRECTED: Mapping[str, str] = {
    "YWLSH": "n8",
    "BZSJ": "2026-03-27 15:00:00",
    "BZSLBLRXM": "李受理",
    "BZCLQD": "图",
}
CLOSED: Mapping[str, str] = {"BJJGDM": "0", "BJSJ": "2026-04-14", "SFJE": "0.001", "JEDWDM": "2"}
