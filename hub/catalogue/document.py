"""Writes the table of columns in docs/catalogue.md from their declarations: `python -m hub.catalogue.document`."""

from __future__ import annotations

from pathlib import Path

from hub.catalogue.columns import KINDS, WORDS, Column, Kind
from hub.catalogue.national import COLUMNS, STATES

PAGE = Path(__file__).resolve().parents[2] / "docs" / "catalogue.md"
BEGIN = "<!-- 以下由 `python -m hub.catalogue.document` 生成 / Made by that command: edit hub/catalogue/columns.py instead. -->"
END = "<!-- 生成部分到此为止 / End of what is made. -->"
_TYPES = {
    "flag": "是/否、1/0",
    "money": "元，两位小数 yuan",
    "day": "YYYY-MM-DD",
    "uscc": "18 位（或 9 位）18 (or 9) characters",
    "region": "2、4、6、9、12 位 digits",
    "list": "多值，; 分隔 several, ; between",
    "next": "CODE 或 CODE=条件，; 分隔",
}


def main() -> None:
    """Write the page, and say so."""
    PAGE.write_text(page(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
    print(PAGE.name)


def page(text: str) -> str:
    """The page with the part between its marks made anew."""
    head, _, rest = text.partition(BEGIN)
    _, _, tail = rest.partition(END)
    return f"{head}{BEGIN}\n\n{columns()}\n{END}{tail}"


def columns() -> str:
    """Every kind with its columns, the words of the catalogue's own lists, and where the national columns go."""
    kinds = "\n".join(_kind(kind) for kind in KINDS.values())
    return f"{kinds}\n{_words()}\n{_national()}"


def _kind(kind: Kind) -> str:
    name = {"staff": "staff"}.get(kind.name, f"{kind.name}s")
    rows = "".join(_row(column) for column in kind.columns)
    return (
        f"### {kind.zh} · {kind.en}: `{name}`\n\n"
        "| 列 Column | 中文表头 | 必填 | 值 Value | |\n|---|---|---|---|---|\n" + rows
    )


def _row(column: Column) -> str:
    star = "\\*" if column.required else ""
    return f"| `{column.name}` | {column.zh} | {star} | {_value(column)} | {column.en} |\n"


def _value(column: Column) -> str:
    if column.type == "text":
        return f"text {column.max}"
    if column.type == "code":
        return f"[{column.list}](codes.md)"
    if column.type == "word":
        return "、".join(f"{each[0]}" for each in WORDS[column.list or ""].values())
    if column.type == "whole":
        return f"0..{column.max}"
    return _TYPES[column.type]


def _words() -> str:
    rows = "".join(
        f"| {name} | `{value}` | {zh} | {en} |\n"
        for name, each in WORDS.items()
        for value, (zh, en) in each.items()
    )
    return f"### 词 · Words\n\n| 表 List | 值 Value | | |\n|---|---|---|---|\n{rows}"


def _national() -> str:
    rows = "".join(
        f"| `{table}` | `{theirs}` | {KINDS[kind].zh} `{ours}` |\n"
        for table, (kind, names) in COLUMNS.items()
        for theirs, ours in names.items()
    )
    states = "、".join(f"{code} {WORDS['ITEM_STATE'][state][0]}" for code, state in STATES.items())
    return (
        "### 国家事项表 · The national item tables\n\n"
        "| 表 Table | 列 Column | 到 becomes |\n|---|---|---|\n"
        f"{rows}\n`task_code`（有 `task_handle_item` 时用后者）是事项编码。`task_state`：{states}（本枢纽的取值）。"
        "其余各列原样保存在事项的 `other` 中。\n"
        "`task_code` (or `task_handle_item` where there is one) is the item code; values of `task_state` are the hub's choice; "
        "every other column is kept with the item under `other`.\n"
    )


if __name__ == "__main__":
    main()
