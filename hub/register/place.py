"""Finds a field of a registration again in its file: complaints of those who use a word have line and column as well."""

from __future__ import annotations

from copy import copy
from dataclasses import replace
from pathlib import Path

import yaml

from hub import yaml_files
from hub.errors import StopError
from hub.register.shape import Registration

INSTEAD = {"serial": "dialect"}
"""Fields that may be left out → the one by which what they then stand for is wrong."""


def placed(found: Registration, error: StopError, field: str) -> StopError:
    """The same error with the place of a field (`checks.ID_CHECK`), unless it has its place in another file.

    A field that is not written stands at the one that asks for it (INSTEAD), else nowhere.
    """
    place = error.place
    if place.line is not None or place.file not in (None, found.path or None):
        return error
    line, column = _mark(Path(found.path), field) if found.path else (None, None)
    moved = copy(error)
    moved.place = replace(
        place,
        system=found.code,
        file=found.path or None,
        line=line,
        column=column,
        field=place.field or field,
    )
    return moved


def _mark(path: Path, field: str) -> tuple[int | None, int | None]:
    """Line and column of the innermost name of a field that is there; nothing of a file that has changed meanwhile."""
    try:
        node = yaml_files.compose(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, yaml.YAMLError):
        return None, None
    mark = _innermost(node, field) or _innermost(node, INSTEAD.get(field, ""))
    return (mark.line + 1, mark.column + 1) if mark else (None, None)


def _innermost(node: yaml.Node | None, field: str) -> yaml.Mark | None:
    mark = None
    for name in field.split("."):
        pairs = node.value if isinstance(node, yaml.MappingNode) else []
        pair = next((pair for pair in pairs if pair[0].value == name), None)
        if pair is None:
            break
        key, node = pair
        scalar = isinstance(node, yaml.ScalarNode) and node.start_mark.line == key.start_mark.line
        mark = node.start_mark if scalar else key.start_mark
    return mark
