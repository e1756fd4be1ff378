"""Puts page numbers and cursors among the arguments of a call, at paths such as `request/pageNo`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any


def nested(given: Mapping[str, Any], own: Iterable[tuple[str, str]]) -> dict[str, Any]:
    """`given` with each value of `own` at its path; `given` itself is left as it is."""
    found = {name: nested(each, ()) if isinstance(each, Mapping) else each for name, each in given.items()}
    for path, value in own:
        *above, name = path.split("/")
        place = found
        for step in above:
            place = place.setdefault(step, {})
        place[name] = value
    return found
