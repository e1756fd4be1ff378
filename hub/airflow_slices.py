"""How work is cut into mapped tasks of Airflow, and what DAGs and mapped tasks are called."""

from __future__ import annotations

import re
from collections.abc import Sequence

SLICE = 20
"""Packages of one mapped task: starting a task costs about a second, a package a fraction of it."""
MOST_SLICES = 200
"""Well below Airflow's max_map_length of 1024."""
MOST_PROBES = 30
"""Mapped tasks of one run of the probe: starting one costs more than most probes."""


def dag_stem(stem: str) -> str:
    """A file stem as it stands in a DAG's id. A bad file may have any name; what Airflow does not take becomes `_`."""
    return re.sub(r"[^\w.-]", "_", stem, flags=re.ASCII)[:200]


def slices_of(packages: Sequence[int]) -> list[list[int]]:
    """Packages cut into runs of at least SLICE, at most MOST_SLICES of them, in their order."""
    size = max(SLICE, -(-len(packages) // MOST_SLICES))
    return [list(packages[start : start + size]) for start in range(0, len(packages), size)]


def cut(codes: Sequence[str], most: int) -> list[list[str]]:
    """Codes in at most so many runs of nearly equal length."""
    size = max(1, -(-len(codes) // most))
    return [list(codes[start : start + size]) for start in range(0, len(codes), size)]


def slice_name(names: Sequence[str]) -> str:
    """A slice as people read it: its only package, or first … last and how many."""
    if len(names) < 2:
        return names[0] if names else "-"
    return f"{names[0]} … {names[-1]} ({len(names)})"
