"""Reads YAML: lists of items, organisations, regions, posts and staff; an item holds its materials, fees and steps.

Scalars stay the text that is written (01 is no number, Y no truth). An item in YAML is whole: what it does not list it
does not have.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from pathlib import Path

import yaml

from hub.catalogue.cells import Codes
from hub.catalogue.columns import HEADINGS, KINDS, Kind
from hub.catalogue.faults import CellError, Faults, Where
from hub.catalogue.staging import Staging
from hub.catalogue.tables import RowReader

BYTES_AT_MOST = 50_000_000
LISTS = {
    "items": "item",
    "organizations": "organization",
    "regions": "region",
    "posts": "post",
    "staff": "staff",
    "disclosures": "disclosure",
}
PARTS = {"materials": "material", "fees": "fee", "steps": "step"}


def stage_yaml(file: Path, staging: Staging, faults: Faults, codes: Codes | None) -> None:
    """Stage a YAML file."""
    if file.stat().st_size > BYTES_AT_MOST:
        faults.add(_too_large(), Where(file.name))
        return
    try:
        top = yaml.compose(
            file.read_text(encoding="utf-8-sig"), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader)
        )
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        faults.add(_broken(error), Where(file.name, mark.line + 1 if mark else None))
        return
    _Reader(file.name, staging, faults, codes).document(top)


class _Reader:
    def __init__(self, file: str, staging: Staging, faults: Faults, codes: Codes | None) -> None:
        self._file = file
        self._faults = faults
        self._rows = {name: RowReader(kind, staging, faults, codes) for name, kind in KINDS.items()}

    def document(self, top: yaml.Node | None) -> None:
        for name, node, where in self._pairs(top):
            if name not in LISTS:
                self._faults.add(_unknown(name, LISTS), where, name)
                continue
            kind = KINDS[LISTS[name]]
            for each in self._list(node):
                self._entry(each, kind, PARTS if name == "items" else {})

    def _entry(self, node: yaml.Node, kind: Kind, parts: Mapping[str, str]) -> None:
        cells: dict[str, str] = {}
        below: list[tuple[Kind, yaml.Node]] = []
        for name, value, where in self._pairs(node):
            if name in parts:
                below += [(KINDS[parts[name]], each) for each in self._list(value)]
                continue
            column = self._column(name, kind, parts)
            if column is None:
                self._faults.add(_unknown(name, [*(c.name for c in kind.columns), *parts]), where, name)
            else:
                cells[column] = self._text(value, kind.column(column).type)
        where = self._where(node)
        self._rows[kind.name].read(cells, where, whole=bool(parts))
        for part, each in below:
            self._part(each, part, cells)

    def _part(self, node: yaml.Node, kind: Kind, item: Mapping[str, str]) -> None:
        cells = {name: item[name] for name in ("item_code", "version") if name in item}
        for name, value, where in self._pairs(node):
            column = self._column(name, kind, {})
            if column is None or column in {"item_code", "version"}:
                self._faults.add(_unknown(name, [c.name for c in kind.columns]), where, name)
            else:
                cells[column] = self._text(value, kind.column(column).type)
        self._rows[kind.name].read(cells, self._where(node))

    def _column(self, name: str, kind: Kind, parts: Mapping[str, str]) -> str | None:
        known = {each.name for each in kind.columns}
        alias = HEADINGS.get(name)
        return name if name in known else alias if alias in known else None

    def _text(self, node: yaml.Node, kind: str) -> str:
        if isinstance(node, yaml.SequenceNode) and kind in {"list", "next"}:
            return ";".join(self._entry_text(each) for each in node.value)
        if isinstance(node, yaml.ScalarNode):
            null = node.tag == "tag:yaml.org,2002:null"
            return "" if null else str(node.value)
        self._faults.add(_shape("一个值", "one value"), self._where(node))
        return ""

    def _entry_text(self, node: yaml.Node) -> str:
        """An entry of a list: a text, or {to: CODE, when: condition} among the steps that follow."""
        if isinstance(node, yaml.MappingNode):
            pairs = {name: self._text(value, "text") for name, value, _ in self._pairs(node)}
            if pairs.keys() <= {"to", "when"} and "to" in pairs:
                return f"{pairs['to']}={pairs['when']}" if pairs.get("when") else pairs["to"]
        if isinstance(node, yaml.ScalarNode):
            return str(node.value)
        self._faults.add(_shape("文本或 {to: …, when: …}", "a text, or {to: …, when: …}"), self._where(node))
        return ""

    def _pairs(self, node: yaml.Node | None) -> list[tuple[str, yaml.Node, Where]]:
        if not isinstance(node, yaml.MappingNode):
            where = Where(self._file, 1) if node is None else self._where(node)
            self._faults.add(_shape("键: 值", "key: value pairs"), where)
            return []
        return [(str(key.value), value, self._where(key)) for key, value in node.value]

    def _list(self, node: yaml.Node) -> list[yaml.Node]:
        if isinstance(node, yaml.SequenceNode):
            return list(node.value)
        if isinstance(node, yaml.ScalarNode) and node.tag == "tag:yaml.org,2002:null":
            return []
        self._faults.add(_shape("列表", "a list"), self._where(node))
        return []

    def _where(self, node: yaml.Node) -> Where:
        return Where(self._file, node.start_mark.line + 1)


def _unknown(name: str, allowed: Mapping[str, str] | list[str]) -> CellError:
    near = difflib.get_close_matches(name, list(allowed), n=1)
    return CellError(
        "COLUMN",
        f"不认识的键 “{name}”",
        f"unknown key {name!r}",
        (f"是否想写 {near[0]}？" if near else "") + f"可用：{'、'.join(allowed)}",
        (f"Did you mean {near[0]}? " if near else "") + f"Allowed: {', '.join(allowed)}",
    )


def _shape(zh: str, en: str) -> CellError:
    return CellError(
        "SHAPE",
        f"此处应为{zh}",
        f"{en} expected here",
        "按 docs/catalogue.md 的样例书写",
        "See the sample in docs/catalogue.md",
    )


def _too_large() -> CellError:
    return CellError(
        "TOO_LARGE",
        f"超过 {BYTES_AT_MOST} 字节",
        f"it exceeds {BYTES_AT_MOST} bytes",
        "大批量请用 CSV",
        "Use CSV for so many",
    )


def _broken(error: Exception) -> CellError:
    problem = getattr(error, "problem", None) or str(error)
    return CellError(
        "YAML",
        f"不是有效的 YAML：{problem}",
        f"not valid YAML: {problem}",
        "按该位置修改写法",
        "Mend the writing at that place",
    )
