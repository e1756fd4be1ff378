"""Reads tables, row by row: the header says which column is which, every cell is read by its column's type."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from hub.catalogue.cells import Codes, Convert, converter
from hub.catalogue.columns import HEADINGS, KINDS, Kind
from hub.catalogue.faults import CellError, Faults, Where
from hub.catalogue.records import LIST_COLUMNS, RECORDERS, lists_of
from hub.catalogue.staging import Staging

PLURALS = {
    "items": "item", "materials": "material", "fees": "fee", "steps": "step", "organizations": "organization",
    "regions": "region", "posts": "post", "staffs": "staff", "disclosures": "disclosure", "公开": "disclosure", "flow": "step", "收费": "fee", "流程": "step", "环节": "step",
}  # fmt: skip
LIMITS = {
    "statutory_limit": "statutory_limit_unit",
    "promised_limit": "promised_limit_unit",
    "step_limit": "step_limit_unit",
}


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table: its name, its header cells, and its rows with their numbers (the header is row 1 unless said otherwise)."""

    file: str
    name: str | None
    header: Sequence[str]
    rows: Iterable[tuple[int, Sequence[str]]]
    header_row: int = 1


def kind_named(name: str) -> Kind | None:
    """The kind that a file or sheet is named after: `items`, `事项`, `items-2026`."""
    text = name.strip().lower()
    words = {**{each: each for each in KINDS}, **{kind.zh: kind.name for kind in KINDS.values()}, **PLURALS}
    for word in sorted(words, key=len, reverse=True):
        if text.startswith(word) and not text[len(word) : len(word) + 1].isalpha():
            return KINDS[words[word]]
    return None


def kind_by_header(header: Sequence[str]) -> Kind | None:
    """The only kind whose required columns a header has and which knows all of its columns."""
    fitting = []
    for kind in KINDS.values():
        known = _names(kind)
        found = {known.get(cell.strip().lower()) for cell in header if cell.strip()}
        if None not in found and found >= {each.name for each in kind.columns if each.required}:
            fitting.append(kind)
    return fitting[0] if len(fitting) == 1 else None


def stage_sheet(sheet: Sheet, kind: Kind, staging: Staging, faults: Faults, codes: Codes | None) -> int:
    """Check a table and stage its rows; returns how many rows it has. Faults go to `faults`."""
    places = _header(sheet, kind, faults)
    if places is None:
        return 0
    rows = RowReader(kind, staging, faults, codes)
    read = rows.compiled(places)
    count = 0
    for number, cells in sheet.rows:
        if any(cells):
            read(cells, Where(sheet.file, number, sheet.name))
            count += 1
    return count


class RowReader:
    """Turns rows of one kind into staged rows."""

    def __init__(self, kind: Kind, staging: Staging, faults: Faults, codes: Codes | None) -> None:
        self._kind = kind
        self._staging = staging
        self._faults = faults
        self._converts: dict[str, Convert] = {each.name: converter(each, codes) for each in kind.columns}
        self._required = tuple(each.name for each in kind.columns if each.required)
        self._key = ("item_code",) if kind.part else kind.key
        self._record = RECORDERS[kind.name]
        self._listed = any(each.name in LIST_COLUMNS for each in kind.columns)
        self._limits = tuple((limit, unit) for limit, unit in LIMITS.items() if limit in self._converts)

    def compiled(self, places: Sequence[str | None]) -> Callable[[Sequence[str], Where], None]:
        """A reader of rows whose cells stand in these columns."""
        plan = [(name or "", self._converts[name] if name else None) for name in places]

        def read(cells: Sequence[str], where: Where) -> None:
            data: dict[str, Any] = {}
            bad: set[str] = set()
            for (name, convert), cell in zip(plan, cells, strict=False):
                text = cell.strip()
                if text and convert is not None:
                    try:
                        data[name] = convert(text)
                    except CellError as error:
                        self._faults.add(error, where, name, text)
                        bad.add(name)
            if len(cells) > len(places) and any(cell.strip() for cell in cells[len(places) :]):
                self._faults.add(_too_many(len(cells), len(places)), where)
                bad.add("")
            self._take(data, where, bad)

        return read

    def read(
        self, cells: Mapping[str, str], where: Where, *, extra: Mapping[str, Any] | None = None, **how: Any
    ) -> None:
        """One row by column name, as texts; blanks are left out. `extra` goes with it as it is."""
        data: dict[str, Any] = {}
        bad: set[str] = set()
        for name, text in cells.items():
            if text.strip():
                try:
                    data[name] = self._converts[name](text.strip())
                except CellError as error:
                    self._faults.add(error, where, name, text)
                    bad.add(name)
        self._take({**data, **(extra or {})}, where, bad, **how)

    def _take(self, data: dict[str, Any], where: Where, bad: set[str], **how: Any) -> None:
        """Check a row as a whole and stage it; `bad` are the columns whose values could not be read."""
        before = self._faults.total
        for name in self._required:
            if name not in data and name not in bad:
                self._faults.add(_missing(name, self._kind), where, name)
        for column, value, name in self._kind.asks:
            if data.get(column) == value and name not in data and name not in bad:
                self._faults.add(_missing(name, self._kind), where, name)
        for limit, unit in self._limits:
            if limit in data and unit not in data and unit not in bad:
                self._faults.add(_without_unit(), where, unit)
            elif unit in data and limit not in data:
                del data[unit]
        if "valid_to" in data and data.get("valid_from", "") > data["valid_to"]:
            self._faults.add(_backwards(), where, "valid_to", data["valid_to"])
        if not bad and self._faults.total == before:
            key = tuple(data.pop(name) for name in self._key)
            version = data.pop("version", None)
            lists = lists_of(data) if self._listed else None
            self._staging.add(self._kind, key, version, self._record(data), where, lists, **how)


def _names(kind: Kind) -> dict[str, str]:
    """What a header may say, in lower case → column."""
    own = {word.lower(): each.name for each in kind.columns for word in (each.name, each.zh)}
    known = {each.name for each in kind.columns}
    return {word: name for word, name in HEADINGS.items() if name in known} | own


def _header(sheet: Sheet, kind: Kind, faults: Faults) -> list[str | None] | None:
    known = _names(kind)
    where = Where(sheet.file, sheet.header_row, sheet.name)
    before = faults.total
    places: list[str | None] = []
    for cell in sheet.header:
        word = cell.strip().removeprefix("*").removesuffix("*").lower()
        name = known.get(word)
        if word and name is None:
            faults.add(_unknown_column(cell, kind, known), where, cell.strip())
        elif name is not None and name in places:
            faults.add(_twice(cell), where, cell.strip())
        places.append(name)
    for column in kind.columns:
        if column.required and column.name not in places:
            faults.add(_no_column(column.name, column.zh), where, column.name)
    return places if faults.total == before else None


def _unknown_column(cell: str, kind: Kind, known: Mapping[str, str]) -> CellError:
    near = difflib.get_close_matches(cell.strip().lower(), known, n=1)
    columns = "、".join(f"{each.name}（{each.zh}）" for each in kind.columns)
    return CellError(
        "COLUMN",
        f"不认识的列 “{cell.strip()}”",
        f"unknown column {cell.strip()!r}",
        (f"是否想写 {near[0]}？" if near else "") + f"{kind.zh}可用的列：{columns}",
        (f"Did you mean {near[0]}? " if near else "") + f"Columns: {', '.join(c.name for c in kind.columns)}",
    )


def _twice(cell: str) -> CellError:
    return CellError(
        "COLUMN",
        f"列 “{cell}” 出现两次",
        f"the column {cell!r} stands twice",
        "删去其中一列",
        "Remove one of them",
    )


def _no_column(name: str, zh: str) -> CellError:
    return CellError(
        "COLUMN",
        f"缺少必需的列 {name}（{zh}）",
        f"the column {name} is missing",
        f"加上 {name} 列",
        f"Add the column {name}",
    )


def _too_many(found: int, expected: int) -> CellError:
    return CellError(
        "CELLS",
        f"有 {found} 个单元格，表头只有 {expected} 列",
        f"it has {found} cells, the header {expected} columns",
        "含逗号的值要用双引号括起来",
        "Quote values that hold a comma",
    )


def _missing(name: str, kind: Kind) -> CellError:
    zh = kind.column(name).zh
    return CellError("BLANK", f"{name}（{zh}）没有填写", f"{name} is blank", f"填写{zh}", f"Fill in {name}")


def _without_unit() -> CellError:
    return CellError(
        "UNIT",
        "有时限而没有单位",
        "a limit without its unit",
        "填写单位：W 工作日、D 自然日、H 小时、M 月",
        "Fill in the unit: W working days, D natural days, H hours, M months",
    )


def _backwards() -> CellError:
    return CellError(
        "VALIDITY", "失效日期早于生效日期", "it ends before it begins", "核对两个日期", "Check the two days"
    )
