"""What a package held of other organisations and regions, counted for the hub's chain; never a person's data."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from datetime import date
from typing import Any

from schemas.numbers import organisation_number_ok, resident_id_ok

FOREIGN = {"ORG_FOREIGN": "organizations", "REGION_FOREIGN": "regions"}
NAMED = 20
OTHERS = "-"
_REGION = re.compile(r"[0-9]{6}(?:[0-9]{3}){0,2}")


def foreign_data(refusals: Iterable[Any]) -> dict[str, Any] | None:
    """Cases of a package that are another's, from its rows of `rejection`; None where there are none.

    {cases, organizations: {code: cases}, regions: {code: cases}}, the 20 most frequent of each. Whatever is no
    organisation's or region's code is counted as "-": somebody may have put an identity number there.
    """
    cases: set[int] = set()
    found: dict[str, Counter[str]] = {name: Counter() for name in FOREIGN.values()}
    for row in refusals:
        name = FOREIGN.get(row.code)
        if name is not None:
            cases.add(row.ordinal)
            found[name][_shown(name, row.value or "")] += 1
    if not cases:
        return None
    return {"cases": len(cases), **{name: _bounded(counts) for name, counts in found.items()}}


def _shown(name: str, value: str) -> str:
    if name == "regions":
        return value if _REGION.fullmatch(value) else OTHERS
    # One identity number in thirty would also pass as an organisation's.
    right = organisation_number_ok(value) and not resident_id_ok(value, date.max)
    return value if right else OTHERS


def _bounded(counts: Counter[str]) -> dict[str, int]:
    named = dict(counts.most_common(NAMED))
    rest = counts.total() - sum(named.values())
    if rest:
        named[OTHERS] = named.get(OTHERS, 0) + rest
    return named
