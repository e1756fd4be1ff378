"""Reads what a row or message says of itself beside its fields: case number, key, order and operation."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache

from hub.shapes import Order
from mappings.case_no import VISIBLE, unseen
from mappings.crosswalk import load_crosswalk
from mappings.dialect import Kind, Rule
from mappings.slots import Unfit, Value, storable
from mappings.transforms import Flat, compile_rule
from mappings.values import SPACE, moment, whole
from schemas.contract import VERSIONS, load_contract

MAX_KEY = 100
CASE_NO = 50
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")


class Refused(Exception):
    """The row or message as a whole cannot be taken."""

    def __init__(
        self, code: str, source: str | None, field: str | None, value: str | None, **params: object
    ) -> None:
        super().__init__(code)
        self.code, self.source, self.field, self.value, self.params = code, source, field, value, params


def is_plain(text: str, most: int) -> bool:
    """Whether a number or key is one as it stands: nothing to take off, nothing that cannot be kept."""
    return len(text) <= most and text.isprintable() and text[0] > " " < text[-1]


def shown(case_no: str) -> str:
    """The number of a case that may be refused: shown only where it can be one."""
    case_no = case_no.strip()
    return case_no if 0 < len(case_no) <= CASE_NO and not unseen(case_no) else ""


def read_case_no(flat: Flat, source: str) -> str:
    text = flat.get(source)
    if text is None:
        raise Refused("STRUCT_MISSING", source, "Case.CaseNo", None, expected=source)
    number = text.strip(SPACE)
    if not number.strip():
        raise Refused("VALUE_EMPTY", source, "Case.CaseNo", text)
    if len(text) > CASE_NO:
        raise Refused("VALUE_LENGTH", source, "Case.CaseNo", text, limit=CASE_NO, length=len(text))
    if unseen(number) or not storable(number):
        raise Refused("VALUE_TYPE", source, "Case.CaseNo", text, expected=VISIBLE)
    return number


def read_key(flat: Flat, source: str) -> str:
    text = flat.get(source)
    key = (text or "").strip(SPACE)
    if not key:
        raise Refused("STRUCT_MISSING", source, None, text, expected=source)
    if len(key) > MAX_KEY:
        raise Refused("VALUE_LENGTH", source, None, text, limit=MAX_KEY, length=len(key))
    if _CONTROL.search(key) or not storable(key):
        raise Refused("VALUE_TYPE", source, None, text, expected="文字 / text")
    return key


_WHOLE = re.compile(r"[0-9]{1,18}")


def read_order(flat: Flat, kind: Kind, serial: int) -> Order:
    """By the source's version or time; the package's serial stands in where it is blank."""
    text = (flat.get(kind.order_source) or "").strip(SPACE)
    if not text:
        return Order(0, serial)
    if kind.order_basis == 2:
        if not _WHOLE.fullmatch(text):
            raise Refused("VALUE_TYPE", kind.order_source, None, text, expected="版本号 / a version number")
        return Order(2, int(whole(text)))
    try:
        value = _time_reader()(text)
    except Unfit as unfit:
        raise Refused(unfit.code, kind.order_source, None, text, **unfit.params) from unfit
    assert isinstance(value, list)
    return Order(1, int(value[0] or moment(f"{value[1]}T00:00:00")[0]))


def read_operation(flat: Flat, kind: Kind) -> str:
    if not kind.operation_source:
        return "U"
    text = (flat.get(kind.operation_source) or "").strip(SPACE)
    if not text:
        return "U"
    found = kind.operations.get(text)
    if found is None:
        raise Refused(
            "OPERATION_UNKNOWN", kind.operation_source, "Case.Operation", text, known=", ".join(kind.operations)
        )  # fmt: skip
    return found


@lru_cache
def _time_reader() -> Callable[[str], Value | None]:
    field = next(each for each in load_contract(VERSIONS[0]).case.fields if each.type == "dt")
    return compile_rule(Rule("Case", field, "time", (field.name,)), load_crosswalk("canonical")).read or str
