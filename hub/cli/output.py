"""What the command line prints: JSON for scripts, tables for people, errors with their remedy."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Sequence
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from hub.errors import HubError


def print_json(data: Any) -> None:
    """One UTF-8 document and nothing else on standard output."""
    text = json.dumps(data, ensure_ascii=False, indent=2) + "\n"
    sys.stdout.buffer.write(text.encode("utf-8", "backslashreplace"))
    sys.stdout.buffer.flush()


def print_table(title: str, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """A plain table; cells are shown as they are, never read as markup."""
    table = Table(title=title, title_justify="left", header_style="bold", box=None, pad_edge=False)
    for column in columns:
        table.add_column(column, overflow="fold")
    for row in rows:
        table.add_row(*("" if cell is None else escape(str(cell)) for cell in row))
    Console().print(table)


def short(name: str) -> str:
    """A package's id as a column has room for it; a digest by its first 12 digits."""
    if len(name) == 64 and not name.strip("0123456789abcdef"):
        return name[:12] + "…"
    return name


def say(text: str) -> None:
    """A line for people on standard output."""
    Console().print(escape(text), soft_wrap=True)


def complain(text: str) -> None:
    """A line for people on standard error."""
    Console(stderr=True).print(escape(text), soft_wrap=True)


def fail(error: HubError) -> None:
    """A hub error: code, place, both languages, remedy."""
    complain(str(error))
