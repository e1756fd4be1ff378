"""Foreign codes that the simulator can write instead of the canonical ones, as the provinces' own systems do.

Only what clashes is here; a list that is not named travels in canonical codes. A canonical value without a foreign one
cannot be said in that dialect, so cases that need it are told differently (`speakable`).
"""

from __future__ import annotations

from collections.abc import Mapping

CANONICAL = "canonical"

_CLASHES: Mapping[str, Mapping[str, Mapping[str, str]]] = {
    "hunan-2011": {
        "CASE_TYPE": {"1": "0", "2": "1", "4": "2", "5": "3"},
        "ACCEPT_STATUS": {"1": "Y", "2": "N"},
        "COMPLETION_RESULT": {"0": "5002", "4": "5006", "6": "5001"},
    },
    "hunan": {
        "CASE_TYPE": {"1": "2", "2": "1", "4": "3"},
        "COMPLETION_RESULT": {"6": "4", "2": "7", "1": "8"},
        "LIMIT_UNIT": {"W": "天", "D": "D", "H": "H", "M": "M"},
    },
    "gbt-39046": {
        "CASE_TYPE": {"1": "1", "2": "2"},
        "SPECIAL_KIND": {"1": "1"} | {str(kind): "2" for kind in range(2, 11)},
    },
}
CROSSWALKS = (CANONICAL, *sorted(_CLASHES))
_FALLBACK = {"CASE_TYPE": "2", "COMPLETION_RESULT": "6"}


def foreign(crosswalk: str) -> Mapping[str, Mapping[str, str]]:
    """List → canonical value → the code that the dialect writes; empty for canonical codes."""
    return _CLASHES.get(crosswalk, {})


def can_say(crosswalk: str, code_list: str, value: str) -> bool:
    """Whether the dialect has a code for a canonical value."""
    table = foreign(crosswalk).get(code_list)
    return table is None or value in table


def speakable(crosswalk: str, code_list: str, value: str) -> str:
    """The value itself if the dialect can say it, else the nearest one that it can."""
    return value if can_say(crosswalk, code_list, value) else _FALLBACK[code_list]
