"""Makes `--help` fold long Chinese texts: without blanks between words they would be cut at the first line's end."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from rich.text import Text
from typer.core import TyperCommand, TyperGroup

MAKES_TEXT = "_make_rich_text"
"""What in Typer makes the texts of its help; it has no setting for what becomes of a word that is too long."""


def fold_help() -> None:
    """From now on every command's help folds what is too long for its column. Harmless to repeat."""
    for kind in (TyperCommand, TyperGroup):
        if not hasattr(kind.format_help, "__wrapped__"):
            setattr(kind, "format_help", _folding(kind.format_help))  # noqa: B010 (a method, replaced on purpose)


def _folding(format_help: Callable[..., None]) -> Callable[..., None]:
    @wraps(format_help)
    def folded(*given: Any) -> None:
        from typer import rich_utils  # only where help is printed: it takes a tenth of a second

        make = getattr(rich_utils, MAKES_TEXT)
        if not hasattr(make, "__wrapped__"):
            setattr(rich_utils, MAKES_TEXT, _text_that_folds(make))
        format_help(*given)

    return folded


def _text_that_folds(make: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(make)
    def made(**how: Any) -> Any:
        text = make(**how)
        if isinstance(text, Text):
            text.overflow = "fold"
        return text

    return made
