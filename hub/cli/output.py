"""What the command line prints: JSON for scripts, tables for people, errors with their remedy."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from shutil import get_terminal_size
from typing import Any

from rich.cells import cell_len
from rich.console import Console
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from hub.cli.tables import GAP, lines_of, widths
from hub.errors import HubError


def print_json(data: Any) -> None:
    """One UTF-8 document and nothing else on standard output."""
    text = json.dumps(data, ensure_ascii=False, indent=2) + "\n"
    sys.stdout.buffer.write(text.encode("utf-8", "backslashreplace"))
    sys.stdout.buffer.flush()


def print_table(title: str, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """A plain table; cells are shown as they are, never read as markup. Where the terminal is too narrow, lines for each row."""
    console = Console()
    room = get_terminal_size((0, 0)).columns or None  # COLUMNS, or the terminal's; a pipe has neither
    cells = [["" if cell is None else str(cell) for cell in row] for row in rows]
    for row in cells:
        row += [""] * (len(columns) - len(row))  # a row that ends early is empty there
    sizes = widths([[column, *(row[at] for row in cells)] for at, column in enumerate(columns)], room)
    if sizes is None:
        _print_lines(console, title, columns, cells)
        return
    table = Table(
        title=title,
        title_justify="left",
        header_style="bold",
        box=None,
        pad_edge=False,
        padding=(0, GAP, 0, 0),
    )
    for column, size in zip(columns, sizes, strict=True):
        table.add_column(column, overflow="fold", width=size)
    for row in cells:
        table.add_row(*(escape(cell) for cell in row))
    if room is None:
        console = Console(width=max(console.width, sum(sizes) + GAP * len(sizes)))
    console.print(table)


def _print_lines(console: Console, title: str, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    console.print(escape(title), style="italic")
    for row in rows:
        first, *others = lines_of(columns, row, console.width)
        console.print(escape(first), style="bold", soft_wrap=True)
        for line in others:
            console.print(escape(line), soft_wrap=True, highlight=False)


def print_marked(checks: Iterable[tuple[str, str, str, Sequence[str]]]) -> None:
    """Checks as (mark, name, what was seen, notes): ✓ well, ! to be looked at, ✗ to be mended; the notes below, dim where all is well."""
    table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column(width=1)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for mark, name, seen, notes in checks:
        detail = Text(seen, style="bold" if mark == "✗" else "")
        for note in notes:
            detail.append(f"\n{note}", style="" if mark == "✗" else "dim")
        table.add_row(mark, name, detail)
    Console().print(table)


def short(name: str) -> str:
    """A package's id as a column has room for it; a digest by its first 12 digits."""
    if len(name) == 64 and not name.strip("0123456789abcdef"):
        return name[:12] + "…"
    return name


def rarer(counts: Mapping[str, Any]) -> str:
    """The outcomes of cases that most packages have none of, where there are any: a column for each would be mostly zeros."""
    names = {
        "pending": "待补齐 pending",
        "duplicate": "重复 duplicate",
        "stale": "陈旧 stale",
        "conflict": "冲突 conflict",
    }
    return "  ".join(f"{name} {counts[key]}" for key, name in names.items() if counts[key])


def say(text: str) -> None:
    """A line for people on standard output."""
    Console().print(escape(text), soft_wrap=True)


def say_fields(fields: Iterable[tuple[str, object]]) -> None:
    """Lines of a label and a value, the values below one another; what is None is left out, lists and mappings as text."""
    told = [(label, plain(value)) for label, value in fields if value is not None]
    room = max((cell_len(label) for label, _ in told), default=0) + GAP
    for label, value in told:
        say(label + " " * (room - cell_len(label)) + value)


def plain(value: object) -> str:
    """A value as people read it: - for nothing, lists and mappings without brackets."""
    if isinstance(value, Mapping):
        return ", ".join(f"{key}: {plain(each)}" for key, each in value.items()) or "-"
    if isinstance(value, (list, tuple)):
        return ", ".join(plain(each) for each in value) or "-"
    return "-" if value in (None, "") else str(value)


def complain(text: str) -> None:
    """A line for people on standard error."""
    Console(stderr=True).print(escape(text), soft_wrap=True)


def fail(error: HubError) -> None:
    """A hub error: code, place, both languages, remedy."""
    complain(str(error))
