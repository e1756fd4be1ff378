"""What a card was judged by, line by line in the reader's language; as it is stored it stands below it on the page."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from hub.views.pages import CASE_STATES, LEVELS, OUTCOMES, ROLES, UNITS
from hub.views.words import subject_in
from schemas.codes import code_lists
from schemas.contract import VERSIONS, Field, load_contract

Words = tuple[str, str]
NAMES: Mapping[str, Words] = {
    "accepted": ("受理", "accepted"), "action": ("办理动作", "action"), "as_of": ("判定时点", "as of"), "before": ("此时之前", "before"),
    "by": ("何人", "by"), "by_hand": ("人工发牌", "by hand"), "card": ("牌", "card"), "case_no": ("办件编号", "case number"),
    "case_state": ("办件状态", "state of the case"), "case_version": ("数据版本", "version of the data"), "cases": ("办件", "cases"),
    "charged_fen": ("实收（分）", "charged, fen"), "charging_step": ("收费环节", "step at which it is charged"),
    "claimed_id": ("自称的标识", "id that it claims"), "complaint": ("投诉", "complaint"), "completed": ("办结", "completed"),
    "correction_notices": ("补正告知", "notices of what to correct"), "correction_receipts": ("补正收件", "receipts of corrections"),
    "day": ("日", "day"), "due_on": ("最后一日", "last day"), "ended": ("结束", "ended"), "events": ("事件", "events"),
    "evidence": ("依据的事实", "evidence"), "excess_days": ("超出", "excess"), "extension_workdays": ("延长的工作日", "working days of extension"),
    "extensions_without_approver_or_basis": ("缺批准人或依据的延长", "extensions without approver or basis"), "fee": ("收费", "fee"),
    "fee_fen": ("应收（分）", "fee, fen"), "fees": ("收费", "fees"), "first_missing": ("所缺第一个序号", "first missing serial"),
    "grade": ("评价等级", "grade"), "hand": ("环节", "hand"), "hits": ("命中", "hits"), "item": ("事项", "item"), "judged": ("判定", "judged"),
    "key": ("键", "key"), "kind": ("种类", "kind"), "last_missing": ("所缺最后一个序号", "last missing serial"), "last_package": ("末包", "last package"),
    "level": ("级别", "level"), "limit": ("时限", "limit"), "limit_days": ("时限", "limit"), "limits_counted": ("所计时限", "limits that counted"),
    "name": ("名称", "name"), "no_system": ("不对应系统", "no system"), "notified": ("告知", "notified"), "order": ("督办单", "order"),
    "ordinal": ("序", "number"), "organization": ("机构", "organisation"), "package": ("报文包编号", "number of the package"),
    "promised": ("承诺", "promised"), "promised_unit": ("承诺时限单位", "unit of the promised limit"), "reason": ("理由", "reason"),
    "received": ("收到", "received"), "refused": ("拒收", "refused"), "rejected": ("拒收", "rejected"), "role": ("角色", "role"),
    "rule": ("规则", "rule"), "sample": ("样本（件）", "sample, cases"), "share_percent": ("占比 %", "share, %"),
    "silent_after_s": ("约定静默秒数", "agreed silence, seconds"), "source": ("来自", "source"),
    "special_procedure_results": ("特别程序结果", "results of special procedures"), "special_procedures": ("特别程序", "special procedures"),
    "started": ("开始", "started"), "stated_fen": ("标准（分）", "standard, fen"), "stated_version": ("报文所称版本", "version that the message states"),
    "statutory": ("法定", "statutory"), "statutory_unit": ("法定时限单位", "unit of the statutory limit"), "step": ("环节", "step"),
    "subject": ("对象", "about"), "system": ("系统", "system"), "threshold_percent": ("阈值 %", "threshold, %"), "unit": ("单位", "unit"),
    "used_days": ("已用", "used"), "version": ("版本", "version"), "version_in_force": ("有效版本", "version in force"),
    "why": ("原因", "why"), "window": ("时段", "window"),
}  # fmt: skip
"""What snapshots and evidence call things beside the columns of the contract, and beside OUTCOMES in evidence."""
_SOURCES: Mapping[str, Words] = {"catalogue": ("事项库", "catalogue"), "message": ("报文", "message")}
_INSTANT = re.compile(r"(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d)(?:\.\d+)?\+08:00")


def lines(snapshot: Mapping[str, Any], language: str) -> list[tuple[str, str]]:
    """(what, value) of everything that a snapshot says; lists and objects without anything in them are left out."""
    place = 0 if language == "zh" else 1
    told = {key: value for key, value in snapshot.items() if key != "no_system"}  # said in words above it
    return list(_lines(told, place, ()))


def _lines(value: Any, place: int, path: tuple[str, ...], key: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping):
        for name, inner in value.items():
            yield from _lines(inner, place, (*path, _name(name, key, place)), name)
    elif isinstance(value, list) and any(isinstance(each, (Mapping, list)) for each in value):
        for number, each in enumerate(value, 1):
            yield from _lines(each, place, (*path[:-1], f"{path[-1]} {number}"), key)
    elif value != []:
        said = value if isinstance(value, list) else [value]
        yield " · ".join(path), ("、", ", ")[place].join(_told(each, key, place) for each in said)


def _name(key: str, inside: str, place: int) -> str:
    if inside == "evidence" and key in OUTCOMES:  # what became of the cases of a package
        return OUTCOMES[key][place].lower()
    if key in NAMES:
        return NAMES[key][place]
    field = _columns().get(key)
    return key if field is None else (field.zh, field.en)[place]


def _told(value: Any, key: str, place: int) -> str:
    if value is None:
        return "-"
    if isinstance(value, bool):
        return (("否", "no"), ("是", "yes"))[value][place]
    if key == "subject":
        return subject_in(("zh", "en")[place], str(value))
    lists: Mapping[str, Mapping[Any, Words]] = {
        "case_state": CASE_STATES, "source": _SOURCES, "role": ROLES, "level": LEVELS,
    }  # fmt: skip
    if key == "unit" or key.endswith("_unit"):
        return UNITS.get(str(value), (str(value), str(value)))[place]
    named = lists.get(key, {}).get(value)
    if named is not None:
        return named[place]
    field = None if key in NAMES else _columns().get(key)
    meaning = code_lists()[field.list].get(str(value)) if field is not None and field.list else None
    if meaning is not None:
        return f"{value} {(meaning.zh, meaning.en)[place]}"
    return _INSTANT.sub(r"\1 \2", str(value))


@cache
def _columns() -> dict[str, Field]:
    """Column → the field of the contract that fills it; of several the first."""
    return {
        column: field
        for element in reversed(load_contract(VERSIONS[-1]).elements)
        for field in element.fields
        for column in field.columns
    }
