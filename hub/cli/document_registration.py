"""Writes docs/registration.md: every field of a registration and every option of every connector, from the register."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from hub.register.fields import FIELDS
from hub.register.kinds import OPTIONS
from hub.register.options import Option
from mappings.crosswalk import crosswalk_names, load_crosswalk
from mappings.dialect import dialect_names, load_dialect

HEAD = """\
<!-- 由 `make docs` 生成，请改 hub/register 中的说明 / Made by `make docs`: edit the texts in hub/register instead. -->
# 登记文件 · The registration

一个部门系统一个 YAML 文件，文件名即系统代码；怎样写见 [register-a-system.md](register-a-system.md)。不认识的词报错，并指出行、列和可用的词。
One YAML file per departmental system, named after its code; [register-a-system.md](register-a-system.md) shows how. An unknown word is an error with line, column and the allowed words.

口令和密钥从不写在登记里：`connection` 是 Airflow 连接的名称，或环境变量 `AIRFLOW_CONN_<名称>`。
Passwords and keys never stand in a registration: `connection` names an Airflow Connection, or the variable `AIRFLOW_CONN_<NAME>`.

## 字段 · Fields

"""
TABLE = (
    "| 名称 Name | 必填 | 值 Value | 含义 Meaning | 缺省 Default | 例 Example |\n|---|---|---|---|---|---|\n"
)


def registration_page() -> str:
    """The whole page."""
    parts = [HEAD, TABLE, *_rows(FIELDS, "")]
    for kind, options in OPTIONS.items():
        if kind == "memory":
            continue  # for tests
        parts += [
            f"\n## connector: `kind: {kind}`\n\n",
            f"[{kind}](connectors/{kind}.md)\n\n",
            TABLE,
            *_rows(options, ""),
        ]
    parts += ["\n## 方言 · Dialects\n\n| 名称 | | 形式 Form |\n|---|---|---|\n"]
    for name in dialect_names():
        dialect = load_dialect(name)
        parts.append(
            f"| [`{name}`](dialects/{name}.md) | {dialect.zh} · {dialect.en} | `{dialect.format}` |\n"
        )
    parts += ["\n## 代码对照 · Crosswalks\n\n| 名称 | | 自有代码表 Lists of its own |\n|---|---|---|\n"]
    for name in crosswalk_names():
        walk = load_crosswalk(name)
        parts.append(f"| `{name}` | {walk.zh} · {walk.en} | {', '.join(walk.foreign) or '-'} |\n")
    return "".join(parts)


def _rows(options: Iterable[Option], above: str) -> Iterator[str]:
    for option in options:
        name = f"{above}{option.name}"
        required = "✓" if option.required else ""
        cells = (
            f"`{name}`",
            required,
            _value(option),
            f"{option.zh} · {option.en}",
            option.default,
            _code(option.example),
        )
        yield "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |\n"
        if option.kind in ("mapping", "entries"):
            yield from _rows(option.inner, f"{name}.{'*.' if option.kind == 'entries' else ''}")


def _code(text: str) -> str:
    return f"`{text}`" if text else ""


def _value(option: Option) -> str:
    match option.kind:
        case "word":
            return " / ".join(f"`{word}`" for word in option.words)
        case "flag":
            return "`true` / `false`"
        case "whole":
            most = "" if option.high >= 2_147_483_647 else str(option.high)
            return f"{option.low}..{most}"
        case "duration":
            return "`60s` `5m` `2h` `2d`"
        case "mapping":
            return "择一 · one of" if option.one else "键值 · mapping"
        case "entries":
            return "名称: … · names of your own"
        case "list":
            return "列表 · list"
        case "any":
            return "任意 · anything"
        case _:
            return "文字 · text"
