"""A figure of the benchmark: what was measured, beside the floor it must reach and the goal."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from statistics import median
from typing import Any


@dataclass(frozen=True, slots=True)
class Target:
    """What a metric has to reach; without floor and goal it is told for information."""

    unit: str
    floor: float | None = None
    goal: float | None = None
    more_is_better: bool = False


TARGETS = {
    "parse_validate_shred_vs_xmllint": Target("x", 0.45, 0.60, more_is_better=True),
    "read_with_checks_vs_xmllint": Target("x", more_is_better=True),
    "two_processes_vs_one_reading": Target("x", 1.6, 1.8, more_is_better=True),
    "end_to_end_vs_bare_load": Target("x", 1.6, 1.3),
    "end_to_end_rate": Target("cases/s", more_is_better=True),
    "same_cases_again_vs_first_load": Target("x", 0.25, 0.10),
    "one_percent_bad_vs_clean": Target("x", 1.2, 1.05),
    "national_rows_vs_canonical_reading": Target("x", more_is_better=True),
    "pinyin_messages_vs_canonical_reading": Target("x", more_is_better=True),
    "national_rows_vs_canonical_end_to_end": Target("x", 0.5, more_is_better=True),
    "pinyin_messages_vs_canonical_end_to_end": Target("x", 0.5, more_is_better=True),
    "sftp_small_packages": Target("packages/s", 150, more_is_better=True),
    "sftp_large_vs_sftp": Target("x", 0.7, more_is_better=True),
    "sftp_listing_200000": Target("MB"),
    "cms_open_vs_openssl": Target("x", 0.8, more_is_better=True),
    "cms_open_peak_50": Target("MB", 150),
    "cms_open_peak_200": Target("MB", 150),
    "supervision_cases": Target("cases", more_is_better=True),
    "supervision_full_per_case": Target("µs", 180),
    "supervision_10000_changed": Target("s", 60),
    "supervision_peak_memory": Target("MB", 250),
    "event_to_card_p95": Target("s", 60),
    "catalogue_import_200000": Target("s", 60),
    "peak_memory": Target("MB", 250, 150),
    "peak_memory_200000": Target("MB", 250, 150),
    "dag_folder_200_registrations": Target("s", 2.0),
}


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the result."""

    metric: str
    value: float
    unit: str
    floor: float | None
    goal: float | None
    met: bool  # the floor is; always true without one
    rounds: int

    def as_dict(self) -> dict[str, Any]:
        """As scripts read it."""
        return asdict(self)


def figure(
    metric: str, values: Sequence[float], of: Callable[[Sequence[float]], float] = median, digits: int = 3
) -> Figure:
    """The median (or whatever `of` is) of a metric's rounds against its target."""
    target = TARGETS[metric]
    value = of(values)
    met = target.floor is None or (value >= target.floor if target.more_is_better else value <= target.floor)
    return Figure(metric, round(value, digits), target.unit, target.floor, target.goal, met, len(values))
