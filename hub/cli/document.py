"""Writes docs/cli.md, docs/errors.md, docs/registration.md and docs/rules/library.md from the program itself: `make docs`, or `python -m hub.cli.document`."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from typer.main import get_command

from hub.cli import build
from hub.cli.document_errors import errors_page
from hub.cli.document_registration import registration_page
from hub.settings import Settings
from hub.supervision.library_page import library_page

ROOT = Path(__file__).resolve().parents[2]

HEAD = """\
<!-- 由 `make docs` 生成，请改程序中的说明 / Made by `make docs`: edit the help texts in hub/cli/ instead. -->
# 命令行 · Command line

报文包和办件写作 `系统/标识`。凡读取的命令都有 `--json`：只输出一个 UTF-8 文档。
Packages and cases are named `SYSTEM/ID`. Commands that read take `--json`: one UTF-8 document and nothing else.

## 退出码 · Exit codes

| 码 Code | 含义 | Meaning |
|---|---|---|
| 0 | 完成 | done |
| 1 | 有发现：校验、检查类命令查出了问题 | findings, of commands that check |
| 2 | 用法不对 | wrong usage |
| 3 | 不能运行：错误代码、原因和处理见 [errors.md](errors.md) | cannot run: code, reason and remedy are in [errors.md](errors.md) |

## 环境变量 · Settings from the environment

"""


def main() -> None:
    """Write the pages, and say so."""
    for name, text in pages().items():
        (ROOT / "docs" / name).write_text(text, encoding="utf-8")
        print(f"docs/{name}")


def pages() -> dict[str, str]:
    """File name under docs/ → its whole text."""
    return {
        "cli.md": cli_page(),
        "errors.md": errors_page(ROOT),
        "registration.md": registration_page(),
        "rules/library.md": library_page(),
    }


def cli_page() -> str:
    """Settings, then every command with its help, arguments and options."""
    found = list(commands(get_command(build()), ()))
    listed = "".join(f"- [`{name}`](#{name.replace(' ', '-')})\n" for name, _ in found)
    blocks = "\n".join(_command(name, command) for name, command in found)
    return f"{HEAD}{_settings()}\n## 命令 · Commands\n\n{listed}\n{blocks}"


def commands(command: Any, path: tuple[str, ...]) -> Iterator[tuple[str, Any]]:
    """Every command that does something, with its whole name, in the order of `suphub --help`."""
    below = getattr(command, "commands", None)
    if not below:
        yield " ".join(path), command
        return
    for name, each in below.items():
        yield from commands(each, (*path, name) if path else ("suphub", name))


def _settings() -> str:
    """The table that the settings carry in their docstring."""
    text = inspect.getdoc(Settings) or ""
    return "".join(f"{line}\n" for line in text.splitlines() if line.startswith("|"))


def _command(name: str, command: Any) -> str:
    arguments = [p for p in command.params if p.param_type_name == "argument"]
    options = [p for p in command.params if p.param_type_name != "argument"]
    usage = " ".join([name, *("[OPTIONS]" for _ in options[:1]), *map(_argument, arguments)])
    text = f"### {name}\n\n{_paragraphs(command.help or '')}\n\n    {usage}\n"
    rows = [f"| `{_argument(p)}` | {_cell(p.help)} | {_default(p)} |\n" for p in arguments]
    rows += [f"| `{_option(p)}` | {_cell(p.help)} | {_default(p)} |\n" for p in options]
    if rows:
        text += "\n| | | 缺省 Default |\n|---|---|---|\n" + "".join(rows)
    return text


def _argument(param: Any) -> str:
    shown = param.metavar or str(param.name).upper()
    return shown if param.required else f"[{shown}]"


def _option(param: Any) -> str:
    names = " / ".join([*param.opts, *param.secondary_opts])
    if getattr(param, "is_flag", False):
        return names
    return f"{names} {param.metavar or param.opts[-1].lstrip('-').upper()}"


def _default(param: Any) -> str:
    if param.required:
        return "必填 required"
    if param.default is None or param.default is False or param.default in ("", (), []):
        return ""
    return f"`{param.default}`"


def _paragraphs(text: str) -> str:
    return inspect.cleandoc(text).replace("\f", "").strip()


def _cell(text: str | None) -> str:
    return " ".join((text or "").split()).replace("|", "\\|")


if __name__ == "__main__":
    main()
