"""What an argument of any command may be: text that UTF-8 can write, numbers that a database can hold; else wrong usage, told at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import wraps
from typing import Any

import typer
from typer.core import TyperCommand

LARGEST = (1 << 63) - 1
"""The largest number that a database keeps."""


def check_values() -> None:
    """From now on every command refuses what no database could take (exit code 2). Harmless to repeat.

    Names of files are left alone: on Linux they are bytes, and need not be UTF-8.
    """
    if not hasattr(TyperCommand.invoke, "__wrapped__"):
        setattr(TyperCommand, "invoke", _checking(TyperCommand.invoke))  # noqa: B010 (a method, replaced on purpose)


def _checking(invoke: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(invoke)
    def checked(self: TyperCommand, context: Any) -> Any:
        for name, given in context.params.items():
            for value in _each(given):
                _check(context, name, value)
        return invoke(self, context)

    return checked


def _each(given: Any) -> Iterator[Any]:
    yield from given if isinstance(given, (list, tuple)) else (given,)


def _check(context: Any, name: str, value: Any) -> None:
    if isinstance(value, str) and not _writable(value):
        said = "有不是 UTF-8 的字节 · it has bytes that are not UTF-8"
    elif isinstance(value, int) and abs(value) > LARGEST:
        said = f"数太大，至多 {LARGEST} · too large a number, at most {LARGEST}"
    else:
        return
    hint = next((each for each in context.command.params if each.name == name), None)
    raise typer.BadParameter(said, ctx=context, param=hint)


def _writable(text: str) -> bool:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True
