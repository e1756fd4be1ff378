"""A figure is met exactly when its floor is, whichever direction is the better one."""

from __future__ import annotations

import pytest

from bench.model import figure


@pytest.mark.parametrize(
    ("metric", "values", "value", "met"),
    [
        ("parse_validate_shred_vs_xmllint", [0.44, 0.46, 0.45], 0.45, True),
        ("parse_validate_shred_vs_xmllint", [0.44, 0.46, 0.449], 0.449, False),
        ("end_to_end_vs_bare_load", [9.0, 1.6, 1.0], 1.6, True),
        ("end_to_end_vs_bare_load", [1.7, 1.61, 1.0], 1.61, False),
        ("same_cases_again_vs_first_load", [0.26], 0.26, False),
        ("dag_folder_200_registrations", [1.9, 2.0], 1.95, True),
        ("end_to_end_rate", [1.0], 1.0, True),  # told for information: there is no floor to miss
    ],
)
def test_the_median_is_held_to_the_floor(metric: str, values: list[float], value: float, met: bool) -> None:
    found = figure(metric, values)
    assert (found.value, found.met, found.rounds) == (value, met, len(values))


def test_of_peaks_the_highest_counts() -> None:
    assert not figure("peak_memory", [100.0, 251.0, 100.0], max).met


def test_a_figure_has_the_keys_that_scripts_read() -> None:
    keys = ["metric", "value", "unit", "floor", "goal", "met", "rounds"]
    assert list(figure("peak_memory", [100.0]).as_dict()) == keys
