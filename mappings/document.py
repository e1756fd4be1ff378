"""Writes the JSON Schema of the dialect language and the pages on dialects: `python -m mappings.document`.

A dialect's page is written by hand down to a mark; the tables below it come from the dialect itself.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from mappings.dialect import Dialect, Kind, Rule, dialect_names, load_dialect
from mappings.language import (
    CASE_NO_FORM,
    DEFAULTS,
    FORM_KEYS,
    IGNORED,
    KIND_MAY,
    KIND_NEEDS,
    MESSAGE,
    MESSAGE_KEYS,
    PIECEWISE,
    ROW_ID,
    TOP,
    TRANSFORMS,
    Transform,
    Word,
)
from schemas.contract import VERSIONS, load_contract

ROOT = Path(__file__).parent.parent
SCHEMA = Path(__file__).parent / "dialect.schema.json"
PAGES = ROOT / "docs" / "dialects"
MARK = "<!-- 以下由 `python -m mappings.document` 生成 / What follows is made by `python -m mappings.document`. -->"
MADE = "<!-- 由 `python -m mappings.document` 生成，请改 mappings/language.py / Made by `python -m mappings.document`: edit mappings/language.py instead. -->"
_TEXT = {"type": "string", "minLength": 1}
_TEXTS = {"anyOf": [_TEXT, {"type": "array", "items": _TEXT, "minItems": 1}]}


def generated() -> dict[Path, str]:
    """Every file that is made here, with its text. A page without the mark gets its tables at the end."""
    pages = {PAGES / f"{name}.md": _page(load_dialect(name)) for name in dialect_names()}
    schema = json.dumps(json_schema(), ensure_ascii=False, indent=2) + "\n"
    return {SCHEMA: schema, PAGES / "reference.md": "\n".join(_reference()) + "\n", **pages}


def json_schema() -> dict[str, Any]:
    """The language as JSON Schema (2020-12), for editors; values are texts, as the reader takes them."""
    fields = "|".join(
        rf"{element.name}\.({'|'.join(field.name for field in element.fields)})"
        for element in load_contract(VERSIONS[-1]).elements
    )
    kind = {
        "type": "object",
        "required": [word.name for word in KIND_NEEDS],
        "properties": {
            **_properties((*KIND_NEEDS, *KIND_MAY)),
            "fields": {
                "type": "object",
                "patternProperties": {f"^({fields})$": {"$ref": "#/$defs/rule"}},
                "additionalProperties": False,
                "minProperties": 1,
            },
            "order": {
                "type": "object",
                "properties": {"time": _TEXT, "version": _TEXT},
                "additionalProperties": False,
                "minProperties": 1,
                "maxProperties": 1,
            },
        },
        "additionalProperties": False,
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "方言 · Dialect",
        "type": "object",
        "required": [word.name for word in TOP],
        "properties": {
            **_properties((*TOP, *PIECEWISE, ROW_ID, IGNORED)),
            "case_no_form": _object(FORM_KEYS),
            "kinds": {"type": "object", "additionalProperties": kind, "minProperties": 1},
            "message": _object(MESSAGE_KEYS),
        },
        "additionalProperties": False,
        "$defs": {"rule": {"anyOf": [_TEXT, *map(_rule_schema, TRANSFORMS.values())]}},
    }


def _rule_schema(transform: Transform) -> dict[str, Any]:
    if transform.sources == "none":
        return _object((Word("constant", transform.zh, transform.en, required=True),))
    found = _object(transform.options)
    source = _TEXTS if transform.sources == "many" else _TEXT
    default = transform.name in DEFAULTS.values()
    return {
        **found,
        "required": [*(() if default else ("as",)), "from", *found["required"]],
        "properties": {"from": source, "as": {"const": transform.name}, **found["properties"]},
    }


def _object(words: Iterable[Word]) -> dict[str, Any]:
    words = tuple(words)
    return {
        "type": "object",
        "required": [word.name for word in words if word.required],
        "properties": _properties(words),
        "additionalProperties": False,
    }


def _properties(words: Iterable[Word]) -> dict[str, Any]:
    return {word.name: {"description": f"{word.zh} · {word.en}", **_shape(word)} for word in words}


def _shape(word: Word) -> dict[str, Any]:
    if word.shape == "table":
        return {"type": "object"}
    if word.shape == "texts":
        return dict(_TEXTS)
    if word.shape == "whole":
        return {"type": ["string", "integer"], "pattern": "^[0-9]{1,3}$", "minimum": 0, "maximum": 999}
    if word.words:
        return {
            "enum": [
                *word.words,
                *(True for each in word.words if each == "true"),
                *(False for each in word.words if each == "false"),
            ]
        }
    return {"type": "string"}


def _reference() -> Iterator[str]:
    yield MADE
    yield "# 方言语言 · The dialect language\n"
    yield "方言是 `mappings/` 下的一个 YAML 文件：来源如何说我们的要素和字段。没有表达式，没有程序；文件有误时指出行、列和可用的词。"
    yield "编辑器可用 [dialect.schema.json](../../mappings/dialect.schema.json)。\n"
    yield "A dialect is one YAML file under `mappings/`: how a source says our elements and fields. It holds no expressions and no code;"
    yield "a mistake is told with line, column and the words allowed. Editors may use [dialect.schema.json](../../mappings/dialect.schema.json).\n"
    yield "## 现有方言 · The dialects there are\n"
    yield "| 方言 | 名称 · Name | 形式 · Form | 片段种类 · Kinds |\n|---|---|---|---|"
    for name in dialect_names():
        dialect = load_dialect(name)
        kinds = "、".join(kind.name for kind in dialect.kinds) or "整件 · whole cases"
        yield f"| [`{name}`]({name}.md) | {dialect.zh} · {dialect.en} | `{dialect.format}` | {kinds} |"
    yield "\n## 文件 · The file\n"
    yield from _words((*TOP, *PIECEWISE, CASE_NO_FORM, ROW_ID, MESSAGE, IGNORED))
    yield "\n`case_no` 和 `kinds` 用于 `row-set`（另需 `row_id`）和 `messages`（另需 `message`）。顶层的 `ignored` 对所有种类有效。"
    yield "`case_no` and `kinds` belong to `row-set` (with `row_id`) and `messages` (with `message`). `ignored` at the top holds for every kind.\n"
    yield "### `case_no_form`\n"
    yield from _words(FORM_KEYS)
    yield ""
    yield "### `message`\n"
    yield from _words(MESSAGE_KEYS)
    yield "\n## 种类 · A kind of pieces\n"
    yield from _words((*KIND_NEEDS, *KIND_MAY))
    yield "\n一行或一条报文是一个片段。只出现一次的要素由各片段逐字段合并，`kinds` 的次序决定谁优先（空白不算说了）；可重复的要素每个片段一条，按时间再按来源键排序。"
    yield "一个种类至多有一个可重复的要素；指向另一要素的结果可以同在一行。固定值不使要素出现。\n"
    yield "A row or message is one piece. Elements that occur once are merged field by field, the order of `kinds` decides who wins"
    yield "(a blank says nothing); repeated elements get one row per piece, by time and then by source key. A kind has one repeated element"
    yield "at most, but a result may stand in the row of what it refers to. A constant alone brings no element about.\n"
    yield "来源的名称：行集写列名，XML 写子元素名或 `a/b` 路径，属性写 `@名称`。既未映射也未忽略的名称每包报告一次（`UNMAPPED`）。"
    yield "Sources are column names, child elements or paths `a/b`, attributes `@name`. What is neither mapped nor ignored is told once per package (`UNMAPPED`).\n"
    yield "登记的 `checks` 把提醒升为错误时，对每个片段单独判断；要看几个片段才知道的（如时间先后）只作提醒。"
    yield "Warnings that a registration raises to errors (`checks`) are judged on each piece by itself; what takes several pieces, such as an order of times, stays a warning.\n"
    yield "## 转换 · Transforms\n"
    yield "| `as` | 给出的类型 · Gives | 含义 · Meaning | 选项 · Options |\n|---|---|---|---|"
    for transform in TRANSFORMS.values():
        options = "<br>".join(
            f"`{o.name}`{'*' if o.required else ''}: {o.zh} · {o.en}{_allowed(o)}" for o in transform.options
        )
        sources = {"one": "`from`", "many": "`from: […]`", "none": "`constant`"}[transform.sources]
        gives = ", ".join(transform.gives)
        yield f"| `{transform.name}` ({sources}) | {gives} | {transform.zh} · {transform.en} | {options} |"
    yield (
        "\n不写 `as` 时按字段类型 · Without `as`, by the field's type: "
        + ", ".join(f"{t} → `{name}`" for t, name in DEFAULTS.items())
        + "."
    )
    yield "空值和空白（文字除外）等于没有该值 · A null, and a blank value of anything but text, is no value."


def _words(words: Iterable[Word]) -> Iterator[str]:
    yield "| 键 · Key | 必填 · Required | 含义 · Meaning |\n|---|---|---|"
    for word in words:
        yield f"| `{word.name}` | {'✓' if word.required else ''} | {word.zh} · {word.en}{_allowed(word)} |"


def _allowed(word: Word) -> str:
    return f" ({', '.join(word.words)})" if word.words else ""


def _page(dialect: Dialect) -> str:
    path = PAGES / f"{dialect.name}.md"
    written = path.read_text(encoding="utf-8") if path.is_file() else f"# {dialect.zh} · {dialect.en}\n\n"
    return written.partition(MARK)[0] + MARK + "\n\n" + "\n".join(_tables(dialect)) + "\n"


def _tables(dialect: Dialect) -> Iterator[str]:
    for kind in dialect.kinds:
        yield from _kind(kind, dialect)
    yield "## 送出 · What it delivers\n"
    yield "规则需要的字段不在其中时，结论为“未判：未送出”。A rule that needs another field does not judge: not delivered.\n"
    yield "| 要素 · Element | 送出的字段 · Fields delivered | 不送出 · Not delivered |\n|---|---|---|"
    for element in dialect.contract.elements:
        has = dialect.delivers.get(element.name, ())
        lacks = [field.name for field in element.fields if field.name not in has]
        yield f"| {element.zh} {element.name} | {', '.join(has) or '—'} | {', '.join(lacks) or '—'} |"


def _kind(kind: Kind, dialect: Dialect) -> Iterator[str]:
    yield f"## {kind.zh} · {kind.en} (`{kind.match}`)\n"
    basis = "版本 · version" if kind.order_basis == 2 else "时间 · time"
    key = f"`{kind.key}`" if kind.key else "每件一个 · one per case"
    root = "；其注销即注销办件 · its withdrawal withdraws the case" if kind.root else ""
    yield f"种类 kind `{kind.name}`；键 key {key}；次序 order `{kind.order_source}`（{basis}）{root}\n"
    contract = dialect.contract
    names = {
        f"{element.name}.{field.name}": f"{element.zh}·{field.zh}"
        for element in contract.elements
        for field in element.fields
    }
    apart = {dialect.case_no: "办件编号 · case number", dialect.row_id: "行标识 · identifies the row", kind.key: "片段的键 · key of the piece",
             kind.order_source: f"次序 · order ({basis})", kind.operation_source or "": _operations(kind)}  # fmt: skip
    yield "| 来源 · Source | 字段 · Field | 转换或原因 · Transform or reason |\n|---|---|---|"
    for source, what in apart.items():
        if source:
            yield f"| `{source}` | — | {what} |"
    for rule in kind.rules:
        source = " ".join(f"`{each}`" for each in rule.reads) or "—"
        yield f"| {source} | `{rule.name}` {names[rule.name]} | {_how(rule)} |"
    for element, sources in kind.when.items():
        yield f"| {' '.join(f'`{each}`' for each in sources)} | `{element}` | 有值时才有此要素 · the element is there only where one of them has a value |"
    for source, reason in kind.ignored.items():
        yield f"| `{source}` | 不用 · ignored | {reason} |"
    yield ""


def _operations(kind: Kind) -> str:
    return "操作 · operation: " + ", ".join(
        f"{code} → {meaning}" for code, meaning in kind.operations.items()
    )


def _how(rule: Rule) -> str:
    if rule.constant is not None:
        return f"固定值 · constant {rule.constant}"
    options = [f"{name} {_option(value)}" for name, value in rule.options.items()]
    return " ".join(
        [
            rule.transform,
            *([f"({rule.field.list})"] if rule.field.list and "list" not in rule.options else []),
            *options,
        ]
    )


def _option(value: object) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{key} = {each}" for key, each in value.items())
    return ", ".join(value) if isinstance(value, tuple) else str(value)


def main() -> None:
    """Write the files."""
    PAGES.mkdir(parents=True, exist_ok=True)
    for path, text in generated().items():
        path.write_text(text, encoding="utf-8")
        print(path.relative_to(ROOT))


if __name__ == "__main__":
    main()
