"""Reads single values of catalogue files: a text in, a value of the column's type out, or a CellError that says why not.

Values: text, code, word, uscc, region as text; whole, flag (0, 1) and money (fen) as integers; day as ISO text; list as
texts; next as pairs of step code and condition. A blank is null in every type.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from hub.catalogue.columns import WORDS, Column
from hub.catalogue.faults import CellError
from schemas.codes import code_lists

Codes = Mapping[str, Mapping[str, str]]
"""Code list → what a file writes → our value; a crosswalk's tables."""

Convert = Callable[[str], Any]

_DAY = re.compile(
    r"(\d{4})(?:-(\d{1,2})-(\d{1,2})|/(\d{1,2})/(\d{1,2})|(\d{2})(\d{2}))(?:[T ]00:00(?::00(?:\.0+)?)?)?"
)
_MONEY = re.compile(r"\d{1,14}(\.\d{1,2}0*)?")
_USCC = re.compile(r"[0-9A-Z]{9}|[0-9A-Z]{18}")
_REGION = re.compile(r"\d{2}|\d{4}|\d{6}|\d{9}|\d{12}")
_FLAGS = {
    **dict.fromkeys(("1", "是", "true", "yes", "y", "t", "√"), 1),
    **dict.fromkeys(("0", "否", "false", "no", "n", "f", "×"), 0),
}
_REMEMBERED = 10_000


class _Remembered(dict[str, Any]):
    """Codes, days and numbers of a file are few: each is read once."""

    def __init__(self, convert: Convert) -> None:
        super().__init__()
        self._convert = convert

    def __missing__(self, text: str) -> Any:
        if len(self) >= _REMEMBERED:
            self.clear()
        self[text] = self._convert(text)
        return self[text]


def converter(column: Column, codes: Codes | None = None) -> Convert:
    """The way from a cell's text, not blank and without white space around it, to the column's value."""
    if column.type == "text":
        return _text(column.max)
    if column.type == "code":
        assert column.list is not None
        return _Remembered(_choice(column.list, _code_values(column.list, codes))).__getitem__
    if column.type == "word":
        assert column.list is not None
        names = {name: value for value, each in WORDS[column.list].items() for name in (value, *each)}
        return _Remembered(_choice(column.list, names)).__getitem__
    if column.type == "list":
        return lambda text: _listed(text, column.max)
    if column.type == "next":
        return lambda text: _followers(text, column.max)
    if column.type == "whole":
        return _Remembered(lambda text: _whole(text, column.max)).__getitem__
    return _Remembered(_SIMPLE[column.type]).__getitem__


def _code_values(name: str, codes: Codes | None) -> dict[str, str]:
    """What a file may write for a list: the crosswalk's values, else ours; and the names that people know."""
    canonical = code_lists()[name]
    names = {each.zh: value for value, each in canonical.items()}
    table = codes.get(name) if codes is not None else None
    return names | (dict(table) if table is not None else {value: value for value in canonical})


def _choice(name: str, values: Mapping[str, str]) -> Convert:
    def convert(text: str) -> str:
        if text in values:
            return values[text]
        shown = "、".join(list(values)[:40])
        raise CellError(
            "CODE",
            f"“{text}” 不是 {name} 的值",
            f"{text!r} is no value of {name}",
            f"可用：{shown}。外来代码用 --codes 指定代码对照；Excel 中把编码列设为文本格式，以免丢失前导零",
            f"Allowed: {shown}. For foreign codes name a crosswalk with --codes; in Excel make code columns text",
        )

    return convert


def _text(limit: int) -> Convert:
    def convert(text: str) -> str:
        if len(text) > limit:
            raise CellError(
                "LENGTH",
                f"有 {len(text)} 个字符，最多 {limit} 个",
                f"it has {len(text)} characters; at most {limit} are allowed",
                "缩短该值",
                "Shorten the value",
            )
        if "\0" in text:
            raise CellError(
                "CHARACTER", "含有 NUL 字符", "it holds a NUL character", "去掉该字符", "Take it out"
            )
        return text

    return convert


def _listed(text: str, limit: int) -> list[str]:
    convert = _text(limit)
    return list(
        dict.fromkeys(convert(part.strip()) for part in re.split(r"[;；、,，|\n]", text) if part.strip())
    )


def _followers(text: str, limit: int) -> list[list[str | None]]:
    found: dict[str, str | None] = {}
    for part in re.split(r"[;；\n]", text):
        code, _, condition = part.replace("＝", "=").partition("=")
        if part.strip():
            found[_text(50)(code.strip())] = _text(limit)(condition.strip()) or None
    return [[code, condition] for code, condition in found.items()]


def _whole(text: str, limit: int) -> int:
    if text.isascii() and text.isdigit() and len(text) <= 12 and int(text) <= limit:
        return int(text)
    raise CellError(
        "NUMBER",
        f"“{text}” 不是 0 到 {limit} 的整数",
        f"{text!r} is no whole number from 0 to {limit}",
        "只写数字，单位写在单位列",
        "Write digits only; a unit has a column of its own",
    )


def _money(text: str) -> int:
    plain = text.replace(",", "").removesuffix("元")
    if not _MONEY.fullmatch(plain):
        raise CellError(
            "MONEY",
            f"“{text}” 不是以元计的金额（最多两位小数）",
            f"{text!r} is no amount in yuan with at most two decimals",
            "写成 12.50；不是一个数的标准写在“收费标准说明”",
            "Write 12.50; a standard that is no single number goes into standard_text",
        )
    yuan, _, rest = plain.partition(".")
    return int(yuan) * 100 + int(rest[:2].ljust(2, "0"))


def _flag(text: str) -> int:
    found = _FLAGS.get(text.lower())
    if found is None:
        raise CellError(
            "FLAG",
            f"“{text}” 既不是“是”也不是“否”",
            f"{text!r} is neither yes nor no",
            "写 是/否 或 1/0",
            "Write 1 or 0",
        )
    return found


def _day(text: str) -> str:
    found = _DAY.fullmatch(text)
    try:
        if found is None:
            raise ValueError(text)
        year, month, day = (int(part) for part in found.groups() if part is not None)
        return date(year, month, day).isoformat()
    except ValueError as error:
        raise CellError(
            "DAY", f"“{text}” 不是日期", f"{text!r} is no date", "写成 2026-03-05", "Write 2026-03-05"
        ) from error


def _pattern(pattern: re.Pattern[str], what_zh: str, what_en: str) -> Convert:
    def convert(text: str) -> str:
        if pattern.fullmatch(text.upper()):
            return text.upper()
        raise CellError(
            "PATTERN",
            f"“{text}” 不是{what_zh}",
            f"{text!r} is not {what_en}",
            f"写成{what_zh}",
            f"Write {what_en}",
        )

    return convert


_SIMPLE: Mapping[str, Convert] = {
    "money": _money,
    "flag": _flag,
    "day": _day,
    "uscc": _pattern(_USCC, "18 位统一社会信用代码（或 9 位组织机构代码）", "a unified social credit code of 18 characters (or an organisation code of 9)"),
    "region": _pattern(_REGION, "2、4、6、9 或 12 位行政区划代码", "a region code of 2, 4, 6, 9 or 12 digits"),
}  # fmt: skip
